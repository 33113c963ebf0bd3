"""Answers that come after a page is gone are dropped, and so is what the desk tells everybody."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from common.errors import NodeUnreachable
from desktop_client.jobs import approvals, entry, people
from desktop_client.jobs.people import People
from desktop_client.jobs.task import Task
from desktop_client.ui.pages.approvals.page import ApprovalsPage
from desktop_client.ui.pages.door.page import Door
from desktop_client.ui.pages.users.page import UsersPage
from tests.helpers.window import FakeDesk


def test_late_answers_find_nobody_and_harm_nothing(
    desk: FakeDesk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    begun: list[int] = []
    ended: list[int] = []

    async def late(*given: object) -> object:
        begun.append(1)
        try:
            await asyncio.to_thread(released.wait)
        finally:
            ended.append(1)
        return People((), (), (), {})

    for place, name in ((people, "list_people"), (approvals, "list_waiting"), (entry, "read_deployment")):
        monkeypatch.setattr(place, name, late)
    users, inbox, door = UsersPage(desk), ApprovalsPage(desk), Door(desk, desk.session)
    users.open("")
    inbox.open("")
    door.start(Path("kit"))
    qtbot.waitUntil(lambda: len(begun) == 3)
    for page in (users, inbox, door):
        page.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    released.set()
    qtbot.waitUntil(lambda: len(ended) == 3)
    after: list[int] = []

    async def last() -> int:
        return 1

    desk.bridge.run(last, after.append)
    qtbot.waitUntil(lambda: bool(after))
    desk.preferences.changed.emit("appearance")


class Panel(QObject):
    """Somebody who asks; ``told`` outlives it."""

    answered = Signal(object)

    def __init__(self, told: list[object]) -> None:
        super().__init__()
        self.told = told
        self.answered.connect(told.append)

    def hear(self, value: object) -> None:
        self.told.append(value)
        self.objectName()

    def ways(self) -> list[Callable[[Any], None]]:
        """A method, one with something in front, a signal, and functions that were written in it."""

        def inside(value: object) -> None:
            self.hear(value)

        return [
            self.hear,
            partial(self.hear),
            self.answered.emit,
            inside,
            lambda value: self.hear(value),
        ]


@pytest.mark.parametrize("way", range(5))
@pytest.mark.parametrize("fails", [False, True])
def test_whoever_asked_and_is_gone_is_not_told(desk: FakeDesk, qtbot: QtBot, way: int, fails: bool) -> None:
    told: list[object] = []
    ended: list[object] = []
    for is_there in (True, False):
        panel, released = Panel(told), threading.Event()
        callback = panel.ways()[way]

        async def work(*given: object, released: threading.Event = released) -> int:
            await asyncio.to_thread(released.wait)
            if fails:
                raise NodeUnreachable("away", node="a")
            return 1

        desk.run(work, callback, callback)
        desk.bridge.run(work, callback, callback)
        desk.tasks.start(Task("import", "images"), work, callback, callback)
        if not is_there:
            delete(panel)
        released.set()
        before = len(ended)
        desk.tasks.ended.connect(ended.append)
        qtbot.waitUntil(lambda: len(ended) > before and not desk.tasks.running)

        async def last() -> int:
            return 1

        desk.bridge.run(last, ended.append)
        qtbot.waitUntil(lambda: 1 in ended)
        ended.remove(1)
    assert len(told) == 3
