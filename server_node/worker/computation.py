"""The whole computation of a job between two workers: prepare, lift, hide, extract, train, seal.

It knows a channel, shares and a folder, but no node, no database and no process; tests run it with both parties in one
process.
"""

from __future__ import annotations

import hmac
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Final

import numpy as np
import torch

from common.architecture import check_range
from common.documents import canonical
from common.errors import JobPaused, PeerMismatch, RangeExceeded, SpecRefused
from common.merkle.entry import user_actor
from common.net.channel import Channel
from common.pipeline import JobState, Stage
from common.schedule import hold_back
from server_node.hide.samples import Samples, lift_samples, shapes_only
from server_node.hide.toss import kept_seed
from server_node.model.release import Release, release_model
from server_node.model.snapshot import (
    Checkpoint,
    checkpoint_path,
    discard_checkpoints,
    load_checkpoint,
    save_checkpoint,
)
from server_node.offline.plan import Segment
from server_node.offline.preparation import Ahead, Job
from server_node.online.session import Session
from server_node.train.loop import EpochEnd, Epochs, run_epoch
from server_node.train.meter import Meter
from server_node.train.state import ModelState, initial_state
from server_node.worker.task import Reporter, open_segment, prepared_ahead, recording
from server_node.worker.task import Task as Task

_LIFT_SEGMENT: Final = 0


class Computation:
    """A job at one party, from the last common checkpoint to the sealed model."""

    def __init__(self, task: Task, channel: Channel, reporter: Reporter) -> None:
        self._task, self._channel, self._reporter = task, channel, reporter
        self._meter = Meter(channel, reporter.progress)

    def run(self) -> Release:
        """Run to the end.

        Raises:
            SpecRefused, PeerMismatch, PeerGone, DiskFull and the other named errors of the parts.
        """
        task = self._task
        check_range(task.architecture, task.spec.fraction_bits)
        _check_budget(task)
        done, seed, halvings = self._start()
        job = replace(_epochs(task, seed), halvings=halvings)
        self._reporter.state(JobState.PREPARING)
        with self._prepared(job, frozenset({_LIFT_SEGMENT, *_segments_after(task, done)})) as ahead:
            job.announce(self._meter, task.spec.training.epochs - done)
            samples = self._lift(ahead)
            state = self._train(ahead, job, samples, done)
        self._put_away(job, state)
        return self._seal(state)

    def _start(self) -> tuple[int, bytes, int]:
        """Epochs done at the last checkpoint both servers have, the joint seed, and how often the rate was halved."""
        task, epochs = self._task, self._task.spec.training.epochs
        have = np.array([checkpoint_path(task.folder, n).exists() for n in range(1, epochs + 1)], np.uint8)
        both = have & self._channel.exchange("checkpoints", have)
        done = int(np.max(np.flatnonzero(both) + 1, initial=0))
        discard_checkpoints(task.folder, range(done + 1, epochs + 1))
        if not done:
            return 0, kept_seed(self._channel, task.rng, task.folder, task.job), 0
        checkpoint = load_checkpoint(task.folder, done)
        mine = np.frombuffer(checkpoint.agreement, np.uint8)
        theirs = self._channel.exchange("checkpoint-agreement", mine)
        if checkpoint.job != task.job or not hmac.compare_digest(mine.tobytes(), theirs.tobytes()):
            raise PeerMismatch("The checkpoints of the two servers do not belong together.")
        return done, checkpoint.seed, checkpoint.halvings

    def _train(self, ahead: Ahead, job: Epochs, samples: Samples, done: int) -> ModelState:
        """The epochs that are left. One that leaves the range is undone, and tried again once with half the rate.

        Raises:
            RangeExceeded: half the rate was too much, too.
        """
        epoch, state = done, self._state_after(job, done)
        if epoch < self._task.spec.training.epochs:
            ahead.wait(1 + epoch)
        self._reporter.state(JobState.TRAINING)
        while epoch < self._task.spec.training.epochs:
            with self._segment(ahead, 1 + epoch) as session:
                end = run_epoch(session, job, samples, state, epoch, self._meter)
            if end.is_in_range:
                epoch += 1
                self._keep(job, samples, state, end, epoch)
                self._pause_if_wanted(epoch)
                continue
            if job.halvings:
                raise RangeExceeded(
                    f"The training left the range of fixed point in epoch {epoch + 1}, and again with half the "
                    "learning rate; no model was made."
                )
            self._reporter.event("job-stage", {"stage": "roll-back", "epoch": epoch})
            job, state = replace(job, halvings=1), self._state_after(job, epoch)
            job.announce(self._meter, self._task.spec.training.epochs - done + 1)
            ahead.again(self._channel, 1 + epoch)
        return state

    def _pause_if_wanted(self, done: int) -> None:
        """Both servers ask each other after every epoch but the last.

        *Rounds* 1. *Bytes* 1 each way. *Leaks* whether this server was asked to pause.

        Raises:
            JobPaused: one of them was.
        """
        if done == self._task.spec.training.epochs:
            return
        mine = np.array([self._task.wants_pause()], np.uint8)
        if (mine | self._channel.exchange("go-on", mine)).any():
            raise JobPaused(f"The job was paused after epoch {done}.")

    def _state_after(self, job: Epochs, done: int) -> ModelState:
        """The state at a checkpoint, or at the start."""
        task = self._task
        if done:
            return load_checkpoint(task.folder, done).state.on(task.device)
        start = initial_state(task.party, task.spec.fraction_bits, task.architecture, job.seed, job.network.slots)
        return start.on(task.device)

    def _prepared(self, job: Epochs, needed: frozenset[int]) -> AbstractContextManager[Ahead]:
        """Correlations for the needed segments; those that were prepared and not used stay as they are."""
        task = self._task
        agreement = canonical({"specification": task.spec.hash, "rates": job.planned_rates, "seed": job.seed.hex()})

        def planned() -> Job:
            return Job(record_plan(task, job), needed, agreement, task.source)

        return prepared_ahead(task, self._channel, self._reporter, planned)

    def _lift(self, ahead: Ahead) -> Samples:
        ahead.wait(_LIFT_SEGMENT)
        self._reporter.state(JobState.HIDING)
        task = self._task
        with self._meter.spend(Stage.HIDE), self._segment(ahead, _LIFT_SEGMENT) as session:
            return lift_samples(session, task.shares, task.counts, task.spec.training.validation)

    def _keep(self, job: Epochs, samples: Samples, state: ModelState, end: EpochEnd, done: int) -> None:
        """Write the checkpoint of an epoch that stayed in range and report it."""
        task = self._task
        checkpoint = Checkpoint(task.job, done, job.seed, state, job.halvings, task.attempt)
        digest = save_checkpoint(task.folder, checkpoint)
        if len(samples.validation):
            held_back = torch.from_numpy(samples.validation).to(samples.labels.device)
            labels = samples.labels[held_back] << task.spec.fraction_bits
            self._reporter.metrics(done, done * job.steps, end.logits, labels, task.spec.fraction_bits)
        self._reporter.event("job-checkpoint", {"epoch": done, "share_hash": digest})

    def _put_away(self, job: Epochs, state: ModelState) -> None:
        """Keep the own share of the weights where members may test the model. The attempt is part of it, so that shares
        of two sharings never meet."""
        task = self._task
        if task.keep is not None:
            epochs = task.spec.training.epochs
            digest = task.keep(Checkpoint(task.job, epochs, job.seed, state, job.halvings, task.attempt))
            self._reporter.event("model-keep", {"share_hash": digest})

    def _seal(self, state: ModelState) -> Release:
        task = self._task
        self._meter.expect(Stage.SEAL, len(task.spec.recipients))
        with self._meter.spend(Stage.SEAL, len(task.spec.recipients)):
            release = release_model(task.folder, task.job, task.party, task.spec, task.architecture, state)
        for user, sealed_hash in release.hashes.items():
            member = task.spec.member(user) or {}
            recipient = user_actor(member["verify_key"])
            self._reporter.event("model-seal", {"recipient": recipient, "sealed_hash": sealed_hash})
        return release

    def _segment(self, ahead: Ahead, index: int) -> AbstractContextManager[Session]:
        return open_segment(self._task, self._channel, ahead, index)


