"""A few steps of the training for real, at one party: its own code on correlations and shares of no meaning.

What a party computes depends on shapes alone, so seconds measured this way are those of the job, without the waiting.
A large job is rehearsed with two smaller batches and drawn out in a straight line.
"""

from __future__ import annotations

import shutil
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
from server_node.estimate.measuring.silent import SilentChannel
from server_node.hide.samples import Samples, SmallShares, lift_samples, shapes_only
from server_node.model.release import release_model
from server_node.model.snapshot import Checkpoint, checkpoint_path, save_checkpoint
from server_node.offline.generate import SOURCE
from server_node.offline.layout import Layout
from server_node.offline.plan import Request
from server_node.offline.segments import SEED_BYTES, SegmentFile, SegmentName
from server_node.offline.store import StoredCorrelations
from server_node.online.session import Session, recording_session
from server_node.train.loop import Epochs, run_epoch
from server_node.train.meter import Meter

LARGEST_STORED: Final = 64 << 20
"""Bytes of correlations of a rehearsed epoch; a larger job is rehearsed with smaller batches."""
MOST_STORED: Final = 4 << 30
"""Bytes of correlations with the smallest batch; a larger job is not rehearsed."""
_OF_FREE: Final = 4
"""A rehearsal takes no more than this part of the room on the disk."""
_SEALED: Final = 4
"""Recipients for whom a model is sealed; more take as long and as much each."""
_LARGEST_LIFT: Final = 1 << 19
_SMALLEST_BATCH: Final = 2
_STEPS: Final = 3
_APART: Final = 4
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
    """Processor seconds of lifting, hiding and features of so many images, a step of a batch, and the end of an epoch.

    ``filing`` is what writing and opening correlations takes for each byte; ``keeping`` and ``seal`` are the seconds of
    a checkpoint and of sealing the model, with the bytes that they leave on the disk.
    """

    lift: Pace
    hide: Pace
    features: Pace
    step: Pace
    end: Pace
    filing: float
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
    """Processor seconds of each call, by stage and whether it counts something; measures no traffic."""

    def __init__(self) -> None:
        super().__init__(None, lambda stage, cost: None)
        self.spent: dict[tuple[Stage, bool], list[float]] = {}

    @contextmanager
    def spend(self, stage: Stage, done: int = 0) -> Iterator[None]:
        began = time.thread_time()
        yield
        self.spent.setdefault((stage, done > 0), []).append(time.thread_time() - began)

    def shortest(self, stage: Stage, counts: bool = True) -> float:
        return min(self.spent[stage, counts])


def rehearse(work: Work, folder: Path, device: torch.device) -> Rehearsed:
    """Measure the parts of a job; ``folder`` is empty and takes what would lie on the disk.

    Raises:
        DiskFull: there is no room for a rehearsal.
    """
    stage = _Stage(work, folder, device)
    large = stage.largest_batch()
    small = max(_SMALLEST_BATCH, large // _APART)
    stage.epoch(small)  # loads compiled code
    first, second = stage.epoch(small), stage.epoch(large)

    def pace(of: Stage, images: int, counts: bool = True) -> Pace:
        return Pace((images * small, first[0].shortest(of, counts)), (images * large, second[0].shortest(of, counts)))

    return Rehearsed(
        lift=stage.lift(),
        hide=pace(Stage.HIDE, _STEPS),
        features=pace(Stage.FEATURES, _STEPS),
        step=pace(Stage.TRAIN, 1),
        end=pace(Stage.TRAIN, 1, counts=False),
        filing=second[1],
        keeping=stage.keep(),
        seal=stage.seal(),
    )


class _Stage:
    """Where a job is rehearsed."""

    def __init__(self, work: Work, folder: Path, device: torch.device) -> None:
        self._work, self._folder, self._device = work, folder, device
        self._count = 0

    def largest_batch(self) -> int:
        """The batch of the job, or the largest half, quarter and so on that takes few enough correlations."""
        batch = self._work.spec.training.batch
        while batch > _SMALLEST_BATCH and self._stored(batch) > LARGEST_STORED:
            batch //= 2
        if batch == _SMALLEST_BATCH:
            self._require_room(self._stored(batch))
        return batch

    def epoch(self, batch: int) -> tuple[_Calls, float]:
        """A short epoch; seconds of its parts, and of writing and opening a byte of its correlations."""
        work, job, calls = self._work, self._job(batch), _Calls()
        samples = self._samples(job, batch, self._device)
        state = start_state(work, job).on(self._device)
        requests = self._record(lambda session: self._walk(session, job, batch))
        with self._session(requests) as (session, filing):
            run_epoch(session, job, samples, state, 0, calls)
        return calls, filing

    def lift(self) -> Pace:
        """Lifting of images."""
        pixels = self._pixels + len(self._work.architecture.classes)
        many = max(_APART, min(sum(self._work.counts), _LARGEST_LIFT // pixels))
        small, large = (self._lift(count) for count in (many // _APART, many))
        return Pace(small, large)

    def keep(self) -> tuple[float, int]:
        """Seconds and bytes of a checkpoint."""
        job = self._work.epochs
        began = time.thread_time()
        save_checkpoint(self._folder, Checkpoint(_JOB, 1, _SEED, start_state(self._work, job)))
        return time.thread_time() - began, checkpoint_path(self._folder, 1).stat().st_size

    def seal(self) -> tuple[float, int]:
        """Seconds and bytes of sealing the model for everybody who gets it."""
        work = self._work
        few = replace(work.spec, recipients=work.spec.recipients[:_SEALED])
        state, times = start_state(work, work.epochs), len(work.spec.recipients) / len(few.recipients)
        began = time.thread_time()
        release = release_model(self._folder, _JOB, work.party, few, work.architecture, state)
        seconds = time.thread_time() - began
        sealed = sum((self._folder / name).stat().st_size for name in release.files.values())
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
        return Layout(requests, self._work.party, SOURCE).stored_bytes

    def _require_room(self, size: int) -> None:
        if size > min(MOST_STORED, shutil.disk_usage(self._folder).free // _OF_FREE):
            raise EstimateFailed("A single step of this job is too large for this server to try out.")

    def _record(self, walk: Callable[[Session], object]) -> list[Request]:
        session, recorder = recording_session(self._work.party, self._work.spec.fraction_bits)
        walk(session)
        return recorder.requests

    def _lift(self, count: int) -> tuple[int, float]:
        work = self._work
        small = shapes_only(count, self._pixels, len(work.architecture.classes), work.ring_bits)
        requests = self._record(lambda session: lift_samples(session, small, [count], 0))
        values = torch.zeros(small.values.shape, dtype=torch.int64)
        with self._session(requests) as (session, _):
            began = time.thread_time()
            lift_samples(session, SmallShares(values, small.pixels, small.ring_bits), [count], 0)
            return count, time.thread_time() - began

    @contextmanager
    def _session(self, requests: list[Request]) -> Iterator[tuple[Session, float]]:
        """A session on correlations of no meaning, and the seconds that writing and opening a byte of them took."""
        work, self._count = self._work, self._count + 1
        name = SegmentName(_JOB, self._count, SOURCE, _JOB)
        size = Layout(requests, work.party, SOURCE).stored_bytes
        file = SegmentFile(self._folder, name, _SEED, size)
        Stream(bytes(KEY_BYTES)).fill(file.stored)
        began = time.thread_time()
        file.publish()
        store = StoredCorrelations(self._folder, name, requests, work.party, self._device)
        filing = (time.thread_time() - began) / max(1, size)
        with closing(store):
            yield Session(work.party, store, SilentChannel(), work.spec.fraction_bits, None, self._device), filing
