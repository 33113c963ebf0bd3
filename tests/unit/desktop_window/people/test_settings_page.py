"""The settings: what is chosen is saved, nodes are shown as they are, keys are changed only with a password."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from common.errors import AppError, Conflict, NodeUnreachable, WrongPassword
from common.monitoring.health import Grade
from common.monitoring.lines import Line
from common.version import program_version
from desktop_client.jobs import entry
from desktop_client.jobs.own import keys, nodes, storage
from desktop_client.jobs.own.keys import Card, DeviceRow
from desktop_client.jobs.own.nodes import Deployed, NodeRow
from desktop_client.jobs.own.storage import Kind, Part, Usage
from desktop_client.state.preferences import Appearance
from desktop_client.ui.language import Languages
from desktop_client.ui.pages.settings import keys as keys_tab
from desktop_client.ui.pages.settings import nodes as nodes_tab
from desktop_client.ui.pages.settings.about import AboutTab
from desktop_client.ui.pages.settings.dialogs import ChangePassword, ExportKeys, RotateKeys
from desktop_client.ui.pages.settings.keys import KeysTab
from desktop_client.ui.pages.settings.nodes import NodesTab
from desktop_client.ui.pages.settings.page import SettingsPage
from desktop_client.ui.pages.settings.storage import StorageTab
from desktop_client.ui.pages.settings.window import WindowTab
from desktop_client.ui.widgets.dialogs import Question
from desktop_client.upload.identity.devices import Device
from tests.helpers.window import FakeDesk

_W = TypeVar("_W", bound=QWidget)
PASSWORD = "correct horse battery"
LAPTOP = DeviceRow(Device("laptop", "11" * 32, {"a": "active"}, None), "active", "", True)
LOST = DeviceRow(Device("lost", "22" * 32, {"a": "active"}, None), "active", "2026-01-02T00:00:00Z", False)


def node(role: str, **more: Any) -> NodeRow:
    usual: dict[str, Any] = {"state": "ready", "version": program_version(), "ahead": 0.1}
    return NodeRow(role, f"node-{role}", f"https://{role}.example:9001", "ab" * 32, **{**usual, **more})


class Answers:
    """What jobs would answer; ``asked`` collects what was done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.nodes = [node("a"), node("b"), node("log")]
        self.lines = [Line(Grade.OK, "a", "port", "Fine."), Line(Grade.FAIL, "b", "clock", "Off.", "Set it.")]
        self.devices = [LAPTOP, LOST]
        self.refusal: AppError | None = None
        self.asked: list[tuple[Any, ...]] = []
        found = Card("alice", "Clinic", "laptop", "12345 12345 12345 12345 12345 12345", "ab" * 32)
        for place, name, what in (
            (nodes, "look_at_nodes", self.look_at_nodes), (nodes, "check", self.check),
            (keys, "list_devices", self.list_devices), (storage, "measure", self.measure),
            (keys, "revoke", self._noting("revoke")), (keys, "change_own_password", self._noting("password")),
            (keys, "export", self._noting("export")), (keys, "rotate_keys", self._noting("rotate")),
            (storage, "clean", self._noting("clean")), (entry, "log_out", self._noting("log-out")),
            (keys_tab, "card", lambda office: found),
            (nodes_tab, "deployed", lambda office: Deployed("clinic", "cd" * 32, tuple(self.nodes))),
        ):  # fmt: skip
            monkeypatch.setattr(place, name, what)

    async def look_at_nodes(self, office: object) -> list[NodeRow]:
        return self.nodes

    async def check(self, office: object, role: str) -> list[Line]:
        self.asked.append(("check", role))
        return self.lines

    async def list_devices(self, office: object) -> tuple[list[DeviceRow], dict[str, AppError]]:
        return self.devices, {"b": NodeUnreachable("away")}

    async def measure(self, office: object) -> Usage:
        return Usage(Path("profile"), (Part(Kind.KEYS, 2, 100), Part(Kind.BUNDLES, 3, 900)), 5_000_000)

    def _noting(self, what: str) -> Any:
        async def work(office: object, *given: Any) -> None:
            if self.refusal is not None:
                raise self.refusal
            self.asked.append((what, *given))

        return work


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    return Answers(monkeypatch)


