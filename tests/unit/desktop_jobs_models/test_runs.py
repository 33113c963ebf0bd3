"""A training is put together from the events of both servers, kept, and compared with another one."""

from __future__ import annotations

import base64
import json
import stat
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from common.errors import BadInput, PeerMismatch
from common.pipeline import JobState
from desktop_client.jobs.models import comparison
from desktop_client.jobs.models.comparison import StageRow, compare, read_run
from desktop_client.jobs.models.runs import Run, RunRecorder, StageCost, keep_run, kept_run, run_path
from desktop_client.jobs.office import Office
from desktop_client.reveal.metrics import Metrics
from desktop_client.settings import Profile
from tests.helpers.desktop.kept_models import JOB, agreed

OTHER = "6c" * 16
LABELS = np.array([0, 1, 1, 0])


def _halves(epoch: int, right: int, attempt: int = 1) -> list[dict[str, Any]]:
    """Both shares of an epoch in which the first ``right`` of four images are judged rightly."""
    rng = np.random.default_rng(epoch)
    said = np.where(np.arange(4) < right, LABELS, 1 - LABELS)
    halves: list[dict[str, Any]] = [{}, {}]
    for name, values in (("logits", np.eye(2)[said] * 2.0), ("labels", np.eye(2)[LABELS])):
        fixed = np.round(values * 65536).astype(np.int64).view(np.uint64)
        mask = rng.integers(0, 2**64, fixed.shape, np.uint64)
        for half, share in zip(halves, (mask, fixed - mask), strict=True):
            half[name] = base64.b64encode(share.astype("<u8").tobytes()).decode()
    about = {"kind": "metrics", "epoch": epoch, "step": epoch, "attempt": attempt, "shape": [4, 2], "fraction_bits": 16}
    return [{**about, **half} for half in halves]


def _progress(stage: str, seconds: float, sent: int) -> dict[str, Any]:
    return {
        "kind": "progress",
        "stage": stage,
        "done": 1,
        "total": 2,
        "seconds": seconds,
        "bytes_sent": sent,
        "rounds": 3,
    }


def _state(state: str, minute: int) -> dict[str, Any]:
    return {"kind": "state", "state": state, "time": f"2026-01-01T00:{minute:02d}:00Z"}


def _play(events: dict[str, list[dict[str, Any]]], job: str = JOB, **spec: Any) -> RunRecorder:
    recorder = RunRecorder(job, "77" * 16, agreed(**spec).body)
    for role, found in events.items():
        for number, event in enumerate(found, start=1):
            recorder.add(role, {"id": number, **event})
    return recorder


def _whole_run(job: str = JOB, right: int = 3, **spec: Any) -> Run:
    one, two = _halves(1, 2), _halves(2, right)
    return _play(
        {
            "a": [_state("preparing", 1), _progress("prepare", 5.0, 100), one[0], _progress("train", 2.5, 70), two[0],
                  _state("finished", 9)],
            "b": [_progress("prepare", 6.0, 200), one[1], two[1], _state("finished", 8)],
        }, job, **spec,
    ).run  # fmt: skip


def test_run_is_put_together() -> None:
    run = _whole_run()
    assert [(one.epoch, one.accuracy, one.recall) for one in run.metrics] == [(1, 0.5, 0.5), (2, 0.75, 0.75)]
    assert (run.states, run.began, run.is_over) == ({"a": "finished", "b": "finished"}, "2026-01-01T00:01:00Z", True)
    assert (run.seconds("prepare"), run.seconds("train"), run.seconds("hide")) == (6.0, 2.5, 0.0)
    assert (run.traffic("prepare"), run.traffic()) == (300, 370)
    assert run.best is not None and run.best.epoch == 2


def test_events_that_come_again_change_nothing() -> None:
    recorder = RunRecorder(JOB)
    event = {"id": 1, **_progress("train", 4.0, 9)}
    for _ in range(3):
        recorder.add("a", event)
    assert recorder.run.stages == (StageCost("train", "a", 1, 2, 4.0, 9, 3),)
    for number in (None, 0, "2", True):
        recorder.add("a", {**_progress("train", 9.0, 9), "id": number})
    assert recorder.run.seconds("train") == 4.0


def test_stage_that_begins_anew_adds_up() -> None:
    run = _play({"a": [_progress("train", 4.0, 10), _progress("train", 6.0, 20), _progress("train", 1.0, 5),
                       _progress("train", 3.0, 8), _progress("train", 2.0, 1)]}).run  # fmt: skip
    assert (run.seconds("train"), run.traffic("train")) == (6.0 + 3.0 + 2.0, 20 + 8 + 1)


def test_epoch_that_is_computed_again_counts_once() -> None:
    first, again = _halves(1, 1), _halves(1, 4, attempt=2)
    run = _play({"a": [first[0], again[0]], "b": [first[1], again[1]]}).run
    assert [(one.epoch, one.attempt, one.accuracy) for one in run.metrics] == [(1, 2, 1.0)]


