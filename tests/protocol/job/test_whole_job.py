"""Whole jobs of both servers in one process: the model that comes out is the one training in the clear gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from common.crypto.rng import SystemRandom
from common.errors import BadSeal, PeerMismatch, SpecRefused
from common.ids import Party
from common.net.channel import Channel
from common.pipeline import JobState, Stage
from common.schedule import hold_back
from desktop_client.reveal.combine import Model, combine, open_share
from desktop_client.reveal.evaluate import predict
from desktop_client.reveal.network import Network, build_network
from server_node.worker.computation import Computation, Task
from tests.helpers.jobs.clear import same_training_in_clear
from tests.helpers.jobs.images import halves
from tests.helpers.jobs.projects import KEYS, model_of, specification
from tests.helpers.jobs.runs import JobRun, Notes, Work, make_work, run_job, seeded, train_with_dealer
from tests.helpers.simulate import run_two

SIDE = 12
SEED = b"joint toss".ljust(32)


def small_work(head: str = "logistic", extractor: str = "average-pool", classes: int = 2, **training: Any) -> Work:
    """48 images of two owners, two epochs of five steps."""
    spec = specification(features={"extractor": extractor}, model=model_of(head), training=training)
    images, labels = halves(48, SIDE, classes)
    return make_work(spec, images, labels, [30, 18])


def revealed(run: JobRun, user: str) -> Model:
    """What a recipient puts together from the two sealed files."""
    shares = []
    for folder, release in zip(run.folders, run.releases, strict=True):
        shares.append(open_share(KEYS[user], (folder / release.files[user]).read_bytes()))
    return combine(shares[0], shares[1])


def accuracy(network: Network, images: Any, labels: Any) -> float:
    return float((predict(network, images).argmax(axis=1) == labels).mean())


# --- the real thing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "extractor"),
    [
        ("logistic", "average-pool"),
        pytest.param("mlp", "filter-bank", marks=pytest.mark.slow),
        pytest.param("logistic", "filter-bank", marks=pytest.mark.slow),
        pytest.param("mlp", "average-pool", marks=pytest.mark.slow),
    ],
)
def test_job_gives_its_recipients_a_model_that_works(tmp_path: Path, head: str, extractor: str) -> None:
    """With the randomness of the system, as in the field: as good as the clear training with the draws of this job."""
    work = small_work(head, extractor, epochs=3, learning_rate="0.1")
    run = run_job(work, tmp_path, lambda party: SystemRandom())
    models = [revealed(run, user) for user in ("alice", "bob")]
    for model in models:
        for name, weight in run.weights().items():
            np.testing.assert_array_equal(model.tensors[name], weight)
    clear = same_training_in_clear(work.spec, *halves(48, SIDE), work.counts, run.seed)
    for name, weight in clear.tensors.items():
        np.testing.assert_allclose(models[0].tensors[name], weight, atol=0.01 * max(1.0, float(np.abs(weight).max())))
    test_images, test_labels = halves(200, SIDE, seed=99)
    found, expected = (accuracy(network, test_images, test_labels) for network in (build_network(models[0]), clear))
    assert abs(found - expected) <= 0.02
    assert head == "mlp" or found >= 0.9


def test_job_reports_what_members_may_see(tmp_path: Path) -> None:
    run = run_job(small_work(), tmp_path)
    for notes in run.notes:
        assert notes.states == [JobState.PREPARING, JobState.HIDING, JobState.TRAINING]
        assert notes.steps == [(1, 5), (2, 10)]
        assert [action for action, _ in notes.events] == ["job-stage", *["job-checkpoint"] * 2, *["model-seal"] * 2]
        prepared = notes.costs.pop(Stage.PREPARE)
        done = {stage: (cost.done, cost.total) for stage, cost in notes.costs.items()}
        assert done == {
            Stage.HIDE: (80, 80),
            Stage.FEATURES: (80, 80),
            Stage.TRAIN: (10, 10),
            Stage.SEAL: (2, 2),
        }
        assert prepared.done == prepared.total > 100_000
        assert prepared.traffic.bytes_sent > 100_000 and prepared.seconds > 0
    first, second = (notes.events[0][1]["plan"] for notes in run.notes)
    assert first == second


def test_job_reports_shares_of_validation_logits_that_fit_the_model(tmp_path: Path) -> None:
    images, labels = halves(48, SIDE)
    work = small_work()
    run = run_job(work, tmp_path)
    held_back = hold_back(work.counts, 8)[1]
    network = Network(work.architecture, run.weights())
    logits = (run.notes[0].logits[1] + run.notes[1].logits[1]).numpy() / 2**16
    np.testing.assert_allclose(logits, predict(network, images[held_back]), atol=0.01)
    one_hot = (run.notes[0].labels[1] + run.notes[1].labels[1]).numpy() / 2**16
    np.testing.assert_array_equal(one_hot, np.eye(2)[labels[held_back]])
    for notes in run.notes:
        assert int(notes.logits[1].abs().min()) > 2**16, "a share of a logit is no small number"


def test_job_without_validation_reports_none(tmp_path: Path) -> None:
    run = run_job(small_work(validation=0, epochs=1), tmp_path)
    assert run.notes[0].steps == []
    assert run.notes[0].costs[Stage.HIDE].done == 48


def test_job_seals_for_its_recipients_alone(tmp_path: Path) -> None:
    run = run_job(small_work(epochs=1), tmp_path)
    for folder, release in zip(run.folders, run.releases, strict=True):
        assert sorted(release.files) == ["alice", "bob"]
        sealed = (folder / release.files["alice"]).read_bytes()
        for other in ("bob", "carol"):
            with pytest.raises(BadSeal):
                open_share(KEYS[other], sealed)
    assert run.releases[0].share_hash != run.releases[1].share_hash


def test_job_leaves_only_used_up_correlations(tmp_path: Path) -> None:
    run = run_job(small_work(), tmp_path)
    for folder in run.folders:
        left = sorted((path.name, path.stat().st_size) for path in (folder / "correlations").iterdir())
        assert left == [(f"segment-{index:05d}.taken", 0) for index in range(3)]
        assert sorted(path.name for path in folder.glob("checkpoint-*")) == ["checkpoint-00001", "checkpoint-00002"]


def test_job_with_the_same_randomness_repeats_itself_exactly(tmp_path: Path) -> None:
    """Every message and every share: nothing in a job depends on time, on threads or on the order of a set."""
    runs = [run_job(small_work("mlp", epochs=1), tmp_path / name, seeded("twice")) for name in ("one", "two")]
    assert runs[0].received == runs[1].received
    assert [release.share_hash for release in runs[0].releases] == [r.share_hash for r in runs[1].releases]


def test_job_with_other_randomness_has_other_messages(tmp_path: Path) -> None:
    first, second = (run_job(small_work(epochs=1), tmp_path / name, seeded(name)) for name in ("one", "two"))
    assert first.received != second.received
    assert first.releases[0].share_hash != second.releases[0].share_hash


# --- what it does not do -----------------------------------------------------------------------------------------


def disagree(works: tuple[Work, Work], root: Path) -> None:
    """Both parties with their own idea of the job."""

    def play(party: Party, channel: Channel) -> None:
        work, folder = works[party], root / party.letter
        folder.mkdir()
        task = Task(
            work.job, party, work.spec, work.architecture, work.shares[party], work.counts, folder, SystemRandom()
        )
        Computation(task, channel, Notes()).run()

    run_two(play)


@pytest.mark.parametrize(
    "training", [{"learning_rate": "0.25"}, {"momentum": "0.5"}, {"schedule": "constant"}, {"batch": 4}], ids=str
)
def test_job_stops_before_any_correlation_if_the_servers_disagree(tmp_path: Path, training: dict[str, Any]) -> None:
    with pytest.raises(PeerMismatch):
        disagree((small_work(), small_work(**training)), tmp_path)
    assert not list(tmp_path.glob("*/correlations/*"))


def test_job_stops_if_the_servers_plan_different_networks(tmp_path: Path) -> None:
    with pytest.raises(PeerMismatch):
        disagree((small_work("logistic"), small_work("mlp")), tmp_path)


def test_job_with_fewer_images_than_a_batch_is_refused_before_any_message(tmp_path: Path) -> None:
    work = small_work(batch=64)
    with pytest.raises(SpecRefused) as refusal:
        run_job(work, tmp_path)
    assert refusal.value.details["field"] == "training.batch"
    assert not list(tmp_path.glob("*/*"))


def test_job_that_could_overflow_is_refused_before_any_message(tmp_path: Path) -> None:
    work = small_work()
    wide = replace(work.architecture, bounds={name: 2.0**20 for name in work.architecture.bounds})
    with pytest.raises(SpecRefused, match="range"):
        run_job(replace(work, architecture=wide), tmp_path)
    assert not list(tmp_path.glob("*/*"))


# --- against training in the clear -------------------------------------------------------------------------------

CASES = [
    ("average-pool", "logistic", 2, "unit", 4),
    ("filter-bank", "logistic", 3, "unit", 4),
    ("average-pool", "mlp", 3, "unit", 4),
    ("average-pool", "logistic", 2, "signed", 2),
    ("filter-bank", "mlp", 3, "unit", 1),
]


@pytest.mark.parametrize(("extractor", "head", "classes", "scale", "k"), CASES)
def test_training_on_shares_is_training_in_the_clear(
    extractor: str, head: str, classes: int, scale: str, k: int
) -> None:
    """The same mixtures, order and start, in float64: weights agree, and so do the predictions."""
    spec = specification(
        features={"extractor": extractor},
        model=model_of(head, 12),
        hiding={"scale": scale, "k": k},
        training={"epochs": 3, "batch": 16, "validation": 40, "learning_rate": "0.25"},
    )
    images, labels = halves(200, SIDE, classes)
    work = make_work(spec, images, labels, [120, 80])
    shared = train_with_dealer(work, SEED)
    clear = same_training_in_clear(spec, images, labels, work.counts, SEED)
    for name, weight in clear.tensors.items():
        np.testing.assert_allclose(shared.weights[name], weight, atol=0.01 * max(1.0, float(np.abs(weight).max())))
    test_images, test_labels = halves(300, SIDE, classes, seed=7)
    network = Network(work.architecture, shared.weights)
    got, expected = accuracy(network, test_images, test_labels), accuracy(clear, test_images, test_labels)
    assert abs(got - expected) <= 0.02
    held_back = hold_back(work.counts, 40)[1]
    np.testing.assert_allclose(shared.logits[-1], predict(clear, images[held_back]), atol=0.2)


def test_training_on_shares_learns() -> None:
    """From guessing to nearly perfect on images it never saw."""
    spec = specification(training={"epochs": 6, "batch": 16, "learning_rate": "0.5", "validation": 40})
    images, labels = halves(240, SIDE, 3)
    work = make_work(spec, images, labels)
    shared = train_with_dealer(work, SEED)
    test_images, test_labels = halves(300, SIDE, 3, seed=7)
    assert accuracy(Network(work.architecture, shared.weights), test_images, test_labels) >= 0.95


def test_channels_and_deep_pixels_train_too() -> None:
    """Three channels and 16 bits a pixel: the way from the small ring to features is the right one."""
    spec = specification(training={"epochs": 2, "batch": 16, "validation": 20}, hiding={"k": 2})
    grey, labels = halves(120, SIDE)
    colour = np.concatenate([grey, 255 - grey, np.full_like(grey, 30)], axis=3).astype(np.int64) * 257
    work = make_work(spec, colour, labels, bits=16)
    shared = train_with_dealer(work, SEED)
    held_back = hold_back(work.counts, 20)[1]
    network = Network(work.architecture, shared.weights)
    np.testing.assert_allclose(shared.logits[-1], predict(network, colour[held_back]), atol=0.02)
    assert accuracy(network, colour, labels) >= 0.9


def test_incomplete_last_batch_is_left_out() -> None:
    spec = specification(training={"epochs": 1, "batch": 32, "validation": 0})
    images, labels = halves(70, SIDE)
    work = make_work(spec, images, labels)
    shared = train_with_dealer(work, SEED)
    clear = same_training_in_clear(spec, images, labels, work.counts, SEED)
    np.testing.assert_allclose(shared.weights["head.0.weight"], clear.tensors["head.0.weight"], atol=0.005)
