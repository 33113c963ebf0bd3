"""The page of users: who is there, comparing before approving, invitations whose code is shown once, and repairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from common.errors import AppError, BadInput, KeysDiffer, NodeUnreachable
from desktop_client.jobs import people
from desktop_client.jobs.people import Guest, Mended, Part, People, PersonRow, RequestRow
from desktop_client.ui.language import Languages
from desktop_client.ui.pages.users.dialogs import ApproveDialog, InviteDialog, ReasonDialog
from desktop_client.ui.pages.users.page import UsersPage
from desktop_client.ui.widgets.dialogs import Question
from desktop_client.upload.identity.rows import InvitationRow, Row
from desktop_client.upload.identity.users import Pending
from tests.helpers.window import FakeDesk

_W = TypeVar("_W", bound=QWidget)
TIME = "2026-01-02T00:00:00Z"
CODE = "T5IGZWTT72BA23XT5NR3Y7GGEOGEQ7DJ"
PENDING = Pending(Row("carol", "Clinic", "user", "requested", "11" * 32, "22" * 32, 0, TIME), False, ())


def person(name: str, **more: Any) -> PersonRow:
    usual: dict[str, Any] = {
        "organisation": "Clinic", "role": "user", "state": "active", "created": TIME, "last_login": "",
        "fingerprint": "1 2 3", "standing": "in-step", "where": (), "is_waiting": False,
    }  # fmt: skip
    return PersonRow(name, **{**usual, **more})


ALICE = person("alice", role="administrator", last_login=TIME)
BOB = person("bob")
CAROL = person("carol", state="requested", is_waiting=True)
INVITATION = InvitationRow("dave", "Clinic", "user", "33" * 32, TIME, TIME, {"a": "open", "b": "open", "log": "open"})


class Answers:
    """What the nodes would answer; ``asked`` collects what was changed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: tuple[PersonRow, ...] = (ALICE, BOB, CAROL)
        self.away: dict[str, AppError] = {}
        self.refusal: AppError | None = None
        self.asked: list[tuple[Any, ...]] = []
        for name in (
            "list_people", "invite", "withdraw_invitation", "look_at_request", "approve", "change", "repair",
            "list_parts",
        ):  # fmt: skip
            monkeypatch.setattr(people, name, getattr(self, name))

    async def list_people(self, office: object) -> People:
        request = RequestRow("carol", "Clinic", "user", TIME, False, {"a": PENDING.fingerprint})
        return People(self.rows, (request,), (INVITATION,), self.away)

    async def list_parts(self, office: object) -> list[Part]:
        return [Part("ab" * 16, "films", "ready", "alice", "owner", 2)]

    async def invite(self, office: object, *given: Any) -> Guest:
        self._note("invite", *given)
        return Guest(given[0], given[1], given[2], TIME, CODE)

    async def withdraw_invitation(self, office: object, name: str) -> None:
        self._note("withdraw", name)

    async def look_at_request(self, office: object, name: str) -> Pending:
        self._note("look", name)
        return PENDING

    async def approve(self, office: object, found: Pending, typed: str, reason: str) -> None:
        self._note("approve", found.row.user, typed)

    async def change(self, office: object, name: str, reason: str = "", **to: str) -> None:
        self._note("change", name, reason, to)

    async def repair(self, office: object) -> Mended:
        self._note("repair")
        return Mended(2, (), ())

    def _note(self, *what: Any) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.asked.append(what)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    return Answers(monkeypatch)


@pytest.fixture
def page(desk: FakeDesk, answers: Answers, qtbot: QtBot) -> Iterator[UsersPage]:
    made = UsersPage(desk)
    qtbot.addWidget(made)
    made.resize(1072, 640)
    made.show()
    made.open("")
    qtbot.waitUntil(lambda: made.people.rowCount() > 0)
    yield made


def dialog(page: UsersPage, kind: type[_W], qtbot: QtBot) -> _W:
    """The question of this kind that is open."""
    qtbot.waitUntil(lambda: any(one.isVisible() for one in page.findChildren(kind)))
    return next(one for one in page.findChildren(kind) if one.isVisible())


