"""One party's part of a job, and what every computation does with it: prepare correlations, use them once, report."""

from __future__ import annotations

import time
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
from server_node.offline.preparation import Job, Prepared, prepare
from server_node.offline.source import CotSource, Source
from server_node.offline.store import StoredCorrelations
from server_node.online.session import CPU, Session, Watch
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


def prepare_job(task: Task, channel: Channel, reporter: Reporter, planned: Callable[[], Job]) -> Prepared:
    """Correlations for the needed segments of a plan; those that were prepared and not used stay as they are.

    Recording the plan is charged as preparation, too.
    """
    started, before, dealt = time.monotonic(), channel.stats.copy(), task.source.bytes_dealt

    def report(made: int, total: int) -> None:
        traffic = channel.stats.since(before)
        # What a helper sends is a cost of preparing as well, and no other program tells it.
        traffic.bytes_sent += task.source.bytes_dealt - dealt
        reporter.progress(Stage.PREPARE, StageCost(made, total, time.monotonic() - started, traffic))

    prepared = prepare(channel, task.party, planned(), task.folder / "correlations", task.rng, report)
    reporter.event("job-stage", {"stage": Stage.PREPARE, "source": task.source.name, "plan": prepared.digest})
    return prepared


@contextmanager
def open_segment(task: Task, channel: Channel, prepared: Prepared, index: int) -> Iterator[Session]:
    """A session on one segment of correlations, which is deleted afterwards."""
    store = StoredCorrelations(prepared.folder, prepared.names[index], prepared.plan[index], task.party, task.device)
    try:
        yield Session(task.party, store, channel, task.spec.fraction_bits, task.watch, task.device)
    finally:
        store.close()
