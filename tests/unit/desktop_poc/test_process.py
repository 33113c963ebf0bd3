"""Processes are recognised for good, waited for by what they say, and never stopped when they are not ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.errors import NodeStartFailed
from desktop_client.poc import process
from desktop_client.poc.process import ProcessMark

READY = "import signal; print('ready', flush=True); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + READY


def _command(code: str, folder: Path) -> list[str]:
    """Python code that runs under the command line of a node."""
    return [sys.executable, "-c", code, "-m", "log_node", "run", "--dir", str(folder / "log")]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    children: list[subprocess.Popen[bytes]] = []
    yield children
    for child in children:
        child.kill()
        child.wait()


def _start(code: str, folder: Path, started: list[subprocess.Popen[bytes]], wait: bool = True) -> ProcessMark:
    folder.mkdir(exist_ok=True)
    log = folder / "node.log"
    start = log.stat().st_size if log.exists() else 0
    child = process.start_daemon(_command(code, folder), log)
    started.append(child)
    if wait:
        process.wait_ready(child, log, start, 30.0)
    found = process.mark(child.pid)
    assert found is not None
    return found


def test_wait_ready_returns_when_the_line_is_there(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    _start("print('starting', flush=True); " + READY, tmp_path, started)
    assert (tmp_path / "node.log").read_text(encoding="utf-8") == "starting\nready\n"


def test_wait_ready_passes_over_an_earlier_run(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    (tmp_path / "node.log").write_text("ready\n", encoding="utf-8")
    child = process.start_daemon(_command("raise SystemExit('broken')", tmp_path), tmp_path / "node.log")
    started.append(child)
    with pytest.raises(NodeStartFailed, match="broken"):
        process.wait_ready(child, tmp_path / "node.log", 6, 30.0)


def test_wait_ready_gives_up_in_time(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    child = process.start_daemon(_command("import signal; signal.pause()", tmp_path), tmp_path / "node.log")
    started.append(child)
    with pytest.raises(NodeStartFailed, match="node.log"):
        process.wait_ready(child, tmp_path / "node.log", 0, 0.1)


def test_run_to_end_tells_what_a_failed_command_said(tmp_path: Path) -> None:
    process.run_to_end(_command("print('fine')", tmp_path), tmp_path / "n.log", 30.0)
    with pytest.raises(NodeStartFailed, match="no such thing") as found:
        process.run_to_end(_command("raise SystemExit('no such thing')", tmp_path), tmp_path / "n.log", 30.0)
    assert found.value.details == {"log": str(tmp_path / "n.log")}
    with pytest.raises(NodeStartFailed):
        process.run_to_end(_command("import signal; signal.pause()", tmp_path), tmp_path / "n.log", 0.2)


def test_nodes_do_not_inherit_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PASSWORD", "NEW_PASSWORD", "FILE_PASSWORD", "CODE", "BOOTSTRAP", "PROFILE"):
        monkeypatch.setenv(f"IMGUARD_{name}", "very-secret-value")
    code = "import os; print(sorted(os.environ.items())); import common"
    found = process.run_to_end(_command(code, tmp_path), tmp_path / "n.log", 30.0)
    assert b"PATH" in found and b"very-secret-value" not in found


def test_answer_of_a_command_is_given_and_not_written(tmp_path: Path) -> None:
    code = "import sys; print('a one-time token'); print('a remark', file=sys.stderr)"
    assert process.run_to_end(_command(code, tmp_path), tmp_path / "n.log", 30.0) == b"a one-time token\n"
    assert (tmp_path / "n.log").read_text(encoding="utf-8") == "a remark\n"
    with pytest.raises(NodeStartFailed, match="it went wrong"):
        process.run_to_end(_command("print('it went wrong'); raise SystemExit(3)", tmp_path), tmp_path / "n.log", 30.0)


def test_mark_of_a_process_that_ended_is_none(started: list[subprocess.Popen[bytes]], tmp_path: Path) -> None:
    found = _start(READY, tmp_path, started)
    started[0].kill()
    os.waitid(os.P_PID, found.pid, os.WEXITED | os.WNOWAIT)
    assert process.mark(found.pid) is None, "it has ended, though nobody waited for it"
    started[0].wait()
    assert process.mark(found.pid) is None


def test_find_processes_is_about_this_folder_only(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    here = _start(READY, tmp_path / "x", started)
    _start(READY, tmp_path / "xy", started)
    assert process.find_processes(tmp_path / "x") == [here]
    assert len(process.find_processes(tmp_path)) == 2
    assert process.find_processes(tmp_path / "y") == []


def test_stop_processes_asks_and_then_kills(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    marks = [_start(READY, tmp_path, started), _start(STUBBORN, tmp_path, started)]
    process.stop_processes(marks, tmp_path, 0.3)
    assert [process.mark(found.pid) for found in marks] == [None, None], "the second one only ends when it is killed"


def test_stop_processes_leaves_strangers_alone(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    found = _start(READY, tmp_path / "ours", started)
    stranger = subprocess.Popen([sys.executable, "-c", READY], stdout=subprocess.DEVNULL)
    started.append(stranger)
    other = process.mark(stranger.pid)
    assert other is not None
    earlier = ProcessMark(found.pid, str(float(found.started) - 60))
    process.stop_processes([earlier, other, ProcessMark(2**22 + 1, "1")], tmp_path / "ours", 0.2)
    process.stop_processes([found], tmp_path / "elsewhere", 0.2)
    assert [child.poll() for child in started] == [None, None]
    process.stop_processes([found], tmp_path / "ours", 5.0)
    assert process.mark(found.pid) is None
