"""Drives the real window as a person would: by what is written on buttons and fields, waiting for what is seen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from PIL import Image
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QSpinBox,
    QTabBar,
    QWidget,
)

from desktop_client.app import Program
from desktop_client.settings import Profile
from desktop_client.state.preferences import Appearance
from desktop_client.ui.page import Page

_W = TypeVar("_W", bound=QWidget)
SECONDS = 60.0


class DriveError(AssertionError):
    """What was to be seen did not come; the message says what was there instead."""


class Driver:
    """One program with its window, for one profile."""

    def __init__(self, application: QApplication, profile: Path, shots: Path) -> None:
        self.application, self.shots = application, shots
        self.program = Program(application, Profile(profile))
        shots.mkdir(parents=True, exist_ok=True)

    @property
    def window(self) -> QWidget:
        return self.program.window

    def start(self, size: tuple[int, int] = (1280, 800)) -> None:
        self.program.preferences.set_language("en")
        self.program.preferences.set_appearance(Appearance.LIGHT)
        self.program.start()
        self.program.window.resize(*size)

    def close(self) -> None:
        self.program.window.retire()
        self.program.close()

    def wait(self, condition: Callable[[], object], what: str, seconds: float = SECONDS) -> None:
        """Turn the event loop until the condition holds.

        Raises:
            DriveError: it did not in time.
        """
        deadline = monotonic() + seconds
        while not condition():
            if monotonic() > deadline:
                self.shoot("failed")
                raise DriveError(f"waited {seconds:.0f} s for: {what}. Seen: {' | '.join(self.texts())[:3000]}")
            QTest.qWait(20)

    def find(self, kind: type[_W], text: str) -> _W | None:
        """The first visible and enabled widget of this kind with this text, accessible name or placeholder."""
        for root in self._roots():
            for widget in root.findChildren(kind):
                if widget.isVisible() and widget.isEnabled() and text in _names(widget):
                    return widget
        return None

    def click(self, text: str, seconds: float = SECONDS) -> None:
        """Press the button or box with this text as soon as it may be pressed."""
        found = self.need(QAbstractButton, text, seconds)
        self.reveal(found)
        QTest.mouseClick(found, Qt.MouseButton.LeftButton, pos=_spot(found))
        self.application.processEvents()

    def fill(self, field: str, text: str, seconds: float = SECONDS, is_entered: bool = False) -> None:
        """Replace what stands in a field, and press Enter if it wants that."""
        found = self.need(QLineEdit, field, seconds)
        self.reveal(found)
        found.setFocus()
        found.selectAll()
        QTest.keyClicks(found, text)
        if is_entered:
            QTest.keyClick(found, Qt.Key.Key_Return)

    def choose(self, box: str, value: Any, seconds: float = SECONDS) -> None:
        """Choose the entry of a drop-down with this data or text."""
        found = self.need(QComboBox, box, seconds)
        place = found.findData(value)
        place = place if place >= 0 else found.findText(str(value))
        if place < 0:
            raise DriveError(f"{box} has no entry {value!r}")
        found.setCurrentIndex(place)
        found.activated.emit(place)

    def click_and_sign(self, text: str, password: str, seconds: float = SECONDS) -> None:
        """Press a button; if the keys are locked, unlock them in the dialog that comes."""
        self.click(text, seconds)
        if not self.program.desk.office.is_unlocked:
            self.fill("Password", password)
            self.click("Unlock")
            self.wait(lambda: self.application.activeModalWidget() is None, "the dialog to close")

    def number(self, field: str, value: int, seconds: float = SECONDS) -> None:
        """Set a number field."""
        self.need(QSpinBox, field, seconds).setValue(value)

    def settle(self, seconds: float = 20.0) -> None:
        """Wait until the picture of the window stays as it is for a while: pictures and figures have arrived."""
        deadline, last, since = monotonic() + seconds, b"", monotonic()
        while monotonic() < deadline and monotonic() - since < 0.4:
            QTest.qWait(120)
            shown = self.window.grab().toImage()
            found = bytes(shown.constBits())
            if found != last:
                last, since = found, monotonic()

    def tab(self, text: str, seconds: float = SECONDS) -> None:
        """Open the tab with this title."""

        def place() -> tuple[QTabBar, int] | None:
            for bar in self.window.findChildren(QTabBar):
                for number in range(bar.count()):
                    if bar.isVisible() and bar.tabText(number) == text:
                        return bar, number
            return None

        self.wait(lambda: place() is not None, f"the tab {text!r}", seconds)
        found = place()
        assert found is not None
        found[0].setCurrentIndex(found[1])

    def tabs(self) -> list[str]:
        """Titles of the tabs of the page that is shown; none if it has none."""
        bar = self._bar()
        return [bar.tabText(number) for number in range(bar.count())] if bar is not None else []

    def tab_number(self, number: int) -> None:
        bar = self._bar()
        if bar is not None:
            bar.setCurrentIndex(number)

    def _bar(self) -> QTabBar | None:
        shell = self.program.window.shell
        if shell is None:
            return None
        page = shell.page(shell.current[0])
        return next((bar for bar in page.findChildren(QTabBar) if bar.isVisible() and bar.count() > 1), None)

    @property
    def visited(self) -> list[tuple[str, str]]:
        """Pages and subjects in the order they were gone to."""
        shell = self.program.window.shell
        return [*shell._history, shell.current] if shell is not None else []

    def row(self, text: str, is_opened: bool = True, seconds: float = SECONDS) -> None:
        """Select, and open, the row of a table or list that shows this text."""
        self.wait(lambda: self._row(text) is not None, f"a row with {text!r}", seconds)
        found = self._row(text)
        assert found is not None
        view, index = found
        view.setCurrentIndex(index)
        view.scrollTo(index)
        if is_opened:
            view.activated.emit(index)

    def sees(self, text: str) -> bool:
        """Whether some visible label holds this text."""
        return any(text in shown for shown in self.texts())

    def need_text(self, text: str, seconds: float = SECONDS) -> None:
        self.wait(lambda: self.sees(text), f"the text {text!r}", seconds)

    def need(self, kind: type[_W], text: str, seconds: float = SECONDS) -> _W:
        self.wait(lambda: self.find(kind, text) is not None, f"{kind.__name__} {text!r}", seconds)
        found = self.find(kind, text)
        assert found is not None
        return found

    def page(self, name: str, subject: str = "") -> Page:
        """Go to a page as a click elsewhere would."""
        shell = self.program.window.shell
        assert shell is not None
        shell.go(name, subject)
        return shell.page(name)

    def here(self) -> str:
        """The name of the page that is shown."""
        shell = self.program.window.shell
        return shell.current[0] if shell is not None else ""

    def texts(self) -> list[str]:
        found = [label.text() for root in self._roots() for label in root.findChildren(QLabel) if label.isVisible()]
        buttons = [one for root in self._roots() for one in root.findChildren(QAbstractButton) if one.isVisible()]
        return [*found, *(f"[{one.text()}]" for one in buttons if one.text())]

    def reveal(self, widget: QWidget) -> None:
        """Scroll so that the widget can be pressed."""
        parent = widget.parentWidget()
        while parent is not None:
            ensure = getattr(parent, "ensureWidgetVisible", None)
            if ensure is not None:
                ensure(widget)
            parent = parent.parentWidget()
        self.application.processEvents()

    def shoot(self, name: str) -> Path:
        """Save a picture of the window with few colours, so that many pictures stay small."""
        self.application.processEvents()
        shown = self.window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        size = shown.width(), shown.height()
        picture = Image.frombytes("RGB", size, bytes(shown.constBits()), "raw", "RGB", shown.bytesPerLine())
        path = self.shots / f"{name}.png"
        picture.quantize(192, dither=Image.Dither.NONE).save(path, optimize=True)
        return path

    def _row(self, text: str) -> tuple[QAbstractItemView, QModelIndex] | None:
        for root in self._roots():
            for view in root.findChildren(QAbstractItemView):
                model = view.model()
                if not view.isVisible() or model is None or view.metaObject().className().startswith("QComboBox"):
                    continue
                for number in range(min(model.rowCount(), 500)):
                    for column in range(model.columnCount()):
                        index = model.index(number, column)
                        if text in str(index.data() or ""):
                            return view, index
        return None

    def _roots(self) -> Iterator[QWidget]:
        """Dialogs first: they are what a person has to answer."""
        popups = [one for one in self.application.topLevelWidgets() if one.isVisible() and one is not self.window]
        modal = self.application.activeModalWidget()
        if modal is not None:
            yield modal
            return
        yield self.window
        yield from popups


def _names(widget: QWidget) -> tuple[str, ...]:
    """What is written on it, and the label that a screen reader reads with it."""
    text = getattr(widget, "text", None)
    shown = str(text()) if callable(text) and isinstance(widget, QAbstractButton) else ""
    labels = QAccessible.queryAccessibleInterface(widget).relations(QAccessible.RelationFlag.Label)
    told = (one.text(QAccessible.Text.Name) for one, _ in labels)
    placeholder = widget.placeholderText() if isinstance(widget, QLineEdit) else ""
    return shown, widget.accessibleName(), placeholder, *told


def _spot(widget: QWidget) -> QPoint:
    """Where to press: boxes and radio buttons only answer where their mark and text are."""
    return QPoint(min(14, widget.width() // 2), widget.height() // 2)


def application() -> QApplication:
    """The one application of this process."""
    found = QApplication.instance()
    return found if isinstance(found, QApplication) else QApplication([sys.argv[0]])