def accept(question: Question) -> None:
    question.done(QDialog.DialogCode.Accepted)


def shown(page: UsersPage) -> list[str]:
    names = {
        "approve": page.approve, "reject": page.reject, "role": page.promote, "disable": page.disable,
        "enable": page.enable,
    }  # fmt: skip
    return [name for name, button in names.items() if button.isVisible()]


def test_what_can_be_done_depends_on_who_is_chosen(page: UsersPage, answers: Answers, qtbot: QtBot) -> None:
    assert [row.name for row in page.people.shown] == ["alice", "bob", "carol"] and not page._about.isVisible()
    found = []
    for row in range(3):
        page.list.view.selectRow(row)
        found.append(shown(page))
    assert found == [["role"], ["role", "disable"], ["approve", "reject"]]
    assert not page.mark.isVisible(), "whoever approves has to hear the numbers"
    answers.rows = (ALICE, person("bob", state="disabled"))
    page.refresh()
    qtbot.waitUntil(lambda: page.people.rowCount() == 2)
    page.list.view.selectRow(1)
    assert shown(page) == ["role", "enable"] and page.mark.text() == "1 2 3"


def test_approving_needs_the_very_numbers(page: UsersPage, answers: Answers, qtbot: QtBot) -> None:
    page.list.view.selectRow(2)
    page.approve.click()
    asked = dialog(page, ApproveDialog, qtbot)
    assert not asked.yes.isEnabled() and not asked.mark.isVisible()
    digits = PENDING.fingerprint.replace(" ", "")
    asked.typed.setText(digits[:12])
    assert asked.hint.text() == "12 of 30 digits" and not asked.yes.isEnabled()
    asked.typed.setText(digits[:-1] + ("0" if digits[-1] != "0" else "1"))
    assert asked.hint.text().startswith("These are OTHER numbers") and not asked.yes.isEnabled()
    asked.typed.setText(digits)
    assert asked.yes.isEnabled()
    asked.yes.click()
    qtbot.waitUntil(lambda: len(answers.asked) == 2)
    assert answers.asked == [("look", "carol"), ("approve", "carol", digits)]


def test_numbers_may_be_compared_by_eye_with_a_confirmation(page: UsersPage, answers: Answers, qtbot: QtBot) -> None:
    page.list.view.selectRow(2)
    page.approve.click()
    asked = dialog(page, ApproveDialog, qtbot)
    asked.by_eye.click()
    assert asked.mark.text().split() == PENDING.fingerprint.split() and not asked.yes.isEnabled()
    asked.same.click()
    asked.yes.click()
    qtbot.waitUntil(lambda: len(answers.asked) == 2)
    assert answers.asked[1] == ("approve", "carol", PENDING.fingerprint)


def test_request_is_opened_from_elsewhere_by_its_name(page: UsersPage, answers: Answers, qtbot: QtBot) -> None:
    answers.rows = (ALICE, CAROL)
    page.open("carol")
    asked = dialog(page, ApproveDialog, qtbot)
    assert page.list.current == CAROL
    asked.reject()


def test_different_keys_at_the_nodes_stop_the_approval(page: UsersPage, answers: Answers, qtbot: QtBot) -> None:
    answers.refusal = KeysDiffer("The nodes show different keys.")
    page.list.view.selectRow(2)
    page.approve.click()
    qtbot.waitUntil(lambda: page.banner.isVisible())
    assert not page.findChildren(ApproveDialog)


