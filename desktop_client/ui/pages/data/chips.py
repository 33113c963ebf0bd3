"""A field for several short texts, such as tags or names of people: each is a chip that can be taken away."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QLayout, QLayoutItem, QLineEdit, QPushButton, QWidget

from desktop_client.ui.widgets.basics import boxed, button, column

_MAX_LENGTH = 100


class Flow(QLayout):
    """Items side by side, in as many rows as they need."""

    def __init__(self, spacing: int = 6) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), is_moved=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        sizes = [item.minimumSize() for item in self._items]
        return QSize(max((s.width() for s in sizes), default=0), max((s.height() for s in sizes), default=0))

    def setGeometry(self, area: QRect) -> None:
        super().setGeometry(area)
        self._arrange(area, is_moved=True)

    def _arrange(self, area: QRect, is_moved: bool) -> int:
        """Height that is needed."""
        x, y, height = area.x(), area.y(), 0
        for item in self._items:
            size = item.sizeHint()
            if x > area.x() and x + size.width() > area.right() + 1:
                x, y, height = area.x(), y + height + self.spacing(), 0
            if is_moved:
                item.setGeometry(QRect(QPoint(x, y), size))
            x, height = x + size.width() + self.spacing(), max(height, size.height())
        return y + height - area.y()


class ChipsField(QWidget):
    """``changed`` whenever a chip comes or goes. ``is_strict`` takes only what :meth:`suggest` knows."""

    changed = Signal()

    def __init__(self, name: str, hint: str = "", most: int = 200, is_strict: bool = False) -> None:
        super().__init__()
        self._most, self._is_strict = most, is_strict
        self._values: list[str] = []
        self._known: list[str] = []
        self.field = QLineEdit(placeholderText=hint, maxLength=_MAX_LENGTH)
        self.field.setAccessibleName(name)
        self._model = QStringListModel(self)
        completer = QCompleter(self._model, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.activated.connect(self._completed, Qt.ConnectionType.QueuedConnection)
        self.field.setCompleter(completer)
        self.field.installEventFilter(self)
        self._flow = Flow()
        self._chips = boxed(self._flow)
        self._chips.hide()
        self.setLayout(column(self._chips, self.field, spacing=6))
        self.setFocusProxy(self.field)

    @property
    def values(self) -> tuple[str, ...]:
        """What was entered; text that still stands in the field counts if it would be taken."""
        pending = self.field.text().strip()
        return (*self._values, pending) if pending and self._takes(pending) else tuple(self._values)

    def set_values(self, values: Sequence[str]) -> None:
        """Other values from now on, without a signal."""
        self._values = list(dict.fromkeys(values))
        self.field.clear()
        self._show()

    def suggest(self, known: Sequence[str]) -> None:
        """What completes the text that is typed."""
        self._known = list(known)
        self._model.setStringList(self._known)

    def add(self, value: str) -> None:
        """One more, if it may be."""
        if self._takes(value.strip()):
            self._values.append(value.strip())
            self.field.clear()
            self._show()
            self.changed.emit()

    def remove(self, value: str) -> None:
        if value in self._values:
            self._values.remove(value)
            self._show()
            self.field.setFocus()
            self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            ends = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or event.text() in (",", "，", ";")
            if ends and self.field.text().strip():
                self.add(self.field.text())
                return True
            if event.key() == Qt.Key.Key_Backspace and not self.field.text() and self._values:
                self.remove(self._values[-1])
                return True
        if watched is self.field and event.type() == QEvent.Type.FocusOut and self.field.text().strip():
            self.add(self.field.text())
        return super().eventFilter(watched, event)

    def _takes(self, value: str) -> bool:
        is_known = not self._is_strict or not self._known or value in self._known
        return bool(value) and value not in self._values and len(self._values) < self._most and is_known

    def _completed(self, value: str) -> None:
        self.field.clear()
        self.add(value)

    def _show(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for value in self._values:
            self._flow.addWidget(self._chip(value))
        self._chips.setVisible(bool(self._values))
        self._flow.invalidate()
        self.updateGeometry()

    def _chip(self, value: str) -> QPushButton:
        made = button(f"{value.replace('&', '&&')}\N{NO-BREAK SPACE}", lambda: self.remove(value), "chip", "x")
        made.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        made.setToolTip(self.tr("Take away"))
        made.setAccessibleName(self.tr("Take away %1").replace("%1", value))
        return made
