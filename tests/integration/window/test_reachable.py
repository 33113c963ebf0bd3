"""Every page and dialog fits the smallest window, says what its controls are, and is used without a mouse."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QLocale, QObject, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QScrollBar,
    QTabBar,
    QTabWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from common.errors import NodeUnreachable
from desktop_client.state.preferences import LANGUAGES, Appearance
from desktop_client.state.project.live import LiveTrainings
from desktop_client.ui import theme
from desktop_client.ui.frame.shell import Shell
from desktop_client.ui.language import Languages
from desktop_client.ui.main_window import MainWindow
from desktop_client.ui.pages.data.steps.refused import RefusedDialog
from desktop_client.ui.pages.door.page import Door
from desktop_client.ui.pages.registry import PAGES, Entry
from desktop_client.ui.pages.settings.dialogs import ChangePassword, ExportKeys, RotateKeys
from desktop_client.ui.pages.users.dialogs import InviteDialog, ReasonDialog
from desktop_client.ui.widgets.dialogs import ErrorDialog, PasswordDialog, confirm, confirm_by_typing
from tests.contract.repository import ROOT
from tests.helpers.desktop.trainings import PROJECT, serve, spec
from tests.helpers.window import FakeDesk

WIDTH, HEIGHT = 1280, 720
ROOM = 1072
MOST_TABS = 400
CONTROLS = (
    QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QAbstractSpinBox, QAbstractSlider, QAbstractItemView,
)  # fmt: skip
SUBJECTS = {"project": PROJECT, "dataset": "1" * 64, "model": "ab" * 16}

pytestmark = pytest.mark.slow


class Away(dict[str, Any]):
    """Whatever was not canned does not answer."""

    def __missing__(self, name: str) -> Any:
        return NodeUnreachable("away", node="a")


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest, qapp: QApplication) -> Generator[str]:
    languages = Languages(qapp)
    languages.use(request.param)
    theme.apply(qapp, Appearance.LIGHT)
    yield request.param
    languages.use("C")
    QLocale.setDefault(QLocale("en"))
    qapp.setStyleSheet("")


@pytest.fixture
def shell(
    request: pytest.FixtureRequest, desk: FakeDesk, language: str, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    """The inside of the smallest window, over servers that do not answer, or know one project and its training."""
    for node in (desk.office.a, desk.office.b, desk.office.log):
        node.answers = Away()
    if "project" in request.node.name:
        serve(desk.office, monkeypatch, spec())
    made = Shell(desk, desk.session)
    qtbot.addWidget(made)
    made.resize(WIDTH, HEIGHT)
    made.show()
    yield made
    made.page(made.current[0]).leave()
    desk.lasting(LiveTrainings).forget()


def views(page: QWidget) -> Iterator[None]:
    """The page with each of its tabs in front, one after the other."""
    tabs = page.findChildren(QTabWidget)
    for place in range(tabs[0].count() if tabs else 1):
        if tabs:
            tabs[0].setCurrentIndex(place)
        for _ in range(3):
            QApplication.processEvents()
        yield


def controls(page: QWidget) -> list[QWidget]:
    """What a person can use, without the parts that controls are made of."""
    found = [one for kind in CONTROLS for one in page.findChildren(kind)]
    return [one for one in found if not isinstance(one, QScrollBar) and not _is_part(one)]


def _is_part(widget: QWidget) -> bool:
    """Whether it belongs to another control, or to Qt's own furniture of one."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, (QComboBox, QAbstractSpinBox, QLineEdit, QAbstractItemView, QTabBar)):
            return True
        parent = parent.parentWidget()
    return widget.objectName().startswith("qt_") or widget.window().windowType() == Qt.WindowType.Popup


def is_used(widget: QWidget) -> bool:
    """Whether it says now what it is: what is written on buttons may come only when they are shown."""
    return widget.isVisible() or not isinstance(widget, QAbstractButton)


def told(widget: QWidget) -> str:
    """What a screen reader would say of it, or what is written on it."""
    shown = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
    if shown:
        return shown
    seen = QAccessible.queryAccessibleInterface(widget)
    return " ".join(one.text(QAccessible.Text.Name) for one, _ in seen.relations(QAccessible.RelationFlag.Label))


def named(widget: QWidget) -> str:
    """Where a control is, for a person who mends it."""
    path: list[str] = []
    parent = widget.parentWidget()
    while parent is not None and len(path) < 4:
        path.append(type(parent).__name__)
        parent = parent.parentWidget()
    return f"{type(widget).__name__} {told(widget)!r} in {' < '.join(path)}"


def clipped(page: QWidget) -> list[str]:
    """Buttons in sight that are too narrow for what is written on them."""
    found = [one for one in page.findChildren(QPushButton) if one.isVisible() and one.text()]
    return [
        f"{named(one)}: {one.width()} < {one.sizeHint().width()}"
        for one in found
        if one.width() < one.sizeHint().width()
    ]


def too_wide(page: QWidget) -> list[str]:
    """Areas in sight that have to be scrolled sideways, except lists and tables with many columns."""
    areas = [one for one in page.findChildren(QScrollArea) if one.isVisible()]
    return [named(one) for one in areas if one.horizontalScrollBar().maximum() > 0]