def test_run_that_was_retried_is_not_over() -> None:
    events = [_state("training", 1), _state("failed", 2)]
    run = _play({"a": events, "b": events}).run
    assert (run.is_over, run.ended) == (False, "2026-01-01T00:02:00Z")
    run = _play({"a": [*events, _state("queued", 3)], "b": events[:1]}).run
    assert (run.ended, run.states) == ("", {"a": "queued", "b": "training"})


@pytest.mark.parametrize(
    "change",
    [{"stage": 1}, {"seconds": "x"}, {"done": -1}, {"bytes_sent": 2**60}, {"rounds": None}, {"stage": "x" * 33}],
)
def test_figures_of_another_form_are_passed_over(change: dict[str, Any]) -> None:
    assert _play({"a": [{**_progress("train", 1.0, 1), **change}]}).run.stages == ()


def test_shares_that_do_not_belong_together_are_an_error() -> None:
    halves = _halves(1, 2)
    with pytest.raises(PeerMismatch):
        _play({"a": [halves[0]], "b": [{**halves[1], "fraction_bits": 8}]})


def test_run_is_kept_and_comes_back(tmp_path: Path) -> None:
    run = _whole_run()
    keep_run(tmp_path, run)
    assert kept_run(tmp_path, JOB) == run
    path = run_path(tmp_path, JOB)
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "share" not in path.read_text() and "logits" not in path.read_text()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"kind":"imguard-run","version":1,"job":"x"}'])
def test_damaged_run_is_as_if_there_were_none(tmp_path: Path, content: str) -> None:
    keep_run(tmp_path, _whole_run())
    run_path(tmp_path, JOB).write_text(content)
    assert kept_run(tmp_path, JOB) is None
    assert kept_run(tmp_path, OTHER) is None
    with pytest.raises(BadInput):
        kept_run(tmp_path, "../x")


def test_run_of_another_job_is_not_taken(tmp_path: Path) -> None:
    keep_run(tmp_path, _whole_run())
    value = json.loads(run_path(tmp_path, JOB).read_text())
    run_path(tmp_path, OTHER).write_text(json.dumps(value))
    assert kept_run(tmp_path, OTHER) is None


def test_two_runs_side_by_side() -> None:
    training = {**agreed().body["training"], "epochs": 5, "learning_rate": "0.1"}
    second = _play({"a": [_halves(1, 4)[0], _progress("seal", 1.0, 4)], "b": [_halves(1, 4)[1]]}, OTHER,
                   revision=2, training=training).run  # fmt: skip
    found = compare(_whole_run(), second)
    curves = {curve.name: curve for curve in found.curves}
    assert list(curves) == ["loss", "accuracy", "precision", "recall", "f1"]
    accuracy = curves["accuracy"]
    assert (accuracy.epochs, accuracy.first, accuracy.second) == ((1, 2), (0.5, 0.75), (1.0, None))
    assert [(change["field"], change["before"], change["after"]) for change in found.settings] == [
        ("training.epochs", 3, 5), ("training.learning_rate", "0.05", "0.1")
    ]  # fmt: skip
    assert found.stages == (
        StageRow("prepare", 6.0, 0.0, 300, 0), StageRow("train", 2.5, 0.0, 70, 0), StageRow("seal", 0.0, 1.0, 0, 4)
    )  # fmt: skip


def test_run_without_a_specification_cannot_be_compared() -> None:
    with pytest.raises(BadInput):
        compare(_whole_run(), Run(OTHER))


async def test_run_that_is_over_is_read_from_the_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked: there is no connection."""
    office = Office(Profile(tmp_path))
    keep_run(tmp_path, _whole_run())
    keep_run(tmp_path, _whole_run(OTHER, right=4))
    assert (await read_run(office, JOB)).metrics[1] == _whole_run().metrics[1]
    found = await comparison.compare_jobs(office, JOB, OTHER)
    assert [one.accuracy for one in found.second.metrics] == [0.5, 1.0]


async def test_run_that_ended_meanwhile_is_followed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {"a": [_state("training", 1), _halves(1, 3)[0], _state("finished", 2)],
             "b": [_halves(1, 3)[1], _state("finished", 2)]}  # fmt: skip
    asked: list[str] = []

    class Status:
        def __init__(self) -> None:
            self.state = JobState.FINISHED

    class Nodes:
        async def both(self, ask: Any) -> tuple[Status, Status]:
            return Status(), Status()

    async def agreed_for(nodes: Any, deployment: Any, job: str) -> tuple[Any, str]:
        asked.append(job)
        return agreed(), "77" * 16

    async def follow_job(nodes: Any, job: str, on_event: Any, retries: int) -> None:
        for role, events in whole.items():
            for number, event in enumerate(events, start=1):
                on_event(role, {"id": number, **event})

    monkeypatch.setattr(comparison, "agreed_for", agreed_for)
    monkeypatch.setattr(comparison, "follow_job", follow_job)
    monkeypatch.setattr(Office, "nodes", Nodes())
    monkeypatch.setattr(Profile, "deployment", lambda self: None)
    opened: list[Metrics] = []
    office = Office(Profile(tmp_path))
    run = await read_run(office, JOB, opened.append)
    assert (run.is_over, [one.accuracy for one in opened], run.specification) == (True, [0.75], agreed().body)
    assert await read_run(office, JOB) == run
    assert asked == [JOB]
