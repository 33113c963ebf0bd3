"""Trainings as both servers list them, side by side; tests of models are jobs too, but no trainings."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from common.errors import AppError, BadFrame
from common.pipeline import JobState, Stage
from desktop_client.jobs.office import Office
from desktop_client.upload.answers import JobStatus, text
from desktop_client.upload.datasets.overview import given, sides

STAGES: Final = (Stage.PREPARE, Stage.HIDE, Stage.FEATURES, Stage.TRAIN, Stage.SEAL)
"""What servers do for a training, in the order in which it begins."""

TRAINING: Final = "training"
_LARGEST: Final = 2**53


@dataclass(frozen=True)
class StageRow:
    """How far a stage is at one server in this attempt, and what it has cost."""

    done: int = 0
    total: int = 0
    seconds: float = 0.0
    bytes_sent: int = 0

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def is_done(self) -> bool:
        return 0 < self.total <= self.done

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None before there is a pace."""
        return self.seconds * (self.total - self.done) / self.done if 0 < self.done <= self.total else None


@dataclass(frozen=True)
class Training:
    """One job; what the driving server A says about it, or B while A is away. ``states`` has each that answered."""

    job: str
    project: str
    specification: str
    starter: str
    state: JobState
    states: Mapping[str, JobState]
    stages: Mapping[str, Mapping[str, StageRow]]
    created: str
    ended: str = ""
    epoch: int = 0
    attempt: int = 0
    seconds_left: float | None = None
    wants_pause: bool = False
    waiting: AppError | None = None
    error: AppError | None = None
    preparation: str = ""

    @property
    def is_running(self) -> bool:
        """Whether servers compute on it now."""
        return not self.state.is_final and self.state not in (JobState.QUEUED, JobState.PAUSED)

    @property
    def bytes_sent(self) -> int:
        """By both servers, in the attempt that counts."""
        return sum(row.bytes_sent for stages in self.stages.values() for row in stages.values())

    @property
    def share(self) -> float:
        """How much of its stages is done, each counting alike; for a bar, not for a clock."""
        stages = next((found for found in self.stages.values() if found), {})
        return sum(stages[stage].share for stage in STAGES if stage in stages) / len(STAGES)


@dataclass(frozen=True)
class Listed:
    """All trainings, newest first, and the servers that did not answer."""

    trainings: tuple[Training, ...] = ()
    away: Mapping[str, AppError] = field(default_factory=dict)


async def list_trainings(office: Office, project: str = "") -> Listed:
    """Trainings of a project, or of all projects of which the person is a member.

    Raises:
        AppError: neither server answers, or one sends nonsense.
    """
    found = await sides(office.nodes, lambda node: node.jobs(project))
    by_id: dict[str, dict[str, JobStatus]] = {}
    for role, rows in given(found).items():
        for row in rows:
            if row.get("kind", TRAINING) == TRAINING:
                status = JobStatus.parse(row)
                by_id.setdefault(status.job, {})[role] = status
    merged = [_training(at) for at in by_id.values()]
    merged.sort(key=lambda one: (one.created, one.job), reverse=True)
    return Listed(tuple(merged), {role: one for role, one in found.items() if isinstance(one, AppError)})


async def caught(ask: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """The answer, or the named error: one question that fails must not end those beside it."""
    try:
        return await ask()
    except AppError as error:
        return error


def stage_of(facts: object) -> StageRow | None:
    """The numbers of a stage in an answer or event; None where they are none."""
    if not isinstance(facts, Mapping):
        return None
    done, total, sent = (facts.get(name) for name in ("done", "total", "bytes_sent"))
    seconds = facts.get("seconds")
    if any(type(one) is not int or not 0 <= one <= _LARGEST for one in (done, total)):
        return None
    is_time = isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and 0 <= seconds < 1e9
    is_size = type(sent) is int and 0 <= sent <= _LARGEST
    return StageRow(
        int(done or 0), int(total or 0), float(seconds or 0) if is_time else 0, int(sent or 0) if is_size else 0
    )


def _training(at: Mapping[str, JobStatus]) -> Training:
    status = at.get("a") or at["b"]
    body = status.body
    return Training(
        status.job,
        status.project,
        text(body, "specification"),
        text(body, "starter"),
        status.state,
        {role: one.state for role, one in at.items()},
        {role: _stages(one.body.get("stages")) for role, one in at.items()},
        text(body, "created"),
        str(body.get("ended") or ""),
        _number(body, "epoch"),
        _number(body, "attempt"),
        status.seconds_left(),
        body.get("wants_pause") is True,
        status.waits_for(),
        status.failure(),
        str(body.get("preparation") or ""),
    )


def _stages(found: Any) -> dict[str, StageRow]:
    if not isinstance(found, Mapping):
        raise BadFrame("A node shows a job without its stages.")
    rows = {stage.value: stage_of(found.get(stage.value)) for stage in STAGES}
    return {name: row for name, row in rows.items() if row is not None}


def _number(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    return value if type(value) is int and 0 <= value <= _LARGEST else 0