@pytest.fixture
def page(desk: FakeDesk, answers: Answers, qtbot: QtBot) -> Iterator[SettingsPage]:
    made = SettingsPage(desk)
    qtbot.addWidget(made)
    made.resize(1072, 640)
    made.show()
    made.open("")
    yield made


def dialog(page: SettingsPage, kind: type[_W], qtbot: QtBot) -> _W:
    qtbot.waitUntil(lambda: any(one.isVisible() for one in page.findChildren(kind)))
    return next(one for one in page.findChildren(kind) if one.isVisible())


def tab(page: SettingsPage, name: str, kind: type[_W]) -> _W:
    page.open(name)
    found = page.parts[name]
    assert isinstance(found, kind)
    return found


def test_choices_are_saved_at_once(page: SettingsPage, desk: FakeDesk) -> None:
    found = tab(page, "window", WindowTab)
    found.appearance.setCurrentIndex(found.appearance.findData("dark"))
    found.appearance.activated.emit(found.appearance.currentIndex())
    found.minutes.setCurrentIndex(found.minutes.findData(5))
    found.minutes.activated.emit(found.minutes.currentIndex())
    found.remember.click()
    preferences = desk.preferences
    assert (preferences.appearance, preferences.lock_minutes) == (Appearance.DARK, 5)
    assert not preferences.remembers_login
    preferences.set_layout("table-users", QByteArray(b"x"))
    found.reset.click()
    assert preferences.layout("table-users").isEmpty()


def test_nodes_say_who_they_are_and_what_is_wrong(page: SettingsPage, answers: Answers, qtbot: QtBot) -> None:
    away = NodeUnreachable("It is away.", node="b")
    answers.nodes = [node("a", version="0.0.1"), node("b", state="away", version="", ahead=None, error=away)]
    answers.nodes.append(node("log", ahead=-90.0))
    found = tab(page, "nodes", NodesTab)
    qtbot.waitUntil(lambda: found.cards["b"].problem.isVisible())
    a, b, log = (found.cards[role] for role in ("a", "b", "log"))
    assert a.version.text() == f"Version 0.0.1; this program is {program_version()}"
    assert (b.state.text(), b.version.text(), b.clock.text()) == ("does not answer", "", "")
    assert log.clock.text() == "Its clock is 90 s behind" and found.mark.text() == "cd" * 32


def test_check_puts_what_failed_first(page: SettingsPage, answers: Answers, desk: FakeDesk, qtbot: QtBot) -> None:
    found = tab(page, "nodes", NodesTab)
    found.check.click()
    assert found.progress.isVisible() and not found.check.isEnabled()
    qtbot.waitUntil(lambda: found.results.count() == 8)
    item = found.results.itemAtPosition(0, 3)
    first = item.widget() if item else None
    assert isinstance(first, QLabel) and first.text() == "Off. Set it."
    assert found.count.text() == "1 in order, 0 to look at, 1 failed" and answers.asked == [("check", "administrator")]
    found.copy.click()
    assert "FAIL" in QGuiApplication.clipboard().text()


def test_password_is_changed_after_the_present_one_was_right(
    page: SettingsPage, answers: Answers, qtbot: QtBot
) -> None:
    found = tab(page, "keys", KeysTab)
    found.password.click()
    asked = dialog(page, ChangePassword, qtbot)
    asked.new.first.setText(PASSWORD)
    asked.new.second.setText(PASSWORD)
    assert not asked.yes.isEnabled()
    asked.old.setText("wrong")
    answers.refusal = WrongPassword()
    asked.yes.click()
    qtbot.waitUntil(lambda: asked.problem.isVisible())
    assert asked.yes.isEnabled() and not page.banner.isVisible()
    answers.refusal = None
    asked.old.setText("the old password")
    asked.yes.click()
    qtbot.waitUntil(lambda: found._open is None)
    assert answers.asked == [("password", "the old password", PASSWORD)]


def test_keys_are_exported_with_a_password_of_the_file(
    page: SettingsPage, answers: Answers, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page.desk, "with_keys", lambda go_on: go_on())
    found = tab(page, "keys", KeysTab)
    found.export.click()
    asked = dialog(page, ExportKeys, qtbot)
    asked.file.setText(str(tmp_path / "alice.keys"))
    asked.new.first.setText(PASSWORD)
    asked.new.second.setText(PASSWORD)
    answers.refusal = Conflict("There is such a file.")
    asked.yes.click()
    qtbot.waitUntil(lambda: asked.problem.isVisible())
    answers.refusal = None
    asked.yes.click()
    qtbot.waitUntil(lambda: found._open is None)
    assert answers.asked == [("export", tmp_path / "alice.keys", PASSWORD)]


