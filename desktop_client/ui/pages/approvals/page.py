"""Approvals: everything that waits for the person, with what exactly is signed, and what was decided before."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QTabWidget, QWidget

from common.errors import AppError
from desktop_client.jobs.approvals import REGISTRATION, Decision, Shown, Waiting
from desktop_client.state.desk import Desk
from desktop_client.state.identity.approvals import Approvals
from desktop_client.state.table import Column, RowTable
from desktop_client.ui.page import Page
from desktop_client.ui.pages.approvals import words
from desktop_client.ui.pages.approvals.consent import ConsentPanel
from desktop_client.ui.widgets.basics import Empty, boxed, button, column, label, row
from desktop_client.ui.widgets.dialogs import confirm
from desktop_client.ui.widgets.table import DataTable, ToneRole
from desktop_client.ui.words import moment, short_id

_LIST, _PANEL = 380, 640
_LIST_WIDTHS = (110, 140, 120)
_PAST_WIDTHS = (130, 200, 80, 190, 90, 130)


class ApprovalsPage(Page):
    """Left what waits, right what it is about; a second tab for the past."""

    def __init__(self, desk: Desk) -> None:
        text = self.tr("What you sign here is checked by both servers before anything is computed.")
        super().__init__(desk, self.tr("Approvals"), text, is_scrolled=False)
        self.approvals = Approvals(desk, self)
        self._shown: Shown | None = None
        self._looking: Waiting | None = None
        self.waiting: RowTable[Waiting] = RowTable(self._waiting_columns(), self)
        self.history: RowTable[Decision] = RowTable(self._history_columns(), self)
        asking = self.tr("Asking the nodes…")
        self._no_waiting = Empty(
            "inbox", self.tr("Nothing waits for you"), self.tr("Requests for your consent appear here.")
        )
        self._no_history = Empty(
            "history", self.tr("No decisions yet"), self.tr("What you consent to or decline is kept here.")
        )
        for one in (self._no_waiting, self._no_history):
            one.wait(asking)
        self.list = DataTable(
            self.waiting,
            self._no_waiting,
            "waiting",
            desk.preferences,
        )
        self.past = DataTable(
            self.history,
            self._no_history,
            "decisions",
            desk.preferences,
        )
        self.list.set_widths(_LIST_WIDTHS)
        self.past.set_widths(_PAST_WIDTHS)
        self.panel = ConsentPanel(self.approvals.usual_days)
        self.side = QStackedWidget()
        self._choose = Empty("file-text", self.tr("Choose what to decide"), self.tr("You see what you sign first."))
        self._person = self._person_panel()
        for part in (self._choose, self.panel, self._person):
            self.side.addWidget(part)
        self.tabs = QTabWidget()
        self.tabs.addTab(self._waiting_tab(), self.tr("Waiting"))
        self.tabs.addTab(self._history_tab(), self.tr("My decisions"))
        self.tabs.currentChanged.connect(lambda: self.refresh())
        self.add(self.tabs, stretch=1)
        self._connect()

    def open(self, subject: str) -> None:
        """``subject`` may be the id of a project."""
        self._wanted = subject
        self.refresh()

    def refresh(self) -> None:
        if self.tabs.currentIndex() == 0:
            self.approvals.refresh()
        else:
            self.approvals.refresh_history()

    def _connect(self) -> None:
        self._wanted = ""
        self.list.selected.connect(self._select)
        self.past.selected.connect(lambda found: self.take_back.setEnabled(bool(found and found.is_in_force)))
        self.panel.given.connect(self._give)
        self.panel.declined.connect(self._decline)
        self.panel.withdrawn.connect(lambda reason: self._withdraw(self._looking, reason))
        found = self.approvals
        found.waiting_changed.connect(self._show_waiting)
        found.history_changed.connect(self._show_history)
        found.looked.connect(self._show_asked)
        found.look_failed.connect(self.panel.show_error)
        found.busy_changed.connect(self.panel.set_busy)
        found.decided.connect(self._decided)
        found.failed.connect(self.show_error)

    def _show_waiting(self) -> None:
        self._no_waiting.ready()
        kept = self._wanted or (self._looking.subject if self._looking else "")
        self.waiting.replace(self.approvals.waiting)
        place = next((n for n, one in enumerate(self.waiting.shown) if one.subject == kept), None)
        self._wanted = ""
        if place is None:
            self._select(None)
        else:
            self.list.view.selectRow(place)

    def _show_history(self) -> None:
        self._no_history.ready()
        self.history.replace(self.approvals.history)
        self.take_back.setEnabled(False)

    def _select(self, found: Waiting | None) -> None:
        if found is not None and self._looking is not None and found == self._looking:
            return
        self._looking, self._shown = found, None
        self.approvals.forget_look()
        if found is None:
            self.side.setCurrentWidget(self._choose)
        elif found.kind == REGISTRATION:
            self._who.setText(found.subject)
            self._from.setText(self.tr("%1, since %2").replace("%1", found.title).replace("%2", moment(found.when)))
            self.side.setCurrentWidget(self._person)
        else:
            self.panel.begin(found)
            self.side.setCurrentWidget(self.panel)
            self.approvals.look(found.subject)

    def _show_asked(self, shown: Shown) -> None:
        self._shown = shown
        self.panel.show_asked(shown)

    def _give(self, days: int, reason: str) -> None:
        if self._shown is not None:
            self.approvals.give(self._shown, days, reason)

    def _decline(self, reason: str) -> None:
        shown = self._shown
        if shown is not None:
            text = self.tr("The project cannot use your data; you are not asked again before it changes.")
            heading = self.tr("Decline?")
            confirm(self, heading, text, self.tr("Decline"), lambda: self.approvals.decline(shown, reason))

    def _withdraw(self, found: Waiting | Decision | None, reason: str = "") -> None:
        if found is None:
            return
        project = found.subject if isinstance(found, Waiting) else found.project
        text = self.tr("No new training of “%1” starts with your data. One that runs already goes on.")
        confirm(
            self,
            self.tr("Take your consent back?"),
            text.replace("%1", found.title),
            self.tr("Take back"),
            lambda: self.approvals.withdraw(project, reason),
            is_danger=True,
        )

    def _decided(self, what: str) -> None:
        self.desk.say(
            {
                "given": self.tr("Your consent is signed and at both servers."),
                "declined": self.tr("You declined; both servers know it."),
                "withdrawn": self.tr("Your consent is taken back."),
            }[what]
        )
        self.banner.hide()
        self._looking = None
        self.list.view.clearSelection()
        self.side.setCurrentWidget(self._choose)

    def show_error(self, error: AppError) -> None:
        self.banner.show_error(error)

    def _waiting_tab(self) -> QWidget:
        parts = QSplitter(Qt.Orientation.Horizontal)
        parts.setChildrenCollapsible(False)
        parts.addWidget(self.list)
        parts.addWidget(self.side)
        parts.setStretchFactor(1, 1)
        parts.setSizes([_LIST, _PANEL])
        parts.setHandleWidth(16)
        self.list.setMinimumWidth(300)
        self.side.setMinimumWidth(420)
        return parts

    def _history_tab(self) -> QWidget:
        self.take_back = button(
            self.tr("Take consent back"), lambda: self._withdraw(self.past.current), "danger", "undo-2"
        )
        self.take_back.setEnabled(False)
        self.past.tools.addWidget(self.take_back)
        self.past.chosen.connect(lambda found: self.desk.go("project", found.project) if found else None)
        return self.past

    def _person_panel(self) -> QWidget:
        self._who, self._from = label("", "title", True), label("", "muted", True)
        says = label(
            self.tr("Compare the fingerprint with this person by telephone or in person before you approve."), "", True
        )
        self.to_users = button(self.tr("Compare and approve…"), self._to_users, "primary", "fingerprint")
        return boxed(column(self._who, self._from, says, row(self.to_users, None), None, spacing=12))

    def _to_users(self) -> None:
        if self._looking is not None:
            self.desk.go("users", self._looking.subject)

    def _waiting_columns(self) -> tuple[Column[Waiting], ...]:
        def tone(role: int, found: Waiting) -> str | None:
            return words.kind(found.kind)[1] if role == ToneRole else None

        return (
            Column(self.tr("What"), lambda found: words.kind(found.kind)[0], extra=tone),
            Column(self.tr("About"), _about),
            Column(self.tr("Since or until"), lambda found: moment(found.when), lambda found: found.when),
        )

    def _history_columns(self) -> tuple[Column[Decision], ...]:
        def tone(role: int, found: Decision) -> str | None:
            return words.decision(found)[1] if role == ToneRole else None

        return (
            Column(self.tr("When"), lambda found: moment(found.time), lambda found: found.time),
            Column(self.tr("Project"), lambda found: found.title),
            Column(self.tr("Revision"), lambda found: str(found.revision), lambda found: found.revision, True),
            Column(self.tr("Decision"), lambda found: words.decision(found)[0], extra=tone),
            Column(self.tr("Data set"), lambda found: short_id(found.dataset), tip=lambda found: found.dataset),
            Column(self.tr("Until"), lambda found: moment(found.expires) or "–", lambda found: found.expires),
            Column(self.tr("Reason"), lambda found: found.reason or "–"),
        )


def _about(found: Waiting) -> str:
    return f"{found.subject} · {found.title}" if found.kind == REGISTRATION else found.title
