"""What hiding would make of images of one's own: read, mixed and masked by the helper process, on this machine only."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from common.errors import BadFrame, BadInput
from desktop_client.jobs.child import run_child
from desktop_client.upload.answers import items

MOST: Final = 6
_SIDE: Final = 64
_WHOLE: Final = 256
_READING: Final = {"fit": "stretch", "window": None, "max_pixels": 64 * 1024 * 1024}


@dataclass(frozen=True)
class Tried:
    """Image files as they travel: the ``sources`` with their ``shares``, the mixture, and what is trained on."""

    sources: tuple[bytes, ...]
    shares: tuple[float, ...]
    mixed: bytes
    trained: bytes


@dataclass(frozen=True)
class Form:
    """How images are read and hidden: [h, w, c], bits a pixel, and the choices of the project."""

    shape: tuple[int, int, int]
    bits: int
    k: int
    mask: bool
    scale: str


async def try_hiding(paths: Sequence[Path], form: Form) -> Tried:
    """Mix the first of some images with others of them.

    Raises:
        BadInput: none of the files is an image that can be used.
        BadFrame: the helper process answers something else.
    """
    given = [str(path) for path in paths]
    listed: list[list[Any]] = []
    await run_child("scan", {"paths": given}, on_part=lambda part: listed.extend(part.get("rows", [])))
    names = [str(row[0]) for row in listed[:MOST]]
    if not names:
        raise BadInput("None of these files is an image that can be used.")
    height, width, channels = form.shape
    size = {"height": height, "width": width, "channels": channels, "bits": form.bits}
    asked = {"paths": given, "names": names, "reading": {**_READING, **size}}
    chosen = {"k": form.k, "mask": form.mask, "scale": form.scale}
    first = items(await run_child("hiding", {**asked, **chosen}), "images")[0]
    small: dict[str, str] = {}
    await run_child(
        "thumbnails",
        {"paths": given, "names": names, "size": _SIDE},
        on_part=lambda part: small.update({row[0]: row[3] for row in part.get("thumbnails", [])}),
    )
    try:
        sources = [names[place] for place in first["sources"]]
        return Tried(
            sources=tuple(b64decode(small[name]) for name in sources),
            shares=tuple(weight / _WHOLE for weight in first["weights"]),
            mixed=b64decode(first["mixed"]),
            trained=b64decode(first["hidden"]),
        )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise BadFrame("The helper process answers something else than hidden images.") from error
