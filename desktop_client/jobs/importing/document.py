"""One import as the profile keeps it (import-v1), and what it means after a restart.

Only the window's process writes it, and it is written before and after each step. What a step did is seen from its
files, not from the document: bundles are there as a whole or not at all, and servers know which chunks they have.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from common.errors import AppError, BadInput, Conflict, NotFound, error_from_dict
from common.net.files import hold_folder, write_private
from desktop_client.offline_plugin.gathering.selection import (
    KIND,
    MAX_BYTES,
    VERSION,
    Selection,
    parse_selection,
    read_document,
    selection_value,
)
from desktop_client.settings import Profile

MAX_REFUSED: Final = 1000
"""Refusals that are kept one by one."""
_ID: Final = re.compile(r"[0-9a-f]{32}")
_MANIFEST: Final = "manifest.json"
_BUNDLES: Final = "bundles"
Refused = tuple[str, str, str]
"""File, code and text."""


class Phase(StrEnum):
    """The step that was begun last, as it is kept."""

    DRAFT = "draft"
    SPLITTING = "splitting"
    SPLIT = "split"
    UPLOADING = "uploading"
    UPLOADED = "uploaded"


class Standing(StrEnum):
    """Where an import stands for a person."""

    DRAFT = "draft"
    SPLITTING = "splitting"
    SPLIT = "split"
    UPLOADING = "uploading"
    PAUSED = "paused"
    UPLOADED = "uploaded"
    FAILED = "failed"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class Import:
    """One import. ``count``, ``bytes`` (by server) and ``refused`` are those of its split; ``folder`` has the bundles.

    ``is_brought``: the bundles were split elsewhere, so there is nothing to split here. ``is_running``: some process
    works on it now.
    """

    id: str
    created: str
    selection: Selection
    folder: Path
    phase: Phase = Phase.DRAFT
    is_brought: bool = False
    is_running: bool = False
    is_damaged: bool = False
    dataset: str = ""
    count: int = 0
    bytes: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()
    refused_count: int = 0
    error: AppError | None = None

    @property
    def has_bundles(self) -> bool:
        """Whether a split is there as a whole."""
        return (self.folder / _MANIFEST).is_file()

    @property
    def standing(self) -> Standing:
        """What was begun and is not going on any more was paused, whoever ended it and how."""
        if self.is_damaged:
            return Standing.DAMAGED
        if self.is_running and self.phase in (Phase.SPLITTING, Phase.UPLOADING):
            return Standing(self.phase.value)
        if self.error is not None:
            return Standing.FAILED
        if self.phase is Phase.UPLOADED:
            return Standing.UPLOADED
        if self.phase is Phase.UPLOADING:
            return Standing.PAUSED
        return Standing.SPLIT if self.has_bundles else Standing.DRAFT


def imports_folder(profile: Profile) -> Path:
    """Where a profile keeps its imports."""
    return profile.root / "imports"


def files_folder(profile: Profile, number: str) -> Path:
    """The folder with the files of one import.

    Raises:
        NotFound: this is no id.
    """
    if not _ID.fullmatch(number):
        raise NotFound("There is no such import.")
    return imports_folder(profile) / number


def bundles_folder(profile: Profile, number: str) -> Path:
    """Where an import is split to unless another folder is chosen; errors as :func:`files_folder`."""
    return files_folder(profile, number) / _BUNDLES


def load(profile: Profile, number: str) -> Import:
    """Raises:
    NotFound: there is no such import.
    BadInput, WrongVersion: it is damaged, or a newer program saved it.
    """
    path = _path(profile, number)
    if not path.exists():
        raise NotFound("There is no such import.")
    body = read_document(path)
    try:
        return replace(_parse(body, number), is_running=is_held(profile, number))
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput("A saved import is damaged.", file=path.name) from error


def save(profile: Profile, found: Import) -> Import:
    """Write the import down; it is the old or the new one whatever happens.

    Raises:
        BadInput: too many changes for one import.
        DiskFull: no room; the old one is untouched.
    """
    raw = json.dumps(_value(found), separators=(",", ":")).encode()
    if len(raw) > MAX_BYTES:
        raise BadInput("These are more changes than one import can keep; split the folder into several.")
    imports_folder(profile).mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(_path(profile, found.id), raw)
    return found


def ids(profile: Profile) -> list[str]:
    """Every import that is kept."""
    try:
        names = os.listdir(imports_folder(profile))
    except FileNotFoundError:
        return []
    stems = [name.removesuffix(".json") for name in names if name.endswith(".json")]
    return sorted(stem for stem in stems if _ID.fullmatch(stem))


def remove(profile: Profile, number: str) -> None:
    """Forget an import; its files are the caller's."""
    _path(profile, number).unlink(missing_ok=True)


def utc_now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def held(profile: Profile, number: str) -> Iterator[None]:
    """Nobody else works on this import meanwhile; ends with the process, too.

    Raises:
        Conflict: somebody does.
    """
    folder = files_folder(profile, number)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = hold_folder(folder)
    except Conflict as error:
        raise Conflict("This import is being worked on already.") from error
    try:
        yield
    finally:
        os.close(handle)


def is_held(profile: Profile, number: str) -> bool:
    """Whether some process works on it now."""
    if not files_folder(profile, number).is_dir():
        return False
    try:
        with held(profile, number):
            return False
    except Conflict:
        return True


def _path(profile: Profile, number: str) -> Path:
    folder = files_folder(profile, number)
    return folder.with_name(f"{folder.name}.json")


def _value(found: Import) -> dict[str, Any]:
    return {
        "kind": KIND,
        "version": VERSION,
        "id": found.id,
        "created": found.created,
        "phase": found.phase.value,
        "selection": selection_value(found.selection),
        "folder": str(found.folder),
        "brought": found.is_brought,
        "dataset": found.dataset,
        "count": found.count,
        "bytes": dict(found.bytes),
        "refused": [list(row) for row in found.refused[:MAX_REFUSED]],
        "refused_count": found.refused_count,
        "error": None if found.error is None else found.error.as_dict(),
    }


def _parse(body: Mapping[str, Any], number: str) -> Import:
    if body["id"] != number:
        raise ValueError("another import's document")
    rows = tuple((str(file), str(code), str(text)) for file, code, text in body["refused"][:MAX_REFUSED])
    return Import(
        id=number,
        created=str(body["created"]),
        selection=parse_selection(body["selection"]),
        folder=Path(str(body["folder"])),
        phase=Phase(body["phase"]),
        is_brought=body["brought"] is True,
        dataset=str(body["dataset"]),
        count=int(body["count"]),
        bytes={str(role): int(size) for role, size in dict(body["bytes"]).items()},
        refused=rows,
        refused_count=int(body["refused_count"]),
        error=None if body["error"] is None else error_from_dict(body["error"]),
    )
