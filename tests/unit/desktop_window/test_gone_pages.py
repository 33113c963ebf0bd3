"""Answers that come after a page is gone are dropped, and so is what the desk tells everybody."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from desktop_client.jobs import approvals, entry, people
from desktop_client.jobs.people import People
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
