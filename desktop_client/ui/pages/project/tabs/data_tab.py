"""The data sets of a project, and how its classes are balanced."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop_client.jobs.trainings.standing import DatasetFacts, ProjectView
from desktop_client.state.preferences import Preferences
from desktop_client.state.table import Column, RowTable
from desktop_client.ui.pages.project.balance import BalanceChart
from desktop_client.ui.widgets.basics import Card, Empty, column
from desktop_client.ui.widgets.table import DataTable, ToneRole
from desktop_client.ui.words import number, short_id

_TABLE = 220


class DataTab(QWidget):
    """``dataset_wanted(id)`` when one is opened."""

    dataset_wanted = Signal(str)

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self.model: RowTable[DatasetFacts] = RowTable(self._columns(), self)
        nothing = Empty("database", self.tr("No data sets"))
        self.table = DataTable(self.model, nothing, "project-datasets", preferences)
        self.table.setMinimumHeight(_TABLE)
        self.table.chosen.connect(self._open)
        self.balance = BalanceChart()
        self.setLayout(column(self.table, Card().add(self.balance), None, spacing=16))
        self._shown: tuple[DatasetFacts, ...] = ()

    def show_view(self, view: ProjectView) -> None:
        """The data sets that the newest revision names."""
        if view.datasets != self._shown:
            self._shown = view.datasets
            self.model.replace(view.datasets)
            self.balance.show_datasets(view.datasets)

    def _open(self, one: DatasetFacts | None) -> None:
        if one is not None and one.is_known:
            self.dataset_wanted.emit(one.id)

    def _columns(self) -> tuple[Column[DatasetFacts], ...]:
        hidden = self.tr("not visible to you")
        return (
            Column(self.tr("Name"), lambda one: one.name or short_id(one.id), tip=lambda one: one.id),
            Column(self.tr("Owner"), lambda one: one.owner),
            Column(
                self.tr("Images"),
                lambda one: number(one.count) if one.is_known else hidden,
                lambda one: one.count,
                is_number=True,
            ),
            Column(self.tr("Size"), lambda one: _sides(one.shape)),
            Column(
                self.tr("Classes"), lambda one: str(len(one.classes) or "–"), tip=lambda one: ", ".join(one.classes)
            ),
            Column(
                self.tr("State"),
                lambda one: self._state(one)[0],
                extra=lambda role, one: self._state(one)[1] if role == ToneRole else None,
            ),
        )

    def _state(self, one: DatasetFacts) -> tuple[str, str]:
        if not one.is_known:
            return self.tr("not visible"), "neutral"
        if not one.enabled:
            return self.tr("disabled"), "warn"
        words = {
            "usable": (self.tr("usable"), "good"),
            "uploading": (self.tr("uploading"), "info"),
            "deleted": (self.tr("deleted"), "bad"),
        }
        return words.get(one.state, (one.state, "neutral"))


def _sides(shape: tuple[int, ...]) -> str:
    if len(shape) != 3:
        return "–"
    height, width, channels = shape
    return f"{width} × {height}" + (f" × {channels}" if channels > 1 else "")
