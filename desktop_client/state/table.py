"""Rows of one kind as a Qt model: columns are functions, and search and order of 100,000 rows never hold the window up.

Rows are frozen objects. What is shown is a list of row numbers that is built in slices of a few milliseconds whenever
rows, search or order change; the view keeps the old one until the new one is whole.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from time import perf_counter
from typing import Any, Final, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from desktop_client.plain import plain, plain_lines

_SLICE_SECONDS: Final = 0.008
_RUN: Final = 4096
_CHECK: Final = 256
_AT_ONCE: Final = 2000
_LONGEST: Final = 4096
_R = TypeVar("_R")
_NOTHING: Final = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Column(Generic[_R]):
    """One column: ``text(row)`` is shown, ``key(row)`` orders, else the text; ``extra(role, row)`` is for delegates."""

    title: str
    text: Callable[[_R], str]
    key: Callable[[_R], Any] | None = None
    is_number: bool = False
    tip: Callable[[_R], str] | None = None
    extra: Callable[[int, _R], Any] | None = None


def tip_text(text: str) -> str:
    """A text for a tool tip, which would take what looks like markup for markup."""
    return f"<span>{escape(plain_lines(_cut(text)))}</span>".replace("\n", "<br>") if text else ""


def cell_text(text: str) -> str:
    """A text for one cell: on one line, short enough to be drawn, and nothing in it hides or turns its direction."""
    return plain(_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


class RowTable(QAbstractTableModel, Generic[_R]):
    """``RowRole`` gives the row itself. ``arranged`` comes when search and order are done."""

    RowRole = Qt.ItemDataRole.UserRole
    arranged = Signal()

    def __init__(self, columns: Sequence[Column[_R]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._rows: list[_R] = []
        self._shown: list[int] = []
        self._accepts: Callable[[_R], bool] | None = None
        self._order: tuple[int, bool] | None = None
        self._work: Iterator[list[int] | None] | None = None
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._go_on)

    @property
    def rows(self) -> Sequence[_R]:
        """All of them, in the order they came."""
        return self._rows

    @property
    def shown(self) -> list[_R]:
        """What passes the search, in order."""
        return [self._rows[number] for number in self._shown]

    def replace(self, rows: Sequence[_R]) -> None:
        """Other rows from now on."""
        self.beginResetModel()
        self._rows, self._shown = list(rows), []
        self.endResetModel()
        self._arrange()

    def extend(self, rows: Sequence[_R]) -> None:
        """More rows at the end; those that pass the search appear there until the order is built anew."""
        start = len(self._rows)
        self._rows.extend(rows)
        passing = [n for n in range(start, len(self._rows)) if self._accepts is None or self._accepts(self._rows[n])]
        if passing:
            at = len(self._shown)
            self.beginInsertRows(_NOTHING, at, at + len(passing) - 1)
            self._shown.extend(passing)
            self.endInsertRows()
        if self._order is not None or self._work is not None:
            self._arrange()

    def change(self, number: int, row: _R) -> None:
        """Another row in the place of the one with this number in :attr:`rows`."""
        self._rows[number] = row
        if len(self._rows) <= _AT_ONCE:
            for place, known in enumerate(self._shown):
                if known == number:
                    self.dataChanged.emit(self.index(place, 0), self.index(place, len(self._columns) - 1))
        else:
            self.layoutChanged.emit()

    def search(self, accepts: Callable[[_R], bool] | None) -> None:
        """Show only rows for which this is true; None: all."""
        self._accepts = accepts
        self._arrange()

    def row_at(self, index: Index) -> _R | None:
        """The row behind an index of the view."""
        return self._rows[self._shown[index.row()]] if index.isValid() and index.row() < len(self._shown) else None

    def rowCount(self, parent: Index = _NOTHING) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _NOTHING) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row_at(index)
        if row is None:
            return None
        column = self._columns[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return cell_text(column.text(row))
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip_text(column.tip(row) if column.tip else column.text(row))
        if role == Qt.ItemDataRole.TextAlignmentRole and column.is_number:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == self.RowRole:
            return row
        return column.extra(role, row) if column.extra else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and section < len(self._columns):
            if role == Qt.ItemDataRole.DisplayRole:
                return self._columns[section].title
            if role == Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if self._columns[section].is_number else Qt.AlignmentFlag.AlignLeft
                return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        wanted = None if column < 0 else (column, order == Qt.SortOrder.DescendingOrder)
        if wanted != self._order:
            self._order = wanted
            self._arrange()

    def _arrange(self) -> None:
        self._work = self._arranged()
        self._timer.start()
        if len(self._rows) <= _AT_ONCE:
            while self._work is not None:
                self._go_on()

    def _go_on(self) -> None:
        until = perf_counter() + _SLICE_SECONDS
        while self._work is not None and perf_counter() < until:
            found = next(self._work)
            if found is not None:
                self._work = None
                self._timer.stop()
                self._show(found)

    def _show(self, shown: list[int]) -> None:
        self.layoutAboutToBeChanged.emit()
        kept = self.persistentIndexList()
        places = {number: place for place, number in enumerate(shown)} if kept else {}
        moved = [self._moved(index, places) for index in kept]
        self._shown = shown
        self.changePersistentIndexList(kept, moved)
        self.layoutChanged.emit()
        self.arranged.emit()

    def _moved(self, index: QModelIndex, places: dict[int, int]) -> QModelIndex:
        number = self._shown[index.row()] if index.row() < len(self._shown) else -1
        place = places.get(number)
        return QModelIndex() if place is None else self.createIndex(place, index.column())

    def _arranged(self) -> Generator[list[int] | None]:
        """Yields None after each small piece of work, and at last the row numbers in their order."""
        passing: list[int] = []
        for number, row in enumerate(self._rows):
            if self._accepts is None or self._accepts(row):
                passing.append(number)
            if number % _CHECK == _CHECK - 1:
                yield None
        if self._order is not None:
            column, is_falling = self._columns[self._order[0]], self._order[1]
            key = column.key or column.text
            runs: list[list[tuple[Any, int]]] = []
            for start in range(0, len(passing), _RUN):
                part = passing[start : start + _RUN]
                keys: list[tuple[Any, int]] = []
                for at in range(0, len(part), _CHECK):
                    keys.extend((key(self._rows[number]), number) for number in part[at : at + _CHECK])
                    yield None
                runs.append(sorted(keys, reverse=is_falling))
                yield None
            passing = []
            for place, (_, number) in enumerate(heapq.merge(*runs, reverse=is_falling)):
                passing.append(number)
                if place % _CHECK == _CHECK - 1:
                    yield None
        yield passing
