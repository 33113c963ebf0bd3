"""Reports of a worker: what is taken, what is not, and workers that do not want to end."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from common.architecture.description import MAX_METRIC_CELLS
from common.errors import JobFailed
from desktop_client.upload.transport import MAX_EVENT
from server_node.jobs.attempts.process import MAX_LINE, WorkerProcess, parse_report, worker_command
from server_node.worker.reporter import LineReporter

PROGRESS = {"kind": "progress", "stage": "train", "done": 1, "total": 2, "seconds": 0.5, "bytes_sent": 3, "rounds": 4}
METRICS = {
    "kind": "metrics", "epoch": 1, "step": 2, "logits": "AAAA", "labels": "AA==", "shape": [1, 2], "fraction_bits": 16,
}  # fmt: skip
GOOD: list[dict[str, Any]] = [
    {"kind": "state", "state": "hiding"},
    PROGRESS,
    METRICS,
    {"kind": "event", "action": "job-checkpoint", "subject": {"step": 5, "hash": "ab" * 32}},
    {"kind": "model", "sealed": {"alice": "model-alice.sealed"}, "hash": "ab" * 32, "share_hash": "cd" * 32},
    {"kind": "error", "error": {"code": "peer-gone"}},
]
BAD: list[Any] = [
    [],
    7,
    None,
    {},
    {"kind": "thoughts"},
    {"kind": ["state"], "state": "hiding"},
    {"kind": "state", "state": "finished"},
    {"kind": "state", "state": "hiding", "more": 1},
    {**PROGRESS, "stage": "lunch"},
    {**PROGRESS, "done": -1},
    {**PROGRESS, "done": True},
    {**PROGRESS, "seconds": "1"},
    {**METRICS, "logits": "not base64!"},
    {**METRICS, "shape": [1]},
    {"kind": "event", "action": "register", "subject": {}},
    {"kind": "event", "action": "job-stage", "subject": {"note": "free text is not for the log"}},
    {"kind": "model", "sealed": {"alice": "../../keys/identity.key"}, "hash": "ab", "share_hash": "cd"},
    {"kind": "model", "sealed": {}, "hash": "ab", "share_hash": "cd"},
]


@pytest.mark.parametrize("report", GOOD, ids=lambda report: str(report["kind"]))
def test_reports_of_the_agreed_form_are_taken(report: dict[str, Any]) -> None:
    assert parse_report(json.dumps(report).encode() + b"\n") == report


@pytest.mark.parametrize("report", BAD, ids=range(len(BAD)))
def test_other_reports_are_refused(report: Any) -> None:
    with pytest.raises(JobFailed):
        parse_report(json.dumps(report).encode())


@pytest.mark.parametrize(
    "line", [b"hello\n", b"\xff\n", b"\n", b"[" * 100_000, b'{"kind": "progress", "seconds": NaN}']
)
def test_lines_that_are_no_reports_are_refused(line: bytes) -> None:
    with pytest.raises(JobFailed):
        parse_report(line)


@pytest.mark.parametrize("classes", [2, 1 << 8, MAX_METRIC_CELLS])
def test_largest_metrics_fit_a_line_and_an_event(classes: int, capsys: pytest.CaptureFixture[str]) -> None:
    share = torch.full((MAX_METRIC_CELLS // classes, classes), -1)
    LineReporter().metrics(10**6, 10**9, share, share, 16)
    line = capsys.readouterr().out.encode()
    assert len(line) <= MAX_LINE
    assert parse_report(line)["shape"] == list(share.shape)
    event = {"id": 10**9, "job": "f" * 32, "time": "2026-01-01T00:00:00.000000Z", **json.loads(line)}
    assert len(json.dumps(event)) <= MAX_EVENT


async def test_a_line_of_the_largest_size_is_read_and_a_larger_one_is_not(tmp_path: Path) -> None:
    for more in (False, True):
        size = MAX_LINE - len('{"kind":"error","error":{"code":""}}') - 1 + 2 * more
        script = f"""print('{{"kind":"error","error":{{"code":"' + "x" * {size} + '"}}}}', flush=True)"""
        worker = await start(tmp_path, script)
        if more:
            with pytest.raises(JobFailed, match="too long"):
                _ = [report async for report in worker.reports()]
        else:
            assert [len(report["error"]["code"]) async for report in worker.reports()] == [size]
        await worker.stop(0.0)


def test_worker_is_this_very_program(tmp_path: Path) -> None:
    command = worker_command(tmp_path, tmp_path / "ticket.json")
    assert command[:4] == [sys.executable, "-m", "server_node", "worker"]


async def start(tmp_path: Path, script: str) -> WorkerProcess:
    return await WorkerProcess.start([sys.executable, "-c", script], tmp_path / "worker.log")


async def test_reports_come_in_order_and_errors_go_to_the_log(tmp_path: Path) -> None:
    script = 'import sys; print(\'warm\', file=sys.stderr); [print(\'{"kind":"state","state":"%s"}\' % s) for s in '
    worker = await start(tmp_path, script + "('preparing','training')]; sys.exit(3)")
    assert [report["state"] async for report in worker.reports()] == ["preparing", "training"]
    assert await worker.wait() == 3
    assert (tmp_path / "worker.log").read_text() == "warm\n"


async def test_stop_takes_the_whole_group(tmp_path: Path) -> None:
    script = (
        "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        'child = subprocess.Popen([\'sleep\', \'600\']); print(\'{"kind":"state","state":"training"}\', flush=True);'
        "signal.pause()"
    )
    worker = await start(tmp_path, script)
    reports = worker.reports()
    assert (await anext(reports))["state"] == "training"
    began = time.monotonic()
    await worker.stop(0.2)
    assert await worker.wait() == -9 and time.monotonic() - began < 5
    # The child held the same pipe; it only closes when the child is gone too.
    assert [report async for report in reports] == []


async def test_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(JobFailed, match="cannot be started"):
        await WorkerProcess.start([str(tmp_path / "nothing")], tmp_path / "worker.log")
