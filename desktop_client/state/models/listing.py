"""The list of models, and the models that are being fetched; fetching goes on whatever page is shown."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from common.errors import AppError, Cancelled
from common.specification import Specification
from desktop_client.jobs.bridge import Handle
from desktop_client.jobs.models import catalogue, kept
from desktop_client.jobs.models.catalogue import Catalogue
from desktop_client.jobs.models.kept import ModelCheck, ModelInfo
from desktop_client.jobs.task import Progress, Task
from desktop_client.state.desk import Desk
from desktop_client.state.models.verdicts import remember
from desktop_client.state.tasks import Report


class ModelList(QObject):
    """``changed(catalogue)`` and ``failed(error)`` answer :meth:`refresh`."""

    changed = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._known: dict[str, Specification] = {}
        self._asking: Handle | None = None
        desk.gone.connect(self._known.clear)

    def refresh(self) -> None:
        """Ask anew; an older question is not answered any more."""
        if self._asking is not None:
            self._asking.drop()
        known = self._known
        self._asking = self._desk.run(
            lambda: catalogue.list_entries(self._desk.office, known), self._listed, self._broke
        )

    def _listed(self, found: Catalogue) -> None:
        self._asking = None
        self.changed.emit(found)

    def _broke(self, error: AppError) -> None:
        self._asking = None
        if not isinstance(error, Cancelled):
            self.failed.emit(error)


class Fetches(QObject):
    """One for the program: ``moved(job)`` while a model is fetched, then ``fetched(job, info, checks)``.

    ``failed(job, error)`` comes instead if it cannot be had, or was stopped.
    """

    moved = Signal(str)
    fetched = Signal(str, object, object)
    failed = Signal(str, object)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self.running: dict[str, Task] = {}
        desk.tasks.changed.connect(self._tell)

    def begin(self, job: str, label: str) -> None:
        """Fetch a model, once the keys are unlocked; one that is being fetched already is left alone."""
        if job not in self.running:
            self._desk.with_keys(partial(self._start, job, label))

    def stop(self, job: str) -> None:
        """Give it up; nothing is kept of half a model."""
        task = self.running.get(job)
        if task is not None and task.cancel is not None:
            task.cancel()

    def _start(self, job: str, label: str) -> None:
        if job in self.running:
            return

        async def work(report: Report) -> tuple[ModelInfo, list[ModelCheck]]:
            return await kept.fetch_model(self._desk.office, job, telling(report))

        task = Task("model-fetch", label, page=("model", job))
        self.running[job] = task
        self._desk.tasks.start(task, work, partial(self._done, job), partial(self._broke, job))

    def _done(self, job: str, found: tuple[ModelInfo, list[ModelCheck]]) -> None:
        self.running.pop(job, None)
        info, checks = found
        remember(self._desk.preferences, info, checks)
        self.fetched.emit(job, info, checks)

    def _broke(self, job: str, error: AppError) -> None:
        self.running.pop(job, None)
        self.failed.emit(job, error)

    def _tell(self) -> None:
        for job in tuple(self.running):
            self.moved.emit(job)


def telling(report: Report) -> kept.OnProgress:
    """Hands on the progress of the helper process to a task."""

    def on_progress(found: dict[str, Any]) -> None:
        report(Progress(int(found["done"]), int(found["total"]), "", str(found["stage"])))

    return on_progress
