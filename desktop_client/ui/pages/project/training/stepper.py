"""The stages of a training side by side, each with how far either server is."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from common.pipeline import JobState
from desktop_client.jobs.trainings.course import Course
from desktop_client.jobs.trainings.rows import STAGES, StageRow
from desktop_client.ui import icons
from desktop_client.ui.pages.project.words import ROLES, server_name, stage_name, stage_tip
from desktop_client.ui.widgets.basics import column, label, row
from desktop_client.ui.widgets.progress import Bar
from desktop_client.ui.words import duration, fill, percent, size

_ICON = 18


class StageCell(QWidget):
    """One stage: its name, a bar for each server, bytes and time."""

    def __init__(self, stage: str) -> None:
        super().__init__()
        self._stage = stage
        self._picture, self.name = QLabel(), label(stage_name(stage), "strong")
        self._mark = ""
        self.bars = {role: Bar(role.upper()) for role in ROLES}
        for role, bar in self.bars.items():
            bar.bar.setAccessibleName(f"{stage_name(stage)}, {server_name(role)}")
        self.cost, self.left = label("", "small"), label("", "small")
        self.setToolTip(stage_tip(stage))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        heading = row(self._picture, self.name, None)
        self.setLayout(column(heading, *self.bars.values(), self.cost, self.left, spacing=6))

    def show_rows(self, rows: dict[str, StageRow | None], is_over: bool, is_failed: bool) -> None:
        """How far either server is; None where this stage has not begun."""
        begun = [one for one in rows.values() if one is not None]
        is_done = len(begun) == len(rows) and all(one.is_done for one in begun)
        for role, one in rows.items():
            share = one.share if one is not None else 0.0
            state = "good" if one is not None and one.is_done else "bad" if is_failed and one is not None else ""
            self.bars[role].show_share(share, percent(share, 0) if one is not None else "–", state)
        sent = sum(one.bytes_sent for one in begun)
        seconds = max((one.seconds for one in begun), default=0.0)
        self.cost.setText(f"{size(sent)} · {duration(seconds)}" if begun else " ")
        left = [one.seconds_left for one in begun if not one.is_done]
        known = [one for one in left if one is not None]
        is_timed = bool(known) and not is_over
        self.left.setText(fill(self.tr("about %1 left"), duration(max(known))) if is_timed else " ")
        self._show_mark(is_done, bool(begun), is_over, is_failed)

    def _show_mark(self, is_done: bool, is_begun: bool, is_over: bool, is_failed: bool) -> None:
        name, colour = ("circle", "muted")
        if is_done:
            name, colour = ("circle-check", "good")
        elif is_begun and is_failed:
            name, colour = ("circle-x", "bad")
        elif is_begun and not is_over:
            name, colour = ("loader-circle", "accent")
        if f"{name} {colour}" != self._mark:
            self._mark = f"{name} {colour}"
            self._picture.setPixmap(icons.pixmap(name, _ICON, colour, self.devicePixelRatioF()))


class Stepper(QWidget):
    """All stages in the order in which they begin; all but the last then go on side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = {stage.value: StageCell(stage.value) for stage in STAGES}
        layout = row(*self.cells.values(), spacing=18)
        for place in range(len(self.cells)):
            layout.setStretch(place, 1)
        self.setLayout(layout)

    def show_course(self, course: Course | None) -> None:
        """Where the stages are in this attempt."""
        state = course.state if course is not None else None
        is_over = state is None or state.is_final or state in (JobState.PAUSED, JobState.QUEUED)
        for name, cell in self.cells.items():
            rows = {role: course.sides[role].stages.get(name) if course is not None else None for role in ROLES}
            cell.show_rows(rows, is_over, state is JobState.FAILED)
