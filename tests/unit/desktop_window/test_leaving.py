"""Leaving: keys, questions, tasks and what was shown are gone; a password that is taken back opens nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from common.errors import AppError, Cancelled, KeysLocked, NotLoggedIn, WrongPassword
from desktop_client.jobs import entry
from desktop_client.jobs.task import Task
from desktop_client.state.identity.door import Entrance
from desktop_client.ui.frame import shell as frame
from desktop_client.ui.main_window import MainWindow
from desktop_client.ui.page import Page
from desktop_client.ui.widgets.dialogs import Question
from tests.helpers.desktop.trainings import keys_of
from tests.helpers.window import FakeDesk


class Lock:
    """Opens the keys when ``may_open`` is set; ``tried`` are the passwords."""

    def __init__(self, desk: FakeDesk) -> None:
        self.desk, self.tried, self.may_open = desk, list[str](), asyncio.Event()

    async def unlock(self, office: Any, password: str) -> None:
        self.tried.append(password)
        await self.may_open.wait()
        if password != "right password":
            raise WrongPassword()
        office.use(keys_of("alice"))

    def open(self) -> None:
        async def go() -> None:
            self.may_open.set()

        self.desk.bridge.run(go)


@pytest.fixture
def lock(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> Lock:
    made = Lock(desk)
    monkeypatch.setattr(entry, "unlock", made.unlock)
    return made


@pytest.fixture
def window(desk: FakeDesk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    """A window of alice over nodes that say nothing."""
    monkeypatch.setattr(frame.Shell, "page", lambda shell, name: shell._pages.setdefault(name, Page(desk, name)))
    for node in (desk.office.a, desk.office.b, desk.office.log):
        node.answers.update(decisions=NotLoggedIn("nobody"), logout={})
    made = MainWindow(desk, desk.session)
    qtbot.addWidget(made)
    made.show()
    yield made
    made._may_close = True


def _asks(window: MainWindow, qtbot: QtBot, password: str) -> None:
    dialog = window.unlocking.dialog
    assert dialog is not None
    dialog.field.setText(password)
    dialog.yes.click()


def _signing(desk: FakeDesk, told: list[object]) -> None:
    """Work that needs the keys; ``told`` gets its result or error."""

    async def sign() -> str:
        desk.office.keys()
        return "signed"

    desk.run(sign, told.append, told.append)


def test_one_password_is_enough_for_everything_that_waits(
    desk: FakeDesk, window: MainWindow, lock: Lock, qtbot: QtBot
) -> None:
    told: list[object] = []
    _signing(desk, told)
    _signing(desk, told)
    qtbot.waitUntil(lambda: len(window.unlocking._waiting) == 2)
    assert len([one for one in window.findChildren(QDialog) if one.isVisible()]) == 1
    lock.open()
    _asks(window, qtbot, "wrong password")
    dialog = window.unlocking.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.problem.isHidden())
    _asks(window, qtbot, "right password")
    qtbot.waitUntil(lambda: told == ["signed", "signed"])
    assert lock.tried == ["wrong password", "right password"] and window.unlocking.dialog is None


def test_a_password_that_is_taken_back_opens_nothing(
    desk: FakeDesk, window: MainWindow, lock: Lock, qtbot: QtBot
) -> None:
    told: list[object] = []
    _signing(desk, told)
    qtbot.waitUntil(lambda: window.unlocking.dialog is not None)
    _asks(window, qtbot, "right password")
    qtbot.waitUntil(lambda: lock.tried == ["right password"])
    dialog = window.unlocking.dialog
    assert dialog is not None
    dialog.reject()
    lock.open()
    qtbot.waitUntil(lambda: len(told) == 1)
    assert isinstance(told[0], Cancelled) and not desk.office.is_unlocked
    with pytest.raises(KeysLocked):
        desk.office.keys()


def test_nothing_of_a_person_is_left_when_the_login_ends(
    desk: FakeDesk, window: MainWindow, lock: Lock, qtbot: QtBot
) -> None:
    told: list[object] = []
    _signing(desk, told)
    qtbot.waitUntil(lambda: window.unlocking.dialog is not None)
    desk.office.use(keys_of("alice"))
    desk.show_error(AppError("of alice"))
    desk.say("of alice, too")
    ended: list[AppError] = []

    async def work(report: object) -> None:
        await asyncio.Event().wait()

    desk.tasks.start(Task("import", "chest images of alice"), work, None, ended.append)
    desk.session.login_ended.emit(NotLoggedIn("ended"))
    qtbot.waitUntil(lambda: len(ended) == 1 and len(told) == 1)
    assert isinstance(ended[0], Cancelled) and isinstance(told[0], Cancelled)
    assert desk.tasks.all == () and not desk.office.is_unlocked and desk.person is None
    assert window.unlocking.dialog is None and window.shell is None and window.toast.isHidden()
    assert not [one for one in window.findChildren(QDialog) if one.isVisible()]


@pytest.mark.parametrize("is_busy", [False, True])
def test_logging_out_locks_at_once_and_asks_before_work_is_cut_off(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, is_busy: bool
) -> None:
    begun: list[bool] = []

    async def log_out(office: Any) -> None:
        begun.append(office.is_unlocked)

    monkeypatch.setattr(entry, "log_out", log_out)
    desk.office.use(keys_of("alice"))
    if is_busy:
        desk.tasks.start(Task("import", "images"), _forever)
    window._log_out()
    if is_busy:
        (question,) = (one for one in window.findChildren(Question) if one.isVisible())
        assert question.heading.text() in ("1 task still runs. Log out anyway?", "1 task(s) still run. Log out anyway?")
        assert window.shell is not None and desk.office.is_unlocked
        question.yes.click()
    qtbot.waitUntil(lambda: window.shell is None)
    assert begun == [False] and desk.tasks.all == ()


def _forever(report: object) -> Coroutine[Any, Any, None]:
    async def work() -> None:
        await asyncio.Event().wait()

    return work()


def test_keys_that_are_open_at_the_door_are_locked_in_time(desk: FakeDesk, qtbot: QtBot) -> None:
    entrance = Entrance(desk)
    desk.office.use(keys_of("alice"))

    async def refused() -> None:
        raise NotLoggedIn("not approved yet")

    failed: list[AppError] = []
    entrance.failed.connect(failed.append)
    work: Callable[[], Coroutine[Any, Any, None]] = refused
    entrance._run("check", work, lambda _: None)
    qtbot.waitUntil(lambda: len(failed) == 1)
    assert desk._lock_timer.isActive()
    desk._lock_timer.timeout.emit()
    assert not desk.office.is_unlocked
