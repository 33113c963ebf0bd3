"""The audit page: who did what, and the proof that nobody rewrote it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QHeaderView,
    QLineEdit,
    QStackedLayout,
    QTableView,
)

from common.errors import AppError, Cancelled
from desktop_client.jobs.records import LogOverview, LogVerdict, only_mine
from desktop_client.state.audit import AuditState, LogColumn, LogModel
from desktop_client.state.desk import Desk
from desktop_client.ui import icons
from desktop_client.ui.page import Page
from desktop_client.ui.pages.audit import words
from desktop_client.ui.pages.audit.details import EntryDialog
from desktop_client.ui.pages.audit.verdict import VerdictCard
from desktop_client.ui.widgets.basics import Empty, button, label, row
from desktop_client.ui.widgets.progress import Bar, pace_text
from desktop_client.ui.words import ago, moment, number, short_id
from desktop_client.upload.logbook.rows import LogEntry
from desktop_client.upload.logbook.search import LogFilter

_SEARCH_MS: Final = 250
_ROW: Final = 36
_FRESH_MS: Final = 20_000
_MYSELF: Final = "me"
_DAYS: Final = (1, 7, 30, 365)


class AuditPage(Page):
    """A copy of the log is on this device; it is searched without the network and fetched anew on demand."""

    def __init__(self, desk: Desk) -> None:
        title = self.tr("Audit")
        subtitle = self.tr(
            "What happened in this deployment, in a log that nobody can rewrite unnoticed. It holds ids and times only."
        )
        super().__init__(desk, title, subtitle, is_scrolled=False)
        self.state = AuditState(desk, self)
        self.model = LogModel(desk, self._columns(), self)
        self.verify = self.add_action(button(self.tr("Check everything"), self._verify, "primary", "shield-check"))
        self.export = self.add_action(button(self.tr("Export for an auditor"), self._export, "", "download"))
        self.verdict = VerdictCard()
        self.progress = Bar(self.tr("Working"))
        self.stop = button(self.tr("Stop"), self.state.stop, "flat")
        self.working = row(self.progress, self.stop)
        self.working.setStretch(0, 1)
        self.count, self.fresh = label("", "muted"), label("", "small")
        self._build_filters()
        self.view = self._view()
        self._stack = QStackedLayout()
        self._nothing = Empty(
            "scroll-text", self.tr("Nothing to show"), self.tr("Fetch the log, or change the filters.")
        )
        tools = row(self.search, self.action_box, self.actor_box, self.kind_box, self.time_box, None, self.count)
        self.add(self.verdict, self.working, tools, self.fresh)
        self.body.addLayout(self._stack, 1)
        for part in (self.view, self._nothing):
            self._stack.addWidget(part)
        self._connect()
        self._show_busy(False)

    def open(self, subject: str) -> None:
        """``subject`` is the id of an object whose entries are wanted, or empty."""
        self.search.setText(subject)
        self.state.look()
        self.model.show(self._wanted())
        self._fetch()

    def refresh(self) -> None:
        """Fetch what is new; news that come in numbers, while a training runs, share one fetch."""
        if self._pause.isActive():
            self._is_behind = True
        else:
            self._fetch()

    def leave(self) -> None:
        self._pause.stop()

    def _fetch(self) -> None:
        self._is_behind = False
        self._pause.start()
        self.state.fetch(self.tr("Fetch the log"))

    def _catch_up(self) -> None:
        if self._is_behind:
            self._fetch()

    def _verify(self) -> None:
        self.banner.hide()
        self.state.check(self.tr("Check the log"))

    def _export(self) -> None:
        folder = Path(self.desk.preferences.text("export-folder", str(Path.home())))
        name = f"imageguard-log-{datetime.now(UTC):%Y-%m-%d}.zip"
        chosen, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export for an auditor"), str(folder / name), "ZIP (*.zip)"
        )
        if chosen:
            self.desk.preferences.set_text("export-folder", str(Path(chosen).parent))
            self.state.export(self.tr("Export the log"), Path(chosen))

    def _columns(self) -> tuple[LogColumn, ...]:
        return (
            LogColumn(self.tr("Number"), lambda found: number(found.number)),
            LogColumn(self.tr("Time"), lambda found: moment(found.time)),
            LogColumn(self.tr("Who"), lambda found: words.actor(found.actor, found.name)),
            LogColumn(self.tr("What"), lambda found: words.action(found.action)),
            LogColumn(self.tr("Object"), lambda found: f"{words.kind(found.kind)} {short_id(found.object)}".strip()),
            LogColumn(self.tr("Recorded by"), lambda found: words.actor(f"node:{found.node}", "")),
        )

    def _build_filters(self) -> None:
        self.search = QLineEdit(clearButtonEnabled=True)
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setAccessibleName(self.tr("Search in the log"))
        self.search.addAction(icons.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setMaximumWidth(220)
        self.action_box = self._box(self.tr("Every action"))
        self.actor_box = self._box(self.tr("Everybody"))
        self.kind_box = self._box(self.tr("Every object"))
        self.time_box = self._box(self.tr("Any time"))
        for days in _DAYS:
            self.time_box.addItem(self.tr("Last %n day(s)", "", days), days)

    def _box(self, first: str) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(first)
        made.setMaximumWidth(170)
        made.addItem(first, "")
        made.activated.connect(self._filter)
        return made

    def _view(self) -> QTableView:
        view = QTableView()
        view.setModel(self.model)
        view.setAccessibleName(self.tr("Entries of the log"))
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setTabKeyNavigation(False)
        view.verticalHeader().hide()
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        view.verticalHeader().setDefaultSectionSize(_ROW)
        header = view.horizontalHeader()
        for section, width in enumerate((80, 150, 150, 300, 170)):
            header.resizeSection(section, width)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return view

    def _connect(self) -> None:
        self._timer = QTimer(self, singleShot=True, interval=_SEARCH_MS)
        self._timer.timeout.connect(self._filter)
        self._pause = QTimer(self, singleShot=True, interval=_FRESH_MS)
        self._pause.timeout.connect(self._catch_up)
        self._is_behind = False
        self.search.textChanged.connect(lambda: self._timer.start())
        self.view.activated.connect(self._open_row)
        self.model.counted.connect(self._counted)
        self.model.failed.connect(self._failed)
        self.state.overview.connect(self._looked)
        self.state.verdict.connect(self._checked)
        self.state.entry.connect(self._entry)
        self.state.exported.connect(self._exported)
        self.state.busy.connect(self._show_busy)
        self.state.failed.connect(self._failed)
        self.desk.tasks.changed.connect(self._moved)

    def _filter(self) -> None:
        self.model.show(self._wanted())

    def _wanted(self) -> LogFilter:
        action, actor = self.action_box.currentData(), self.actor_box.currentData()
        days = self.time_box.currentData()
        since = datetime.now(UTC) - timedelta(days=days) if days else None
        wanted = LogFilter(
            actions=(action,) if action else (),
            actors=(actor,) if actor and actor != _MYSELF else (),
            kind=self.kind_box.currentData(),
            since=f"{since:%Y-%m-%dT%H:%M:%SZ}" if since else "",
            text=self.search.text(),
        )
        return only_mine(wanted, self.desk.office) if actor == _MYSELF else wanted

    def _looked(self, found: LogOverview) -> None:
        people = sorted((words.actor(code, found.names.get(code, "")), code) for code in found.actors)
        _refill(self.actor_box, [(self.tr("Only me"), _MYSELF), *people] if found.mine else people)
        _refill(self.action_box, sorted((words.action(code), code) for code in found.actions))
        _refill(self.kind_box, sorted((words.kind(code), code) for code in found.kinds if code))
        self.fresh.setText(self._freshness(found))
        self.model.show(self._wanted())

    def _freshness(self, found: LogOverview) -> str:
        if not found.state.fetched:
            return self.tr("The log was not fetched to this device yet.")
        then = datetime.fromisoformat(found.state.fetched.replace("Z", "+00:00"))
        passed = (datetime.now(UTC) - then).total_seconds()
        text = self.tr("Copy of %1 entries on this device, fetched and verified %2.")
        return text.replace("%1", number(found.state.size)).replace("%2", ago(max(passed, 0.0)))

    def _counted(self, total: int) -> None:
        self.count.setText(self.tr("%n entries", "", total))
        self._stack.setCurrentWidget(self.view if total else self._nothing)

    def _open_row(self) -> None:
        found = self.model.row_at(self.view.currentIndex())
        if found is not None:
            self.state.open(found.number)

    def _entry(self, found: LogEntry) -> None:
        dialog = EntryDialog(self, found)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _checked(self, found: LogVerdict) -> None:
        self.verdict.show_verdict(found)

    def _exported(self, rows: int, out: str) -> None:
        text = self.tr(
            "%n entries were checked and written. A page in the file says how to check them again.", "", rows
        )
        self.banner.say(text, "good", self.tr("Exported"), out)

    def _show_busy(self, is_busy: bool) -> None:
        self.progress.setVisible(is_busy)
        self.stop.setVisible(is_busy)
        for one in (self.verify, self.export):
            one.setEnabled(not is_busy)

    def _moved(self) -> None:
        task = self.state.task
        if task is not None:
            self.progress.name.setText(task.label)
            self.progress.show_share(task.progress.share, pace_text(task))

    def _failed(self, error: AppError) -> None:
        if not isinstance(error, Cancelled):
            self.show_error(error)


def _refill(box: QComboBox, choices: list[tuple[str, str]]) -> None:
    """Other choices after the first one; the chosen one stays if it is still there."""
    chosen = box.currentData()
    while box.count() > 1:
        box.removeItem(1)
    for text, value in choices:
        box.addItem(text, value)
    box.setCurrentIndex(max(box.findData(chosen), 0))
