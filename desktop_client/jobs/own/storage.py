"""What lies in the profile folder, how large it is, and what of it may be deleted."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from common.errors import BadInput
from desktop_client.jobs.office import Office


class Kind(StrEnum):
    """Parts of a profile."""

    KEYS = "keys"
    BUNDLES = "bundles"
    IMPORTS = "imports"
    MODELS = "models"
    RECEIPTS = "receipts"
    LOG = "log"
    OTHER = "other"


DELETABLE: Final = frozenset({Kind.BUNDLES, Kind.IMPORTS, Kind.MODELS, Kind.LOG})
"""Keys, settings and receipts cannot be made again."""
_FOLDERS: Final = {kind.value: kind for kind in DELETABLE | {Kind.RECEIPTS}}
_KEY_FILES: Final = (
    "keys",
    "user.json",
    "session.json",
    "deployment.json",
    "checkpoint.txt",
    "settings.toml",
    "window",
)


@dataclass(frozen=True)
class Part:
    """What a part of the profile takes on disk."""

    kind: Kind
    files: int
    size: int


@dataclass(frozen=True)
class Usage:
    """All parts that are there, and the room that is left on the disk."""

    root: Path
    parts: tuple[Part, ...]
    free: int


async def measure(office: Office) -> Usage:
    """Add up the profile folder, in a thread."""
    return await asyncio.to_thread(_measure, office.profile.root)


async def clean(office: Office, kind: Kind) -> None:
    """Delete a part of the profile, in a thread; cut off in the middle, the rest of it stays and can be deleted later.

    Raises:
        BadInput: it cannot be made again and is not deleted here.
    """
    if kind not in DELETABLE:
        raise BadInput("This part of the profile is not deleted here.")
    await asyncio.to_thread(shutil.rmtree, office.profile.root / kind.value, True)


def _measure(root: Path) -> Usage:
    files = dict.fromkeys(Kind, 0)
    sizes = dict.fromkeys(Kind, 0)
    for folder, _, names in os.walk(root):
        inside = Path(folder).relative_to(root)
        for name in names:
            kind = _kind(inside.parts[0] if inside.parts else "", name)
            try:
                sizes[kind] += os.stat(os.path.join(folder, name), follow_symlinks=False).st_size
            except OSError:
                continue  # it has just gone
            files[kind] += 1
    there = tuple(Part(kind, files[kind], sizes[kind]) for kind in Kind if files[kind])
    return Usage(root, there, shutil.disk_usage(root).free if root.exists() else 0)


def _kind(top: str, name: str) -> Kind:
    if top:
        return _FOLDERS.get(top, Kind.OTHER)
    return Kind.KEYS if name.startswith(_KEY_FILES) else Kind.OTHER
