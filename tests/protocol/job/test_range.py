"""A training that leaves the range of fixed point is undone and tried once more with half the rate; or says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from common.errors import PeerGone, PeerMismatch, RangeExceeded
from common.pipeline import Stage
from server_node.model.snapshot import checkpoint_path, load_checkpoint, save_checkpoint
from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.train import guard, loop
from server_node.train.network import Network
from server_node.train.state import ModelState
from tests.helpers.jobs.clear import same_training_in_clear
from tests.helpers.jobs.images import halves
from tests.helpers.jobs.masks import record_masks
from tests.helpers.jobs.projects import specification
from tests.helpers.jobs.runs import JobRun, Notes, Work, make_work, run_job, seeded

SIDE = 8
RUNS_AWAY, HALF = "0.6", "0.3"
"""Squared loss without momentum: with the one rate every step overshoots further, with half of it the fit is good."""


def work(rate: str, count: int = 64, epochs: int = 2, **training: Any) -> Work:
    images, labels = halves(count, SIDE)
    fields = {"epochs": epochs, "batch": 2, "loss": "squared", "momentum": "0", "learning_rate": rate,
              "schedule": "constant", **training}  # fmt: skip
    return make_work(specification(training=fields, hiding={"k": 1}), images, labels)


def roll_backs(notes: Notes) -> list[int]:
    """Epochs that were gone back to."""
    return [int(s["epoch"]) for action, s in notes.events if action == "job-stage" and s["stage"] == "roll-back"]


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> JobRun:
    return run_job(work(RUNS_AWAY), tmp_path_factory.mktemp("mended"))


def test_training_that_runs_away_is_trained_with_half_the_rate(mended: JobRun) -> None:
    """The model is that of the half rate from the start, trained in the clear with the same draws."""
    images, labels = halves(64, SIDE)
    clear = same_training_in_clear(work(HALF).spec, images, labels, [64], mended.seed)
    for name, weight in clear.tensors.items():
        np.testing.assert_allclose(mended.weights()[name], weight, atol=0.01)
    for notes in mended.notes:
        assert roll_backs(notes) == [0]


def test_numbers_of_the_epoch_that_was_undone_are_never_reported(mended: JobRun) -> None:
    for notes in mended.notes:
        assert [epoch for epoch, _ in notes.steps] == [1, 2]
        assert [s["epoch"] for action, s in notes.events if action == "job-checkpoint"] == [1, 2]
    for epoch in (0, 1):
        logits = (mended.notes[0].logits[epoch] + mended.notes[1].logits[epoch]).double() / 2**16
        assert float(logits.abs().max()) < 4


def test_progress_counts_the_epoch_that_was_undone(mended: JobRun) -> None:
    for notes in mended.notes:
        assert (notes.costs[Stage.TRAIN].done, notes.costs[Stage.TRAIN].total) == (3 * 28, 3 * 28)


def test_checkpoints_remember_the_half_rate(mended: JobRun) -> None:
    for folder in mended.folders:
        assert [load_checkpoint(folder, epoch).halvings for epoch in (1, 2)] == [1, 1]


def test_sane_training_is_not_undone(tmp_path: Path) -> None:
    run = run_job(work(HALF, count=32, epochs=1), tmp_path)
    assert [roll_backs(notes) for notes in run.notes] == [[], []]
    assert load_checkpoint(run.folders[0], 1).halvings == 0


def test_training_that_runs_away_with_half_the_rate_too_ends_with_a_clear_error(tmp_path: Path) -> None:
    notes = (Notes(), Notes())
    with pytest.raises(RangeExceeded, match="epoch 1, and again with half the learning rate") as raised:
        run_job(work("1.4"), tmp_path, notes=notes)
    assert "lower learning rate" in raised.value.advice
    for one in notes:
        assert roll_backs(one) == [0]
        assert one.steps == one.logits == []
    assert not list(tmp_path.glob("*/checkpoint-*")) and not list(tmp_path.glob("*/model-*"))


# --- an epoch in the middle --------------------------------------------------------------------------------------


def out_of_range(monkeypatch: pytest.MonkeyPatch, *checks: int) -> None:
    """The range check says no at these of both servers' checks, counted from 1."""
    seen: dict[int, int] = {}
    plain = guard.in_range

    def checking(session: Session, *rest: Any) -> Steps[bool]:
        verdict = yield from plain(session, *rest)
        if session.is_recording:
            return verdict
        seen[session.party] = seen.get(session.party, 0) + 1
        return verdict and seen[session.party] not in checks

    monkeypatch.setattr(loop, "in_range", checking)


