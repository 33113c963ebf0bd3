"""The course of one training as it happens: stages, states, measures and lines of both servers, put together here.

Events are taken and shares are opened in the thread of the loop; what is handed on is a frozen picture of it, a few
times a second at most, however many events there are.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from common.errors import AppError, error_from_dict
from common.pipeline import JobState, Stage
from desktop_client.jobs.office import Office
from desktop_client.jobs.trainings.rows import STAGES, StageRow, stage_of
from desktop_client.reveal.metrics import MetricPairs, Metrics, parse_metric
from desktop_client.upload.jobs.follow import follow_job

MAX_LINES: Final = 5000
_TELL_SECONDS: Final = 0.2
_PATIENCE: Final = 1_000_000
"""A window goes on asking for as long as it is open; pauses between attempts grow to half a minute."""
_TRAINED: Final = (Stage.HIDE.value, Stage.FEATURES.value, Stage.TRAIN.value)
_NAMES: Final = frozenset(stage.value for stage in STAGES)

OnCourse = Callable[["Course"], None]


@dataclass(frozen=True)
class Line:
    """What a worker wrote."""

    number: int
    role: str
    time: str
    stage: str
    text: str
    is_warning: bool = False


@dataclass(frozen=True)
class Control:
    """A member asked for something; ``signer`` is their verify key."""

    time: str
    action: str
    signer: str


@dataclass(frozen=True)
class Side:
    """One server's part: its state, its stages in this attempt, why it waits, and whether it can be reached."""

    state: JobState | None = None
    stages: Mapping[str, StageRow] = field(default_factory=dict)
    waiting: AppError | None = None
    error: AppError | None = None
    link: AppError | None = None

    @property
    def current(self) -> str:
        """The latest stage that has begun and is not done; empty if there is none."""
        begun = [stage.value for stage in STAGES if stage.value in self.stages]
        return next((name for name in reversed(begun) if not self.stages[name].is_done), "")

    @property
    def seconds_left(self) -> float | None:
        """At the pace of each stage so far. Correlations are made beside what is computed with them, so what takes
        longer counts; while that has no pace yet, nobody knows more than the end of preparing."""
        computing = [self.stages[name] for name in _TRAINED if name in self.stages]
        preparing = [row for name, row in self.stages.items() if name == Stage.PREPARE.value]
        left = _left(computing)
        if computing and all(row.is_done for row in preparing):
            return left
        return max((one for one in (left, _left(preparing)) if one is not None), default=None)


def _left(rows: list[StageRow]) -> float | None:
    """Of stages that take turns; None before each has a pace."""
    paces = [one for one in (row.seconds_left for row in rows) if one is not None]
    return sum(paces) if rows and len(paces) == len(rows) else None


@dataclass(frozen=True)
class Course:
    """A picture of a training at one moment; ``lines`` holds the latest, ``trouble`` ends the following."""

    job: str
    sides: Mapping[str, Side] = field(default_factory=lambda: {"a": Side(), "b": Side()})
    metrics: tuple[Metrics, ...] = ()
    lines: tuple[Line, ...] = ()
    controls: tuple[Control, ...] = ()
    trouble: AppError | None = None
    is_over: bool = False

    @property
    def state(self) -> JobState | None:
        """That of server A, which drives; of B as long as A said nothing."""
        return self.sides["a"].state or self.sides["b"].state

    @property
    def best(self) -> Metrics | None:
        """The epoch with the highest accuracy; of equal ones the one with the smallest loss."""
        return max(self.metrics, key=lambda one: (one.accuracy, -one.loss), default=None)


