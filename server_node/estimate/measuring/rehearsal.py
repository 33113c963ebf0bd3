"""A few steps of the training for real, by two processes: a worker's own code on correlations and shares of no meaning.

What a party computes and says depends on shapes alone, so seconds measured this way are those of the job with its
waiting, for two workers on this machine. A large job is rehearsed with two smaller batches and drawn out in a straight
line.
"""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from common.crypto.prg import KEY_BYTES, Stream
from common.errors import EstimateFailed
from common.pipeline import Stage
from server_node.estimate.counting.recording import Work, start_state
from server_node.estimate.measuring.pair import Pair, Use
from server_node.hide.samples import Samples, SmallShares, lift_samples, shapes_only
from server_node.model.release import Release, release_model
from server_node.model.snapshot import Checkpoint, checkpoint_path, save_checkpoint
from server_node.offline.layout import Layout, compares_by_digits
from server_node.offline.plan import Request, plan_digest
from server_node.offline.segments import SEED_BYTES, SegmentFile, SegmentName
from server_node.offline.store import StoredCorrelations
from server_node.online.session import Session, recording_session
from server_node.train.loop import Epochs, run_epoch
from server_node.train.meter import Meter

LARGEST_STORED: Final = 64 << 20
"""Bytes of correlations of a rehearsed epoch; a larger job is rehearsed with smaller batches."""
MOST_STORED: Final = 4 << 30
"""Bytes of correlations with the smallest batch; a larger job is not rehearsed."""
_OF_FREE: Final = 8
"""Each of the two processes takes no more than this part of the room on the disk."""
_SEALED: Final = 4
"""Recipients for whom a model is sealed; more take as long and as much each."""
_LARGEST_LIFT: Final = 1 << 19
_SMALLEST_BATCH: Final = 2
_STEPS: Final = 3
_APART: Final = 4
STAGES: Final = (Stage.HIDE, Stage.FEATURES, Stage.TRAIN)
"""Those of an epoch."""
_SEED: Final = bytes(SEED_BYTES)
_JOB: Final = "0" * 32


@dataclass(frozen=True)
class Pace:
    """Seconds of a piece of work at two sizes; others lie on the line through both."""

    small: tuple[int, float]
    large: tuple[int, float]

    def at(self, size: int) -> float:
        """Seconds at another size."""
        (first, before), (second, after) = self.small, self.large
        slope = max(0.0, after - before) / max(1, second - first)
        return max(0.0, after + slope * (size - second))


@dataclass(frozen=True)
class Rehearsed:
    """Seconds of lifting, hiding and features of so many images, a step of a batch, and the end of an epoch.

    ``planning`` is what a correlation of the plan takes before it is made, and ``filing`` what writing and opening
    takes for each byte; ``keeping`` and ``seal`` are the seconds of a checkpoint and of sealing the model, with the
    bytes that they leave on the disk. ``cores`` is how many of them a worker keeps busy, and ``cold`` what the
    stages of the first epoch take longer in a new process.
    """

    lift: Pace
    hide: Pace
    features: Pace
    step: Pace
    end: Pace
    planning: float
    filing: float
    cores: float
    cold: dict[Stage, float]
    keeping: tuple[float, int]
    seal: tuple[float, int]

    def seconds(self, work: Work) -> dict[Stage, float]:
        """Computing of every stage of a whole job, without preparing and without waiting."""
        job, epochs = work.epochs, work.spec.training.epochs
        full, rest = divmod(work.trained, job.block)

        def in_blocks(pace: Pace) -> float:
            return full * pace.at(job.block) + (pace.at(rest) if rest else 0.0)

        train = job.steps * self.step.at(work.spec.training.batch) + self.end.at(sum(work.counts) - work.trained)
        return {
            Stage.HIDE: self.lift.at(sum(work.counts)) + epochs * in_blocks(self.hide),
            Stage.FEATURES: epochs * in_blocks(self.features),
            Stage.TRAIN: epochs * train,
            Stage.SEAL: self.seal[0],
        }


