"""Who is in the project, and what each of them may do."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop_client.jobs.trainings.standing import Member, ProjectView
from desktop_client.state.preferences import Preferences
from desktop_client.state.table import Column, RowTable
from desktop_client.ui.pages.project.words import role_name
from desktop_client.ui.widgets.basics import Empty, button, column, label, row
from desktop_client.ui.widgets.table import DataTable, ToneRole


class PeopleTab(QWidget):
    """``change_wanted`` when the person wants others in it: that takes a new revision."""

    change_wanted = Signal()

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self.model: RowTable[Member] = RowTable(self._columns(), self)
        self.table = DataTable(self.model, Empty("users", self.tr("Nobody")), "project-members", preferences)
        self.change = button(self.tr("Change people"), self.change_wanted.emit, icon="user-plus")
        self.remark = label(
            self.tr(
                "Members and roles are part of what every data owner signs. Another member, or another role, is a new "
                "revision of the project, to which all data owners consent anew."
            ),
            "muted",
            True,
        )
        line = row(self.remark, self.change, spacing=16)
        line.setStretch(0, 1)
        self.setLayout(column(line, self.table, spacing=12))
        self._shown: tuple[Member, ...] = ()

    def show_view(self, view: ProjectView) -> None:
        """The members as the newest revision names them."""
        can = view.role == "owner" and not view.is_archived
        self.change.setEnabled(can)
        self.change.setToolTip("" if can else self.tr("Only an owner publishes a new revision."))
        if view.members != self._shown:
            self._shown = view.members
            self.model.replace(view.members)

    def _columns(self) -> tuple[Column[Member], ...]:
        def yes(value: bool) -> str:
            return self.tr("yes") if value else "–"

        tones = {"owner": "info", "editor": "good"}
        return (
            Column(self.tr("Name"), lambda one: one.user),
            Column(self.tr("Organisation"), lambda one: one.organisation or "–"),
            Column(
                self.tr("Role"),
                lambda one: role_name(one.role),
                lambda one: ("owner", "editor", "viewer").index(one.role),
                extra=lambda role, one: tones.get(one.role, "neutral") if role == ToneRole else None,
            ),
            Column(self.tr("Receives the model"), lambda one: yes(one.receives)),
            Column(self.tr("May test it"), lambda one: yes(one.tests)),
            Column(self.tr("Data sets"), lambda one: str(one.datasets), lambda one: one.datasets, is_number=True),
        )
