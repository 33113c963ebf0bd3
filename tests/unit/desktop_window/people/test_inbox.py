"""How many things wait stands in the side bar, and follows the news."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from common.errors import NodeUnreachable
from desktop_client.jobs import approvals
from desktop_client.jobs.approvals import REGISTRATION, Waiting
from desktop_client.ui.frame.shell import Shell
from tests.helpers.window import FakeDesk

CAROL = Waiting(REGISTRATION, "carol", "Clinic", 0, (), "2026-01-03T00:00:00Z", False, ("a", "b"))


def test_number_beside_approvals_follows_the_news(
    desk: FakeDesk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[list[Waiting] | Exception] = [[CAROL, CAROL], NodeUnreachable("away"), []]

    async def list_waiting(office: object) -> list[Waiting]:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(approvals, "list_waiting", list_waiting)
    shell = Shell(desk, desk.session)
    qtbot.addWidget(shell)
    button = shell.sidebar.buttons["approvals"]
    desk.session.news.emit(frozenset({"decision"}))
    qtbot.waitUntil(lambda: "(2)" in button.text())
    desk.session.news.emit(frozenset({"decision"}))
    qtbot.waitUntil(lambda: len(answers) == 1)
    assert "(2)" in button.text(), "a node that is away changes nothing"
    desk.session.news.emit(frozenset({"decision"}))
    qtbot.waitUntil(lambda: button.text() == "Approvals")