class _Calls(Meter):
    """Seconds of each call, by stage and whether it counts something; measures no traffic."""

    def __init__(self) -> None:
        super().__init__(None, lambda stage, cost: None)
        self.spent: dict[tuple[Stage, bool], list[float]] = {}

    @contextmanager
    def spend(self, stage: Stage, done: int = 0) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.spent.setdefault((stage, done > 0), []).append(time.perf_counter() - began)

    def total(self, stage: Stage) -> float:
        """All calls of a stage."""
        return sum(sum(seconds) for (each, _), seconds in self.spent.items() if each is stage)


@dataclass(frozen=True)
class _Epoch:
    """Seconds of a short epoch: what a call of each kind took, and writing and opening a byte of its correlations."""

    calls: dict[tuple[Stage, bool], float]
    totals: dict[Stage, float]
    filing: float
    planning: float


@dataclass(frozen=True)
class Place:
    """Where a job is rehearsed: ``folder`` takes what would lie on the disk, as ``source`` would lay it out."""

    folder: Path
    device: torch.device
    source: str


def rehearse(pair: Pair, work: Work, place: Place) -> Rehearsed:
    """Measure the parts of a job, as the other process of the pair does.

    Raises:
        DiskFull: there is no room for a rehearsal.
    """
    pair = Pair(pair.channel, pair.party, Use())
    stage = _Stage(pair, work, place)
    large = stage.largest_batch()
    small = max(_SMALLEST_BATCH, large // _APART)
    cold = stage.epoch(small).totals
    pair.use.passed = pair.use.computed = 0.0
    first, second = stage.epoch(small), stage.epoch(large)
    cores = pair.use.cores

    def pace(of: Stage, images: int, counts: bool = True) -> Pace:
        return Pace((images * small, first.calls[of, counts]), (images * large, second.calls[of, counts]))

    return Rehearsed(
        lift=stage.lift(),
        hide=pace(Stage.HIDE, _STEPS),
        features=pace(Stage.FEATURES, _STEPS),
        step=pace(Stage.TRAIN, 1),
        end=pace(Stage.TRAIN, 1, counts=False),
        planning=second.planning,
        filing=second.filing,
        cores=cores,
        cold={each: max(0.0, cold[each] - first.totals[each]) for each in STAGES},
        keeping=stage.keep(),
        seal=stage.seal(),
    )


class _Stage:
    """Where a job is rehearsed."""

    def __init__(self, pair: Pair, work: Work, place: Place) -> None:
        self._pair, self._work, self._source = pair, work, place.source
        self._folder, self._device = place.folder, place.device
        self._count = 0

    def largest_batch(self) -> int:
        """The batch of the job, or the largest half, quarter and so on that takes few enough correlations."""
        batch = self._work.spec.training.batch
        while batch > _SMALLEST_BATCH and self._stored(batch) > LARGEST_STORED:
            batch //= 2
        if batch == _SMALLEST_BATCH:
            self._require_room(self._stored(batch))
        return batch

    def epoch(self, batch: int) -> _Epoch:
        """A short epoch together."""
        work, job, calls = self._work, self._job(batch), _Calls()
        samples = self._samples(job, batch, self._device)
        state = start_state(work, job).on(self._device)
        requests = self._record(lambda session: self._walk(session, job, batch))
        planning = self._pair.timed(lambda: plan_digest([requests])) / len(requests)
        with self._session(requests) as (session, filing):
            self._pair.timed(lambda: run_epoch(session, job, samples, state, 0, calls))
        usual = [statistics.median(seconds) for seconds in calls.spent.values()]
        totals = self._pair.slower([calls.total(stage) for stage in STAGES])
        return _Epoch(
            calls=dict(zip(calls.spent, self._pair.slower(usual), strict=True)),
            totals=dict(zip(STAGES, totals, strict=True)),
            filing=filing,
            planning=planning,
        )

    def lift(self) -> Pace:
        """Lifting of images."""
        pixels = self._pixels + len(self._work.architecture.classes)
        many = max(_APART, min(sum(self._work.counts), _LARGEST_LIFT // pixels))
        small, large = (self._lift(count) for count in (many // _APART, many))
        return Pace(small, large)

    def keep(self) -> tuple[float, int]:
        """Seconds and bytes of a checkpoint."""
        checkpoint = Checkpoint(_JOB, 1, _SEED, start_state(self._work, self._work.epochs))
        seconds = self._pair.timed(lambda: save_checkpoint(self._folder, checkpoint))
        return seconds, checkpoint_path(self._folder, 1).stat().st_size

    def seal(self) -> tuple[float, int]:
        """Seconds and bytes of sealing the model for everybody who gets it."""
        work, made = self._work, list[Release]()
        few = replace(work.spec, recipients=work.spec.recipients[:_SEALED])
        state, times = start_state(work, work.epochs), len(work.spec.recipients) / len(few.recipients)

        def run() -> None:
            made.append(release_model(self._folder, _JOB, work.party, few, work.architecture, state))

        seconds = self._pair.timed(run)
        sealed = sum((self._folder / name).stat().st_size for name in made[0].files.values())
        return times * seconds, round(times * sealed)

    @property
    def _pixels(self) -> int:
        channels, height, width = self._work.architecture.shape
        return channels * height * width

    def _job(self, batch: int) -> Epochs:
        training = replace(self._work.spec.training, batch=batch, epochs=1)
        spec = replace(self._work.spec, training=training)
        return replace(self._work.epochs, spec=spec, trained=_STEPS * batch)

    def _samples(self, job: Epochs, held_back: int, device: torch.device) -> Samples:
        pixels, labels = (
            torch.zeros((job.trained, columns), dtype=torch.int64, device=device)
            for columns in (self._pixels, len(self._work.architecture.classes))
        )
        return Samples(pixels, labels, np.arange(job.trained), np.arange(held_back))

    def _walk(self, session: Session, job: Epochs, held_back: int) -> None:
        state = start_state(self._work, job).on(session.device)
        run_epoch(session, job, self._samples(job, held_back, session.device), state, 0, Meter(None, lambda *_: None))

    def _stored(self, batch: int) -> int:
        requests = self._record(lambda session: self._walk(session, self._job(batch), batch))
        return Layout(requests, self._work.party, self._source).stored_bytes

    def _require_room(self, size: int) -> None:
        if size > min(MOST_STORED, shutil.disk_usage(self._folder).free // _OF_FREE):
            raise EstimateFailed("A single step of this job is too large for this server to try out.")

    def _record(self, walk: Callable[[Session], object]) -> list[Request]:
        session, recorder = recording_session(
            self._work.party, self._work.spec.fraction_bits, compares_by_digits(self._source)
        )
        walk(session)
        return recorder.requests

    def _lift(self, count: int) -> tuple[int, float]:
        work = self._work
        small = shapes_only(count, self._pixels, len(work.architecture.classes), work.ring_bits)
        requests = self._record(lambda session: lift_samples(session, small, [count], 0))
        values = torch.zeros(small.values.shape, dtype=torch.int64)
        with self._session(requests) as (session, _):
            small = SmallShares(values, small.pixels, small.ring_bits)
            return count, self._pair.timed(lambda: lift_samples(session, small, [count], 0))

    @contextmanager
    def _session(self, requests: list[Request]) -> Iterator[tuple[Session, float]]:
        """A session on correlations of no meaning, and the seconds that writing and opening a byte of them took."""
        work, self._count, pair, opened = self._work, self._count + 1, self._pair, list[StoredCorrelations]()
        name = SegmentName(_JOB, self._count, self._source, _JOB)
        size = Layout(requests, work.party, self._source).stored_bytes
        file = SegmentFile(self._folder, name, _SEED, size)
        Stream(bytes(KEY_BYTES)).fill(file.stored)

        def publish_and_open() -> None:
            file.publish()
            opened.append(StoredCorrelations(self._folder, name, requests, work.party, self._device))

        filing = pair.timed(publish_and_open) / max(1, size)
        with closing(opened[0]) as store:
            yield Session(work.party, store, pair.channel, work.spec.fraction_bits, None, self._device), filing