@pytest.mark.parametrize(
    "row, button, expected",
    [
        (1, "disable", ("change", "bob", "left", {"state": "disabled"})),
        (1, "promote", ("change", "bob", "left", {"role": "administrator"})),
        (0, "promote", ("change", "alice", "left", {"role": "user"})),
        (2, "reject", ("change", "carol", "left", {"state": "disabled"})),
    ],
)
def test_changes_are_asked_for_with_a_reason(
    page: UsersPage, answers: Answers, qtbot: QtBot, row: int, button: str, expected: tuple[Any, ...]
) -> None:
    page.list.view.selectRow(row)
    getattr(page, button).click()
    asked = dialog(page, ReasonDialog, qtbot)
    asked.reason.setText("left")
    assert answers.asked == []
    accept(asked)
    qtbot.waitUntil(lambda: bool(answers.asked))
    assert answers.asked == [expected]


def test_code_of_an_invitation_is_shown_once_and_copied(page: UsersPage, answers: Answers, qtbot: QtBot) -> None:
    page.invite.click()
    asked = dialog(page, InviteDialog, qtbot)
    assert not asked.yes.isEnabled()
    asked.name.setText("erin")
    asked.organisation.setCurrentText("City Bank")
    asked.days.setValue(3)
    answers.refusal = BadInput("no name")
    asked.yes.click()
    qtbot.waitUntil(lambda: asked.problem.isVisible())
    answers.refusal = None
    asked.yes.click()
    qtbot.waitUntil(lambda: asked.code.isVisible())
    assert answers.asked == [("invite", "erin", "City Bank", "user", 3)] and asked.code.text() == CODE
    copied = next(one for one in asked._result.findChildren(type(asked.yes)) if one.text() == "Copy")
    copied.click()
    assert QGuiApplication.clipboard().text() == CODE
    asked.reject()
    assert page._inviting is None


def test_invitation_is_withdrawn_after_a_question(page: UsersPage, answers: Answers, qtbot: QtBot) -> None:
    page.tabs.setCurrentIndex(1)
    assert not page.withdraw.isEnabled()
    page.invited.view.selectRow(0)
    page.withdraw.click()
    accept(dialog(page, Question, qtbot))
    qtbot.waitUntil(lambda: bool(answers.asked))
    assert answers.asked == [("withdraw", "dave")]


def test_nodes_that_are_not_in_step_can_be_repaired(page: UsersPage, answers: Answers, qtbot: QtBot) -> None:
    answers.rows = (ALICE, person("bob", standing="behind", where=("b",)))
    page.refresh()
    qtbot.waitUntil(lambda: page.banner.action.isVisible())
    page.banner.action.click()
    qtbot.waitUntil(lambda: bool(answers.asked))
    assert answers.asked == [("repair",)]


def test_node_that_is_away_is_named(page: UsersPage, answers: Answers, qtbot: QtBot) -> None:
    answers.away = {"log": NodeUnreachable("away")}
    page.refresh()
    qtbot.waitUntil(lambda: page.banner.isVisible())
    assert page.banner.text.text().startswith("No answer from: log.")


def test_filters_and_projects(page: UsersPage, desk: FakeDesk, qtbot: QtBot) -> None:
    role, state = (box for box, _ in page.list._filters)
    role.setCurrentIndex(role.findData("administrator"))
    assert [row.name for row in page.people.shown] == ["alice"]
    role.setCurrentIndex(0)
    state.setCurrentIndex(state.findData("waiting"))
    assert [row.name for row in page.people.shown] == ["carol"]
    page.tabs.setCurrentIndex(2)
    qtbot.waitUntil(lambda: page.parts.rowCount() == 1)
    with qtbot.waitSignal(desk.page_wanted) as signal:
        page.by_project.chosen.emit(page.parts.shown[0])
    assert signal.args == ["project", "ab" * 16]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_page_is_not_wider_than_there_is_room(
    desk: FakeDesk, answers: Answers, qapp: QApplication, qtbot: QtBot, language: str
) -> None:
    languages = Languages(qapp)
    languages.use(language)
    try:
        made = UsersPage(desk)
        qtbot.addWidget(made)
        made.show()
        made.open("")
        qtbot.waitUntil(lambda: made.people.rowCount() == 3)
        made.list.view.selectRow(1)
        assert made.minimumSizeHint().width() <= 1072
    finally:
        languages.use("en")
