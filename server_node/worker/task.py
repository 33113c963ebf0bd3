"""One party's part of a job, and what every computation does with it: prepare correlations, use them once, report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import torch

from common.architecture import Architecture
from common.crypto.rng import RandomSource
from common.ids import Party
from common.net.channel import Channel
from common.pipeline import JobState, Stage
from common.specification import Specification
from server_node.hide.samples import SmallShares
from server_node.model.snapshot import Checkpoint
from server_node.offline.layout import compares_by_digits
from server_node.offline.plan import PlanRecorder
from server_node.offline.preparation import Ahead, Cost, Job, Lanes, Meter, Side, start
from server_node.offline.source import CotSource, Source
from server_node.offline.store import StoredCorrelations
from server_node.online.session import CPU, Session, Watch, recording_session
from server_node.train.meter import StageCost


class Reporter(Protocol):
    """Where a computation tells how it goes; everything it passes may be shown to members."""

    def state(self, state: JobState) -> None: ...

    def progress(self, stage: Stage, cost: StageCost) -> None: ...

    def metrics(self, epoch: int, step: int, logits: torch.Tensor, labels: torch.Tensor, fraction_bits: int) -> None:
        """This party's shares of validation logits and one-hot labels, fixed point, [v, classes]."""
        ...

    def event(self, action: str, subject: dict[str, str | int]) -> None: ...


@dataclass(frozen=True)
class Task:
    """One party's part of a job: the specification, its own shares, and a private folder.

    ``keep`` puts the weights of a finished training away and gives their hash; None where nobody may test the model.
    ``lanes`` are the links over which correlations are made while others are used.
    """

    job: str
    party: Party
    spec: Specification
    architecture: Architecture
    shares: SmallShares
    counts: list[int]
    folder: Path
    rng: RandomSource
    watch: Watch | None = None
    source: Source = field(default_factory=CotSource)
    device: torch.device = CPU
    wants_pause: Callable[[], bool] = lambda: False
    attempt: int = 1
    keep: Callable[[Checkpoint], str] | None = None
    lanes: Lanes = Lanes()


@contextmanager
def prepared_ahead(
    task: Task, channel: Channel, reporter: Reporter, planned: Callable[[], Job]
) -> Iterator[Ahead]:
    """Correlations for the needed segments of a plan, made by the lanes of the task for as long as the context is open.

    Those that were prepared and not used stay as they are. Recording the plan is charged as preparation, too.
    """
    dealt = task.source.bytes_dealt

    def report(cost: Cost) -> None:
        traffic = cost.traffic.copy()
        # What a helper sends is a cost of preparing as well, and no other program tells it.
        traffic.bytes_sent += task.source.bytes_dealt - dealt
        reporter.progress(Stage.PREPARE, StageCost(cost.done, cost.total, cost.seconds, traffic))

    meter = Meter(report)
    with meter.spend(channel):
        job = planned()
    ahead = start(channel, Side(task.party, task.folder / "correlations", task.rng), job, task.lanes, meter)
    reporter.event("job-stage", {"stage": Stage.PREPARE, "source": task.source.name, "plan": ahead.digest})
    with ahead:
        yield ahead


def recording(task: Task) -> tuple[Session, PlanRecorder]:
    """A session that writes down which correlations a task takes from its source."""
    return recording_session(task.party, task.spec.fraction_bits, compares_by_digits(task.source.name))


@contextmanager
def open_segment(task: Task, channel: Channel, ahead: Ahead, index: int) -> Iterator[Session]:
    """A session on one segment of correlations, which is waited for, and deleted afterwards."""
    ahead.wait(index)
    store = StoredCorrelations(
        task.folder / "correlations", ahead.name(index), ahead.requests(index), task.party, task.device
    )
    try:
        yield Session(task.party, store, channel, task.spec.fraction_bits, task.watch, task.device)
    finally:
        store.close()
        ahead.used(index)
