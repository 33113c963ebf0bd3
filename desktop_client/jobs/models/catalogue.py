"""Every model that matters to the person: those on this device, and those of finished trainings at the servers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from common.errors import AppError, BadInput, SpecRefused
from common.pipeline import JobState
from common.specification import Specification, parse_specification
from desktop_client.jobs.models.cards import CardSource
from desktop_client.jobs.models.kept import ModelInfo, ModelRow, describe_model, list_models
from desktop_client.jobs.models.runs import kept_run
from desktop_client.jobs.office import Office
from desktop_client.jobs.trainings.rows import Training, list_trainings
from desktop_client.reveal.kept.record import SUFFIX, model_path
from desktop_client.upload.jobs.asking import Testable, read_testable
from desktop_client.upload.projects.fetch import fetch_manifest
from desktop_client.upload.projects.jobs import agreed_for

OWNER: Final = "owner"
_AT_ONCE: Final = 4


@dataclass(frozen=True)
class ModelEntry:
    """A model in the list. ``file`` is None while it is only at the servers, ``error`` why nothing is known of it.

    ``ended`` and ``fetched`` are times; ``accuracy`` is that of the last test of ``tested`` images.
    """

    job: str
    project: str = ""
    name: str = ""
    revision: int = 0
    model: str = ""
    ended: str = ""
    file: Path | None = None
    fetched: str = ""
    bytes: int = 0
    accuracy: float | None = None
    tested: int = 0
    may_fetch: bool = False
    error: AppError | None = None


@dataclass(frozen=True)
class Catalogue:
    """Models, the newest first; ``away`` is why the servers could not be asked for more."""

    entries: tuple[ModelEntry, ...] = ()
    away: AppError | None = None


@dataclass(frozen=True)
class ModelView:
    """One model as its page shows it.

    ``file`` and ``info`` are None until it is fetched; ``testable`` is what may be asked at the servers, or
    ``untestable`` why nothing. ``away`` is why the servers could not be asked. ``changed`` tells versions of the file
    apart.
    """

    job: str
    me: str
    project: str = ""
    specification: Specification | None = None
    file: Path | None = None
    info: ModelInfo | None = None
    row: ModelRow | None = None
    testable: Testable | None = None
    untestable: AppError | None = None
    away: AppError | None = None
    changed: int = 0

    @property
    def name(self) -> str:
        """That of the project; empty if nothing tells it."""
        return str(self.specification.body["name"]) if self.specification else ""

    @property
    def may_fetch(self) -> bool:
        """Whether the project names this person as a recipient."""
        return self.specification is not None and self.me in self.specification.recipients

    @property
    def is_owner(self) -> bool:
        """Whether this person may have the servers forget it."""
        member = self.specification.member(self.me) if self.specification else None
        return member is not None and member["role"] == OWNER

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, as far as anything tells them."""
        if self.info is not None:
            return self.info.classes
        return self.testable.classes if self.testable is not None else ()


async def list_entries(office: Office, known: dict[str, Specification]) -> Catalogue:
    """Kept models, and finished trainings whose model this person receives or may test.

    ``known`` holds what jobs were started with, by job; it never changes, and what is learned is added to it.
    """
    kept = {row.job or row.file.stem: row for row in await list_models(office)}
    try:
        trainings = (await list_trainings(office)).trainings
    except AppError as error:
        return Catalogue(tuple(_of_row(job, row) for job, row in kept.items()), error)
    finished = [one for one in trainings if one.state is JobState.FINISHED]
    ended = {one.job: one.ended for one in finished}
    gate = asyncio.Semaphore(_AT_ONCE)

    async def at_servers(one: Training) -> ModelEntry | None:
        async with gate:
            return await _of_training(office, one, known)

    found = await asyncio.gather(*(at_servers(one) for one in finished if one.job not in kept))
    here = [_of_row(job, row, ended.get(job, "")) for job, row in kept.items()]
    entries = [*here, *(one for one in found if one is not None)]
    entries.sort(key=lambda one: (one.ended or one.fetched, one.job), reverse=True)
    return Catalogue(tuple(entries))


