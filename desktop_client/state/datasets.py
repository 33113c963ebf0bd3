"""What the pages of data sets show: the list, and one data set with what can be done to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from common.errors import AppError, Cancelled, NotFound
from desktop_client.jobs import datasets, importing
from desktop_client.jobs.bridge import Handle
from desktop_client.jobs.datasets import DatasetDetails, Listing
from desktop_client.jobs.importing import Import, Standing
from desktop_client.state.desk import Desk
from desktop_client.state.importing.sending import ImportTask, task_of
from desktop_client.upload.datasets.deletion import Deleted, Uses
from desktop_client.upload.datasets.settings import Outcome


class DatasetList(QObject):
    """``changed(listing)`` after each refresh, ``failed(error)`` if neither server answered."""

    changed = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.listing: Listing | None = None
        self._asking: Handle | None = None

    def refresh(self) -> None:
        """Ask anew; an answer to an older question is not shown any more."""
        if self._asking is not None:
            self._asking.drop()
        self._asking = self._desk.run(lambda: datasets.list_datasets(self._desk.office), self._done, self.failed.emit)

    def _done(self, listing: Listing) -> None:
        self.listing = listing
        self.changed.emit(listing)


class DatasetControl(QObject):
    """One data set. ``shown(details)`` after each refresh, ``gone()`` when neither server has it (any more).

    ``saved(outcome)`` after a change, ``deleted(found)`` after a deletion, ``failed(error)`` for whatever went wrong;
    ``people(names)`` are those with whom it can be shared. ``is_busy`` while something is being changed.
    """

    shown = Signal(object)
    gone = Signal()
    saved = Signal(object)
    deleted = Signal(object)
    failed = Signal(object)
    people = Signal(object)
    uses = Signal(object)
    busy_changed = Signal(bool)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.dataset = ""
        self.details: DatasetDetails | None = None
        self._asking: Handle | None = None
        self.is_busy = False

    def open(self, dataset: str) -> None:
        """Show this data set from now on."""
        if dataset != self.dataset:
            self.dataset, self.details = dataset, None
        self.refresh()

    def refresh(self) -> None:
        """Ask anew."""
        if self._asking is not None:
            self._asking.drop()
        wanted = self.dataset
        self._asking = self._desk.run(lambda: datasets.read_dataset(self._desk.office, wanted), self._read, self._lost)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Sign and send other settings; what is in force already is left out."""
        if self.details is None or self.is_busy:
            return
        base, office = self.details.held, self._desk.office
        wanted = datasets.changed_settings(base.settings, changes)
        if wanted or not self.details.is_in_step:
            self._begin(lambda: datasets.change_dataset(office, base, wanted), self._saved)

    def repair(self) -> None:
        """Bring both servers into step."""
        self._begin(lambda: datasets.repair_dataset(self._desk.office, self.dataset), self._saved)

    def delete(self, stop_jobs: bool, reason: str) -> None:
        """Delete it for good; the person has confirmed it."""
        work = datasets.remove_dataset
        self._begin(lambda: work(self._desk.office, self.dataset, stop_jobs, reason), self._deleted)

    def ask_people(self) -> None:
        """Have :attr:`people` tell who else there is; without an answer names are typed."""
        self._desk.run(lambda: datasets.list_people(self._desk.office), self.people.emit, lambda error: None)

    def ask_uses(self) -> None:
        """Have :attr:`uses` tell what a deletion would do now; nothing is known of what is gone at both servers."""

        def failed(error: AppError) -> None:
            if isinstance(error, NotFound):
                self.uses.emit(Uses((), ()))
            else:
                self.failed.emit(error)

        self._desk.run(lambda: datasets.dataset_uses(self._desk.office, self.dataset), self.uses.emit, failed)

    def _begin(self, work: Any, done: Any) -> None:
        self._set_busy(True)

        def finished(result: Any) -> None:
            self._set_busy(False)
            self._desk.touch()
            done(result)

        self._desk.run(work, finished, self._broke)

    def _broke(self, error: AppError) -> None:
        self._set_busy(False)
        if not isinstance(error, Cancelled):
            self.failed.emit(error)

    def _set_busy(self, is_busy: bool) -> None:
        self.is_busy = is_busy
        self.busy_changed.emit(is_busy)

    def _read(self, details: DatasetDetails) -> None:
        self.details = details
        self.shown.emit(details)

    def _lost(self, error: AppError) -> None:
        if isinstance(error, NotFound):
            self.details = None
            self.gone.emit()
        else:
            self.failed.emit(error)

    def _saved(self, outcome: Outcome) -> None:
        self.saved.emit(outcome)
        self.refresh()

    def _deleted(self, found: Deleted) -> None:
        self.deleted.emit(found)


class ImportList(QObject):
    """Imports that are not finished. ``changed(imports)`` after each refresh, ``failed(error)`` if ending one fails."""

    changed = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        desk.tasks.ended.connect(self._task_ended)

    def refresh(self) -> None:
        """Ask anew."""
        work = importing.list_imports
        self._desk.run(lambda: work(self._desk.office), self._listed, lambda error: self.changed.emit([]))

    def discard(self, number: str) -> None:
        """Give one up, with what the servers have of it; the person has confirmed it."""
        work = datasets.abandon_import
        self._desk.run(lambda: work(self._desk.office, number), lambda _: self.refresh(), self._broke)

    def _listed(self, found: list[Import]) -> None:
        self.changed.emit([one for one in found if one.standing is not Standing.UPLOADED])
        for one in found:
            # What both servers have is kept only while its page tells of it.
            if one.standing is Standing.UPLOADED and not one.is_running and task_of(self._desk, one.id) is None:
                self._forget(one.id)

    def _forget(self, number: str) -> None:
        work = importing.delete_import
        self._desk.run(lambda: work(self._desk.office, number), None, lambda error: None)

    def _task_ended(self, task: object) -> None:
        if isinstance(task, ImportTask):
            self.refresh()

    def _broke(self, error: AppError) -> None:
        if not isinstance(error, Cancelled):
            self.failed.emit(error)
        self.refresh()
