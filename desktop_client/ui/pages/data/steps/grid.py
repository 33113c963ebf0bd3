"""Small pictures side by side, however many there are: only what can be seen is measured, painted and asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from desktop_client.state.importing.pictures import PictureList
from desktop_client.state.importing.viewing import SIDE
from desktop_client.ui import icons, theme

CELL_WIDTH: Final = 120
CELL_HEIGHT: Final = 142
_MARGIN: Final = 8
Index = QModelIndex | QPersistentModelIndex
_Action = QAbstractItemView.CursorAction


class PictureGrid(QAbstractItemView):
    """A view of a :class:`PictureList`; ``chosen(row)`` on a double click, Enter or the space bar."""

    chosen = Signal(int)

    def __init__(self, model: PictureList, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("grid")
        self.setAccessibleName(name)
        self.pictures = model
        self.setModel(model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.doubleClicked.connect(lambda index: self.chosen.emit(index.row()))
        model.modelReset.connect(self._resized)
        model.dataChanged.connect(lambda *_: self.viewport().update())

    @property
    def columns(self) -> int:
        """How many pictures stand side by side."""
        return max((self.viewport().width() - 2 * _MARGIN) // CELL_WIDTH, 1)

    @property
    def _cell(self) -> int:
        """Width of one place: whatever is left over is shared out."""
        return max((self.viewport().width() - 2 * _MARGIN) // self.columns, 1)

    def chosen_files(self) -> Sequence[int]:
        """Numbers of the files that are selected, in their order; a range if they are all between two."""
        parts = sorted(self._parts())
        if len(parts) == 1:
            return self.pictures.shown[parts[0][0] : parts[0][1] + 1]
        found: list[int] = []
        done = 0
        for first, last in parts:
            found.extend(self.pictures.shown[max(first, done) : last + 1])
            done = max(done, last + 1)
        return found

    def selected_count(self) -> int:
        """How many files are selected."""
        return sum(last - first + 1 for first, last in self._parts())

    def _parts(self) -> list[tuple[int, int]]:
        selection = self.selectionModel().selection()
        parts = (selection.at(number) for number in range(selection.count()))
        return [(part.top(), part.bottom()) for part in parts]

    def rows_in_sight(self) -> range:
        """The rows that can be seen now."""
        top = self.verticalScrollBar().value() - _MARGIN
        first = max(top // CELL_HEIGHT, 0) * self.columns
        last = ((top + self.viewport().height()) // CELL_HEIGHT + 1) * self.columns
        return range(first, min(last, self.pictures.rowCount()))

    def visualRect(self, index: Index) -> QRect:
        return self._rect(index.row()) if index.isValid() else QRect()

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        if not index.isValid():
            return
        area, bar = self._rect(index.row()), self.verticalScrollBar()
        if area.top() < 0:
            bar.setValue(bar.value() + area.top() - _MARGIN)
        elif area.bottom() > self.viewport().height():
            bar.setValue(bar.value() + area.bottom() - self.viewport().height() + _MARGIN)

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self._row_at(point)
        return self.pictures.index(row) if row is not None else QModelIndex()

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        count, columns = self.pictures.rowCount(), self.columns
        if not count:
            return QModelIndex()
        page = max(self.viewport().height() // CELL_HEIGHT, 1) * columns
        steps = {
            _Action.MoveLeft: -1, _Action.MovePrevious: -1, _Action.MoveRight: 1, _Action.MoveNext: 1,
            _Action.MoveUp: -columns, _Action.MoveDown: columns, _Action.MovePageUp: -page,
            _Action.MovePageDown: page, _Action.MoveHome: -count, _Action.MoveEnd: count,
        }  # fmt: skip
        current = self.currentIndex().row() if self.currentIndex().isValid() else -steps[action]
        return self.pictures.index(min(max(current + steps[action], 0), count - 1))

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:
        return False

    def setSelection(self, area: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """A dragged frame selects what it touches; with the keyboard or Shift, everything between two pictures."""
        if self.state() == QAbstractItemView.State.DragSelectingState:
            selection = self._framed(area.normalized())
        else:
            ends = [self._row_at(area.topLeft()), self._row_at(area.bottomRight())]
            rows = [row for row in ends if row is not None]
            selection = self._between(min(rows), max(rows)) if rows else QItemSelection()
        self.selectionModel().select(selection, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        return QRegion(self.viewport().rect())

    def updateGeometries(self) -> None:
        super().updateGeometries()
        lines = -(-self.pictures.rowCount() // self.columns)
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(height)
        bar.setSingleStep(CELL_HEIGHT // 2)
        bar.setRange(0, max(lines * CELL_HEIGHT + 2 * _MARGIN - height, 0))

    def rowsInserted(self, parent: Index, start: int, end: int) -> None:
        super().rowsInserted(parent, start, end)
        self.updateGeometries()
        if start < self.rows_in_sight().stop:
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._resized()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self.currentIndex().isValid():
                self.chosen.emit(self.currentIndex().row())
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = self.selectionModel()
        for row in self.rows_in_sight():
            index = self.pictures.index(row)
            self._paint_cell(painter, index, chosen.isSelected(index), index == self.currentIndex())
        painter.end()

    def _paint_cell(self, painter: QPainter, index: QModelIndex, is_selected: bool, is_current: bool) -> None:
        shown, area = theme.colours(), QRectF(self._rect(index.row())).adjusted(4, 4, -4, -4)
        label = index.data(PictureList.LabelRole)
        painter.setPen(Qt.PenStyle.NoPen)
        if is_selected:
            painter.setBrush(QColor(shown.accent_soft))
            painter.drawRoundedRect(area, 8, 8)
        if is_current and self.hasFocus():
            painter.setPen(QPen(QColor(shown.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 8, 8)
        frame = QRectF(area.center().x() - SIDE / 2, area.top() + 6, SIDE, SIDE)
        picture = index.data(PictureList.PictureRole)
        painter.setOpacity(1.0 if label is not None else 0.3)
        if isinstance(picture, QPixmap):
            place = frame.center() - QPointF(picture.width() / 2, picture.height() / 2)
            painter.drawPixmap(place.toPoint(), picture)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(shown.sunken))
            painter.drawRoundedRect(frame, 6, 6)
            if index.data(PictureList.BrokenRole):
                broken = icons.pixmap("triangle-alert", 24, "muted", self.devicePixelRatioF())
                painter.drawPixmap(frame.center() - QPoint(12, 12), broken)
        painter.setOpacity(1.0)
        self._paint_label(painter, area, label, is_selected)

    def _paint_label(self, painter: QPainter, area: QRectF, label: Any, is_selected: bool) -> None:
        shown = theme.colours()
        text = self.tr("left out") if label is None else str(label)
        painter.setPen(QColor(shown.accent if is_selected else shown.muted))
        line = QRectF(area.left() + 4, area.bottom() - 26, area.width() - 8, 22)
        elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, int(line.width()))
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, elided)

    def _resized(self) -> None:
        self.updateGeometries()
        self.viewport().update()

    def _rect(self, row: int) -> QRect:
        columns = self.columns
        left = _MARGIN + row % columns * self._cell
        return QRect(left, _MARGIN + row // columns * CELL_HEIGHT - self.verticalOffset(), self._cell, CELL_HEIGHT)

    def _row_at(self, point: QPoint) -> int | None:
        column, line = (point.x() - _MARGIN) // self._cell, (point.y() + self.verticalOffset() - _MARGIN) // CELL_HEIGHT
        row = line * self.columns + column
        return row if 0 <= column < self.columns and 0 <= row < self.pictures.rowCount() else None

    def _between(self, first: int, last: int) -> QItemSelection:
        return QItemSelection(self.pictures.index(first), self.pictures.index(last))

    def _framed(self, area: QRect) -> QItemSelection:
        columns, found = self.columns, QItemSelection()
        top, bottom = area.top() + self.verticalOffset() - _MARGIN, area.bottom() + self.verticalOffset() - _MARGIN
        left, right = (area.left() - _MARGIN) // self._cell, (area.right() - _MARGIN) // self._cell
        left, right, count = max(left, 0), min(right, columns - 1), self.pictures.rowCount()
        for line in range(max(top // CELL_HEIGHT, 0), bottom // CELL_HEIGHT + 1):
            first, last = line * columns + left, min(line * columns + right, count - 1)
            if left <= right and first <= last:
                found.merge(self._between(first, last), QItemSelectionModel.SelectionFlag.Select)
        return found
