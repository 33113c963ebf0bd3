"""What the workers of a training wrote at both servers."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop_client.jobs.trainings.course import Course, Line
from desktop_client.jobs.trainings.rows import STAGES
from desktop_client.state.preferences import Preferences
from desktop_client.state.table import Column, RowTable
from desktop_client.ui.pages.project.words import ROLES, server_name, stage_name
from desktop_client.ui.widgets.basics import Empty, column
from desktop_client.ui.widgets.table import DataTable, ToneRole
from desktop_client.ui.words import moment

_HEIGHT = 260


class LogLines(QWidget):
    """Lines come at the end; what is filtered stays filtered."""

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self.model: RowTable[Line] = RowTable(self._columns(), self)
        nothing = Empty("scroll-text", self.tr("No line yet"), self.tr("Workers write here what they begin and end."))
        self.table = DataTable(self.model, nothing, "training-lines", preferences)
        self.table.setMinimumHeight(_HEIGHT)
        self.table.add_filter(
            self.tr("Both servers"),
            [(role, server_name(role)) for role in ROLES],
            lambda line, role: bool(line.role == role),
        )
        self.table.add_filter(
            self.tr("All stages"),
            [(stage.value, stage_name(stage.value)) for stage in STAGES],
            lambda line, stage: bool(line.stage == stage),
        )
        self.table.usual_widths(150, 100, 110)
        self.setLayout(column(self.table))
        self._job, self._last = "", 0

    def show_course(self, course: Course | None) -> None:
        """Add what is new; all anew for another training."""
        job = course.job if course is not None else ""
        lines = course.lines if course is not None else ()
        newest = lines[-1].number if lines else 0
        # A training that is followed again counts its lines from the beginning.
        if job != self._job or newest < self._last:
            self.model.replace(lines)
        elif newest > self._last:
            self.model.extend([line for line in lines if line.number > self._last])
        self._job, self._last = job, newest

    def _columns(self) -> tuple[Column[Line], ...]:
        return (
            Column(self.tr("When"), lambda one: moment(one.time), lambda one: (one.time, one.number)),
            Column(self.tr("Server"), lambda one: one.role.upper()),
            Column(self.tr("Stage"), lambda one: stage_name(one.stage) or "–"),
            Column(self.tr("Line"), lambda one: one.text, extra=_tone),
        )


def _tone(role: int, line: Line) -> str | None:
    return "warn" if role == ToneRole and line.is_warning else None
