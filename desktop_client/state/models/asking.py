"""Questions that the servers answer on shares; they go on whatever page is shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from common.errors import AppError, Cancelled
from desktop_client.jobs.models import queries
from desktop_client.jobs.models.queries import Answered, Question, Step
from desktop_client.jobs.task import Progress, Task
from desktop_client.state.desk import Desk
from desktop_client.state.tasks import Report

_UNITS = {"split": "images", "upload": "bytes"}


@dataclass
class Asking:
    """A question, how far it is, and what came of it. ``dataset`` are images that the servers still have."""

    question: Question
    task: Task
    step: Step
    answered: Answered | None = None
    error: AppError | None = None
    dataset: str = ""

    @property
    def is_running(self) -> bool:
        return self.answered is None and self.error is None


class Questions(QObject):
    """One for the program. ``moved(job)`` whenever something about the question of a job changes.

    ``deleted(job)`` when its images are gone from the servers; ``failed(job, error)`` if they cannot be deleted.
    """

    moved = Signal(str)
    deleted = Signal(str)
    failed = Signal(str, object)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._asked: dict[str, Asking] = {}
        desk.gone.connect(self._asked.clear)

    def of(self, job: str) -> Asking | None:
        """The last question about the model of a job."""
        return self._asked.get(job)

    def ask(self, question: Question, label: str) -> None:
        """Begin, once the keys are unlocked; one question at a time about a model."""
        if not self._is_running(question.job):
            self._desk.with_keys(partial(self._start, question, label))

    def stop(self, job: str) -> None:
        """Give it up, here and at the servers; images that are there already stay until they are deleted."""
        found = self._asked.get(job)
        if found is not None and found.task.cancel is not None:
            found.task.cancel()

    def delete_images(self, job: str) -> None:
        """Delete the images of the last question at both servers."""
        found = self._asked.get(job)
        if found is not None and found.dataset:
            dataset = found.dataset
            self._desk.run(
                lambda: queries.delete_images(self._desk.office, dataset),
                lambda _: self._gone(found, dataset),
                partial(self._not_deleted, job),
            )

    def keep_images(self, job: str) -> None:
        """They stay at the servers as a data set like any other."""
        found = self._asked.get(job)
        if found is not None:
            found.dataset = ""
            self.moved.emit(job)

    def _start(self, question: Question, label: str) -> None:
        if self._is_running(question.job):
            # Asked twice while the password was asked for.
            return
        asking = Asking(question, Task("model-query", label, page=("model", question.job)), Step("split"))
        self._asked[question.job] = asking

        async def work(report: Report) -> Answered:
            def on_step(step: Step) -> None:
                report(Progress(step.done, step.total, _UNITS.get(step.stage, ""), step.stage))
                self._desk.bridge.post(lambda: self._moved(asking, step))

            return await queries.ask_servers(self._desk.office, question, on_step)

        self._desk.tasks.start(asking.task, work, partial(self._done, asking), partial(self._broke, asking))
        self.moved.emit(question.job)

    def _is_running(self, job: str) -> bool:
        known = self._asked.get(job)
        return known is not None and known.is_running

    def _moved(self, asking: Asking, step: Step) -> None:
        asking.step = step
        asking.dataset = step.dataset or asking.dataset
        self.moved.emit(asking.question.job)

    def _done(self, asking: Asking, found: Answered) -> None:
        asking.answered, asking.dataset = found, found.dataset
        self.moved.emit(asking.question.job)

    def _broke(self, asking: Asking, error: AppError) -> None:
        asking.error = error
        self.moved.emit(asking.question.job)

    def _gone(self, asking: Asking, dataset: str) -> None:
        if asking.dataset == dataset:
            asking.dataset = ""
        self.deleted.emit(asking.question.job)
        self.moved.emit(asking.question.job)

    def _not_deleted(self, job: str, error: AppError) -> None:
        if not isinstance(error, Cancelled):
            self.failed.emit(job, error)
