"""One training as its members see it: metrics by epoch, what each stage took, and how it ended.

Metrics are put together here from the shares of both servers. What was opened is kept in ``runs/JOB.json`` of the
profile, so that a run that is over is not followed again; the shares themselves are not kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from common.documents import canonical
from common.errors import BadInput, StoreDamaged
from common.net.files import write_private
from common.pipeline import JobState
from desktop_client.reveal.metrics import MetricPairs, Metrics, parse_metric

FOLDER: Final = "runs"
_KIND: Final = "imguard-run"
_VERSION: Final = 1
_MAX_BYTES: Final = 8 << 20
_MAX_NUMBER: Final = 2**53


@dataclass(frozen=True)
class StageCost:
    """What a stage took at one server, over all attempts: seconds, bytes that this server sent, rounds."""

    stage: str
    role: str
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    bytes_sent: int = 0
    rounds: int = 0


@dataclass(frozen=True)
class Run:
    """A training. ``specification`` is the signed body that it runs by; ``states`` how it stands at each server."""

    job: str
    project: str = ""
    specification: Mapping[str, Any] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[Metrics, ...] = ()
    stages: tuple[StageCost, ...] = ()
    began: str = ""
    ended: str = ""

    @property
    def is_over(self) -> bool:
        """Whether both servers have said that it ended, and not failed: a failed one may be retried."""
        ends = {JobState.FINISHED.value, JobState.CANCELLED.value}
        return len(self.states) == 2 and set(self.states.values()) <= ends

    @property
    def best(self) -> Metrics | None:
        """The epoch with the highest accuracy; of equal ones the one with the smallest loss."""
        return max(self.metrics, key=lambda one: (one.accuracy, -one.loss), default=None)

    def seconds(self, stage: str) -> float:
        """How long a stage took at the slower server."""
        return max((cost.seconds for cost in self.stages if cost.stage == stage), default=0.0)

    def traffic(self, stage: str = "") -> int:
        """Bytes between the servers, both ways; of one stage, or of all."""
        return sum(cost.bytes_sent for cost in self.stages if stage in ("", cost.stage))


class RunRecorder:
    """Takes the events of both servers from the first one on, repeated ones too, and keeps the run up to date."""

    def __init__(self, job: str, project: str = "", specification: Mapping[str, Any] | None = None) -> None:
        self._start = Run(job, project, dict(specification or {}))
        self._pairs = MetricPairs()
        self._metrics: dict[int, Metrics] = {}
        self._costs: dict[tuple[str, str], StageCost] = {}
        self._before: dict[tuple[str, str], StageCost] = {}
        self._states: dict[str, str] = {}
        self._seen: dict[str, int] = {}
        self._began = self._ended = ""

    @property
    def run(self) -> Run:
        """The run as far as it is known."""
        return replace(
            self._start,
            states=dict(self._states),
            metrics=tuple(self._metrics[epoch] for epoch in sorted(self._metrics)),
            stages=tuple(self._costs[key] for key in sorted(self._costs, key=lambda key: (key[1], key[0]))),
            began=self._began,
            ended=self._ended,
        )

    def add(self, role: str, event: Mapping[str, Any]) -> Metrics | None:
        """Take one event; the metrics of an epoch as soon as both halves are here.

        Raises:
            BadFrame, PeerMismatch: metrics that cannot be read, or do not belong together.
        """
        number = event.get("id")
        if type(number) is not int or number <= self._seen.get(role, 0):
            return None
        self._seen[role] = number
        kind = event.get("kind")
        if kind == "metrics":
            return self._open(role, event)
        if kind == "progress":
            self._move(role, event)
        elif kind == "state":
            self._change(role, event)
        return None

    def _open(self, role: str, event: Mapping[str, Any]) -> Metrics | None:
        found = self._pairs.add(role, parse_metric(event))
        if found is None:
            return None
        known = self._metrics.get(found.epoch)
        if known is None or known.attempt <= found.attempt:
            self._metrics[found.epoch] = found
        return found

    def _move(self, role: str, event: Mapping[str, Any]) -> None:
        """Figures are totals of one attempt; a stage that begins anew adds to what it took before."""
        stage, seconds = event.get("stage"), event.get("seconds")
        numbers = [event.get(name) for name in ("done", "total", "bytes_sent", "rounds")]
        is_valid = isinstance(stage, str) and len(stage) <= 32 and isinstance(seconds, (int, float))
        if not is_valid or any(type(one) is not int or not 0 <= one < _MAX_NUMBER for one in numbers):
            return
        key = (role, str(stage))
        last, before = self._costs.get(key), self._before.get(key, StageCost(str(stage), role))
        if last is not None and float(seconds or 0) + before.seconds < last.seconds:
            before = self._before[key] = last
        done, total, sent, rounds = (int(one or 0) for one in numbers)
        self._costs[key] = StageCost(
            str(stage), role, done, total,
            seconds=round(before.seconds + float(seconds or 0), 3),
            bytes_sent=before.bytes_sent + sent,
            rounds=before.rounds + rounds,
        )  # fmt: skip

    def _change(self, role: str, event: Mapping[str, Any]) -> None:
        state, time = event.get("state"), event.get("time")
        if not isinstance(state, str) or len(state) > 32:
            return
        self._states[role] = state
        moment = time[:32] if isinstance(time, str) else ""
        self._began = self._began or moment
        is_final = state in (JobState.FINISHED, JobState.FAILED, JobState.CANCELLED)
        self._ended = moment if is_final else ""


def run_path(profile: Path, job: str) -> Path:
    """Where a run is kept in a profile.

    Raises:
        BadInput: not the id of a job.
    """
    if not job.isascii() or not job.isalnum() or len(job) > 64:
        raise BadInput("This is not the id of a job.", field="job")
    return profile / FOLDER / f"{job}.json"


def keep_run(profile: Path, run: Run) -> None:
    """Write what is known of a run, mode 0600.

    Raises:
        DiskFull: no room.
    """
    path = run_path(profile, run.job)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(path, json.dumps({"kind": _KIND, "version": _VERSION, **asdict(run)}, allow_nan=False).encode())


def kept_run(profile: Path, job: str) -> Run | None:
    """What is kept of a run; None if there is nothing, or nothing of use: it can be followed again."""
    path = run_path(profile, job)
    try:
        if path.stat().st_size > _MAX_BYTES:
            return None
        return _parse(json.loads(path.read_bytes()), job)
    except (OSError, ValueError, RecursionError, StoreDamaged):
        return None


def _parse(value: Any, job: str) -> Run:
    try:
        if (value.pop("kind"), value.pop("version"), value["job"]) != (_KIND, _VERSION, job):
            raise ValueError("kind")
        value["metrics"] = tuple(Metrics(**one) for one in value["metrics"])
        value["stages"] = tuple(StageCost(**one) for one in value["stages"])
        run = Run(**value)
        canonical(dict(run.specification))
        return run
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StoreDamaged("What is kept of this run is damaged.") from error