class Follower:
    """Takes events in; :meth:`picture` is what they add up to."""

    def __init__(self, job: str) -> None:
        self._job = job
        self._sides = {"a": Side(), "b": Side()}
        self._pairs = MetricPairs()
        self._metrics: dict[int, Metrics] = {}
        self._lines: deque[Line] = deque(maxlen=MAX_LINES)
        self._count = 0
        self._controls: list[Control] = []

    def picture(self, trouble: AppError | None = None, is_over: bool = False) -> Course:
        """All of it as it is now."""
        metrics = tuple(self._metrics[epoch] for epoch in sorted(self._metrics))
        lines, controls = tuple(self._lines), tuple(self._controls)
        return Course(self._job, dict(self._sides), metrics, lines, controls, trouble, is_over)

    def on_event(self, role: str, event: Mapping[str, Any]) -> None:
        """Raises:
        BadFrame, PeerMismatch: measures that cannot be read or do not fit together.
        """
        kind = event.get("kind")
        if kind == "progress":
            self._progress(role, event)
        elif kind == "metrics":
            found = self._pairs.add(role, parse_metric(event))
            known = found and self._metrics.get(found.epoch)
            if found is not None and (not known or known.attempt <= found.attempt):
                self._metrics[found.epoch] = found
        elif kind == "state":
            self._state(role, event)
        elif kind == "waiting":
            self._change(role, waiting=_error(event))
        elif kind == "log":
            self._line(role, event)
        elif kind == "control" and role == "a":
            parts = (str(event.get(name, ""))[:200] for name in ("time", "action", "signer"))
            self._controls.append(Control(*parts))

    def on_link(self, role: str, trouble: AppError | None) -> None:
        """A connection was lost, or is there again."""
        self._change(role, link=trouble)

    def _state(self, role: str, event: Mapping[str, Any]) -> None:
        try:
            state = JobState(str(event.get("state")))
        except ValueError:
            return
        error = _error(event)
        # An attempt counts its stages from nothing.
        stages: Mapping[str, StageRow] = {} if state is JobState.PREPARING else self._sides[role].stages
        is_waiting = state in (JobState.QUEUED, JobState.PAUSED)
        failed = error if state is JobState.FAILED else None
        self._change(role, state=state, stages=stages, waiting=error if is_waiting else None, error=failed)

    def _progress(self, role: str, event: Mapping[str, Any]) -> None:
        row, name = stage_of(event), event.get("stage")
        if row is not None and name in _NAMES:
            self._change(role, stages={**self._sides[role].stages, str(name): row})

    def _line(self, role: str, event: Mapping[str, Any]) -> None:
        time, stage, text = (str(event.get(name, ""))[:1000] for name in ("time", "stage", "text"))
        self._count += 1
        is_warning = event.get("level") in ("WARNING", "ERROR", "CRITICAL")
        self._lines.append(Line(self._count, role, time, stage, text, is_warning))

    def _change(self, role: str, **what: Any) -> None:
        self._sides[role] = replace(self._sides[role], **what)


async def follow_course(office: Office, job: str, tell: OnCourse) -> Course:
    """Follow a job to its end at both servers, from its first event on; ``tell`` gets pictures on the way.

    Rounds: as :func:`follow_job`. A connection that breaks is opened again, for as long as it takes.

    Raises:
        AppError: a node refused for a reason that does not pass, or sent nonsense.
    """
    follower, loop = Follower(job), asyncio.get_running_loop()
    timer: asyncio.TimerHandle | None = None

    def say() -> None:
        nonlocal timer
        timer = None
        tell(follower.picture())

    def soon() -> None:
        nonlocal timer
        if timer is None:
            timer = loop.call_later(_TELL_SECONDS, say)

    def on_event(role: str, event: dict[str, Any]) -> None:
        follower.on_event(role, event)
        soon()

    def on_link(role: str, trouble: AppError | None) -> None:
        follower.on_link(role, trouble)
        soon()

    try:
        await follow_job(office.nodes, job, on_event, _PATIENCE, on_link)
    except AppError as trouble:
        # What was seen until then stays on the screen, with the reason why there is no more of it.
        return follower.picture(trouble)
    finally:
        if timer is not None:
            timer.cancel()
    return follower.picture(is_over=True)


def _error(event: Mapping[str, Any]) -> AppError | None:
    found = event.get("error")
    return error_from_dict(found) if isinstance(found, dict) else None
