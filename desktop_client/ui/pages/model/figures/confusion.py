"""A confusion matrix: rows are what images are, columns what the model took them for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from desktop_client.ui import theme
from desktop_client.ui.words import fill, number, percent

_LARGEST, _SMALLEST, _WITH_NUMBERS = 52, 14, 26
_WIDEST: Final = 760
_NAME: Final = 130
_PAD: Final = 8
_MOVES: Final = {
    Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
}  # fmt: skip


class ConfusionMatrix(QWidget):
    """``moved(truth, said)`` when another cell is looked at, ``chosen(truth, said)`` on a click or Enter.

    Only what is visible is painted, so a thousand classes are no more work than ten.
    """

    moved = Signal(int, int)
    chosen = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self._counts: npt.NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._heat: npt.NDArray[np.float64] = np.zeros((0, 0))
        self._is_share = False
        self._room = 0
        self.current = (0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Confusion matrix"))

    def show_counts(self, names: Sequence[str], counts: npt.NDArray[np.int64]) -> None:
        """Another matrix."""
        self._names, self._counts = tuple(names), counts
        metrics = self.fontMetrics()
        self._room = min(max((metrics.horizontalAdvance(name) for name in names), default=0), _NAME)
        self.current = (0, 0)
        self._color()
        self.setFixedSize(self.sizeHint())
        self._tell()
        self.update()

    def show_shares(self, is_share: bool) -> None:
        """Shares of each row instead of counts."""
        self._is_share = is_share
        self._color()
        self._tell()
        self.update()

    def sentence(self, truth: int, said: int) -> str:
        """A cell in words."""
        count, total = int(self._counts[truth, said]), int(self._counts[truth].sum())
        names = (self._names[truth], self._names[said])
        numbers = (number(count), number(total), percent(count / total if total else None))
        if truth == said:
            return fill(self.tr("%1 recognised: %2 of %3 images (%4)"), names[0], *numbers)
        return fill(self.tr("%1 taken for %2: %3 of %4 images (%5)"), *names, *numbers)

    def sizeHint(self) -> QSize:
        side = self._cell * len(self._names)
        return QSize(self._left + side + 2, self._top + side + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._names:
            return
        painter, shown = QPainter(self), theme.colours()
        rows, columns = self._visible(event.rect())
        for truth in rows:
            for said in columns:
                self._paint_cell(painter, truth, said, shown)
        self._paint_names(painter, rows, columns, shown)
        if self.hasFocus():
            painter.setPen(QColor(shown.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            box = self._box(*self.current)
            painter.drawRect(box.adjusted(0, 0, -1, -1))
            painter.drawRect(box.adjusted(1, 1, -2, -2))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _MOVES and self._names:
            down, right = _MOVES[key]
            last = len(self._names) - 1
            self._go(min(max(self.current[0] + down, 0), last), min(max(self.current[1] + right, 0), last))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._names:
            self.chosen.emit(*self.current)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self._at(event.position().toPoint())
        if cell is None:
            QToolTip.hideText()
            return
        QToolTip.showText(event.globalPosition().toPoint(), self._escaped(self.sentence(*cell)), self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        cell = self._at(event.position().toPoint())
        if cell is not None:
            self._go(*cell)
            self.chosen.emit(*cell)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    @property
    def _cell(self) -> int:
        count = max(len(self._names), 1)
        return max(min(_LARGEST, (_WIDEST - self._left) // count), _SMALLEST)

    @property
    def _left(self) -> int:
        return self._room + _PAD + self.fontMetrics().height() + _PAD

    @property
    def _top(self) -> int:
        height = self.fontMetrics().height()
        return (height if self._room <= self._cell - 4 else self._room) + _PAD + height + _PAD

    def _color(self) -> None:
        rows = self._counts.sum(axis=1, keepdims=True)
        shares = self._counts / np.maximum(rows, 1)
        self._heat = shares if self._is_share else self._counts / max(int(self._counts.max(initial=0)), 1)

    def _box(self, truth: int, said: int) -> QRect:
        cell = self._cell
        return QRect(self._left + said * cell, self._top + truth * cell, cell - 1, cell - 1)

    def _visible(self, area: QRect) -> tuple[range, range]:
        cell, count = self._cell, len(self._names)
        first_row, last_row = (area.top() - self._top) // cell, (area.bottom() - self._top) // cell
        first, last = (area.left() - self._left) // cell, (area.right() - self._left) // cell
        return (
            range(max(first_row, 0), min(last_row, count - 1) + 1),
            range(max(first, 0), min(last, count - 1) + 1),
        )

    def _at(self, place: QPoint) -> tuple[int, int] | None:
        cell, count = self._cell, len(self._names)
        truth, said = (place.y() - self._top) // cell, (place.x() - self._left) // cell
        return (truth, said) if 0 <= truth < count and 0 <= said < count else None

    def _paint_cell(self, painter: QPainter, truth: int, said: int, shown: theme.Colours) -> None:
        heat, box = float(self._heat[truth, said]), self._box(truth, said)
        strong = shown.good if truth == said else shown.bad
        painter.fillRect(box, _blend(shown.sunken, strong, heat))
        if self._cell < _WITH_NUMBERS:
            return
        count = int(self._counts[truth, said])
        total = int(self._counts[truth].sum())
        text = f"{round(100 * count / total)}" if self._is_share and total else number(count)
        painter.setPen(QColor(shown.on_accent if heat > 0.6 else shown.muted if count == 0 else shown.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_names(self, painter: QPainter, rows: range, columns: range, shown: theme.Colours) -> None:
        metrics, cell, height = self.fontMetrics(), self._cell, self.fontMetrics().height()
        painter.setPen(QColor(shown.text))
        if cell >= height:
            for truth in rows:
                text = metrics.elidedText(self._names[truth], Qt.TextElideMode.ElideRight, self._room)
                box = QRect(self._left - _PAD - self._room, self._top + truth * cell, self._room, cell)
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            for said in columns:
                text = metrics.elidedText(self._names[said], Qt.TextElideMode.ElideRight, self._room)
                if self._room <= cell - 4:
                    box = QRect(self._left + said * cell, self._top - _PAD - height, cell, height)
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
                    continue
                painter.save()
                painter.translate(self._left + said * cell, self._top - _PAD)
                painter.rotate(-90)
                painter.drawText(QRect(0, 0, self._room, cell), Qt.AlignmentFlag.AlignVCenter, text)
                painter.restore()
        side = cell * len(self._names)
        painter.setPen(QColor(shown.muted))
        painter.drawText(QRect(self._left, 0, side, height), Qt.AlignmentFlag.AlignLeft, self.tr("taken for"))
        painter.save()
        painter.translate(0, self._top + side)
        painter.rotate(-90)
        painter.drawText(QRect(0, 0, side, height), Qt.AlignmentFlag.AlignRight, self.tr("truth"))
        painter.restore()

    def _go(self, truth: int, said: int) -> None:
        self.current = (truth, said)
        self._tell()
        self.update()

    def _tell(self) -> None:
        if self._names:
            self.setAccessibleDescription(self.sentence(*self.current))
            self.moved.emit(*self.current)

    @staticmethod
    def _escaped(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;")


def _blend(low: str, high: str, share: float) -> QColor:
    """A colour between two of the theme."""
    first, last = QColor(low), QColor(high)
    part = min(max(share, 0.0), 1.0)
    channels = ((first.red(), last.red()), (first.green(), last.green()), (first.blue(), last.blue()))
    return QColor(*(round(a + (b - a) * part) for a, b in channels))
