"""A job that was broken off goes on from the last epoch both servers have, and no correlation is ever used twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from common.errors import JobFailed, JobPaused, PeerGone, PeerMismatch, StoreDamaged
from common.ids import Party
from common.pipeline import Stage
from server_node.model.snapshot import Checkpoint, checkpoint_path, load_checkpoint, save_checkpoint
from server_node.offline.preparation import meter
from server_node.train.meter import StageCost
from tests.helpers.jobs.images import halves
from tests.helpers.jobs.masks import Handed, record_masks
from tests.helpers.jobs.projects import specification
from tests.helpers.jobs.runs import JobRun, Notes, Work, make_work, run_job, seeded

SIDE, COUNT, EPOCHS = 8, 32, 3
STEPS, TRAINED = 3, 26
"""Of one epoch, after the validation images are held back."""
TOSS = "the same joint toss"
"""Party and name decide all randomness; the joint toss is the first of it, so runs of one name toss alike."""


def work(**training: Any) -> Work:
    images, labels = halves(COUNT, SIDE)
    spec = specification(training={"epochs": EPOCHS, "learning_rate": "0.25", **training})
    return make_work(spec, images, labels, [16, 16])


class Stopped(Exception):
    """The test broke the job off."""


BROKEN_OFF = (Stopped, PeerGone)
"""What the server that stops and the one that is left alone end with; either may be the first."""


def stop_after(epoch: int) -> Notes:
    """A reporter of a server that dies when it has written the checkpoint of an epoch."""

    def on_event(action: str, subject: dict[str, str | int]) -> None:
        if action == "job-checkpoint" and subject["epoch"] == epoch:
            raise Stopped

    return Notes(on_event)


@pytest.fixture(autouse=True)
def every_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """Preparing is told step by step, so that a server can die at any of them."""
    monkeypatch.setattr(meter, "_REPORT_SECONDS", -1.0)


class DiesWhilePreparing(Notes):
    """A reporter of a server that dies when a part of the preparation is done."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self._share = share

    def progress(self, stage: Stage, cost: StageCost) -> None:
        if stage is Stage.PREPARE and cost.done > self._share * cost.total:
            raise Stopped


def break_off(root: Path, epoch: int, party: Party = Party.P0, lanes: int = 1) -> None:
    notes = (stop_after(epoch), Notes()) if party is Party.P0 else (Notes(), stop_after(epoch))
    with pytest.raises(BROKEN_OFF):
        run_job(work(), root, seeded(TOSS), notes, lanes=lanes)


def files(root: Path, pattern: str) -> list[str]:
    return sorted(f"{path.parent.parent.name}:{path.name}" for path in root.glob(f"[ab]/correlations/{pattern}"))


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> JobRun:
    return run_job(work(), tmp_path_factory.mktemp("whole"), seeded(TOSS))


def assert_same_model(found: JobRun, expected: JobRun) -> None:
    """Up to fixed-point rounding: roundings are random, so two runs differ by a few units of 2^-16 per step."""
    assert found.seed == expected.seed
    for name, weight in expected.weights().items():
        np.testing.assert_allclose(found.weights()[name], weight, atol=0.002)
    moved = max(float(np.abs(weight).max()) for weight in expected.weights().values())
    assert moved > 0.05, "training moved the weights much further than that"


@pytest.mark.parametrize(
    ("epoch", "party"),
    [
        (1, Party.P0),
        pytest.param(1, Party.P1, marks=pytest.mark.slow),
        pytest.param(2, Party.P0, marks=pytest.mark.slow),
        (2, Party.P1),
    ],
)
def test_resumed_job_gives_the_model_of_an_uninterrupted_one(
    tmp_path: Path, uninterrupted: JobRun, epoch: int, party: Party
) -> None:
    break_off(tmp_path, epoch, party)
    resumed = run_job(work(), tmp_path, seeded("after the stop"))
    assert_same_model(resumed, uninterrupted)
    for notes in resumed.notes:
        assert [epoch for epoch, _ in notes.steps] == list(range(epoch + 1, EPOCHS + 1))
        assert notes.costs[Stage.TRAIN].total == (EPOCHS - epoch) * STEPS
        assert notes.costs[Stage.HIDE].done == (EPOCHS - epoch) * TRAINED
    for name, weight in uninterrupted.weights(epoch).items():
        np.testing.assert_allclose(resumed.weights(epoch)[name], weight, atol=1e-12)


@pytest.mark.slow
def test_job_can_be_broken_off_again_and_again(tmp_path: Path, uninterrupted: JobRun) -> None:
    for number, epoch in enumerate((1, 2, 3)):
        with pytest.raises(BROKEN_OFF):
            run_job(work(), tmp_path, seeded(TOSS if not number else f"run {number}"), (stop_after(epoch), Notes()))
    resumed = run_job(work(), tmp_path, seeded("last run"))
    assert_same_model(resumed, uninterrupted)
    assert resumed.notes[0].steps == [], "all epochs were done; only the sealing was left"
    assert sorted(resumed.releases[0].files) == ["alice", "bob"]


