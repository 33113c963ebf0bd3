"""Runs a whole job of both servers in one process, and keeps what each server saw, said and stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from common.architecture import Architecture
from common.crypto.rng import RandomSource
from common.ids import Party
from common.net.channel import Channel
from common.net.memory import memory_pair
from common.pipeline import JobState, Stage
from common.schedule import hold_back
from common.specification import Specification
from server_node.hide.samples import SmallShares, lift_samples
from server_node.model.release import Release
from server_node.model.snapshot import load_checkpoint
from server_node.offline.preparation import Lanes
from server_node.offline.source import CotSource, Source
from server_node.online.session import Session
from server_node.train.loop import Epochs, run_epoch
from server_node.train.meter import Meter, StageCost
from server_node.train.state import ModelState, initial_state
from server_node.worker.computation import Computation, Task
from tests.helpers.dealer import Dealer
from tests.helpers.jobs.images import Labels, share_small
from tests.helpers.jobs.projects import architecture
from tests.helpers.simulate import run_two
from tests.helpers.two_party.channels import Transcript, listen
from tests.helpers.two_party.lanes import SeededByLane

Opened = list[tuple[str, torch.Tensor]]
Rng = Callable[[Party], RandomSource]


@dataclass
class Work:
    """What a job computes on: the specification, its network and both parties' shares of the data."""

    spec: Specification
    architecture: Architecture
    shares: dict[Party, SmallShares]
    counts: list[int]
    job: str = "job-1"


@dataclass
class Notes:
    """A reporter that remembers; ``on_event`` may raise to break the job off."""

    on_event: Callable[[str, dict[str, str | int]], None] = lambda action, subject: None
    states: list[JobState] = field(default_factory=list)
    costs: dict[Stage, StageCost] = field(default_factory=dict)
    shown: list[tuple[Stage, int, int]] = field(default_factory=list)
    logits: list[torch.Tensor] = field(default_factory=list)
    labels: list[torch.Tensor] = field(default_factory=list)
    steps: list[tuple[int, int]] = field(default_factory=list)
    events: list[tuple[str, dict[str, str | int]]] = field(default_factory=list)

    def state(self, state: JobState) -> None:
        self.states.append(state)

    def progress(self, stage: Stage, cost: StageCost) -> None:
        self.shown.append((stage, cost.done, cost.total))
        self.costs[stage] = cost

    def metrics(self, epoch: int, step: int, logits: torch.Tensor, labels: torch.Tensor, fraction_bits: int) -> None:
        assert fraction_bits == 16
        self.steps.append((epoch, step))
        self.logits.append(logits)
        self.labels.append(labels)

    def event(self, action: str, subject: dict[str, str | int]) -> None:
        self.events.append((action, subject))
        self.on_event(action, subject)


@dataclass
class JobRun:
    """Everything about a run, by party; folders stay."""

    work: Work
    folders: tuple[Path, Path]
    notes: tuple[Notes, Notes]
    opened: tuple[Opened, Opened]
    received: tuple[Transcript, Transcript]
    releases: tuple[Release, Release]

    def weights(self, epoch: int | None = None) -> dict[str, npt.NDArray[np.float64]]:
        """The weights in the clear after an epoch (the last by default), from both parties' checkpoints."""
        number = epoch or self.work.spec.training.epochs
        first, second = (load_checkpoint(folder, number).state.weights for folder in self.folders)
        scale = 2.0**self.work.spec.fraction_bits
        return {name: (first[name] + second[name]).numpy() / scale for name in first}

    @property
    def seed(self) -> bytes:
        """The joint toss, which both checkpoints hold."""
        first, second = (load_checkpoint(folder, 1).seed for folder in self.folders)
        assert first == second
        return first

    def validation_accuracy(self, epoch: int) -> float:
        """Of the logits that were reported after an epoch, counted from 1."""
        logits, labels = (
            getattr(self.notes[0], name)[epoch - 1] + getattr(self.notes[1], name)[epoch - 1]
            for name in ("logits", "labels")
        )
        return float((logits.argmax(1) == labels.argmax(1)).double().mean())


