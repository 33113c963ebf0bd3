"""The page of approvals: what waits, what is signed, how it is decided, and the number beside its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from common.agreement.changes import PARAMETERS
from common.errors import NodeUnreachable, PeerMismatch
from desktop_client.jobs import approvals
from desktop_client.jobs.approvals import CONSENT, ENDING, REGISTRATION, Decision, Shown, Waiting
from desktop_client.state.identity.approvals import Inbox
from desktop_client.ui.language import Languages
from desktop_client.ui.pages.approvals import words
from desktop_client.ui.pages.approvals.page import ApprovalsPage
from desktop_client.ui.widgets.dialogs import Question
from desktop_client.upload.projects.asked import Asked
from tests.helpers.jobs.projects import specification
from tests.helpers.window import FakeDesk

ONE = "11" * 32
SPEC = specification()
TEXT = "project films\nhash 00"
FILMS = Waiting(CONSENT, "ab" * 16, "films", 2, (ONE,), "2026-01-02T00:00:00Z", False, ("a", "b"))
CHESTS = Waiting(ENDING, "cd" * 16, "chests", 1, (ONE,), "2026-02-02T00:00:00Z", False, ("a",))
CAROL = Waiting(REGISTRATION, "carol", "Clinic", 0, (), "2026-01-03T00:00:00Z", False, ("a", "b"))
PAST = Decision("ab" * 16, "films", 1, ONE, "granted", "", "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z", True)


class Answers:
    """What the nodes would answer; ``signed`` collects what was decided."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waiting: list[Waiting] | Exception = [FILMS, CHESTS, CAROL]
        self.shown: Shown | Exception = Shown(Asked(SPEC, (ONE,), SPEC, True), TEXT, ("Passes: 2 -> 8.",), 1, True)
        self.signed: list[tuple[Any, ...]] = []
        for name in ("list_waiting", "look", "list_decided", "give", "decline", "withdraw"):
            monkeypatch.setattr(approvals, name, getattr(self, name))

    async def list_waiting(self, office: object) -> list[Waiting]:
        if isinstance(self.waiting, Exception):
            raise self.waiting
        return self.waiting

    async def look(self, office: object, project: str) -> Shown:
        if isinstance(self.shown, Exception):
            raise self.shown
        return self.shown

    async def list_decided(self, office: object) -> list[Decision]:
        return [PAST]

    async def give(self, office: object, asked: Asked, days: int, reason: str) -> int:
        self.signed.append(("give", asked.specification.hash, days, reason))
        self.waiting = [CHESTS, CAROL]
        return 0

    async def decline(self, office: object, asked: Asked, reason: str) -> None:
        self.signed.append(("decline", asked.specification.hash, reason))

    async def withdraw(self, office: object, project: str, reason: str) -> int:
        self.signed.append(("withdraw", project, reason))
        return 1


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    return Answers(monkeypatch)


@pytest.fixture
def page(desk: FakeDesk, answers: Answers, qtbot: QtBot) -> Iterator[ApprovalsPage]:
    made = ApprovalsPage(desk)
    qtbot.addWidget(made)
    made.resize(1072, 640)
    made.show()
    made.open("")
    qtbot.waitUntil(lambda: made.approvals.is_known)
    yield made


def choose(page: ApprovalsPage, row: int, qtbot: QtBot) -> None:
    page.list.view.selectRow(row)
    qtbot.waitUntil(lambda: page._shown is not None)


def answer(page: ApprovalsPage) -> None:
    """Say yes to the question that is open."""
    question = next(one for one in page.findChildren(Question) if one.isVisible())
    question.done(QDialog.DialogCode.Accepted)


def test_everything_that_waits_is_listed_and_counted(page: ApprovalsPage, desk: FakeDesk, qtbot: QtBot) -> None:
    assert [one.title for one in page.waiting.shown] == ["films", "chests", "Clinic"]
    with qtbot.waitSignal(desk.waiting_changed) as signal:
        Inbox(desk, page).refresh()
    assert signal.args == [3]


def test_consent_shows_what_is_signed_before_it_is_signed(page: ApprovalsPage, answers: Answers, qtbot: QtBot) -> None:
    page.list.view.selectRow(0)
    assert not page.panel._decide.isVisible(), "nothing is signed before it was seen"
    qtbot.waitUntil(lambda: page.panel._decide.isVisible())
    assert page.panel.text.toPlainText() == TEXT
    page.panel.days.setValue(30)
    page.panel.reason.setText("vote 17")
    page.panel.give.click()
    qtbot.waitUntil(lambda: page.waiting.rowCount() == 2)
    assert answers.signed == [("give", SPEC.hash, 30, "vote 17")]
    assert page.side.currentWidget() is page._choose


