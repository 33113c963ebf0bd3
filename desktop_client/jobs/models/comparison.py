"""Two trainings side by side: their curves, the settings that differ, what each stage took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from common.agreement.changes import Change, changes
from common.errors import BadInput
from desktop_client.jobs.models.runs import Run, RunRecorder, keep_run, kept_run
from desktop_client.jobs.office import Office
from desktop_client.reveal.metrics import Metrics
from desktop_client.upload.jobs.follow import follow_job
from desktop_client.upload.projects.jobs import agreed_for

CURVES: Final = ("loss", "accuracy", "precision", "recall", "f1")
_RECONNECTS: Final = 6
_ORDER: Final = ("prepare", "hide", "features", "train", "seal")


@dataclass(frozen=True)
class Curve:
    """One measure of both runs over epochs; None where a run has no such epoch."""

    name: str
    epochs: tuple[int, ...]
    first: tuple[float | None, ...]
    second: tuple[float | None, ...]


@dataclass(frozen=True)
class StageRow:
    """A stage of both runs: seconds at the slower server, bytes between the servers."""

    stage: str
    first_seconds: float
    second_seconds: float
    first_bytes: int
    second_bytes: int


@dataclass(frozen=True)
class Comparison:
    """``settings`` are the differences between the specifications; people, data sets and keys are among them."""

    first: Run
    second: Run
    curves: tuple[Curve, ...]
    settings: tuple[Change, ...]
    stages: tuple[StageRow, ...]


def compare(first: Run, second: Run) -> Comparison:
    """Put two runs side by side.

    Raises:
        BadInput: what a run was started with is not known.
    """
    if not first.specification or not second.specification:
        raise BadInput("What one of these trainings was started with is not known.")
    curves = tuple(_curve(name, first, second) for name in CURVES)
    settings = tuple(changes(first.specification, second.specification))
    return Comparison(first, second, curves, settings, _stages(first, second))


async def read_run(office: Office, job: str, on_metrics: Callable[[Metrics], None] | None = None) -> Run:
    """A training as far as it got: from what is kept, and where it is over but not known whole, from both servers.

    One that still runs is not waited for; whoever follows it keeps it up to date with a :class:`RunRecorder`.

    Raises:
        NotFound: no such job for this user.
        PeerMismatch: the servers tell different things about it.
    """
    known = kept_run(office.profile.root, job)
    if known is not None and known.is_over:
        return known
    if known is None or not known.specification:
        specification, project = await agreed_for(office.nodes, office.profile.deployment(), job)
        known = Run(job, project, specification.body)
    statuses = await office.nodes.both(lambda node: node.job(job))
    if not all(status.state.is_final for status in statuses):
        return known
    recorder = RunRecorder(job, known.project, known.specification)

    def take(role: str, event: dict[str, Any]) -> None:
        found = recorder.add(role, event)
        if found is not None and on_metrics is not None:
            on_metrics(found)

    await follow_job(office.nodes, job, take, _RECONNECTS)
    run = recorder.run
    keep_run(office.profile.root, run)
    return run


async def compare_jobs(office: Office, first: str, second: str) -> Comparison:
    """Two trainings by their ids. Raises as :func:`read_run`."""
    return compare(await read_run(office, first), await read_run(office, second))


def _curve(name: str, first: Run, second: Run) -> Curve:
    tables = [{one.epoch: float(getattr(one, name)) for one in run.metrics} for run in (first, second)]
    epochs = tuple(sorted(set(tables[0]) | set(tables[1])))
    values = (tuple(table.get(epoch) for epoch in epochs) for table in tables)
    return Curve(name, epochs, *values)


def _stages(first: Run, second: Run) -> tuple[StageRow, ...]:
    found = {cost.stage for run in (first, second) for cost in run.stages}
    names = [name for name in _ORDER if name in found] + sorted(found - set(_ORDER))
    return tuple(
        StageRow(name, first.seconds(name), second.seconds(name), first.traffic(name), second.traffic(name))
        for name in names
    )