def make_work(
    spec: Specification, images: npt.NDArray[Any], labels: Labels, counts: list[int] | None = None, bits: int = 8
) -> Work:
    """A job on these images [n, h, w, c] with pixels of ``bits`` bits."""
    classes = int(labels.max()) + 1
    network = architecture(spec, images.shape[1:], bits, classes)
    return Work(spec, network, share_small(images, labels, classes, 2 * bits), counts or [len(images)])


def seeded(name: str = "job") -> Rng:
    """The same randomness in every run of a test."""
    return lambda party: SeededByLane(f"{name} {party.letter}")


def run_job(
    work: Work,
    root: Path,
    rng: Rng | None = None,
    notes: tuple[Notes, Notes] | None = None,
    timeout: float = 60.0,
    source: Source | None = None,
    paused: Party | None = None,
    lanes: int = 1,
) -> JobRun:
    """Prepare, by oblivious transfer unless another source is given, hide, train and seal for real.

    ``paused`` is the server that is asked to pause all the time; what is received on lanes comes after all else.

    Raises the first error of either party.
    """
    draws = rng or seeded()
    reporters = notes or (Notes(), Notes())
    folders = (root / "a", root / "b")
    opened: tuple[Opened, Opened] = ([], [])
    received: list[list[Transcript]] = [[], []]
    beside = [memory_pair(timeout=timeout) for _ in range(lanes)]

    def play(party: Party, channel: Channel) -> Release:
        folders[party].mkdir(parents=True, exist_ok=True)
        own = [pair[party] for pair in beside]
        received[party] = [listen(link) for link in (channel, *own)]
        task = Task(
            work.job, party, work.spec, work.architecture, work.shares[party], work.counts, folders[party],
            draws(party), lambda step, value: opened[party].append((step, value.clone())), source or CotSource(),
            wants_pause=lambda: party is paused, lanes=Lanes(own),
        )  # fmt: skip
        return Computation(task, channel, reporters[party]).run()

    outcome = run_two(play, timeout=timeout)
    first, second = (list(chain.from_iterable(one)) for one in received)
    return JobRun(work, folders, reporters, opened, (first, second), outcome.results)


@dataclass(frozen=True)
class Trained:
    """What training with the dealer's correlations gave, in the clear: weights and validation logits by epoch."""

    weights: dict[str, npt.NDArray[np.float64]]
    logits: list[npt.NDArray[np.float64]]


def train_with_dealer(work: Work, seed: bytes, timeout: float = 60.0) -> Trained:
    """All epochs on shares without preparation, for jobs too large for it; ``seed`` stands for the joint toss."""

    def play(party: Party, channel: Channel) -> tuple[ModelState, list[torch.Tensor]]:
        session = Session(party, Dealer(party), channel)
        samples = lift_samples(session, work.shares[party], work.counts, work.spec.training.validation)
        trained = len(hold_back(work.counts, work.spec.training.validation)[0])
        job = Epochs(work.spec, work.architecture, seed, trained)
        state = initial_state(party, work.spec.fraction_bits, work.architecture, seed, job.network.slots)
        meter = Meter(channel, lambda stage, cost: None)
        epochs = range(work.spec.training.epochs)
        ends = [run_epoch(session, job, samples, state, epoch, meter) for epoch in epochs]
        assert all(end.is_in_range for end in ends)
        return state, [end.logits for end in ends]

    (first, logits0), (second, logits1) = run_two(play, timeout=timeout).results
    scale = 2.0**work.spec.fraction_bits
    weights = {name: (first.weights[name] + second.weights[name]).numpy() / scale for name in first.weights}
    return Trained(weights, [(a + b).numpy() / scale for a, b in zip(logits0, logits1, strict=True)])
