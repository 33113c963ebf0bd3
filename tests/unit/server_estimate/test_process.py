"""The process of an estimate: whatever it does, the node gets an answer or a named error, and nothing is left."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import pytest

from common.errors import EstimateFailed, SpecRefused
from server_node.estimate.process import FOLDER, LOG_NAME, MAX_LINE, asking, clear
from tests.helpers.jobs.estimates import OUTCOME

READS = "import sys, json; asked = json.load(sys.stdin); "


def _command(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


async def test_process_hears_the_question_and_is_heard(tmp_path: Path) -> None:
    code = f"{READS}assert asked == {{'a': 1}}; print({json.dumps(json.dumps(OUTCOME.as_json()))})"
    assert await asking(tmp_path, command=_command(code))({"a": 1}) == OUTCOME


async def test_process_error_keeps_its_name(tmp_path: Path) -> None:
    error = json.dumps({"error": SpecRefused("Too small.", field="training.batch").as_dict()})
    with pytest.raises(SpecRefused, match="Too small.") as caught:
        await asking(tmp_path, command=_command(f"{READS}print({json.dumps(error)})"))({})
    assert caught.value.details == {"field": "training.batch"}


@pytest.mark.parametrize(
    "code",
    [
        "pass",
        f"{READS}sys.exit(1)",
        f"{READS}print('no json')",
        f"{READS}print('{{}}')",
        f"{READS}print('[]')",
        f"{READS}print('x' * {MAX_LINE + 10})",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    ],
    ids=["silent", "failed", "text", "empty", "a list", "endless", "killed"],
)
async def test_process_that_says_nothing_of_use_is_an_error(code: str, tmp_path: Path) -> None:
    with pytest.raises(EstimateFailed):
        await asking(tmp_path, command=_command(code))({"long": "x" * 200_000})


async def test_process_that_does_not_end_is_killed(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    code = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    with pytest.raises(EstimateFailed, match="took longer than 0 seconds"):
        await asking(tmp_path, 0.2, _command(code))({})
    _require_gone(mark)


async def test_process_that_is_killed_takes_its_children_and_its_folder_with_it(tmp_path: Path) -> None:
    mark, pipe = tmp_path / "pid", tmp_path / "pipe"
    os.mkfifo(pipe)
    code = (
        "import os, signal, subprocess, sys; "
        f"os.mkdir({str(tmp_path / FOLDER)!r} + str(os.getpid()) + '-x'); "
        f"end = os.open({str(pipe)!r}, os.O_WRONLY); os.set_inheritable(end, True); "
        "subprocess.Popen([sys.executable, '-S', '-c', 'import signal; signal.pause()'], pass_fds=[end]); "
        f"open({str(mark)!r}, 'w').write(str(os.getpid())); signal.pause()"
    )
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    other = tmp_path / f"{FOLDER}1-other"
    other.mkdir()
    waiting = asyncio.create_task(asking(tmp_path, 60, _command(code))({}))
    while not (mark.exists() and mark.read_text()):
        await asyncio.sleep(0.005)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    # Nobody can write to the pipe any more once both processes are gone.
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b""
    os.close(reader)
    assert [left.name for left in tmp_path.glob(f"{FOLDER}*")] == [other.name]


def test_folders_of_long_ago_are_removed(tmp_path: Path) -> None:
    for name, seconds in (("1-old", 0.0), ("2-new", time.time())):
        left = tmp_path / f"{FOLDER}{name}"
        left.mkdir()
        (left / "segment").write_bytes(b"large")
        os.utime(left, (seconds, seconds))
    (tmp_path / LOG_NAME).write_bytes(b"")
    clear(tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == [f"{FOLDER}2-new", LOG_NAME]


async def test_process_ends_with_whoever_waits(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    code = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    waiting = asyncio.create_task(asking(tmp_path, 60, _command(code))({}))
    while not (mark.exists() and mark.read_text()):
        await asyncio.sleep(0.005)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    _require_gone(mark)


async def test_process_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    with pytest.raises(EstimateFailed, match="cannot be started"):
        await asking(tmp_path, command=[str(tmp_path / "none")])({})


async def test_process_writes_what_went_wrong_to_a_private_file(tmp_path: Path) -> None:
    with pytest.raises(EstimateFailed):
        await asking(tmp_path, command=_command("raise SystemExit('too bad')"))({})
    log = tmp_path / LOG_NAME
    assert log.read_text(encoding="utf-8") == "too bad\n"
    assert log.stat().st_mode & 0o777 == 0o600


def _require_gone(mark: Path) -> None:
    # A killed process may not have come as far as its mark.
    if mark.exists() and mark.read_text():
        assert not Path(f"/proc/{mark.read_text()}").exists()