def test_job_goes_back_to_what_both_servers_have(tmp_path: Path, uninterrupted: JobRun) -> None:
    """One server is an epoch ahead: its later checkpoint is not used."""
    break_off(tmp_path, 2)
    checkpoint_path(tmp_path / "b", 2).unlink()
    resumed = run_job(work(), tmp_path, seeded("after the stop"))
    assert [epoch for epoch, _ in resumed.notes[0].steps] == [2, 3]
    assert_same_model(resumed, uninterrupted)


@pytest.mark.parametrize("asked", Party)
def test_job_pauses_at_both_servers_after_an_epoch_and_goes_on(
    tmp_path: Path, uninterrupted: JobRun, asked: Party
) -> None:
    notes = Notes(), Notes()
    with pytest.raises(JobPaused):
        run_job(work(), tmp_path, seeded(TOSS), notes, paused=asked)
    assert [[epoch for epoch, _ in one.steps] for one in notes] == [[1], [1]]
    resumed = run_job(work(), tmp_path, seeded("after the pause"))
    assert [epoch for epoch, _ in resumed.notes[0].steps] == [2, 3]
    assert_same_model(resumed, uninterrupted)


@pytest.mark.slow
def test_job_without_common_checkpoint_starts_anew(tmp_path: Path, uninterrupted: JobRun) -> None:
    break_off(tmp_path, 1)
    checkpoint_path(tmp_path / "a", 1).unlink()
    resumed = run_job(work(), tmp_path, seeded(TOSS))
    assert [epoch for epoch, _ in resumed.notes[0].steps] == [1, 2, 3]
    assert_same_model(resumed, uninterrupted)


# --- correlations ------------------------------------------------------------------------------------------------


def words(handed: Handed) -> torch.Tensor:
    return torch.cat([mask.reshape(-1) for _, mask in handed.masks])


@pytest.mark.parametrize("party", [Party.P0, pytest.param(Party.P1, marks=pytest.mark.slow)])
def test_no_mask_of_the_first_run_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, party: Party) -> None:
    handed = record_masks(monkeypatch)
    break_off(tmp_path, 1, party)
    before = [words(one).numel() for one in handed]
    run_job(work(), tmp_path, seeded("after the stop"))
    for one, first in zip(handed, before, strict=True):
        every = words(one)
        assert 0 < first < every.numel() == len(torch.unique(every))


def test_used_segments_are_empty_and_stay_so(tmp_path: Path) -> None:
    break_off(tmp_path, 1)
    taken = list(tmp_path.glob("[ab]/correlations/segment-0000[01].taken"))
    assert len(taken) == 4 and all(path.stat().st_size == 0 for path in taken)
    run_job(work(), tmp_path, seeded("after the stop"))
    assert files(tmp_path, "*.ready") == files(tmp_path, "*.part") == []
    assert all(path.stat().st_size == 0 for path in tmp_path.glob("[ab]/correlations/*.taken"))


def test_segments_that_both_servers_still_have_are_not_made_again(tmp_path: Path) -> None:
    """All were made before the first epoch, so the last epoch's segment is ready on both sides."""
    break_off(tmp_path, 1, lanes=0)
    kept = {party: (tmp_path / party / "correlations" / "segment-00003.ready").read_bytes() for party in "ab"}
    seen: list[bytes] = []

    def look(action: str, subject: dict[str, str | int]) -> None:
        if action == "job-stage":
            seen.extend((tmp_path / party / "correlations" / "segment-00003.ready").read_bytes() for party in "a")

    run_job(work(), tmp_path, seeded("after the stop"), (Notes(look), Notes()))
    assert seen == [kept["a"]]


@pytest.mark.slow
def test_segment_that_one_server_took_is_made_anew_on_both(tmp_path: Path) -> None:
    """The other server's half is of no use and is never read."""
    break_off(tmp_path, 1, lanes=0)
    left = {party: tmp_path / party / "correlations" for party in "ab"}
    (left["b"] / "segment-00003.ready").rename(left["b"] / "segment-00003.taken")
    stale = (left["a"] / "segment-00003.ready").read_bytes()
    found: list[bytes] = []

    def look(action: str, subject: dict[str, str | int]) -> None:
        if action == "job-stage":
            found.append((left["a"] / "segment-00003.ready").read_bytes())

    run_job(work(), tmp_path, seeded("after the stop"), (Notes(look), Notes()), lanes=0)
    assert len(found) == 1 and found[0] != stale


@pytest.mark.parametrize(
    "share", [pytest.param(0.0, marks=pytest.mark.slow), 0.5, pytest.param(0.9, marks=pytest.mark.slow)]
)
def test_preparation_goes_on_after_a_stop(tmp_path: Path, uninterrupted: JobRun, share: float) -> None:
    """With the same toss and every segment that both servers had."""
    with pytest.raises(BROKEN_OFF):
        run_job(work(), tmp_path, seeded(TOSS), (DiesWhilePreparing(share), Notes()), lanes=0)
    kept = {path: path.read_bytes() for path in ready_at_both(tmp_path)}
    assert bool(kept) == (share > 0)
    found: list[dict[Path, bytes]] = []

    def look(action: str, subject: dict[str, str | int]) -> None:
        if action == "job-stage":
            found.append({path: path.read_bytes() for path in kept if path.parent.parent.name == "a"})

    resumed = run_job(work(), tmp_path, seeded("after the stop"), (Notes(look), Notes()))
    assert found == [{path: data for path, data in kept.items() if path.parent.parent.name == "a"}]
    assert_same_model(resumed, uninterrupted)


