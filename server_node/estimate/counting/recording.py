"""A job walked through without arithmetic: every correlation it takes and every byte its stages say to each other.

As :func:`server_node.worker.computation.record_plan` records a plan, but a loop is written down once with a factor, so
that a training of a thousand epochs takes no more memory than a short one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeVar

from common.architecture import Architecture
from common.ids import Party
from common.pipeline import Stage
from common.schedule import hold_back
from common.specification import Specification
from common.wire.framing import HEADER_BYTES
from server_node.hide.samples import lift_samples, shapes_only
from server_node.offline.plan import PlanRecorder, Request
from server_node.online.session import Session
from server_node.online.steps import Steps, Turn
from server_node.train.loop import Epochs, run_epoch
from server_node.train.meter import Meter
from server_node.train.state import ModelState, initial_state

T = TypeVar("T")
_ANY_SEED = bytes(32)
"""Costs do not depend on the toss."""


@dataclass(frozen=True)
class Work:
    """What is to be estimated, as one party sees it. ``counts`` are the images of each data set."""

    party: Party
    spec: Specification
    architecture: Architecture
    counts: tuple[int, ...]
    ring_bits: int

    @property
    def trained(self) -> int:
        """Images that are trained on."""
        return len(hold_back(list(self.counts), self.spec.training.validation)[0])

    @property
    def epochs(self) -> Epochs:
        """The training with some toss."""
        return Epochs(self.spec, self.architecture, _ANY_SEED, self.trained)


@dataclass(frozen=True)
class Repeated:
    """Requests of one segment, each with how often it comes."""

    requests: list[Request]
    times: list[int]

    def __iter__(self) -> Iterator[tuple[Request, int]]:
        return zip(self.requests, self.times, strict=True)

    def loops(self) -> Iterator[tuple[list[Request], int]]:
        """The turn of each loop with how often it comes, in order; what comes once is a loop of one turn."""
        for times, pairs in groupby(self, key=lambda pair: pair[1]):
            yield [request for request, _ in pairs], times


@dataclass
class Talk:
    """What one party says in a stage: bytes with their frames, and how often it waits for an answer."""

    bytes_sent: int = 0
    rounds: int = 0

    def add(self, other: Talk, times: int = 1) -> None:
        """Count something that is said so often."""
        self.bytes_sent += other.bytes_sent * times
        self.rounds += other.rounds * times


@dataclass(frozen=True)
class Recorded:
    """A whole job: what to prepare for lifting and for every epoch, and what is said by stage."""

    lifting: Repeated
    epoch: Repeated
    epochs: int
    talk: dict[Stage, Talk] = field(default_factory=dict)

    @property
    def segments(self) -> int:
        """How many files of correlations the job takes."""
        return 1 + self.epochs

    @property
    def requests(self) -> int:
        """How many correlations the whole plan has."""
        return sum(self.lifting.times) + self.epochs * sum(self.epoch.times)


def record(work: Work, by_digits: bool = True) -> Recorded:
    """Walk through lifting and one epoch, with comparisons as the source of correlations wants them.

    Raises:
        SpecRefused: a message would have more bytes than one may have.
    """
    spec, architecture, job = work.spec, work.architecture, work.epochs
    small = shapes_only(sum(work.counts), _pixels(architecture), len(architecture.classes), work.ring_bits)
    stages = StageMeter()
    lift = CountingSession(work.party, spec.fraction_bits, stages, by_digits)
    with stages.spend(Stage.HIDE):
        samples = lift_samples(lift, small, list(work.counts), spec.training.validation)
    train = CountingSession(work.party, spec.fraction_bits, stages, by_digits)
    run_epoch(train, job, samples, start_state(work, job).on(train.device), 0, stages)
    talk: dict[Stage, Talk] = {}
    for session, times in ((lift, 1), (train, spec.training.epochs)):
        for stage, said in session.talk.items():
            talk.setdefault(stage, Talk()).add(said, times)
    return Recorded(lift.taken, train.taken, spec.training.epochs, talk)


def start_state(work: Work, job: Epochs) -> ModelState:
    """Weights and memory that a training begins with."""
    return initial_state(work.party, work.spec.fraction_bits, work.architecture, job.seed, job.network.slots)


def _pixels(architecture: Architecture) -> int:
    channels, height, width = architecture.shape
    return channels * height * width


class StageMeter(Meter):
    """Knows which stage is under way and measures nothing."""

    def __init__(self) -> None:
        super().__init__(None, lambda stage, cost: None)
        self.stage = Stage.TRAIN

    @contextmanager
    def spend(self, stage: Stage, done: int = 0) -> Iterator[None]:
        self.stage = stage
        yield


class RepeatRecorder(PlanRecorder):
    """Writes the turns of a loop down once, with how often they come."""

    def __init__(self, party: Party, by_digits: bool) -> None:
        super().__init__(party, by_digits)
        self.times: list[int] = []

    def repeat(self, start: int, times: int) -> None:
        """As the recorder it stands for; loops are not nested."""
        super().repeat(start, 0)
        for index in range(start, len(self.requests)):
            self.times[index] *= max(times, 0) + 1

    def _add(self, request: Request) -> int:
        self.times.append(1)
        return super()._add(request)


class CountingSession(Session):
    """Records a plan and counts what would be sent on the way, by stage."""

    def __init__(self, party: Party, fraction_bits: int, stages: StageMeter, by_digits: bool) -> None:
        self._recorder = RepeatRecorder(party, by_digits)
        super().__init__(party, self._recorder, None, fraction_bits)
        self._stages = stages
        self._said: list[tuple[Stage, Talk, int]] = []
        self._marks: dict[int, int] = {}
        self._sent_since_wait = True

    @property
    def taken(self) -> Repeated:
        """The correlations so far."""
        return Repeated(self._recorder.requests, self._recorder.times)

    @property
    def talk(self) -> dict[Stage, Talk]:
        """What was said so far, by stage."""
        found: dict[Stage, Talk] = {}
        for stage, talk, times in self._said:
            found.setdefault(stage, Talk()).add(talk, times)
        return found

    @property
    def recorded(self) -> int:
        """How many correlations there are so far; asked where a loop begins, so messages are marked here as well."""
        place = super().recorded
        self._marks[place] = len(self._said)
        return place

    def repeat_recorded(self, start: int, times: int) -> None:
        super().repeat_recorded(start, times)
        for index in range(self._marks[start], len(self._said)):
            stage, talk, before = self._said[index]
            self._said[index] = stage, talk, before * (max(times, 0) + 1)

    def run(self, steps: Steps[T]) -> T:
        return super().run(self._overheard(steps))

    def _overheard(self, steps: Steps[T]) -> Steps[T]:
        while True:
            try:
                turn = next(steps)
            except StopIteration as done:
                result: T = done.value
                return result
            self._note(turn)
            yield turn

    def _note(self, turn: Turn) -> None:
        sent, waits = _bytes_of(turn), _awaits(turn)
        self._sent_since_wait |= sent > 0
        rounds = int(waits and self._sent_since_wait)
        if waits:
            self._sent_since_wait = False
        self._said.append((self._stages.stage, Talk(sent, rounds), 1))


def _bytes_of(turn: Turn) -> int:
    """Of one turn with its lanes, headers included; a message without bytes is not sent at all."""
    body = sum(tensor.numel() * tensor.element_size() for tensor in turn.outgoing)
    return (body + HEADER_BYTES if body else 0) + sum(_bytes_of(lane.turn) for lane in turn.lanes)


def _awaits(turn: Turn) -> bool:
    return any(tensor.numel() for tensor in turn.incoming) or any(_awaits(lane.turn) for lane in turn.lanes)