async def read_model_view(office: Office, subject: str, known: ModelView | None = None) -> ModelView:
    """A model by the id of its job or by its file; what the servers cannot be asked now is left out and said so.

    Of a model that is ``known``, and still the same file, only the servers are asked anew.

    Raises:
        BadBundle, StoreDamaged: the file is no model, or damaged.
        BadInput: neither an id nor a file.
        AppError: it is not here, and the servers do not tell of it.
    """
    me = office.profile.user().name
    file = Path(subject) if subject.endswith(SUFFIX) else model_path(office.profile.root, subject)
    if not await asyncio.to_thread(file.is_file):
        if subject.endswith(SUFFIX):
            raise BadInput(f"There is no file {file.name}.")
        specification, project = await agreed_for(office.nodes, office.profile.deployment(), subject)
        testable, error = await _testable(office, subject)
        return ModelView(subject, me, project, specification, None, None, None, testable, error)
    changed = await asyncio.to_thread(_changed, file)
    if known is not None and known.info is not None and (known.file, known.changed) == (file, changed):
        return await _with_servers(office, known)
    info = await describe_model(office, file)
    specification_here, project = _recorded(info)
    rows = [row for row in await list_models(office) if row.file == file]
    row = rows[0] if rows else None
    return await _with_servers(
        office, ModelView(info.job, me, project, specification_here, file, info, row, changed=changed)
    )


async def card_sources(office: Office, specification: Specification | None) -> tuple[CardSource, ...]:
    """The data sets of a specification for the card, with names and numbers where the servers still tell them."""
    if specification is None:
        return ()
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(entry: Mapping[str, Any]) -> CardSource:
        dataset, owner = str(entry["id"]), str(entry["owner"])
        try:
            async with gate:
                manifest = await fetch_manifest(office.nodes, dataset)
        except AppError:
            return CardSource(dataset, owner)
        return CardSource(dataset, owner, manifest.about.name, manifest.count)

    return tuple(await asyncio.gather(*(one(entry) for entry in specification.body["datasets"])))


async def _with_servers(office: Office, view: ModelView) -> ModelView:
    testable, error = await _testable(office, view.job)
    away = error if error is not None and error.is_temporary else None
    return replace(view, testable=testable, untestable=error, away=away)


def _changed(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


async def _testable(office: Office, job: str) -> tuple[Testable | None, AppError | None]:
    try:
        return await read_testable(office.nodes, job), None
    except AppError as error:
        return None, error


async def _of_training(office: Office, one: Training, known: dict[str, Specification]) -> ModelEntry | None:
    """None if the person has nothing to do with the model."""
    me = office.profile.user().name
    try:
        specification = known.get(one.job) or await _agreed(office, one)
    except AppError as error:
        return ModelEntry(one.job, one.project, ended=one.ended, error=error)
    known[one.job] = specification
    may_fetch = me in specification.recipients
    if not may_fetch and me not in specification.testers:
        return None
    return ModelEntry(
        one.job, one.project, str(specification.body["name"]), specification.revision, specification.model.name,
        one.ended, may_fetch=may_fetch,
    )  # fmt: skip


async def _agreed(office: Office, one: Training) -> Specification:
    """From what is kept of the run, where its hash is the one of the job, else from the servers."""
    run = await asyncio.to_thread(kept_run, office.profile.root, one.job)
    if run is not None and run.specification:
        try:
            found = parse_specification(dict(run.specification))
        except SpecRefused:
            found = None
        if found is not None and found.hash == one.specification:
            return found
    return (await agreed_for(office.nodes, office.profile.deployment(), one.job))[0]


def _recorded(info: ModelInfo) -> tuple[Specification | None, str]:
    """What the record of a kept model says it was trained by; None where it has no record or a damaged one."""
    if info.record is None:
        return None, ""
    try:
        return parse_specification(dict(info.record["specification"])), str(info.record["project"])
    except SpecRefused:
        return None, str(info.record["project"])


def _of_row(job: str, row: ModelRow, ended: str = "") -> ModelEntry:
    return ModelEntry(
        job, row.project, row.name, row.revision, row.model, ended, row.file, row.fetched, row.bytes, row.accuracy,
        row.tested, True, row.error,
    )  # fmt: skip
