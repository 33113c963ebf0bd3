"""One model: where it is, what it is, what can be proved about it, and what is written out of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from common.errors import AppError, Cancelled
from desktop_client.jobs.bridge import Handle
from desktop_client.jobs.models import cards, catalogue, kept, queries
from desktop_client.jobs.models.catalogue import ModelView
from desktop_client.jobs.models.kept import ModelCheck, ModelInfo
from desktop_client.jobs.task import Task
from desktop_client.state.desk import Desk
from desktop_client.state.models.listing import Fetches, telling
from desktop_client.state.models.printing import write_pdf
from desktop_client.state.models.verdicts import remember
from desktop_client.state.tasks import Report

FETCH, VERIFY, EXPORT = "fetch", "verify", "export"


class ModelControl(QObject):
    """``shown(view)`` and ``checked(checks)`` tell of the model; ``busy(what, task)`` that something runs or ended.

    ``formats(missing)`` tells which libraries an export lacks, ``exported(kind, out, bytes)`` that one is written,
    ``card(html, out)`` that a card is made, ``printed(out)`` that it is a PDF,
    ``forgotten(a, b)`` what the servers had.
    """

    shown = Signal(object)
    checked = Signal(object)
    busy = Signal(str, object)
    formats = Signal(object)
    exported = Signal(str, str, int)
    card = Signal(str, str)
    printed = Signal(str)
    forgotten = Signal(bool, bool)
    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.subject = ""
        self.view: ModelView | None = None
        self.checks: list[ModelCheck] = []
        self.tasks: dict[str, Task] = {}
        self._reading: Handle | None = None
        self.fetches = desk.lasting(Fetches)
        self.fetches.moved.connect(self._fetch_moved)
        self.fetches.fetched.connect(self._fetched)
        self.fetches.failed.connect(self._fetch_failed)
        desk.tasks.changed.connect(self._tell)

    def open(self, subject: str) -> None:
        """Another model from now on, by the id of its job or its file."""
        if subject != self.subject:
            self.subject, self.view, self.checks = subject, None, []
        self.refresh()

    def refresh(self) -> None:
        """Read it anew; an older question is not answered any more."""
        if self._reading is not None:
            self._reading.drop()
        subject, known = self.subject, self.view
        self._reading = self._desk.run(
            lambda: catalogue.read_model_view(self._desk.office, subject, known), self._read, self._not_read
        )

    def close(self) -> None:
        """Nobody looks any more; what was begun goes on."""
        if self._reading is not None:
            self._reading.drop()
            self._reading = None

    def fetch(self, label: str) -> None:
        """Fetch both shares and keep the model."""
        if self.view is not None:
            self.fetches.begin(self.view.job, label)

    def verify(self, label: str) -> None:
        """Look at everything that can be proved about the kept model."""
        file, subject = self._file(), self.subject

        async def work(report: Report) -> list[ModelCheck]:
            return await kept.verify_model(self._desk.office, file, telling(report))

        self._start(
            VERIFY, Task("model-verify", label, page=("model", subject)), work, partial(self._verified, subject)
        )

    def stop(self, what: str) -> None:
        """Give up what runs."""
        task = self.tasks.get(what)
        if what == FETCH and self.view is not None:
            self.fetches.stop(self.view.job)
        elif task is not None and task.cancel is not None:
            task.cancel()

    def look_for_formats(self) -> None:
        """Tell which formats a model can be written in here."""
        self._desk.run(lambda: kept.export_formats(self._desk.office), self.formats.emit, self._failed)

    def export(self, kind: str, out: Path, label: str) -> None:
        """Write the model for another library, if that predicts the same."""
        file = self._file()

        async def work(report: Report) -> int:
            return await kept.export_model(self._desk.office, file, kind, out, telling(report))

        done = partial(self._exported, kind, str(out))
        self._start(EXPORT, Task("model-export", label, page=("model", self.subject)), work, done)

    def make_card(self, language: str, out: Path | None = None) -> None:
        """The card of the kept model, written to ``out`` too if that is given."""
        file, office = self._file(), self._desk.office
        specification = self.view.specification if self.view else None

        async def work() -> str:
            sources = await catalogue.card_sources(office, specification)
            return await cards.write_card(office, file, language, sources, out)

        self._desk.run(work, partial(self._carded, "" if out is None else str(out)), self._failed)

    def print_card(self, html: str, out: Path) -> None:
        """Write a card as a PDF."""

        async def work() -> None:
            await asyncio.to_thread(write_pdf, html, out)

        self._desk.run(work, lambda _: self.printed.emit(str(out)), self._failed)

    def forget(self) -> None:
        """Have both servers forget the weights."""
        if self.view is not None:
            job = self.view.job
            self._desk.run(lambda: queries.forget_at_servers(self._desk.office, job), self._forgot, self._failed)

    def _file(self) -> Path:
        if self.view is None or self.view.file is None:
            raise ValueError("the model is not here")
        return self.view.file

    def _start(
        self, what: str, task: Task, work: Callable[[Report], Coroutine[Any, Any, Any]], done: Callable[[Any], None]
    ) -> None:
        if what in self.tasks:
            return
        self.tasks[what] = task

        def ended(result: Any) -> None:
            self._end(what)
            done(result)

        def broke(error: AppError) -> None:
            self._end(what)
            self._failed(error)

        self._desk.tasks.start(task, work, ended, broke)
        self.busy.emit(what, task)

    def _end(self, what: str) -> None:
        self.tasks.pop(what, None)
        self.busy.emit(what, None)

    def _tell(self) -> None:
        for what, task in tuple(self.tasks.items()):
            self.busy.emit(what, task)

    def _read(self, view: ModelView) -> None:
        self._reading = None
        self.view = view
        self.shown.emit(view)
        self.busy.emit(FETCH, self.fetches.running.get(view.job))

    def _not_read(self, error: AppError) -> None:
        self._reading = None
        self._failed(error)

    def _verified(self, subject: str, checks: list[ModelCheck]) -> None:
        if subject != self.subject:
            return
        self.checks = checks
        if self.view is not None and self.view.info is not None:
            remember(self._desk.preferences, self.view.info, checks)
        self.checked.emit(checks)

    def _exported(self, kind: str, out: str, size: int) -> None:
        self.exported.emit(kind, out, size)

    def _carded(self, out: str, html: str) -> None:
        self.card.emit(html, out)

    def _forgot(self, had: tuple[bool, bool]) -> None:
        self.forgotten.emit(*had)
        self.refresh()

    def _is_this(self, job: str) -> bool:
        return job in (self.subject, self.view.job if self.view is not None else "")

    def _fetch_moved(self, job: str) -> None:
        if self._is_this(job):
            self.busy.emit(FETCH, self.fetches.running.get(job))

    def _fetched(self, job: str, info: ModelInfo, checks: list[ModelCheck]) -> None:
        if self._is_this(job):
            self.busy.emit(FETCH, None)
            self.checks = checks
            self.checked.emit(checks)
            self.refresh()

    def _fetch_failed(self, job: str, error: AppError) -> None:
        if self._is_this(job):
            self.busy.emit(FETCH, None)
            self._failed(error)

    def _failed(self, error: AppError) -> None:
        if not isinstance(error, Cancelled):
            self.failed.emit(error)