def record_plan(task: Task, job: Epochs) -> list[Segment]:
    """Every correlation of the job: a segment for lifting, then one per epoch, all alike."""
    session, recorder = recording(task)
    small = shapes_only(sum(task.counts), task.shares.pixels, len(task.architecture.classes), task.shares.ring_bits)
    samples = lift_samples(session, small, task.counts, task.spec.training.validation)
    lifting = recorder.requests
    session, recorder = recording(task)
    state = initial_state(task.party, task.spec.fraction_bits, task.architecture, job.seed, job.network.slots)
    state = state.on(session.device)
    run_epoch(session, job, samples, state, 0, Meter(None, lambda stage, cost: None))
    return [lifting] + [recorder.requests] * task.spec.training.epochs


def _check_budget(task: Task) -> None:
    """Raises:
    SpecRefused: there are too few images for a single step.
    """
    if _trained(task) < task.spec.training.batch:
        raise SpecRefused("There are fewer images to train on than training.batch.", field="training.batch")


def _segments_after(task: Task, done: int) -> range:
    """Segments of the epochs after the first ``done``."""
    return range(1 + done, 1 + task.spec.training.epochs)


def _trained(task: Task) -> int:
    return len(hold_back(task.counts, task.spec.training.validation)[0])


def _epochs(task: Task, seed: bytes) -> Epochs:
    return Epochs(task.spec, task.architecture, seed, _trained(task))
