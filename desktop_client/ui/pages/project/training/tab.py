"""A training: steered, watched stage by stage and epoch by epoch, with the load and the lines of both servers."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QWidget

from common.errors import AppError
from common.pipeline import JobState
from desktop_client.jobs.trainings.course import Course
from desktop_client.jobs.trainings.rows import Training
from desktop_client.jobs.trainings.standing import ProjectView
from desktop_client.state.desk import Desk
from desktop_client.state.overview.loads import LoadHistory
from desktop_client.state.project.control import ProjectControl
from desktop_client.ui.messages import tell
from desktop_client.ui.pages.project.training.controls import Controls
from desktop_client.ui.pages.project.training.curves import Curves
from desktop_client.ui.pages.project.training.lines import LogLines
from desktop_client.ui.pages.project.training.stepper import Stepper
from desktop_client.ui.pages.project.words import ROLES, job_state, server_name
from desktop_client.ui.widgets.banner import Banner
from desktop_client.ui.widgets.basics import Badge, Card, Empty, column, label, row
from desktop_client.ui.widgets.charts.loads import LoadCharts
from desktop_client.ui.words import duration, fill, moment, short_id


class TrainingTab(QWidget):
    """One training of the project at a time; the newest at first."""

    def __init__(self, desk: Desk, control: ProjectControl) -> None:
        super().__init__()
        self._control = control
        self.which = QComboBox()
        self.which.setAccessibleName(self.tr("Training"))
        self.which.activated.connect(lambda: control.choose(self.which.currentData()))
        self.state, self.about, self.left = Badge(), label("", "muted", True), label("", "strong")
        self.controls = Controls(control)
        head = Card()
        line = row(self.which, self.state, self.about, self.left, spacing=12)
        line.setStretch(2, 1)
        head.add(line, self.controls)
        self.trouble, self.link = Banner(), Banner()
        self.stepper, self.curves = Stepper(), Curves()
        self.loads = LoadCharts(desk.lasting(LoadHistory), ROLES)
        self.lines = LogLines(desk.preferences)
        self.nothing = Empty(
            "play",
            self.tr("Nothing has been trained yet"),
            self.tr("A training can be started as soon as every data owner has consented to the newest revision."),
        )
        self._parts = (
            Card(self.tr("Stages")).add(self.stepper),
            Card(self.tr("How good it is")).add(self.curves),
            Card(self.tr("Load of both servers")).add(self.loads),
            Card(self.tr("What the workers say")).add(self.lines),
        )
        self.setLayout(column(head, self.trouble, self.link, self.nothing, *self._parts, None, spacing=16))
        control.live.changed.connect(self._course_changed)
        self._told: object = None

    def show_view(self, view: ProjectView) -> None:
        """The list of trainings, and the one that is looked at."""
        training = self._control.training
        chosen = training.job if training is not None else ""
        self.which.blockSignals(True)
        self.which.clear()
        for one in view.trainings:
            name = fill(self.tr("Training %1, %2"), short_id(one.job), moment(one.created))
            self.which.addItem(name, one.job)
        self.which.setCurrentIndex(max(self.which.findData(chosen), 0))
        self.which.blockSignals(False)
        self.which.setVisible(training is not None)
        self.state.setVisible(training is not None)
        self.nothing.setVisible(training is None)
        for part in self._parts:
            part.setVisible(training is not None)
        self.about.setText(self._about(view, training))
        self.show_course()

    def show_course(self) -> None:
        """What is known of the training that is looked at."""
        training = self._control.training
        course = self._control.live.course(training.job) if training is not None else None
        state = (course.state if course is not None else None) or (training.state if training is not None else None)
        self.state.show_state(*job_state(state))
        self.controls.refresh()
        self.stepper.show_course(course)
        self.curves.show_metrics(course.metrics if course is not None else ())
        self.lines.show_course(course)
        self.left.setText(self._left(course, state))
        self._show_trouble(training, course, state)

    def _course_changed(self, job: str) -> None:
        training = self._control.training
        if training is not None and training.job == job:
            self.show_course()

    def _about(self, view: ProjectView, training: Training | None) -> str:
        if training is None:
            return ""
        revision = view.revision_of(training.specification)
        text = fill(self.tr("revision %1, started by %2"), revision or "–", training.starter)
        if training.attempt > 1:
            text += ", " + fill(self.tr("attempt %1"), training.attempt)
        return text

    def _left(self, course: Course | None, state: JobState | None) -> str:
        if course is None or state not in (JobState.PREPARING, JobState.HIDING, JobState.TRAINING):
            return ""
        known = [side.seconds_left for side in course.sides.values()]
        times = [one for one in known if one is not None]
        # While randomness is made nobody knows the pace of what comes after it.
        text = self.tr("about %1 of preparing left") if state is JobState.PREPARING else self.tr("about %1 left")
        return fill(text, duration(max(times))) if times else ""

    def _show_trouble(self, training: Training | None, course: Course | None, state: JobState | None) -> None:
        """Why it waits or failed; said anew only if it is something else, so that a closed message stays closed."""
        sides = course.sides.values() if course is not None else ()
        waiting = next((side.waiting for side in sides if side.waiting), training.waiting if training else None)
        failed = next((side.error for side in sides if side.error), training.error if training else None)
        lost = tuple(role for role, side in course.sides.items() if side.link) if course is not None else ()
        pauses = training is not None and training.wants_pause and state in (JobState.HIDING, JobState.TRAINING)
        trouble = course.trouble if course is not None else None
        key = (state, _code(waiting), _code(failed), _code(trouble), lost, pauses, training and training.job)
        if key == self._told:
            return
        self._told = key
        self._show_state(state, waiting, failed or trouble, pauses)
        names = ", ".join(server_name(role) for role in lost)
        text = self.tr("%1 does not answer. The training is not harmed; this window goes on asking.")
        self.link.say(fill(text, names), "warn") if lost else self.link.hide()

    def _show_state(
        self, state: JobState | None, waiting: AppError | None, trouble: AppError | None, pauses: bool
    ) -> None:
        if trouble is not None:
            self.trouble.show_error(trouble)
        elif state is JobState.PAUSED:
            self.trouble.say(self.tr("It stays paused until a member resumes it; nothing is lost."), "info")
        elif waiting is not None and state is JobState.QUEUED:
            told = tell(waiting)
            again = self.tr("It is tried again by itself.")
            self.trouble.say(f"{told.sentence} {again}", "warn", told.heading, told.details)
        elif pauses:
            self.trouble.say(self.tr("It pauses at the end of this epoch."), "info")
        else:
            self.trouble.hide()


def _code(error: AppError | None) -> str:
    return f"{error.code} {error}" if error is not None else ""