def ready_at_both(root: Path) -> list[Path]:
    """Segments that are ready at both servers, under both their folders."""
    names = [{path.name for path in root.glob(f"{party}/correlations/*.ready")} for party in "ab"]
    return [root / party / "correlations" / name for party in "ab" for name in sorted(names[0] & names[1])]


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[::-1])])
def test_toss_that_only_one_server_kept_is_made_anew(tmp_path: Path, change: Callable[[Path], object]) -> None:
    with pytest.raises(BROKEN_OFF):
        run_job(work(), tmp_path, seeded("first try"), (DiesWhilePreparing(0.0), Notes()))
    before = [(tmp_path / party / "joint-toss").read_bytes() for party in "ab"]
    assert before[0] == before[1] and (tmp_path / "a" / "joint-toss").stat().st_mode & 0o777 == 0o600
    change(tmp_path / "b" / "joint-toss")
    with pytest.raises(BROKEN_OFF):
        run_job(work(), tmp_path, seeded("second try"), (DiesWhilePreparing(0.0), Notes()))
    after = [(tmp_path / party / "joint-toss").read_bytes() for party in "ab"]
    assert after[0] == after[1] != before[0]


def test_checkpoint_that_the_other_server_lacks_is_gone_before_its_epoch_is_computed_again(tmp_path: Path) -> None:
    """Else its share could later meet the other server's share of the second computation."""
    break_off(tmp_path, 1)
    stale = load_checkpoint(tmp_path / "a", 1)
    save_checkpoint(tmp_path / "a", Checkpoint(stale.job, 2, stale.seed, stale.state))
    with pytest.raises(BROKEN_OFF):
        run_job(work(), tmp_path, seeded("after the stop"), (DiesWhilePreparing(0.2), Notes()))
    assert checkpoint_path(tmp_path / "a", 1).exists() and not checkpoint_path(tmp_path / "a", 2).exists()


# --- what is no continuation -------------------------------------------------------------------------------------


def test_damaged_checkpoint_stops_the_job(tmp_path: Path) -> None:
    break_off(tmp_path, 1)
    path = checkpoint_path(tmp_path / "b", 1)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises((StoreDamaged, PeerGone)):
        run_job(work(), tmp_path, seeded("after the stop"))
    with pytest.raises(StoreDamaged):
        load_checkpoint(tmp_path / "b", 1)


def changed_checkpoint(folder: Path, change: Callable[[Checkpoint], Checkpoint]) -> None:
    save_checkpoint(folder, change(load_checkpoint(folder, 1)))


CHANGES: dict[str, Callable[[Checkpoint], Checkpoint]] = {
    "another job": lambda old: Checkpoint("job-2", old.epochs_done, old.seed, old.state),
    "another toss": lambda old: Checkpoint(old.job, old.epochs_done, old.seed[::-1], old.state),
    "another attempt": lambda old: replace(old, attempt=2),
}


@pytest.mark.parametrize("change", CHANGES)
def test_checkpoints_that_do_not_belong_together_stop_the_job(tmp_path: Path, change: str) -> None:
    break_off(tmp_path, 1)
    for folder in [tmp_path / "a", tmp_path / "b"] if change == "another job" else [tmp_path / "b"]:
        changed_checkpoint(folder, CHANGES[change])
    with pytest.raises(PeerMismatch, match="belong together"):
        run_job(work(), tmp_path, seeded("after the stop"))


@pytest.mark.slow
def test_folders_of_another_job_stop_the_job(tmp_path: Path) -> None:
    """The other server's folder is that of a job with another toss."""
    break_off(tmp_path / "one", 1)
    with pytest.raises(BROKEN_OFF):
        run_job(work(), tmp_path / "two", seeded("another toss"), (stop_after(1), Notes()))
    shutil.rmtree(tmp_path / "one" / "b")
    shutil.move(tmp_path / "two" / "b", tmp_path / "one" / "b")
    with pytest.raises(PeerMismatch):
        run_job(work(), tmp_path / "one", seeded("after the stop"))


def test_stopped_server_is_gone_for_the_other(tmp_path: Path) -> None:
    """The reporter's own error is the first one; the other server ends too, and neither hangs."""

    def fail(action: str, subject: dict[str, str | int]) -> None:
        if action == "job-checkpoint":
            raise JobFailed("the disk of the operator")

    with pytest.raises((JobFailed, PeerGone)):
        run_job(work(), tmp_path, seeded(TOSS), (Notes(fail), Notes()))
    assert checkpoint_path(tmp_path / "b", 1).exists() and not checkpoint_path(tmp_path / "b", 2).exists()
