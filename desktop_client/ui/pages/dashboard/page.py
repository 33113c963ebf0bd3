"""The dashboard: numbers that lead further, what runs, what waits, and how busy the nodes are."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from desktop_client.jobs.overview.summary import Event, Summary
from desktop_client.jobs.trainings.rows import Training
from desktop_client.state.desk import Desk
from desktop_client.state.overview.board import BoardControl
from desktop_client.state.overview.loads import ROLES, LoadHistory
from desktop_client.ui.page import Page
from desktop_client.ui.pages.dashboard.cards import FirstSteps, TrainingRow, WaitingCard
from desktop_client.ui.pages.dashboard.words import happening
from desktop_client.ui.widgets.basics import Card, Figure, boxed, column, empty, label, row
from desktop_client.ui.widgets.charts.loads import LoadCharts
from desktop_client.ui.widgets.progress import TaskRow
from desktop_client.ui.words import moment

_EVENTS: Final = 8
_TASKS: Final = 4
_TRAININGS: Final = 5


class PressableFigure(Figure):
    """A number that leads somewhere, by mouse and keyboard."""

    def __init__(self, name: str, icon: str) -> None:
        super().__init__(name, icon)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)


class DashboardPage(Page):
    """Asked anew on news; while trainings run, how far they are is asked every few seconds."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, self.tr("Dashboard"))
        self.control = BoardControl(desk, self)
        self.users = PressableFigure(self.tr("Users"), "users")
        self.projects = PressableFigure(self.tr("Projects"), "folder-kanban")
        self.finished = PressableFigure(self.tr("Finished trainings"), "circle-check")
        self.running = PressableFigure(self.tr("Training now"), "activity")
        figures = row(self.users, self.projects, self.finished, self.running, spacing=16)
        self.first_steps = FirstSteps(desk)
        self.first_steps.hide()
        self.trainings, self.waiting = Card(self.tr("Trainings that have not ended")), WaitingCard(desk)
        self._training_rows = column(spacing=12)
        self.trainings.add(self._training_rows)
        self.loads = LoadCharts(desk.lasting(LoadHistory), ROLES)
        self.load_card = Card(self.tr("Load of the last half hour")).add(self.loads)
        self.activity, self.tasks = Card(self.tr("Recent activity")), Card(self.tr("Recent tasks on this device"))
        self._event_rows, self._task_rows = column(spacing=8), column(spacing=10)
        self.activity.add(self._event_rows)
        self.tasks.add(self._task_rows)
        middle = row(self.trainings, column(self.waiting, None, spacing=0), spacing=16)
        below = row(column(self.activity, None, spacing=0), column(self.tasks, None, spacing=0), spacing=16)
        for both in (middle, below):
            both.setStretch(0, 3)
            both.setStretch(1, 2)
        self.add(figures, self.first_steps, middle, self.load_card, below)
        self.body.addStretch(1)
        self._rows: dict[str, TrainingRow] | None = None
        self._tasks: list[TaskRow] = []
        self._events: tuple[Event, ...] | None = None
        self._connect()
        self._show_tasks()

    def refresh(self) -> None:
        self.control.refresh()

    def leave(self) -> None:
        self.control.close()

    def _connect(self) -> None:
        desk = self.desk
        self.control.shown.connect(self._show)
        self.control.moved.connect(self._move)
        self.control.failed.connect(self.show_error)
        desk.tasks.changed.connect(self._show_tasks)
        is_administrator = desk.person is not None and desk.person.is_administrator
        self.users.pressed.connect(lambda: desk.go("users" if is_administrator else "settings"))
        self.projects.pressed.connect(lambda: desk.go("projects"))
        self.finished.pressed.connect(lambda: desk.go("models"))
        self.running.pressed.connect(self._go_to_running)

    def _show(self, summary: Summary) -> None:
        self.banner.hide()
        for role in summary.away:
            name = self.tr("Server %1").replace("%1", role.upper())
            self.banner.say(
                self.tr("%1 does not answer; what it alone knows is missing here.").replace("%1", name), "warn"
            )
        requested = self.tr("%n request(s) to approve", "", summary.requested) if summary.requested else ""
        self.users.show_value(str(summary.users), requested)
        self.projects.show_value(str(len(summary.projects)), self.tr("%n ready to train", "", summary.ready))
        self.first_steps.show_summary(summary)
        self.waiting.show_waiting(summary.waiting)
        self._move(summary)
        if summary.events != self._events:
            self._events = summary.events
            self._show_events(summary)

    def _move(self, summary: Summary) -> None:
        """What changes while servers compute."""
        finished = sum(one.state == "finished" for one in summary.trainings)
        failed = sum(one.state == "failed" for one in summary.trainings)
        self.finished.show_value(str(finished), self.tr("%n failed", "", failed) if failed else "")
        computing = sum(one.is_running for one in summary.running)
        idle = len(summary.running) - computing
        self.running.show_value(str(computing), self.tr("%n waiting or paused", "", idle) if idle else "")
        self._show_trainings(summary)

    def _show_trainings(self, summary: Summary) -> None:
        shown = {one.job: one for one in summary.running[:_TRAININGS]}
        if self._rows is None or list(shown) != list(self._rows):
            empty(self._training_rows)
            self._rows = {job: self._training_row(one) for job, one in shown.items()}
            if not shown:
                self._training_rows.addWidget(label(self.tr("Nothing is training now."), "muted"))
        for job, one in shown.items():
            self._rows[job].show_training(one, summary.projects.get(one.project, ""))

    def _training_row(self, one: Training) -> TrainingRow:
        made = TrainingRow()
        made.pressed.connect(lambda: self.desk.go("project", f"{one.project}/training/{one.job}"))
        self._training_rows.addWidget(made)
        return made

    def _show_events(self, summary: Summary) -> None:
        empty(self._event_rows)
        for event in summary.events[:_EVENTS]:
            self._event_rows.addWidget(_event_row(event))
        if not summary.events:
            self._event_rows.addWidget(label(self.tr("Nothing has happened yet."), "muted"))

    def _show_tasks(self) -> None:
        newest = list(self.desk.tasks.all[: -_TASKS - 1 : -1])
        if newest and [one.task for one in self._tasks] == newest:
            for one in self._tasks:
                one.refresh()
            return
        empty(self._task_rows)
        self._tasks = [TaskRow(task) for task in newest]
        for one in self._tasks:
            self._task_rows.addWidget(one)
        if not newest:
            self._task_rows.addWidget(
                label(self.tr("No upload and no other long work since the program started."), "muted", True)
            )

    def _go_to_running(self) -> None:
        summary = self.control.summary
        if summary is not None and summary.running:
            one = summary.running[0]
            self.desk.go("project", f"{one.project}/training/{one.job}")
        else:
            self.desk.go("projects")


def _event_row(event: Event) -> QWidget:
    one = event.happening
    what = label(happening(event), "", True)
    line = row(label(moment(one.time), "small"), what, spacing=12)
    line.setStretch(1, 1)
    return boxed(line)
