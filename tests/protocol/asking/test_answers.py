"""Tests of a model by both servers: whoever asked puts together what the model says in the clear, and nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from common.crypto.rng import SystemRandom
from common.errors import BadSeal, PeerMismatch
from common.pipeline import JobState, Stage
from desktop_client.reveal.answers import combine_answer, open_answer_share
from desktop_client.reveal.evaluate import evaluate, predict
from desktop_client.reveal.network import Network
from tests.helpers.jobs.asking import DATASET, TEST, TRAINING, ask, kept_shares
from tests.helpers.jobs.images import EXTREMES, alternating, halves
from tests.helpers.jobs.projects import KEYS, model_of, specification
from tests.helpers.jobs.runs import Work, make_work
from tests.helpers.two_party.uniformity import assert_uniform_bytes

Weights = dict[str, npt.NDArray[np.float64]]


def work_of(head: str, side: int, count: int, **sections: Any) -> Work:
    bias = head != "resnet"
    images, labels = halves(count, side, seed=5)
    return make_work(specification(model=model_of(head, bias=bias), **sections), images, labels)


def some_weights(work: Work) -> Weights:
    """Weights a training could have come to; all of a size that keeps the values of a network in range."""
    draws = np.random.default_rng(11)
    return {
        name: draws.normal(0, np.sqrt(1 / np.prod(shape[:-1])) if len(shape) > 1 else 0.1, shape)
        for name, shape in work.architecture.tensors.items()
    }


@pytest.mark.parametrize(
    ("head", "side", "extractor", "scale"),
    [
        ("mlp", 8, "none", "unit"),
        ("logistic", 12, "average-pool", "signed"),
        pytest.param("mlp", 12, "filter-bank", "unit", marks=pytest.mark.slow),
        pytest.param("lenet", 16, "square", "unit", marks=pytest.mark.slow),
    ],
)
def test_answer_is_what_the_model_says_in_the_clear(
    tmp_path: Path, head: str, side: int, extractor: str, scale: str
) -> None:
    hiding = {"scale": scale, "mask": extractor != "none"}
    work = work_of(head, side, 6, features={"extractor": extractor}, hiding=hiding)
    weights = some_weights(work)
    answer = ask(work, kept_shares(work, weights), tmp_path, lambda party: SystemRandom()).answer()
    images, labels = halves(6, side, seed=5)
    network = Network(work.architecture, weights)
    np.testing.assert_allclose(answer.logits, predict(network, images), atol=0.01)
    np.testing.assert_array_equal(answer.labels, labels)
    assert (answer.test, answer.training, answer.dataset) == (TEST, TRAINING, DATASET)
    found, wanted = answer.evaluation(), evaluate(network, predict(network, images), labels)
    assert found.accuracy == wanted.accuracy and found.confusion.tolist() == wanted.confusion.tolist()


def small(count: int = 6) -> tuple[Work, Weights]:
    work = work_of("logistic", 8, count)
    return work, some_weights(work)


def test_answer_opens_for_who_asked_alone(tmp_path: Path) -> None:
    work, weights = small()
    run = ask(work, kept_shares(work, weights), tmp_path)
    assert [release.files for release in run.releases] == [{"carol": "answer.sealed"}] * 2
    for sealed in run.sealed():
        for other in ("alice", "bob"):
            with pytest.raises(BadSeal):
                open_answer_share(KEYS[other], sealed)


def test_answer_reports_progress_and_hashes_and_no_metrics(tmp_path: Path) -> None:
    work, weights = small()
    run = ask(work, kept_shares(work, weights), tmp_path)
    for notes in run.notes:
        assert notes.states == [JobState.PREPARING, JobState.TESTING]
        assert [action for action, _ in notes.events] == ["job-stage", "answer-seal"]
        done = {stage: (cost.done, cost.total) for stage, cost in notes.costs.items() if stage is not Stage.PREPARE}
        assert done == {Stage.TEST: (6, 6), Stage.SEAL: (1, 1)}
        assert notes.logits == notes.labels == []


def test_answer_of_one_image(tmp_path: Path) -> None:
    work = make_work(specification(), halves(2, 8)[0][:1], np.array([1]))
    answer = ask(work, kept_shares(work, some_weights(work)), tmp_path).answer()
    assert answer.logits.shape == (1, 2) and answer.labels.tolist() == [1]


@pytest.mark.parametrize("extreme", range(3))
def test_answer_shares_and_everything_a_server_hears_look_random(tmp_path: Path, extreme: int) -> None:
    """Whatever the images are: a server's own share of the answer, and what it gets from the other one."""
    images = EXTREMES[extreme](512, 8)
    work = make_work(specification(model=model_of("logistic")), images, alternating(512))
    run = ask(work, kept_shares(work, some_weights(work)), tmp_path, lambda party: SystemRandom())
    shares = [open_answer_share(KEYS["carol"], sealed) for sealed in run.sealed()]
    for share in shares:
        assert_uniform_bytes(share.logits_share.tobytes())
        assert_uniform_bytes(share.labels_share.tobytes())
    for opened in run.opened:
        values = [value for name, value in opened if name == "open" and value.dtype == torch.int64]
        assert_uniform_bytes(b"".join(value.numpy().tobytes() for value in values))


def test_answer_is_shared_anew(tmp_path: Path) -> None:
    """Two answers to the same question are equal, and their shares have nothing in common."""
    work, weights = small()
    runs = [ask(work, kept_shares(work, weights), tmp_path / name, lambda party: SystemRandom()) for name in "xy"]
    shares = [[open_answer_share(KEYS["carol"], sealed) for sealed in run.sealed()] for run in runs]
    np.testing.assert_allclose(runs[0].answer().logits, runs[1].answer().logits, atol=0.001)
    for first, second in zip(*shares, strict=True):
        assert not (first.labels_share == second.labels_share).any()
    with pytest.raises(PeerMismatch):
        combine_answer(shares[0][1], shares[0][0])


def test_weights_of_two_attempts_never_meet(tmp_path: Path) -> None:
    work, weights = small()
    with pytest.raises(PeerMismatch, match="do not belong together"):
        ask(work, kept_shares(work, weights, attempts=(1, 2)), tmp_path)


def test_weights_of_another_job_or_network_are_refused(tmp_path: Path) -> None:
    work, weights = small()
    with pytest.raises(PeerMismatch):
        ask(work, kept_shares(work, weights), tmp_path / "job", training="99" * 16)
    wrong = {name: value[:-1] for name, value in weights.items()}
    with pytest.raises(PeerMismatch):
        ask(work, kept_shares(work, wrong), tmp_path / "network")


def test_preparation_of_another_test_is_not_used(tmp_path: Path) -> None:
    """A plan that was prepared for one data set is bound to it."""
    work, weights = small()
    plans = []
    for dataset in ("1" * 64, "2" * 64):
        run = ask(work, kept_shares(work, weights), tmp_path / dataset[:1], dataset=dataset)
        plans.append(run.notes[0].events[0][1]["plan"])
    assert plans[0] != plans[1]
