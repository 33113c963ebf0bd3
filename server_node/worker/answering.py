"""A test of a trained model between two workers: prepare, lift, run the network on shares, seal the answer.

    both  → both  kept-weights: digest of what the kept shares of both servers have in common
    then preparation, lifting and the network, and one toss that shares the answer anew

Images are neither mixed nor masked, as those of validation. The servers learn no logit and no label.
"""

from __future__ import annotations

import hmac
from contextlib import AbstractContextManager
from typing import Final

import numpy as np
import torch

from common.architecture import check_range
from common.documents import canonical
from common.errors import PeerMismatch
from common.merkle.entry import user_actor
from common.net.channel import Channel
from common.pipeline import JobState, Stage
from server_node.hide.samples import lift_samples, shapes_only
from server_node.model.answers import Answer, seal_answer, share_anew
from server_node.model.question import Question
from server_node.model.release import Release
from server_node.model.snapshot import Checkpoint
from server_node.offline.plan import Segment
from server_node.offline.preparation import Ahead, Job
from server_node.train.inference import clean_logits
from server_node.train.meter import Meter
from server_node.train.state import ModelState
from server_node.worker.task import Reporter, Task, open_segment, prepared_ahead, recording

_LIFT_SEGMENT: Final = 0
_TEST_SEGMENT: Final = 1


class Answering:
    """A test at one party; ``kept`` is its own share of the model."""

    def __init__(self, task: Task, question: Question, kept: Checkpoint, channel: Channel, reporter: Reporter) -> None:
        self._task, self._question, self._kept = task, question, kept
        self._channel, self._reporter = channel, reporter
        self._meter = Meter(channel, reporter.progress)

    def run(self) -> Release:
        """Run to the end.

        *Leaks* to the servers nothing beyond counts, shapes and times; to who asked the logits and labels.

        Raises:
            SpecRefused, PeerMismatch, PeerGone, DiskFull and the other named errors of the parts.
        """
        task = self._task
        check_range(task.architecture, task.spec.fraction_bits)
        self._agree()
        self._reporter.state(JobState.PREPARING)
        with self._prepared() as ahead:
            ahead.wait(_LIFT_SEGMENT)
            self._reporter.state(JobState.TESTING)
            answer = self._answer(ahead)
        return self._seal(share_anew(self._channel, task.rng, task.party, answer))

    def _agree(self) -> None:
        """The kept shares are of one sharing of one model, and fit its network.

        *Rounds* 1. *Bytes* 32 each way. *Leaks* nothing.
        """
        mine = np.frombuffer(self._kept.agreement, np.uint8)
        theirs = self._channel.exchange("kept-weights", mine)
        shapes = {name: tuple(value.shape) for name, value in self._kept.state.weights.items()}
        is_same = hmac.compare_digest(mine.tobytes(), theirs.tobytes())
        if not is_same or self._kept.job != self._question.training or shapes != self._task.architecture.tensors:
            raise PeerMismatch("The shares of the model that the two servers keep do not belong together.")

    def _prepared(self) -> AbstractContextManager[Ahead]:
        task = self._task
        agreement = canonical({"specification": task.spec.hash, "test": self._question.as_json()})

        def planned() -> Job:
            return Job(record_test(task), frozenset({_LIFT_SEGMENT, _TEST_SEGMENT}), agreement, task.source)

        return prepared_ahead(task, self._channel, self._reporter, planned)

    def _answer(self, ahead: Ahead) -> Answer:
        task, meter = self._task, self._meter
        count = sum(task.counts)
        meter.expect(Stage.TEST, count)
        with meter.spend(Stage.TEST), open_segment(task, self._channel, ahead, _LIFT_SEGMENT) as session:
            samples = lift_samples(session, task.shares, task.counts, 0)
        state = self._kept.state.on(task.device)
        with open_segment(task, self._channel, ahead, _TEST_SEGMENT) as session:
            logits = clean_logits(
                session, task.architecture, samples.pixels, samples.training, state,
                lambda images: meter.spend(Stage.TEST, images),
            )  # fmt: skip
        return Answer(logits, samples.labels)

    def _seal(self, answer: Answer) -> Release:
        task, question = self._task, self._question
        about = {
            "test": task.job,
            "project_hash": task.spec.hash,
            "classes": list(task.architecture.classes),
            "fraction_bits": task.spec.fraction_bits,
        }
        self._meter.expect(Stage.SEAL, 1)
        with self._meter.spend(Stage.SEAL, 1):
            release = seal_answer(task.folder, task.party, question, about, answer)
        subject: dict[str, str | int] = {
            "recipient": user_actor(question.verify_key),
            "sealed_hash": release.hashes[question.asker],
        }
        self._reporter.event("answer-seal", subject)
        return release


def record_test(task: Task) -> list[Segment]:
    """Every correlation of a test: one segment for lifting, one for the network."""
    architecture = task.architecture
    session, recorder = recording(task)
    small = shapes_only(sum(task.counts), task.shares.pixels, len(architecture.classes), task.shares.ring_bits)
    samples = lift_samples(session, small, task.counts, 0)
    lifting = recorder.requests
    session, recorder = recording(task)
    shapes = architecture.tensors.items()
    weights = {name: torch.empty(shape, dtype=torch.int64, device=session.device) for name, shape in shapes}
    clean_logits(session, architecture, samples.pixels, samples.training, ModelState(weights))
    return [lifting, recorder.requests]
