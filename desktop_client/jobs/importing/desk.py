"""The list of imports, and what a person does to one before and after it runs."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from common.crypto.rng import SystemRandom
from common.errors import AppError, BadInput, Conflict
from desktop_client.jobs.importing import document
from desktop_client.jobs.importing.document import Import, Phase
from desktop_client.jobs.office import Office
from desktop_client.offline_plugin.gathering.selection import Selection
from desktop_client.settings import Profile

_ID_BYTES: Final = 16
_BUNDLE_FILES: Final = ("manifest.json", "server-a.bundle", "server-b.bundle")


async def list_imports(office: Office) -> list[Import]:
    """Every import of the profile, the newest first; one that cannot be read is there as damaged.

    Files of imports that were deleted while something failed are taken away.
    """
    return await asyncio.to_thread(_listed, office.profile)


async def open_import(office: Office, number: str) -> Import:
    """One import.

    Raises:
        NotFound: there is no such import.
        BadInput, WrongVersion: it is damaged, or a newer program saved it.
    """
    return await asyncio.to_thread(document.load, office.profile, number)


async def new_import(office: Office, paths: Sequence[Path], selection: Selection | None = None) -> Import:
    """Begin an import of these files and folders; nothing is read yet.

    Raises:
        BadInput: nothing was brought.
        DiskFull: no room for the document.
    """
    if not paths:
        raise BadInput("There is no file or folder to take images from.")
    places = tuple(os.path.abspath(path) for path in paths)
    number = SystemRandom().token(_ID_BYTES).hex()
    chosen = replace(selection or Selection(places), paths=places)
    fresh = Import(number, document.utc_now(), chosen, document.bundles_folder(office.profile, number))
    return await asyncio.to_thread(document.save, office.profile, fresh)


async def save_selection(office: Office, number: str, selection: Selection) -> Import:
    """Keep what a person changed.

    Raises:
        Conflict: it is split already, or just now; discard the bundles first.
    """

    def work() -> Import:
        with document.held(office.profile, number):
            found = document.load(office.profile, number)
            if found.is_brought or found.has_bundles or found.phase is Phase.UPLOADED:
                raise Conflict("This import is split already; discard its bundles to change it.")
            draft = replace(found, selection=selection, phase=Phase.DRAFT, error=None)
            return replace(document.save(office.profile, draft), is_running=False)

    return await asyncio.to_thread(work)


async def discard_bundles(office: Office, number: str) -> Import:
    """Take away the bundles: before the upload the import is a draft again, after it they only take up room.

    What a server has of an unfinished upload stays there until the data set is deleted.

    Raises:
        Conflict: it runs, or its bundles were brought by hand, so they are not this program's to take away.
    """

    def work() -> Import:
        with document.held(office.profile, number):
            found = document.load(office.profile, number)
            if found.is_brought:
                raise Conflict("These bundles were split elsewhere; delete the import, the files stay where they are.")
            if found.phase is not Phase.UPLOADED:
                found = replace(found, phase=Phase.DRAFT, error=None, dataset="", count=0, bytes={}, refused=())
                found = replace(found, refused_count=0)
            # Without a manifest there is no split, so that nothing half taken away is ever uploaded.
            _remove_bundles(found.folder)
            return replace(document.save(office.profile, found), is_running=False)

    return await asyncio.to_thread(work)


async def delete_import(office: Office, number: str) -> None:
    """Forget an import and take away what this program keeps of it.

    Files that were brought, and bundles in a folder that a person chose, stay where they are.

    Raises:
        Conflict: it runs; pause it first.
    """

    def work() -> None:
        with document.held(office.profile, number):
            document.remove(office.profile, number)
        shutil.rmtree(document.files_folder(office.profile, number), ignore_errors=True)

    await asyncio.to_thread(work)


def _listed(profile: Profile) -> list[Import]:
    known = document.ids(profile)
    _sweep(profile, set(known))
    rows = []
    for number in known:
        try:
            rows.append(document.load(profile, number))
        except AppError as error:
            place = document.bundles_folder(profile, number)
            rows.append(Import(number, "", Selection(()), place, is_damaged=True, error=error))
    return sorted(rows, key=lambda row: (row.created, row.id), reverse=True)


def _sweep(profile: Profile, known: set[str]) -> None:
    root = document.imports_folder(profile)
    with suppress(OSError):
        for name in os.listdir(root):
            if name not in known and len(name) == 2 * _ID_BYTES and (root / name).is_dir():
                if not document.is_held(profile, name):
                    shutil.rmtree(root / name, ignore_errors=True)


def _remove_bundles(folder: Path) -> None:
    """The three files of a split, the manifest first, and the folder if nothing else is in it."""
    for name in _BUNDLE_FILES:
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