@pytest.fixture
def small() -> Work:
    return work(HALF, count=24, epochs=3, batch=8)


def test_job_goes_back_to_the_last_checkpoint_with_fresh_correlations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: Work
) -> None:
    out_of_range(monkeypatch, 2)
    handed = record_masks(monkeypatch)
    run = run_job(small, tmp_path)
    for notes in run.notes:
        assert roll_backs(notes) == [1]
        assert [epoch for epoch, _ in notes.steps] == [1, 2, 3]
    assert [load_checkpoint(run.folders[0], epoch).halvings for epoch in (1, 2, 3)] == [0, 1, 1]
    for one in handed:
        words = torch.cat([mask.reshape(-1) for _, mask in one.masks])
        assert len(torch.unique(words)) == words.numel()


def test_second_roll_back_of_a_job_ends_it_and_keeps_its_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: Work
) -> None:
    out_of_range(monkeypatch, 1, 3)
    notes = (Notes(), Notes())
    with pytest.raises(RangeExceeded, match="epoch 2"):
        run_job(small, tmp_path, notes=notes)
    assert [epoch for epoch, _ in notes[0].steps] == [1]
    assert checkpoint_path(tmp_path / "a", 1).exists() and not checkpoint_path(tmp_path / "a", 2).exists()


def test_logits_of_every_batch_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: Work) -> None:
    """Those of the first batch of the second epoch are out of range, both times; all later ones are sane."""
    plain = Network.train_step

    def stepping(
        network: Network, session: Session, state: ModelState, x: torch.Tensor, labels: torch.Tensor, *rest: Any
    ) -> Steps[torch.Tensor]:
        logits = yield from plain(network, session, state, x, labels, *rest)
        moment = rest[-1]
        is_chosen = (moment.epoch, moment.step) == (1, 0) and session.is_first and not session.is_recording
        return logits + (1 << 30) * is_chosen

    monkeypatch.setattr(Network, "train_step", stepping)
    notes = (Notes(), Notes())
    with pytest.raises(RangeExceeded, match="epoch 2"):
        run_job(small, tmp_path, notes=notes)
    assert [roll_backs(one) for one in notes] == [[1], [1]]


class Stopped(Exception):
    """The test broke the job off."""


@pytest.fixture
def broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: Work) -> Iterator[Path]:
    """Folders of a job that was rolled back, and then broken off after its first checkpoint."""

    def stop(action: str, subject: dict[str, str | int]) -> None:
        if action == "job-checkpoint":
            raise Stopped

    with monkeypatch.context() as patch:
        out_of_range(patch, 1)
        with pytest.raises((Stopped, PeerGone)):
            run_job(small, tmp_path, seeded("first"), (Notes(stop), Notes()))
    yield tmp_path


def test_resumed_job_has_used_up_its_second_try(broken_off: Path, monkeypatch: pytest.MonkeyPatch, small: Work) -> None:
    out_of_range(monkeypatch, 1)
    with pytest.raises(RangeExceeded, match="epoch 2"):
        run_job(small, broken_off, seeded("second"))


def test_servers_that_remember_different_rates_do_not_go_on(broken_off: Path, small: Work) -> None:
    found = load_checkpoint(broken_off / "b", 1)
    assert found.halvings == 1
    save_checkpoint(broken_off / "b", replace(found, halvings=0))
    with pytest.raises(PeerMismatch, match="belong together"):
        run_job(small, broken_off, seeded("second"))