def test_replacing_keys_says_what_it_means_and_asks_for_the_password(
    page: SettingsPage, answers: Answers, qtbot: QtBot
) -> None:
    found = tab(page, "keys", KeysTab)
    found.rotate.click()
    asked = dialog(page, RotateKeys, qtbot)
    assert "Consents you gave count no more" in asked.text.text() and not asked.yes.isEnabled()
    asked.password.setText(PASSWORD)
    asked.yes.click()
    qtbot.waitUntil(lambda: found._open is None)
    assert answers.asked == [("rotate", PASSWORD)]


def test_devices_are_revoked_after_a_question(page: SettingsPage, answers: Answers, qtbot: QtBot) -> None:
    found = tab(page, "keys", KeysTab)
    qtbot.waitUntil(lambda: found.devices.rowCount() == 2)
    assert found.away.text() == "No answer from: server B" and not found.revoke.isEnabled()
    found.table.view.selectRow(0)
    found.revoke.click()
    asked = dialog(page, Question, qtbot)
    assert "THIS device" in asked.text.text()
    asked.reject()
    found.table.view.selectRow(1)
    found.revoke.click()
    dialog(page, Question, qtbot).done(QDialog.DialogCode.Accepted)
    qtbot.waitUntil(lambda: bool(answers.asked))
    assert answers.asked == [("revoke", LOST.device)]


def test_logging_out_everywhere_leaves(page: SettingsPage, answers: Answers, desk: FakeDesk, qtbot: QtBot) -> None:
    found = tab(page, "keys", KeysTab)
    found.everywhere.click()
    asked = dialog(page, Question, qtbot)
    with qtbot.waitSignal(desk.left):
        asked.done(QDialog.DialogCode.Accepted)
    assert answers.asked == [("log-out", True)]


def test_logging_out_everywhere_leaves_when_a_node_is_away(
    page: SettingsPage, answers: Answers, desk: FakeDesk, qtbot: QtBot
) -> None:
    answers.refusal = NodeUnreachable("It is away.", node="b")
    tab(page, "keys", KeysTab).everywhere.click()
    with qtbot.waitSignal(desk.left):
        dialog(page, Question, qtbot).done(QDialog.DialogCode.Accepted)
    assert desk.shown == [answers.refusal]


def test_only_what_can_be_had_again_is_cleaned_up(page: SettingsPage, answers: Answers, qtbot: QtBot) -> None:
    found = tab(page, "storage", StorageTab)
    qtbot.waitUntil(lambda: found.rows.count() == 3)
    assert found.free.text() == "5.0 MB free on this disk"
    assert set(found.buttons) == {Kind.BUNDLES}
    found.buttons[Kind.BUNDLES].click()
    asked = dialog(page, Question, qtbot)
    assert asked.heading.text() == "Clean up: Bundles?" and answers.asked == []
    asked.done(QDialog.DialogCode.Accepted)
    qtbot.waitUntil(lambda: bool(answers.asked))
    assert answers.asked == [("clean", Kind.BUNDLES)]


def test_text_for_support_names_versions_and_nobody(page: SettingsPage, desk: FakeDesk) -> None:
    found = tab(page, "about", AboutTab)
    found.copy.click()
    text = QGuiApplication.clipboard().text()
    assert text.startswith(f"ImageGuard: {program_version()}\nQt: ") and "project 4" in text
    assert str(desk.office.profile.root) not in text and "alice" not in text


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_tab_is_not_wider_than_there_is_room(
    desk: FakeDesk, answers: Answers, qapp: QApplication, qtbot: QtBot, language: str
) -> None:
    languages = Languages(qapp)
    languages.use(language)
    try:
        made = SettingsPage(desk)
        qtbot.addWidget(made)
        made.resize(1072, 640)
        made.show()
        for name, part in made.parts.items():
            made.open(name)
            assert part.minimumSizeHint().width() <= 1000, name
    finally:
        languages.use("en")