def test_every_parameter_that_may_change_has_a_name_here() -> None:
    assert set(words._parameters()) == set(PARAMETERS.values())
    assert words.change("Images mixed: 4 -> 6.") == "Images mixed: 4 -> 6."
    assert words.change("bob may test: no") == "bob may test: no"


def test_declining_and_taking_back_are_asked_for_first(page: ApprovalsPage, answers: Answers, qtbot: QtBot) -> None:
    choose(page, 0, qtbot)
    page.panel.reason.setText("no vote")
    page.panel.decline.click()
    assert answers.signed == []
    answer(page)
    qtbot.waitUntil(lambda: page.side.currentWidget() is page._choose)
    choose(page, 1, qtbot)
    assert page.panel.withdraw.isVisible() and not page.panel.decline.isVisible()
    assert page.panel.where.text() == "only at server A"
    page.panel.withdraw.click()
    answer(page)
    qtbot.waitUntil(lambda: len(answers.signed) == 2)
    assert answers.signed == [("decline", SPEC.hash, "no vote"), ("withdraw", CHESTS.subject, "")]


def test_registrations_lead_to_the_users(page: ApprovalsPage, desk: FakeDesk, qtbot: QtBot) -> None:
    page.list.view.selectRow(2)
    assert page.side.currentWidget() is page._person
    with qtbot.waitSignal(desk.page_wanted) as signal:
        page.to_users.click()
    assert signal.args == ["users", "carol"]


def test_what_cannot_be_verified_cannot_be_signed(page: ApprovalsPage, answers: Answers, qtbot: QtBot) -> None:
    answers.shown = PeerMismatch("The servers show different revisions.")
    page.list.view.selectRow(0)
    qtbot.waitUntil(lambda: page.panel.banner.isVisible())
    assert not page.panel._decide.isVisible() and page._shown is None


def test_refreshing_keeps_what_is_being_read(page: ApprovalsPage, answers: Answers, qtbot: QtBot) -> None:
    choose(page, 0, qtbot)
    page.panel.reason.setText("half written")
    answers.waiting = [CAROL, FILMS]
    page.refresh()
    qtbot.waitUntil(lambda: page.waiting.rowCount() == 2)
    assert page.list.current == FILMS and page.panel.reason.text() == "half written"


def test_history_offers_to_take_back_what_is_in_force(page: ApprovalsPage, answers: Answers, qtbot: QtBot) -> None:
    page.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: page.history.rowCount() == 1)
    assert not page.take_back.isEnabled()
    page.past.view.selectRow(0)
    page.take_back.click()
    answer(page)
    qtbot.waitUntil(lambda: bool(answers.signed))
    assert answers.signed == [("withdraw", PAST.project, "")]


def test_node_that_is_away_is_told_and_the_list_stays(page: ApprovalsPage, answers: Answers, qtbot: QtBot) -> None:
    answers.waiting = NodeUnreachable("away", node="a")
    page.refresh()
    qtbot.waitUntil(lambda: page.banner.isVisible())
    assert page.waiting.rowCount() == 3


def test_heading_names_what_is_signed_not_what_a_server_called_it(
    page: ApprovalsPage, answers: Answers, qtbot: QtBot
) -> None:
    answers.waiting = [replace(FILMS, title="something harmless", revision=9)]
    page.refresh()
    qtbot.waitUntil(lambda: page.waiting.rowCount() == 1)
    choose(page, 0, qtbot)
    qtbot.waitUntil(lambda: not page.panel._decide.isHidden())
    assert page.panel.heading.text() == SPEC.body["name"] != "something harmless"
    assert page.panel.revision.text() == f"revision {SPEC.revision}"


def test_nothing_to_decide_says_so(page: ApprovalsPage, answers: Answers, qtbot: QtBot) -> None:
    answers.waiting = []
    page.refresh()
    qtbot.waitUntil(lambda: page.waiting.rowCount() == 0)
    assert page.list.nothing.heading.text() == "Nothing waits for you" and page.list.nothing.isVisible()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_page_is_not_wider_than_there_is_room(
    desk: FakeDesk, answers: Answers, qapp: QApplication, qtbot: QtBot, language: str
) -> None:
    languages = Languages(qapp)
    languages.use(language)
    try:
        made = ApprovalsPage(desk)
        qtbot.addWidget(made)
        made.resize(1072, 640)
        made.show()
        made.open("")
        qtbot.waitUntil(lambda: made.waiting.rowCount() == 3)
        choose(made, 0, qtbot)
        assert made.minimumSizeHint().width() <= 1072
    finally:
        languages.use("en")
