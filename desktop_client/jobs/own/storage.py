"""What lies in the profile folder, how large it is, and what of it may go."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from common.errors import AppError, BadInput
from desktop_client.jobs.importing import desk
from desktop_client.jobs.importing.document import Phase
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


DELETABLE: Final = frozenset({Kind.BUNDLES, Kind.LOG})
"""Bundles whose upload is complete, and the copy of the log, which is fetched again. The rest has pages of its own."""
_FOLDERS: Final = {
    "models": Kind.MODELS,
    "runs": Kind.MODELS,
    "receipts": Kind.RECEIPTS,
    "log": Kind.LOG,
    "imports": Kind.IMPORTS,
}
_KEY_FILES: Final = (
    "keys", "user.json", "session.json", "deployment.json", "checkpoint.txt", "settings.toml", "window",
)  # fmt: skip
_BUNDLES: Final = "bundles"


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
    """Delete a part of the profile; cut off in the middle, the rest of it stays and can be deleted later.

    Raises:
        BadInput: it is not deleted here.
    """
    if kind is Kind.LOG:
        await asyncio.to_thread(shutil.rmtree, office.profile.root / "log", True)
    elif kind is Kind.BUNDLES:
        for one in await desk.list_imports(office):
            if one.phase is Phase.UPLOADED and not one.is_brought and not one.is_damaged:
                try:
                    await desk.discard_bundles(office, one.id)
                except AppError:
                    continue  # it runs just now, or has gone
    else:
        raise BadInput("This part of the profile is not deleted here.")


def _measure(root: Path) -> Usage:
    files = dict.fromkeys(Kind, 0)
    sizes = dict.fromkeys(Kind, 0)
    for folder, _, names in os.walk(root):
        inside = Path(folder).relative_to(root).parts
        for name in names:
            kind = _kind(inside, name)
            try:
                sizes[kind] += os.stat(os.path.join(folder, name), follow_symlinks=False).st_size
            except OSError:
                continue  # it has just gone
            files[kind] += 1
    there = tuple(Part(kind, files[kind], sizes[kind]) for kind in Kind if files[kind])
    return Usage(root, there, shutil.disk_usage(root).free if root.exists() else 0)


def _kind(inside: tuple[str, ...], name: str) -> Kind:
    if not inside:
        return Kind.KEYS if name.startswith(_KEY_FILES) else Kind.OTHER
    if inside[0] == "imports" and _BUNDLES in inside:
        return Kind.BUNDLES
    return _FOLDERS.get(inside[0], Kind.OTHER)
