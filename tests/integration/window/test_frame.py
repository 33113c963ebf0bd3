"""What the window remembers, several tasks at once, closing, another language, and what is copied of an error."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from common.errors import AppError, NodeUnreachable, WrongPassword
from desktop_client.jobs import entry
from desktop_client.jobs.office import Office
from desktop_client.jobs.task import Progress, Task, TaskState
from desktop_client.state.preferences import Preferences
from desktop_client.state.table import Column, RowTable
from desktop_client.ui.main_window import MainWindow
from desktop_client.ui.widgets.banner import Banner
from desktop_client.ui.widgets.basics import Empty
from desktop_client.ui.widgets.dialogs import PasswordDialog, Question
from desktop_client.ui.widgets.progress import TaskRow
from desktop_client.ui.widgets.table import DataTable
from tests.helpers.window import FakeDesk

pytestmark = pytest.mark.slow
_W = TypeVar("_W", bound=QDialog)
SECRET = "0f" * 32
Make = Callable[[], MainWindow]


class Away(dict[str, Any]):
    """No node answers."""

    def __missing__(self, name: str) -> Any:
        return NodeUnreachable("away", node="a")


@pytest.fixture
def make(desk: FakeDesk, qtbot: QtBot) -> Iterator[Make]:
    made: list[MainWindow] = []
    for node in (desk.office.a, desk.office.b, desk.office.log):
        node.answers = Away()

    def build() -> MainWindow:
        window = MainWindow(desk, desk.session)
        made.append(window)
        window.show()
        qtbot.waitUntil(window.isVisible)
        return window

    yield build
    for window in made:
        window.retire()


def found(window: MainWindow, kind: type[_W]) -> _W:
    """The newest dialog of this kind."""
    return window.findChildren(kind)[-1]


async def endless(report: Callable[[Progress], None]) -> None:
    report(Progress(1, 4, "images", "split"))
    await asyncio.Event().wait()


def test_geometry_is_as_it_was(make: Make, desk: FakeDesk) -> None:
    first = make()
    first.resize(1024, 700)
    first.close()
    assert (make().width(), make().height()) == (1024, 700)
    assert not Preferences(desk.office.profile.root / "window.ini").layout("window").isEmpty()


def test_columns_are_as_wide_as_they_were(desk: FakeDesk, qtbot: QtBot) -> None:
    for expected in (150, 321):
        model: RowTable[str] = RowTable((Column("Name", str), Column("Also", str)))
        table = DataTable(model, Empty("list", "Nothing"), "columns", desk.preferences)
        qtbot.addWidget(table)
        assert table.view.columnWidth(0) == expected
        table.view.setColumnWidth(0, 321)


def test_several_tasks_are_shown_and_one_is_stopped(make: Make, desk: FakeDesk, qtbot: QtBot) -> None:
    window = make()
    assert window.shell is not None
    tasks = [desk.tasks.start(Task("split", f"Split {number}"), endless) for number in range(3)]
    panel = window.shell.panel
    qtbot.waitUntil(lambda: all(task.progress.done == 1 for task in tasks))
    rows = {row.task.label: row for row in panel.findChildren(TaskRow)}
    assert sorted(rows) == ["Split 0", "Split 1", "Split 2"]
    qtbot.waitUntil(lambda: "3" in window.shell.topbar.tasks.text() if window.shell else False)
    rows["Split 1"].stop.click()
    qtbot.waitUntil(lambda: tasks[1].state is TaskState.CANCELLED)
    assert [task.state for task in (tasks[0], tasks[2])] == [TaskState.RUNNING] * 2


def test_closing_asks_while_something_runs(make: Make, desk: FakeDesk, qtbot: QtBot) -> None:
    window = make()
    desk.tasks.start(Task("split", "Split"), endless)
    window.close()
    question = found(window, Question)
    assert window.isVisible() and question.heading.text().startswith("1 task")
    question.no.click()
    assert window.isVisible()
    window.close()
    found(window, Question).yes.click()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_another_window_after_a_change_of_language_shows_the_same_tasks(
    make: Make, desk: FakeDesk, qtbot: QtBot
) -> None:
    first = make()
    assert first.shell is not None
    first.shell.go("settings")
    task = desk.tasks.start(Task("split", "Split"), endless)
    where = first.shell.current
    second = make()
    assert second.shell is not None
    second.shell.go(*where)
    qtbot.waitUntil(lambda: task.progress.done == 1)
    assert second.shell.current == ("settings", "") and task.state is TaskState.RUNNING
    assert [row.task.label for row in second.shell.panel.findChildren(TaskRow)] == ["Split"]


def test_what_is_copied_of_an_error_holds_no_secret(qapp: QApplication, qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.show_error(AppError(f"odd key {SECRET}", token=SECRET, seen=f"Bearer {SECRET}"))
    banner._copy.click()
    assert "internal-error" in QGuiApplication.clipboard().text()
    assert SECRET not in QGuiApplication.clipboard().text()
    QGuiApplication.clipboard().clear()


def test_wrong_password_is_told_and_the_right_one_goes_on(
    make: Make, desk: FakeDesk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unlock(office: Office, password: str) -> None:
        if password != "right horse":
            raise WrongPassword("wrong")

    monkeypatch.setattr(entry, "unlock", unlock)
    window, went = make(), []
    desk.password_wanted.emit(lambda: went.append("on"), lambda: went.append("up"))
    dialog = found(window, PasswordDialog)
    dialog.field.setText("wrong horse")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not dialog.problem.isHidden())
    assert (went, dialog.yes.isEnabled()) == ([], True)
    dialog.field.setText("right horse")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: went == ["on"])


def test_password_that_is_not_given_gives_up(make: Make, desk: FakeDesk, qtbot: QtBot) -> None:
    window, went = make(), []
    desk.password_wanted.emit(lambda: went.append("on"), lambda: went.append("up"))
    found(window, PasswordDialog).no.click()
    qtbot.waitUntil(lambda: went == ["up"])


def test_layout_survives_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "window.ini").write_bytes(b"\x00[layout\nwindow=@Byte")
    kept = Preferences(tmp_path / "window.ini")
    assert (kept.layout("window").isEmpty(), kept.lock_minutes) == (True, 30)
