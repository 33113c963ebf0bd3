"""The log as a list that is read page by page: as many rows as there are, only those in memory that are looked at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from common.errors import AppError
from desktop_client.jobs import records
from desktop_client.jobs.records import LogOverview, LogPage, LogVerdict
from desktop_client.jobs.task import Progress, Task
from desktop_client.state.desk import Desk
from desktop_client.state.table import cell_text, tip_text
from desktop_client.state.tasks import Report
from desktop_client.upload.logbook.rows import LogEntry, LogRow
from desktop_client.upload.logbook.search import LogFilter

_PAGE: Final = 200
_KEPT_PAGES: Final = 20
_NOTHING: Final = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class LogColumn:
    """A column and how a row is shown in it."""

    title: str
    text: Callable[[LogRow], str]


class LogModel(QAbstractTableModel):
    """Rows of the copy that a filter lets through, newest first. ``counted(total)`` when that is known."""

    counted = Signal(int)
    failed = Signal(object)

    def __init__(self, desk: Desk, columns: Sequence[LogColumn], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._columns = desk, tuple(columns)
        self._filter = LogFilter()
        self._total, self._turn = 0, 0
        self._pages: OrderedDict[int, tuple[LogRow, ...]] = OrderedDict()
        self._asked: set[int] = set()

    def show(self, wanted: LogFilter) -> None:
        """Other rows from now on; those that are shown stay until the new ones are counted."""
        self._filter, self._turn = wanted, self._turn + 1
        self._ask(0, self._turn)

    def row_at(self, index: Index) -> LogRow | None:
        """The row, if its page is here."""
        if not index.isValid():
            return None
        page = self._pages.get(index.row() // _PAGE)
        place = index.row() % _PAGE
        return page[place] if page is not None and place < len(page) else None

    def rowCount(self, parent: Index = _NOTHING) -> int:
        return 0 if parent.isValid() else self._total

    def columnCount(self, parent: Index = _NOTHING) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        row = self.row_at(index)
        if row is None:
            self._want(index.row() // _PAGE)
            return "…"
        text = self._columns[index.column()].text(row)
        return tip_text(text) if role == Qt.ItemDataRole.ToolTipRole else cell_text(text)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        return None

    def _want(self, number: int) -> None:
        if number not in self._pages and number not in self._asked:
            self._ask(number, self._turn)

    def _ask(self, number: int, turn: int) -> None:
        self._asked.add(number)
        wanted = self._filter
        self._desk.bridge.run(
            lambda: records.log_page(self._desk.office, wanted, number * _PAGE, _PAGE),
            partial(self._take, number, turn),
            partial(self._lost, number),
        )

    def _take(self, number: int, turn: int, found: LogPage) -> None:
        self._asked.discard(number)
        if turn != self._turn:
            return
        if found.total != self._total or number == 0:
            self.beginResetModel()
            self._pages.clear()
            self._total = found.total
            self._pages[number] = found.rows
            self.endResetModel()
            self.counted.emit(found.total)
            return
        self._pages[number] = found.rows
        while len(self._pages) > _KEPT_PAGES:
            self._pages.popitem(last=False)
        first = number * _PAGE
        self.dataChanged.emit(self.index(first, 0), self.index(first + len(found.rows) - 1, len(self._columns) - 1))

    def _lost(self, number: int, error: AppError) -> None:
        self._asked.discard(number)
        self.failed.emit(error)


class AuditState(QObject):
    """What the page shows besides the rows. ``overview``, ``verdict`` and ``entry`` bring what was asked for."""

    overview = Signal(object)
    verdict = Signal(object)
    entry = Signal(object)
    exported = Signal(int, str)
    busy = Signal(bool)
    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._running: Task | None = None

    @property
    def task(self) -> Task | None:
        """What runs now, if anything does."""
        return self._running

    def look(self) -> None:
        """Tell what the copy holds, without the network."""
        self._desk.run(lambda: records.log_overview(self._desk.office), self._looked, self.failed.emit)

    def open(self, number: int) -> None:
        """Tell everything about one row."""
        self._desk.run(lambda: records.log_entry(self._desk.office, number), self._opened, self.failed.emit)

    def fetch(self, label: str) -> None:
        """Bring the copy up to date."""

        async def work(report: Report) -> None:
            await records.fetch_log(self._desk.office, _told(report))

        task = Task("log-fetch", label, page=("audit", ""))
        self._start(task, work, lambda _: self._fetched(task))

    def check(self, label: str) -> None:
        """Check everything that can be checked."""

        async def work(report: Report) -> LogVerdict:
            return await records.check_log(self._desk.office, _told(report))

        self._start(Task("log-check", label, page=("audit", "")), work, self._checked)

    def export(self, label: str, out: Path) -> None:
        """Write the file for an auditor."""

        async def work(report: Report) -> int:
            return await records.export_log(self._desk.office, out, _told(report))

        done = partial(self._exported, str(out))
        self._start(Task("log-export", label, page=("audit", "")), work, done)

    def stop(self) -> None:
        """End what runs; the copy stays valid."""
        if self._running is not None and self._running.cancel is not None:
            self._running.cancel()

    def _start(self, task: Task, work: Callable[[Report], Any], done: Callable[[Any], None]) -> None:
        if self._running is not None:
            return
        self._running = task
        self.busy.emit(True)

        def ended(result: Any) -> None:
            self._end()
            done(result)

        def broke(error: AppError) -> None:
            self._end()
            self.failed.emit(error)

        self._desk.tasks.start(task, work, ended, broke)

    def _end(self) -> None:
        self._running = None
        self.busy.emit(False)

    def _fetched(self, task: Task) -> None:
        # It happens by itself again and again: only one that failed is worth a place in the list.
        self._desk.tasks.forget(task)
        self.look()

    def _looked(self, found: LogOverview) -> None:
        self.overview.emit(found)

    def _opened(self, found: LogEntry) -> None:
        self.entry.emit(found)

    def _checked(self, found: LogVerdict) -> None:
        self.look()
        self.verdict.emit(found)

    def _exported(self, out: str, rows: int) -> None:
        self.exported.emit(rows, out)


def _told(report: Report) -> records.OnProgress:
    def on_progress(found: dict[str, Any]) -> None:
        report(Progress(int(found["done"]), int(found["total"]), "rows", str(found["stage"])))

    return on_progress
