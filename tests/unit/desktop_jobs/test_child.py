"""The child process for real: results, errors, cancelling, breaking down, and no orphan whatever ends its parent."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from common.errors import AppError, BadInput, Cancelled, NotFound, TooLarge, WorkerGone
from desktop_client.jobs import child as children
from desktop_client.jobs.child import MAX_LINE, Viewer, run_child, worker_command
from tests.helpers.desktop import trial_worker

WAIT = 20.0


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "worker_command", lambda: trial_worker.COMMAND)


async def gone(pid: int) -> bool:
    """Whether a process ends soon; one that is not a child of this one cannot be waited for."""
    async with asyncio.timeout(WAIT):
        while True:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
            await asyncio.sleep(0.01)


async def test_child_gives_the_result() -> None:
    found = await run_child("echo", {"a": [1, "ü", "\udce9"]})
    assert found["args"] == {"a": [1, "ü", "\udce9"]}
    assert found["pid"] != os.getpid()
    assert await gone(found["pid"])


def test_child_works_in_the_loop_of_another_thread() -> None:
    found: list[Any] = []

    def work() -> None:
        found.append(asyncio.run(run_child("echo", {"a": 1}))["args"])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(WAIT)
    assert found == [{"a": 1}]


async def test_child_progress_and_parts_arrive_before_the_result(trial: None) -> None:
    progress: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    found = await run_child("chatter", {"times": 1000, "rows": 1001}, progress.append, parts.append)
    assert found == {"said": "all"}
    assert progress[0] == {"stage": "read", "done": 0, "total": 1000}
    assert [len(part["rows"]) for part in parts] == [500, 500, 1]


@pytest.mark.parametrize("name", ["dance", ""])
async def test_child_errors_come_back_as_the_same_class(name: str) -> None:
    with pytest.raises(NotFound):
        await run_child(name, {})


async def test_child_an_unforeseen_failure_tells_its_kind_and_no_more(
    trial: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with pytest.raises(AppError) as caught:
        await run_child("fail", {})
    assert caught.value.code == "internal-error"
    assert "LookupError" in str(caught.value) and "patient" not in str(caught.value)
    assert "LookupError" in (tmp_path / "imguard" / "log" / "imguard.log").read_text(encoding="utf-8")


async def test_child_that_breaks_down_is_named(trial: None) -> None:
    with pytest.raises(WorkerGone) as caught:
        await run_child("crash", {})
    assert "Try it again" in caught.value.advice


@pytest.mark.parametrize("text", ["not json", "[1]", '{"id":1}', "x" * (MAX_LINE + 10)])
async def test_child_that_says_nonsense_is_named(trial: None, text: str) -> None:
    if len(text) < MAX_LINE:
        with pytest.raises(WorkerGone):
            await run_child("babble", {"text": text})
    else:
        with pytest.raises(TooLarge):
            await run_child("large", {"size": len(text)})


async def test_child_refuses_a_request_that_is_too_long() -> None:
    with pytest.raises(TooLarge):
        await run_child("echo", {"a": "x" * MAX_LINE})


async def test_child_is_ended_when_the_coroutine_is_cancelled(trial: None, tmp_path: Path) -> None:
    began: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    work = run_child("last", {"folder": str(tmp_path)}, on_part=lambda part: began.set_result(part["pid"]))
    task = asyncio.create_task(work)
    pid = await began
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await gone(pid)
    assert (tmp_path / "cleaned").exists()


@pytest.mark.slow
async def test_child_that_does_not_listen_is_ended_all_the_same(trial: None) -> None:
    began: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run_child("deaf", {}, on_part=lambda part: began.set_result(part["pid"])))
    pid = await began
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await gone(pid)


async def test_child_that_is_killed_is_named(trial: None, tmp_path: Path) -> None:
    def kill(part: dict[str, Any]) -> None:
        os.kill(part["pid"], signal.SIGKILL)

    with pytest.raises(WorkerGone):
        await run_child("last", {"folder": str(tmp_path)}, on_part=kill)
    assert not (tmp_path / "cleaned").exists()


async def test_child_an_error_in_a_callback_ends_it(trial: None, tmp_path: Path) -> None:
    def refuse(part: dict[str, Any]) -> None:
        raise BadInput(str(part["pid"]))

    with pytest.raises(BadInput) as caught:
        await run_child("last", {"folder": str(tmp_path)}, on_part=refuse)
    assert await gone(int(str(caught.value)))


PARENT = """
import asyncio, sys
from desktop_client.jobs import child
from tests.helpers.desktop import trial_worker
child.worker_command = lambda: trial_worker.COMMAND
asyncio.run(child.run_child(sys.argv[1], {"folder": sys.argv[2]}, on_part=lambda part: print(part["pid"], flush=True)))
"""


@pytest.mark.slow
@pytest.mark.parametrize("action", ["last", "deaf"])
async def test_child_never_outlives_a_parent_that_is_killed(action: str, tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, action, str(tmp_path), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    parent.kill()
    await parent.wait()
    assert await gone(pid)
    assert (tmp_path / "cleaned").exists() == (action == "last")
    await parent.stdout.read()


async def test_viewer_answers_many_questions_with_one_process() -> None:
    viewer = Viewer()
    found = await asyncio.gather(*(viewer.ask("echo", {"n": n}, lane="") for n in range(20)))
    await viewer.close()
    assert [answer["args"]["n"] for answer in found] == list(range(20))
    assert len({answer["pid"] for answer in found}) == 1
    assert await gone(found[0]["pid"])


async def test_viewer_a_newer_question_takes_the_place_of_an_older_one(trial: None, tmp_path: Path) -> None:
    viewer = Viewer()
    began = asyncio.Event()
    older = asyncio.create_task(viewer.ask("last", {"folder": str(tmp_path)}, lambda part: began.set(), lane="list"))
    await began.wait()
    newer = await viewer.ask("echo", {"n": 2}, lane="list")
    assert newer["args"] == {"n": 2}
    with pytest.raises(Cancelled):
        await older
    await viewer.close()


async def test_viewer_gives_up_a_question_that_is_cancelled(trial: None, tmp_path: Path) -> None:
    viewer = Viewer()
    began = asyncio.Event()
    task = asyncio.create_task(viewer.ask("last", {"folder": str(tmp_path)}, lambda part: began.set()))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await viewer.ask("echo", {}))["args"] == {}
    await viewer.close()
    assert (tmp_path / "cleaned").exists()


async def test_viewer_is_there_again_after_it_broke_down(trial: None) -> None:
    viewer = Viewer()
    first = (await viewer.ask("echo", {}))["pid"]
    with pytest.raises(WorkerGone):
        await viewer.ask("crash", {})
    second = (await viewer.ask("echo", {}))["pid"]
    assert first != second
    await viewer.close()
    assert await gone(first) and await gone(second)


async def test_viewer_questions_without_an_answer_end_with_it(trial: None, tmp_path: Path) -> None:
    viewer = Viewer()
    began = asyncio.Event()
    task = asyncio.create_task(viewer.ask("last", {"folder": str(tmp_path)}, lambda part: began.set()))
    await began.wait()
    await viewer.close()
    with pytest.raises(WorkerGone):
        await task
    await viewer.close()


def test_child_of_a_bundle_is_the_bundle_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert worker_command() == [sys.executable, "-P", "-m", "desktop_client.worker"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert worker_command() == [sys.executable, "--worker"]
