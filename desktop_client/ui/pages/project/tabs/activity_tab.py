"""What happened in the project: who did what, and when."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QWidget

from desktop_client.jobs.trainings.history import Happening
from desktop_client.state.preferences import Preferences
from desktop_client.state.table import Column, RowTable
from desktop_client.ui.pages.project.words import happening
from desktop_client.ui.widgets.basics import Empty, column, label
from desktop_client.ui.widgets.table import DataTable
from desktop_client.ui.words import moment


class ActivityTab(QWidget):
    """Newest first."""

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self.model: RowTable[Happening] = RowTable(self._columns(), self)
        self.table = DataTable(self.model, Empty("history", self.tr("Nothing yet")), "project-activity", preferences)
        self.table.usual_widths(150, 130, 480)
        remark = self.tr("As the servers tell it. What was really recorded is in the audit log, which can be verified.")
        self.setLayout(column(label(remark, "muted", True), self.table, spacing=12))
        self._names: Mapping[str, str] = {}
        self._shown: tuple[Happening, ...] = ()

    def show_history(self, found: tuple[Happening, ...], names: Mapping[str, str]) -> None:
        """Replace what is shown, if it is something else; ``names`` are those of data sets."""
        if (found, names) != (self._shown, self._names):
            self._names = names
            self._shown = found
            self.model.replace(found)

    def _columns(self) -> tuple[Column[Happening], ...]:
        return (
            Column(self.tr("When"), lambda one: moment(one.time), lambda one: one.time),
            Column(self.tr("Who"), lambda one: one.who or "–"),
            Column(self.tr("What"), lambda one: happening(one, self._names)),
            Column(self.tr("Reason"), lambda one: one.detail),
        )