def reached(page: QWidget) -> set[QWidget]:
    """What has the focus one after the other while Tab is pressed."""
    found: list[QWidget] = []
    first = next(one for one in page.window().findChildren(QAbstractButton) if one.isVisible() and one.isEnabled())
    first.setFocus()
    for _ in range(MOST_TABS):
        now = QApplication.focusWidget()
        if now is not None and now in found[:1] and len(found) > 1:
            break
        if now is not None:
            found.append(now)
        QTest.keyClick(now or page.window(), Qt.Key.Key_Tab)
    return set(found)


def missed(page: QWidget) -> list[str]:
    """Controls in sight that Tab does not come to; of buttons of which one is chosen it comes to one."""
    found = reached(page)
    groups = {_group(one) for one in found} - {None}
    wanted = [one for one in controls(page) if one.isVisible() and one.isEnabled() and _group(one) not in groups]
    return [named(one) for one in wanted if one not in found and one.focusProxy() not in found]


def _group(widget: QWidget) -> QObject | None:
    """What holds the buttons together between which arrow keys go."""
    if not isinstance(widget, QAbstractButton):
        return None
    return widget.group() or (widget.parentWidget() if isinstance(widget, QRadioButton) else None)


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_page_fits_and_is_reached(shell: Shell, qtbot: QtBot, entry: Entry) -> None:
    assert shell.devicePixelRatioF() == float(os.environ.get("QT_SCALE_FACTOR", "1"))
    shell.activateWindow()
    qtbot.waitUntil(shell.isActiveWindow)
    shell.go(entry.name, SUBJECTS.get(entry.name, ""))
    page = shell.page(entry.name)
    assert shell.isActiveWindow(), "a part of the page was shown as a window of its own"
    assert page.minimumSizeHint().width() <= ROOM
    faults: set[str] = set()
    for _ in views(page):
        faults |= {f"has no name: {named(one)}" for one in controls(page) if is_used(one) and not told(one)}
        faults |= {f"is too wide: {one}" for one in too_wide(page)}
        faults |= {f"is cut: {one}" for one in clipped(page)}
        faults |= {f"Tab does not come to it: {one}" for one in missed(page)}
    assert sorted(faults) == []


def test_frame_and_door_are_reached(desk: FakeDesk, language: str, qtbot: QtBot) -> None:
    for node in (desk.office.a, desk.office.b, desk.office.log):
        node.answers = Away()
    window = MainWindow(desk, desk.session)
    qtbot.addWidget(window)
    window.resize(WIDTH, HEIGHT)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    assert desk.person is not None
    frame = window.shell
    assert frame is not None
    for part in (frame.sidebar, frame.topbar):
        assert [named(one) for one in controls(part) if is_used(one) and not told(one)] == []
        assert (clipped(part), missed(part)) == ([], [])
    window.leave()
    door = window.door
    assert isinstance(door, Door)
    for stage in door.steps:
        door.entrance.go(stage)
        for _ in range(3):
            QApplication.processEvents()
        assert window.isActiveWindow()
        assert [named(one) for one in controls(door) if is_used(one) and not told(one)] == []
        assert (too_wide(door), clipped(door), missed(door)) == ([], [], [])
    window.retire()


Make = Callable[[QWidget, FakeDesk], QDialog]
DIALOGS: dict[str, Make] = {
    "error": lambda window, desk: ErrorDialog(window, NodeUnreachable("away", node="a")),
    "password": lambda window, desk: PasswordDialog(window, lambda password: None),
    "confirm": lambda window, desk: confirm(window, "Delete it?", "It is gone then.", "Delete", lambda: None, True),
    "typed": lambda window, desk: confirm_by_typing(window, "Delete?", "Gone.", "films", "Delete", lambda: None),
    "change": lambda window, desk: ChangePassword(window, lambda old, new: None),
    "export": lambda window, desk: ExportKeys(window, "alice", lambda place, password: None),
    "rotate": lambda window, desk: RotateKeys(window, lambda password: None),
    "invite": lambda window, desk: InviteDialog(window, ["Clinic"], lambda *given: None),
    "reason": lambda window, desk: ReasonDialog(window, ("Disable bob?", "No login.", "Disable"), lambda why: None),
    "refused": lambda window, desk: RefusedDialog(window, desk, [("a.png", "empty", "The file is empty.")]),
}


@pytest.mark.parametrize("name", DIALOGS)
def test_dialog_fits_and_is_reached(desk: FakeDesk, language: str, qtbot: QtBot, name: str) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(WIDTH, HEIGHT)
    window.show()
    dialog = DIALOGS[name](window, desk)
    dialog.open()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    assert (dialog.width() <= ROOM, dialog.height() <= HEIGHT, bool(dialog.windowTitle())) == (True, True, True)
    assert [named(one) for one in controls(dialog) if is_used(one) and not told(one)] == []
    assert (clipped(dialog), missed(dialog)) == ([], [])
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)


@pytest.mark.timeout(300)
@pytest.mark.skipif("QT_SCALE_FACTOR" in os.environ, reason="runs the tests above at another scale")
def test_everything_holds_at_twice_the_scale() -> None:
    tests = [str(Path(__file__).relative_to(ROOT)), "-k", "fits_and_is_reached", "-p", "no:cacheprovider", "-q"]
    command = [sys.executable, "-m", "pytest", *tests]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "QT_SCALE_FACTOR": "2"}, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stdout[-3000:]
