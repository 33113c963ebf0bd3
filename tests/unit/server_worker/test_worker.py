"""The worker's edges: the ticket it reads, the lines it writes, and every failure as a named error."""

from __future__ import annotations

import base64
import copy
import errno
import json
import logging
import signal
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from common.errors import Cancelled, ConfigError, DiskFull, JobFailed, PeerGone, SpecRefused, WorkerDied
from common.ids import Party
from common.merkle.entry import check_subject
from common.net.channel import Stats
from common.net.identity import NodeIdentity
from common.pipeline import JobState, Stage
from server_node.jobs.attempts.process import parse_report
from server_node.model.release import Release
from server_node.offline.helper.client import HelperAddress
from server_node.train.meter import StageCost
from server_node.worker import run as worker
from server_node.worker.reporter import LineReporter
from server_node.worker.run import Ticket, read_ticket
from tests.helpers.jobs.projects import body
from tests.helpers.two_party.operations import RING, uniform

HASH = "ab" * 32
MANIFEST: dict[str, Any] = {"shape": [8, 8, 1], "bits": 8, "ring_bits": 16, "classes": ["0", "1"], "count": 20}


def ticket(folder: Path, **changes: Any) -> dict[str, Any]:
    plain = {
        "job": "job-1",
        "party": "a",
        "specification": body(),
        "datasets": [{"id": "1" * 64, "manifest": MANIFEST}, {"id": "2" * 64, "manifest": MANIFEST}],
        "link": {"host": "127.0.0.1", "port": 1},
        "peer_name": "node-b",
        "device": "cpu",
        "helper": None,
        "work_dir": str(folder),
        "attempt": 3,
        "question": None,
        "kept": None,
        "lanes": 2,
        "bytes_ahead": 5,
    }
    return {**plain, **changes}


def written(folder: Path, value: Any) -> Path:
    path = folder / "ticket.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def process_settings() -> Generator[None]:
    """A worker owns its process; here it must give back what it changed."""
    handler, threads = signal.getsignal(signal.SIGTERM), torch.get_num_threads()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    signal.signal(signal.SIGTERM, handler)
    torch.set_num_threads(threads)
    root.handlers[:] = handlers
    root.setLevel(level)


# --- ticket ------------------------------------------------------------------------------------------------------


def test_ticket_says_everything_about_a_job(tmp_path: Path) -> None:
    found = read_ticket(written(tmp_path, ticket(tmp_path, party="b")))
    assert (found.job, found.party, found.host, found.port) == ("job-1", Party.P1, "127.0.0.1", 1)
    assert (found.peer_name, found.folder) == ("node-b", tmp_path)
    assert [entry["id"] for entry in found.datasets] == ["1" * 64, "2" * 64]
    assert found.spec.training.epochs == 2
    assert (found.lanes, found.bytes_ahead) == (2, 5)


@pytest.mark.parametrize("name", sorted(ticket(Path())))
def test_ticket_without_a_field_is_refused(tmp_path: Path, name: str) -> None:
    value = ticket(tmp_path)
    del value[name]
    with pytest.raises(JobFailed, match="ticket"):
        read_ticket(written(tmp_path, value))


@pytest.mark.parametrize(
    "changes",
    [{"party": "c"}, {"party": 1}, {"link": {"host": "x"}}, {"link": {"host": "x", "port": "ssh"}}, {"link": 5},
     {"helper": 5}, {"helper": {"name": "h", "host": "x", "port": 1}}, {"datasets": 5}, {"datasets": [5]},
     {"work_dir": 5}],
    ids=repr,
)  # fmt: skip
def test_ticket_of_another_form_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(JobFailed, match="ticket"):
        read_ticket(written(tmp_path, ticket(tmp_path, **changes)))


def test_ticket_names_the_helper_of_a_project_that_wants_one(tmp_path: Path) -> None:
    address = {"name": "node-helper", "host": "127.0.0.1", "port": 9, "verify_key": HASH}
    found = read_ticket(written(tmp_path, ticket(tmp_path, helper=address)))
    assert found.helper == HelperAddress("node-helper", "127.0.0.1", 9, HASH)


