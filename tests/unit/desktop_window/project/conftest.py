"""A page of one project over servers with canned answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from common.errors import NodeUnreachable
from desktop_client.jobs.trainings import course
from desktop_client.state.project.live import LiveTrainings
from desktop_client.ui.pages.project.page import ProjectPage
from desktop_client.upload.jobs import follow
from tests.helpers.desktop.trainings import PROJECT, Feed, serve, spec
from tests.helpers.window import FakeDesk


@pytest.fixture
def feeds(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> dict[str, Feed]:
    """What both servers tell of the one training; they know the project, its data sets and its people."""
    monkeypatch.setattr(follow, "delay_before", lambda attempt: 0.03)
    monkeypatch.setattr(course, "_TELL_SECONDS", 0.01)
    desk.office.log.answers["load"] = NodeUnreachable("away", node="log")
    return serve(desk.office, monkeypatch, spec())


@pytest.fixture
def page(desk: FakeDesk, feeds: dict[str, Feed], qtbot: QtBot) -> Iterator[ProjectPage]:
    """The page of the project as alice sees it, who owns it."""
    made = ProjectPage(desk)
    qtbot.addWidget(made)
    made.resize(1072, 660)
    made.show()
    with qtbot.waitSignal(made.control.shown):
        made.open(PROJECT)
    yield made
    made.leave()
    desk.lasting(LiveTrainings).forget()
