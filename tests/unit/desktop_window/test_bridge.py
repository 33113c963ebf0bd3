"""The way from the window to the loop and back."""

from __future__ import annotations

import asyncio
import threading

import pytest
from pytestqt.qtbot import QtBot

from common.errors import AppError, Cancelled, KeysLocked, NodeUnreachable
from desktop_client.jobs.task import Progress, Task, TaskState
from tests.helpers.window import FakeDesk


def test_result_is_delivered_in_the_window_thread(desk: FakeDesk, qtbot: QtBot) -> None:
    seen: list[tuple[int, bool]] = []

    async def work() -> int:
        await asyncio.sleep(0)
        assert threading.current_thread().name == "imguard-loop"
        return 7

    desk.bridge.run(work, lambda result: seen.append((result, threading.current_thread() is threading.main_thread())))
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [(7, True)]


def test_named_error_reaches_failed_as_it_is(desk: FakeDesk, qtbot: QtBot) -> None:
    seen: list[AppError] = []
    trouble = NodeUnreachable("away", node="a")

    async def work() -> None:
        raise trouble

    desk.bridge.run(work, None, seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [trouble]


@pytest.mark.expects_warnings
def test_unforeseen_error_becomes_a_named_one_without_its_text(desk: FakeDesk, qtbot: QtBot) -> None:
    seen: list[AppError] = []

    async def work() -> None:
        raise ZeroDivisionError("secret")

    desk.bridge.run(work, None, seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert str(seen[0]) == "Unforeseen: ZeroDivisionError."


def test_cancelled_work_is_told_as_cancelled(desk: FakeDesk, qtbot: QtBot) -> None:
    seen: list[AppError] = []

    async def work() -> None:
        await asyncio.Event().wait()

    desk.bridge.run(work, None, seen.append).cancel()
    qtbot.waitUntil(lambda: bool(seen))
    assert isinstance(seen[0], Cancelled)


def test_dropped_work_is_not_told_at_all(desk: FakeDesk, qtbot: QtBot) -> None:
    seen: list[object] = []

    async def work() -> int:
        return 1

    handle = desk.bridge.run(work, seen.append, seen.append)
    handle.drop()
    after: list[int] = []
    desk.bridge.run(work, after.append)
    qtbot.waitUntil(lambda: bool(after))
    assert seen == []


def test_work_that_needs_keys_asks_for_the_password_and_begins_again(desk: FakeDesk, qtbot: QtBot) -> None:
    tries: list[str] = []
    done: list[str] = []

    async def work() -> str:
        tries.append("try")
        if len(tries) == 1:
            raise KeysLocked()
        return "signed"

    desk.password_wanted.connect(lambda retry, give_up: retry())
    desk.run(work, done.append)
    qtbot.waitUntil(lambda: bool(done))
    assert (tries, done) == (["try", "try"], ["signed"])


def test_task_reports_progress_and_its_end(desk: FakeDesk, qtbot: QtBot) -> None:
    async def work(report: object) -> str:
        assert callable(report)
        report(Progress(5, 10, "images"))
        return "result"

    results: list[str] = []
    task = desk.tasks.start(Task("split", "Split"), work, results.append)
    qtbot.waitUntil(lambda: bool(results))
    assert (task.state, task.progress.share, results) == (TaskState.DONE, 0.5, ["result"])
    assert desk.tasks.running == ()
    desk.tasks.forget_ended()
    assert desk.tasks.all == ()