def test_ticket_of_a_test_without_weights_is_refused(tmp_path: Path) -> None:
    question = {"training": "2" * 32, "dataset": HASH, "asker": "bob", "verify_key": HASH, "seal_key": HASH}
    found = read_ticket(written(tmp_path, ticket(tmp_path, question=question, kept=str(tmp_path))))
    assert found.question is not None and found.kept == tmp_path
    with pytest.raises(JobFailed, match="ticket"):
        read_ticket(written(tmp_path, ticket(tmp_path, question=question, kept=None)))


@pytest.mark.parametrize("text", ["", "[", "[]", "null", '"ticket"', "\udcff"])
def test_ticket_that_is_no_json_object_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ticket.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(JobFailed, match="ticket"):
        read_ticket(path)


def test_missing_ticket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JobFailed, match="ticket"):
        read_ticket(tmp_path / "none.json")


def test_ticket_with_a_specification_that_cannot_run_names_the_field(tmp_path: Path) -> None:
    with pytest.raises(SpecRefused) as refusal:
        read_ticket(written(tmp_path, ticket(tmp_path, specification=body(hiding={"k": 3}))))
    assert refusal.value.details["field"] == "hiding.k"


# --- reports -----------------------------------------------------------------------------------------------------


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What the worker wrote, each line checked as the node checks it; what it logs is left out."""
    reports = [parse_report(line.encode()) for line in capsys.readouterr().out.splitlines()]
    return [report for report in reports if report["kind"] != "log"]


def test_reports_are_what_the_node_takes(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = LineReporter()
    reporter.state(JobState.HIDING)
    reporter.progress(Stage.TRAIN, StageCost(3, 10, 1.23456, Stats(100, 200, 7)))
    reporter.event("job-checkpoint", {"epoch": 1, "share_hash": HASH})
    reporter.model(Release({"alice": "model-alice.sealed"}, {"alice": HASH}, HASH))
    assert reporter.error(PeerGone("gone")) == PeerGone.exit_code
    state, progress, event, model, error = lines(capsys)
    assert state == {"kind": "state", "state": "hiding"}
    assert progress == {
        "kind": "progress", "stage": "train", "done": 3, "total": 10, "seconds": 1.235, "bytes_sent": 100, "rounds": 7,
    }  # fmt: skip
    assert event["subject"] == {"epoch": 1, "share_hash": HASH}
    assert model["sealed"] == {"alice": "model-alice.sealed"} and model["share_hash"] == HASH
    assert error["error"]["code"] == "peer-gone"


@pytest.mark.parametrize("state", [JobState.PREPARING, JobState.HIDING, JobState.TRAINING])
@pytest.mark.parametrize("stage", list(Stage))
def test_every_state_and_stage_can_be_reported(
    capsys: pytest.CaptureFixture[str], state: JobState, stage: Stage
) -> None:
    LineReporter().state(state)
    LineReporter().progress(stage, StageCost())
    assert [report["kind"] for report in lines(capsys)] == ["state", "progress"]


def test_metrics_carry_this_servers_shares_exactly(capsys: pytest.CaptureFixture[str]) -> None:
    logits, labels = uniform(*RING, 5, 3), uniform(*RING, 5, 3, seed=1)
    LineReporter().metrics(2, 40, logits, labels, 16)
    (report,) = lines(capsys)
    assert (report["epoch"], report["step"], report["shape"], report["fraction_bits"]) == (2, 40, [5, 3], 16)
    for name, share in (("logits", logits), ("labels", labels)):
        found = np.frombuffer(base64.b64decode(report[name]), "<i8").reshape(5, 3)
        np.testing.assert_array_equal(found, share.numpy())


@pytest.mark.parametrize(
    ("action", "subject"),
    [("job-stage", {"stage": "prepare", "plan": HASH}), ("job-checkpoint", {"epoch": 3, "share_hash": HASH}),
     ("model-seal", {"recipient": "alice", "sealed_hash": HASH})],
)  # fmt: skip
def test_events_hold_only_what_the_log_takes(action: str, subject: dict[str, Any]) -> None:
    check_subject(subject)
    assert parse_report(json.dumps({"kind": "event", "action": action, "subject": subject}).encode())


# --- failures ----------------------------------------------------------------------------------------------------


def failing(error: BaseException) -> Callable[..., Release]:
    def compute(*arguments: object) -> Release:
        raise error

    return compute


FAILURES: list[tuple[BaseException, str]] = [
    (PeerGone("the link broke"), "peer-gone"),
    (SpecRefused("no", field="hiding"), "spec-refused"),
    (Cancelled("stopped"), "cancelled"),
    (OSError(errno.ENOSPC, "no space"), "disk-full"),
    (OSError(errno.EIO, "secret path"), "job-failed"),
    (MemoryError(), "job-failed"),
    (ValueError("secret value"), "job-failed"),
]


@pytest.mark.expects_warnings
@pytest.mark.parametrize(("error", "code"), FAILURES, ids=lambda value: str(value)[:20])
def test_every_failure_is_reported_by_name(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: str,
) -> None:
    monkeypatch.setattr(worker, "load_node_identity", lambda folder: None)
    monkeypatch.setattr(worker, "_compute", failing(error))
    result = worker.run(tmp_path, written(tmp_path, ticket(tmp_path)))
    (report,) = lines(capsys)
    assert report["error"]["code"] == code
    assert result == DiskFull.exit_code if code == "disk-full" else result > 0
    assert "secret" not in json.dumps(report)


def test_folder_that_is_no_node_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert worker.run(tmp_path, written(tmp_path, ticket(tmp_path))) > 0
    (report,) = lines(capsys)
    assert report["error"]["code"] == "config"


def test_good_run_ends_with_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    release = Release({"alice": "model-alice.sealed"}, {"alice": HASH}, HASH)
    monkeypatch.setattr(worker, "load_node_identity", lambda folder: None)
    monkeypatch.setattr(worker, "_compute", lambda *arguments: release)
    assert worker.run(tmp_path, written(tmp_path, ticket(tmp_path))) == 0
    (report,) = lines(capsys)
    assert report == {
        "kind": "model", "sealed": release.files, "hash": release.hash, "share_hash": HASH,
    }  # fmt: skip


def test_signal_to_stop_ends_the_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def compute(*arguments: object) -> Release:
        signal.raise_signal(signal.SIGTERM)
        raise AssertionError("the signal was not heard")

    monkeypatch.setattr(worker, "load_node_identity", lambda folder: None)
    monkeypatch.setattr(worker, "_compute", compute)
    assert worker.run(tmp_path, written(tmp_path, ticket(tmp_path))) == WorkerDied.exit_code
    (report,) = lines(capsys)
    assert report["error"]["code"] == "worker-died"


@pytest.mark.parametrize(
    ("name", "value"), [("shape", [8, 9, 1]), ("bits", 16), ("ring_bits", 32), ("classes", ["1", "0"])]
)
def test_data_sets_that_do_not_fit_together_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: Any
) -> None:
    other = copy.deepcopy(MANIFEST)
    other[name] = value
    datasets = [{"id": "1" * 64, "manifest": MANIFEST}, {"id": "2" * 64, "manifest": other}]
    identity: NodeIdentity | None = None
    monkeypatch.setattr(worker, "load_node_identity", lambda folder: identity)
    assert worker.run(tmp_path, written(tmp_path, ticket(tmp_path, datasets=datasets))) == SpecRefused.exit_code
    (report,) = lines(capsys)
    assert report["error"]["details"]["field"] == "datasets"
    assert isinstance(read_ticket(tmp_path / "ticket.json"), Ticket)


def test_device_that_is_not_there_is_named() -> None:
    assert getattr(worker, "_device")("cpu") == torch.device("cpu")
    with pytest.raises(ConfigError, match="no such GPU"):
        getattr(worker, "_device")(f"cuda:{torch.cuda.device_count()}")
