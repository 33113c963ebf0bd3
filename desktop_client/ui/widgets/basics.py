"""The small things every page is made of: labels by role, buttons by kind, cards, badges, and rows of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop_client.plain import plain_lines
from desktop_client.ui import icons

SPACE: Final = 16
GAP: Final = 8
ICON: Final = QSize(16, 16)
ICON_BESIDE_TEXT: Final = QSize(21, 16)
_LONGEST: Final = 20_000
_SHORT: Final = 60
_WIDEST: Final = 420
_L = TypeVar("_L", bound=QBoxLayout)


def shown(text: str) -> str:
    """Text from wherever as it is shown: nothing in it hides or turns its direction, and its length has an end."""
    return plain_lines(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


class Line(QLabel):
    """Text as :func:`shown`. A long one is cut at the edge instead of making the window wider than a screen."""

    def setText(self, text: str) -> None:
        super().setText(shown(text))

    def minimumSizeHint(self) -> QSize:
        size = super().minimumSizeHint()
        return size if len(self.text()) <= _SHORT else size.boundedTo(QSize(_WIDEST, size.height()))


class Wrapped(Line):
    """Text of several lines that is never cut: layouts around it do not always ask how tall it is at a width."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def setText(self, text: str) -> None:
        super().setText(text)
        self._fit()

    def _fit(self) -> None:
        if self.hasHeightForWidth():
            # The height for a width is never less than the minimum of before.
            self.setMinimumHeight(0)
            self.setMinimumHeight(self.heightForWidth(self.width()) if self.text() else 0)


def label(text: str = "", role: str = "", is_wrapped: bool = False) -> QLabel:
    """Plain text, never markup; ``role`` is one of the style sheet, such as title, heading, muted, small or mono."""
    made = Wrapped() if is_wrapped else Line()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(is_wrapped)
    made.setText(text)
    if role:
        made.setProperty("role", role)
    return made


def selectable(text: str, role: str = "mono") -> QLabel:
    """Text that people may want to copy, such as a fingerprint."""
    made = label(text, role, True)
    made.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return made


def button(text: str, pressed: Callable[[], object] | None = None, kind: str = "", icon: str = "") -> QPushButton:
    """``kind`` is primary, danger or flat; one primary button a page."""
    made = QPushButton(text)
    made.setAutoDefault(False)
    if kind:
        made.setProperty("kind", kind)
    if icon:
        made.setIcon(icons.icon(icon, {"primary": "on_accent", "danger": "bad", "flat": "accent"}.get(kind, "")))
        made.setIconSize(ICON_BESIDE_TEXT if text else ICON)
    if pressed is not None:
        made.clicked.connect(lambda: pressed())
    return made


def copy_text(text: str) -> None:
    """Put text on the clipboard."""
    QGuiApplication.clipboard().setText(text)


def line() -> QFrame:
    """A thin horizontal line."""
    made = QFrame()
    made.setObjectName("line")
    return made


def row(*items: QWidget | QLayout | int | None, spacing: int = GAP, margins: int = 0) -> QHBoxLayout:
    """Side by side; None is room that stretches, a number is room of that width."""
    made = QHBoxLayout()
    return _filled(made, items, spacing, margins)


def column(*items: QWidget | QLayout | int | None, spacing: int = GAP, margins: int = 0) -> QVBoxLayout:
    """As :func:`row`, one below the other."""
    made = QVBoxLayout()
    return _filled(made, items, spacing, margins)


def boxed(layout: QLayout) -> QWidget:
    """A layout as a widget."""
    made = QWidget()
    layout.setContentsMargins(0, 0, 0, 0)
    made.setLayout(layout)
    return made


def empty(layout: QLayout) -> None:
    """Take everything out of a layout and have it deleted."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            empty(inner)


def restyle(widget: QWidget, **properties: object) -> None:
    """Set properties that the style sheet looks at, and have it look again."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


class Card(QFrame):
    """A bordered surface with an optional heading; fill ``body``. ``pressed`` comes on a click."""

    pressed = Signal()

    def __init__(self, heading: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.body = column(spacing=10, margins=SPACE)
        self.head = row()
        self.heading = label(heading, "heading")
        if heading:
            self.head.addWidget(self.heading)
            self.head.addStretch(1)
            self.body.addLayout(self.head)
        self.setLayout(self.body)

    def add(self, *items: QWidget | QLayout) -> Card:
        for item in items:
            if isinstance(item, QWidget):
                self.body.addWidget(item)
            else:
                self.body.addLayout(item)
        return self

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.pressed.emit()
        super().mouseReleaseEvent(event)


class Figure(Card):
    """One number with what it counts, and a remark below it."""

    def __init__(self, name: str, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._icon, self._name = icon, label(name, "muted")
        self._picture, self.value, self.remark = QLabel(), label("–", "figure"), label("", "small")
        self._picture.setPixmap(icons.pixmap(icon, 20, "accent", self.devicePixelRatioF()))
        self.add(row(self._picture, self._name, None), self.value, self.remark)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def show_value(self, value: str, remark: str = "") -> None:
        self.value.setText(value)
        self.remark.setText(remark)
        self.setAccessibleDescription(f"{value} {remark}".strip())


class Badge(Line):
    """A short word about a state; ``tone`` is neutral, info, good, warn or bad."""

    def __init__(self, text: str = "", tone: str = "neutral", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("badge")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.show_state(text, tone)

    def show_state(self, text: str, tone: str) -> None:
        self.setText(text)
        restyle(self, tone=tone)


class Empty(QWidget):
    """What stands where nothing is yet: an icon, a sentence, and what to do about it."""

    def __init__(self, icon: str, heading: str, text: str = "", action: QPushButton | None = None) -> None:
        super().__init__()
        picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        picture.setPixmap(icons.pixmap(icon, 44, "muted", self.devicePixelRatioF()))
        self.heading, self.text = label(heading, "heading"), label(text, "muted", True)
        for one in (self.heading, self.text):
            one.setAlignment(Qt.AlignmentFlag.AlignCenter)
        items: list[QWidget | QLayout | int | None] = [None, picture, self.heading, self.text]
        if action is not None:
            items.append(row(None, action, None))
        self.setLayout(column(*items, None, spacing=10, margins=24))
        self._heading, self._text = heading, text

    def wait(self, says: str) -> Empty:
        """Until :meth:`ready` nobody knows whether there is nothing."""
        self.heading.setText(says)
        self.text.setText("")
        return self

    def ready(self) -> None:
        """It is known now."""
        self.heading.setText(self._heading)
        self.text.setText(self._text)


def _filled(layout: _L, items: Sequence[QWidget | QLayout | int | None], spacing: int, margins: int) -> _L:
    layout.setSpacing(spacing)
    layout.setContentsMargins(margins, margins, margins, margins)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)
    return layout
