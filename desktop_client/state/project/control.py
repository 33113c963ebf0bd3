"""What the page of a project shows and does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from common.errors import AppError, Cancelled
from common.specification import Specification
from desktop_client.jobs import approvals
from desktop_client.jobs.bridge import Handle
from desktop_client.jobs.trainings import actions
from desktop_client.jobs.trainings.actions import Action, Hindrance
from desktop_client.jobs.trainings.rows import Training
from desktop_client.jobs.trainings.standing import ProjectView, look
from desktop_client.state.desk import Desk
from desktop_client.state.project.live import LiveTrainings
from desktop_client.upload.projects.asked import Asked
from desktop_client.upload.projects.consents import archive_project, remind


class ProjectControl(QObject):
    """``shown(view)`` after each look, ``failed(error)`` for whatever went wrong, ``done(what, result)`` after a deed.

    ``busy_changed(bool)``: a deed is under way, and no other can be begun.
    """

    shown = Signal(object)
    failed = Signal(object)
    done = Signal(str, object)
    busy_changed = Signal(bool)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.live = desk.lasting(LiveTrainings)
        self.project = ""
        self.view: ProjectView | None = None
        self.job = ""
        """The training that is looked at; empty: the newest."""
        self._asking: Handle | None = None
        self._is_busy = False

    @property
    def training(self) -> Training | None:
        """The training that is looked at: the chosen one, else the newest."""
        trainings = self.view.trainings if self.view else ()
        return next((one for one in trainings if one.job == self.job), trainings[0] if trainings else None)

    def open(self, project: str) -> None:
        """Another project, or the same again."""
        if project != self.project:
            self.project, self.view, self.job = project, None, ""
        self.refresh()

    def refresh(self) -> None:
        """Ask anew; an answer to an older question is not shown any more."""
        self.close()
        project = self.project
        if project:
            self._asking = self._desk.run(lambda: look(self._desk.office, project), self._looked, self._broke)

    def close(self) -> None:
        """Nobody looks: what is asked now is not of interest. Trainings are followed on."""
        if self._asking is not None:
            self._asking.drop()
            self._asking = None

    def choose(self, job: str) -> None:
        """Look at this training from now on."""
        self.job = job
        self._follow()

    def hindrance(self, action: Action) -> Hindrance | None:
        """Why the person cannot do this now."""
        if self.view is None or self._is_busy:
            return Hindrance.BUSY
        return actions.hindrance(action, self.view.standpoint, self._newest_state())

    def start(self, specification: Specification) -> None:
        """Sign and start this revision, which the person was shown; the new training is looked at then."""
        self._do("start", lambda: actions.start(self._desk.office, specification), self._started)

    def act(self, action: Action) -> None:
        """Pause, resume or retry the training that is looked at."""
        training, office = self.training, self._desk.office
        if training is not None:
            self._do(action.value, lambda: actions.control(office, training.job, action))

    def stop(self, job: str) -> None:
        """Stop this training, which the person was asked about."""
        self._do(Action.STOP.value, lambda: actions.stop(self._desk.office, job))

    def remind(self) -> None:
        """Remind everybody who has not decided."""
        self._do("remind", lambda: remind(self._desk.office.nodes, self.project))

    def archive(self, is_archived: bool, reason: str) -> None:
        """Put the project away, or take it back."""
        office, project = self._desk.office, self.project

        async def work() -> str:
            return await archive_project(office.nodes, project, office.keys(), is_archived, reason)

        self._do("archive" if is_archived else "restore", work)

    def ask(self, then: Callable[[approvals.Shown], None]) -> None:
        """Fetch what the person would consent to, verified; ``then`` shows it."""
        office, project = self._desk.office, self.project
        self._do("ask", lambda: approvals.look(office, project), then)

    def usual_days(self) -> int:
        """How long a consent is valid unless somebody chooses otherwise."""
        return approvals.usual_days(self._desk.office)

    def give(self, asked: Asked, days: int, reason: str) -> None:
        """Sign consents for all own data sets, of exactly what was shown."""
        self._do("give", lambda: approvals.give(self._desk.office, asked, days, reason))

    def decline(self, asked: Asked, reason: str) -> None:
        """Sign that the own data sets may not be used."""
        self._do("decline", lambda: approvals.decline(self._desk.office, asked, reason))

    def withdraw(self, reason: str) -> None:
        """Sign that the own consents are taken back."""
        project = self.project
        self._do("withdraw", lambda: approvals.withdraw(self._desk.office, project, reason))

    def _do(
        self, what: str, work: Callable[[], Coroutine[Any, Any, Any]], then: Callable[[Any], None] | None = None
    ) -> None:
        if self._is_busy:
            return
        self._set_busy(True)
        self._desk.run(work, partial(self._did, what, then), self._failed_to)

    def _did(self, what: str, then: Callable[[Any], None] | None, result: Any) -> None:
        self._set_busy(False)
        if then is not None:
            then(result)
        self.done.emit(what, result)
        self.refresh()

    def _failed_to(self, error: AppError) -> None:
        self._set_busy(False)
        if not isinstance(error, Cancelled):
            self.failed.emit(error)
            self.refresh()

    def _set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        self.busy_changed.emit(is_busy)

    def _newest_state(self) -> Training | None:
        """The training that is looked at, in the state its events tell: they come before the next look."""
        training = self.training
        course = self.live.course(training.job) if training is not None else None
        if training is None or course is None or course.state is None or not self.live.is_followed(training.job):
            return training
        return replace(training, state=course.state)

    def _started(self, job: str) -> None:
        self.job = job

    def _looked(self, view: ProjectView) -> None:
        self._asking = None
        self.view = view
        self._follow()
        self.shown.emit(view)

    def _broke(self, error: AppError) -> None:
        self._asking = None
        if not isinstance(error, Cancelled):
            self.failed.emit(error)

    def _follow(self) -> None:
        """What runs in this project, and what is looked at; following needs the role of a member."""
        if self.view is None or not self.view.role:
            return
        for training in self.view.trainings:
            if not training.state.is_final:
                self.live.follow(training)
        if self.training is not None:
            self.live.follow(self.training)
