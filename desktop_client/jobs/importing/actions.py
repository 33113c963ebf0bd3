"""What runs long: looking at what was brought, splitting it, and sending it to both servers.

Each of these is done by a child process. To cancel the coroutine pauses it: a split leaves nothing, an upload leaves at
the servers what they have, and the same call continues it. The same holds if either process is killed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from common.errors import AppError, Cancelled, Conflict
from desktop_client.jobs.child import run_child
from desktop_client.jobs.importing import document
from desktop_client.jobs.importing.desk import new_import, open_import
from desktop_client.jobs.importing.document import Import, Phase, Refused, Standing
from desktop_client.jobs.office import Office
from desktop_client.jobs.task import Progress
from desktop_client.offline_plugin.gathering.selection import About, Selection

_UNITS: Final = {"scan": "files", "list": "files", "split": "images", "upload": "bytes"}
Row = tuple[str, str, int, int, str, int]
"""File, class, width, height, kind and bytes."""


@dataclass(frozen=True)
class ServerPart:
    """How much of an upload one server has."""

    done_bytes: int
    total_bytes: int
    done_chunks: int
    total_chunks: int


@dataclass(frozen=True)
class Moved:
    """How far it is; ``a`` and ``b`` while it is uploaded."""

    progress: Progress
    a: ServerPart | None = None
    b: ServerPart | None = None


Report = Callable[[Moved], None]


@dataclass(frozen=True)
class ScanResult:
    """Counts of a scan; ``sizes`` are (width, height, count), the most frequent first."""

    classes: tuple[str, ...]
    counts: Mapping[str, int]
    sizes: tuple[tuple[int, int, int], ...]
    different_sizes: int
    kinds: Mapping[str, int]
    files: int
    refused: int
    bytes: int
    colour: int
    deep: int
    suggested: Mapping[str, int]


@dataclass(frozen=True)
class Estimate:
    """What a split would take: images of each class, bytes of both bundles together, and bytes that are free."""

    images: int
    classes: Mapping[str, int]
    bytes: int
    free: int
    refused: int


def silent(moved: Moved) -> None:
    """Progress that nobody looks at."""
    del moved


async def scan_paths(
    paths: Sequence[Path],
    on_rows: Callable[[list[Row]], None],
    on_refused: Callable[[list[Refused]], None],
    report: Report = silent,
) -> ScanResult:
    """List what was brought; rows come in pieces of at most 500.

    Raises:
        BadInput: something is not there or cannot be read.
    """

    def part(value: dict[str, Any]) -> None:
        if "rows" in value:
            on_rows([(str(f), str(c), int(w), int(h), str(k), int(n)) for f, c, w, h, k, n in value["rows"]])
        if "refused" in value:
            on_refused(_refused(value["refused"]))

    found = await run_child("scan", {"paths": [str(path) for path in paths]}, lambda p: report(_moved(p)), part)
    sizes = tuple((int(w), int(h), int(n)) for w, h, n in found["sizes"])
    return ScanResult(**{**found, "classes": tuple(found["classes"]), "sizes": sizes})


async def estimate_import(office: Office, number: str, out: Path | None = None) -> Estimate:
    """What a split would take and need.

    Raises:
        BadInput: nothing is left to split.
        UsageError: a form that no data set can have.
    """
    found = await open_import(office, number)
    return Estimate(**await run_child("estimate", {**_where(office, found), "out": str(out or found.folder)}))


async def bring_bundles(office: Office, folder: Path) -> Import:
    """An import of bundles that were split elsewhere and carried here by hand.

    Raises:
        BadManifest, BadBundle, BadSignature, PeerMismatch: not what this user may upload here.
    """
    place = folder.absolute()
    found = await run_child("describe", {"profile": str(office.profile.root), "folder": str(place)})
    selection = Selection((str(place),), about=About(name=str(found["name"])))
    made = await new_import(office, [place], selection)
    whole = replace(made, folder=place, is_brought=True, phase=Phase.SPLIT, **_described(found))
    return await asyncio.to_thread(document.save, office.profile, whole)


async def split_import(office: Office, number: str, report: Report = silent, out: Path | None = None) -> Import:
    """Split an import in its own folder, or in ``out``, which must not exist or be empty.

    Raises:
        KeysLocked: the password is needed first.
        Conflict: it is split already or being worked on.
        BadInput, BadManifest, UsageError, DiskFull, TooLarge: it cannot be split like this; nothing is left behind.
    """
    with _working(office, number):
        found = await open_import(office, number)
        if found.is_brought or found.has_bundles:
            raise Conflict("This import is split already.")
        place = (out or document.bundles_folder(office.profile, number)).absolute()
        args = {**_where(office, found), "out": str(place), "created": document.utc_now(), **_signing(office)}
        begun = replace(found, phase=Phase.SPLITTING, folder=place, error=None)
        refused: list[Refused] = []
        result = await _step(office, begun, "split", args, (report, refused.extend))
        done = replace(begun, phase=Phase.SPLIT, **_described(result))
        done = replace(done, refused=tuple(refused[: document.MAX_REFUSED]), refused_count=len(refused))
        return await _kept(office, done)


async def upload_import(office: Office, number: str, report: Report = silent) -> Import:
    """Send an import that is split, from the first chunk that a server lacks; bundles stay until they are discarded.

    Raises:
        Conflict: it is not split, or being worked on.
        AppError: a server refused, or stayed away longer than the settings allow; the same call continues.
    """
    with _working(office, number):
        found = await open_import(office, number)
        if not found.has_bundles:
            raise Conflict("This import is not split yet, or its bundles are gone.")
        where = {"profile": str(office.profile.root), "folder": str(found.folder)}
        if not found.dataset:
            # The program ended between the split and the note of it.
            found = replace(found, **_described(await run_child("describe", where)))
        begun = replace(found, phase=Phase.UPLOADING, error=None)
        login = office.keys().login.to_bytes().hex() if office.is_unlocked else ""
        result = await _step(office, begun, "upload", {**where, "login": login}, (report, None))
        return await _kept(office, replace(begun, phase=Phase.UPLOADED, dataset=str(result["dataset"])))


async def run_import(office: Office, number: str, report: Report = silent) -> Import:
    """Begin an import, or continue it wherever it stands, until both servers have it; errors as of both steps."""
    found = await open_import(office, number)
    if found.standing is Standing.UPLOADED:
        return found
    if not found.has_bundles:
        await split_import(office, number, report)
    return await upload_import(office, number, report)


async def _step(
    office: Office,
    begun: Import,
    do: str,
    args: Mapping[str, Any],
    told: tuple[Report, Callable[[list[Refused]], None] | None],
) -> dict[str, Any]:
    """One action of the child, with its begin and its failure noted; a cancelled one is neither."""
    report, on_refused = told
    await _kept(office, begun)

    def part(value: dict[str, Any]) -> None:
        if on_refused is not None and "refused" in value:
            on_refused(_refused(value["refused"]))

    try:
        return await run_child(do, args, lambda value: report(_moved(value)), part)
    except Cancelled:
        raise
    except AppError as error:
        await _kept(office, replace(begun, error=error))
        raise


async def _kept(office: Office, found: Import) -> Import:
    return await asyncio.to_thread(document.save, office.profile, replace(found, is_running=False))


def _working(office: Office, number: str) -> AbstractContextManager[None]:
    return document.held(office.profile, number)


def _where(office: Office, found: Import) -> dict[str, str]:
    place = document.imports_folder(office.profile) / f"{found.id}.json"
    return {"document": str(place)}


def _signing(office: Office) -> dict[str, Any]:
    deployment = office.profile.deployment()
    return {
        "owner": office.profile.user().name,
        "signing": office.keys().signing.to_bytes().hex(),
        "seal_keys": {role: deployment.node(role).seal_key for role in ("a", "b")},
    }


def _described(found: Mapping[str, Any]) -> dict[str, Any]:
    return {"dataset": str(found["dataset"]), "count": int(found["count"]), "bytes": dict(found["bytes"])}


def _refused(rows: Sequence[Sequence[Any]]) -> list[Refused]:
    return [(str(file), str(code), str(text)) for file, code, text in rows]


def _moved(value: Mapping[str, Any]) -> Moved:
    stage = str(value.get("stage"))
    progress = Progress(int(value["done"]), int(value["total"]), _UNITS.get(stage, ""), stage)
    return Moved(progress, _part(value, "a"), _part(value, "b"))


def _part(value: Mapping[str, Any], role: str) -> ServerPart | None:
    names = (f"{role}_done", f"{role}_total", f"{role}_chunks", f"{role}_all")
    if any(name not in value for name in names):
        return None
    return ServerPart(*(int(value[name]) for name in names))
