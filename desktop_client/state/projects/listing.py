"""The list of projects and drafts, and what can be done to one of them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from common.errors import AppError, Cancelled
from desktop_client.jobs.bridge import Handle
from desktop_client.jobs.projects import rows
from desktop_client.jobs.projects.rows import Listing, ProjectRow
from desktop_client.state.desk import Desk


class ProjectList(QObject):
    """``changed(listing)`` after each refresh, ``detailed(row)`` for each project whose details came since.

    ``done(what, row, result)`` after an action: ``archive``, ``restore``, ``remind`` or ``remove``.
    """

    changed = Signal(object)
    detailed = Signal(object)
    failed = Signal(object)
    done = Signal(str, object, object)
    busy_changed = Signal(bool)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.rows: dict[str, ProjectRow] = {}
        self.is_known = False
        self._asking: Handle | None = None
        self._detailing: Handle | None = None

    def refresh(self) -> None:
        """Ask anew; what is known of each project stays until it is known better."""
        if self._asking is not None:
            self._asking.drop()
        self._asking = self._desk.run(lambda: rows.list_projects(self._desk.office), self._listed, self._lost)

    def archive(self, row: ProjectRow, is_archived: bool, reason: str = "") -> None:
        what = "archive" if is_archived else "restore"
        self._act(what, row, lambda: rows.archive(self._desk.office, row.id, is_archived, reason))

    def remind(self, row: ProjectRow) -> None:
        self._act("remind", row, lambda: rows.remind(self._desk.office, row.id))

    def remove(self, row: ProjectRow) -> None:
        """Throw a draft away."""
        self._act("remove", row, lambda: rows.remove_draft(self._desk.office, row.id))

    def _act(self, what: str, row: ProjectRow, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        def ended(result: object) -> None:
            self.busy_changed.emit(False)
            self.done.emit(what, row, result)
            self.refresh()

        self.busy_changed.emit(True)
        self._desk.run(work, ended, self._broke)

    def _listed(self, listing: Listing) -> None:
        known = dict(self.rows)
        shown = tuple(self._with_known(row) for row in listing.rows)
        self.rows = {_key(row): row for row in shown}
        self.is_known = True
        self.changed.emit(Listing(shown, listing.away))
        if self._detailing is not None:
            self._detailing.drop()
        before = {row.id: row for row in known.values() if not row.is_draft}
        tell = partial(self._tell_later)
        self._detailing = self._desk.run(
            lambda: rows.add_details(self._desk.office, listing.rows, before, tell), None, lambda error: None
        )

    def _with_known(self, row: ProjectRow) -> ProjectRow:
        """Details of an older answer are shown until the new ones come."""
        before = self.rows.get(_key(row))
        return replace(row, detail=before.detail) if before is not None and before.hash == row.hash else row

    def _tell_later(self, row: ProjectRow) -> None:
        self._desk.bridge.post(lambda: self._tell(row))

    def _tell(self, row: ProjectRow) -> None:
        known = self.rows.get(_key(row))
        if known is not None and known.hash == row.hash and known != row:
            self.rows[_key(row)] = row
            self.detailed.emit(row)

    def _lost(self, error: AppError) -> None:
        self.failed.emit(error)

    def _broke(self, error: AppError) -> None:
        self.busy_changed.emit(False)
        if not isinstance(error, Cancelled):
            self.failed.emit(error)


def _key(row: ProjectRow) -> str:
    """A draft of the next revision has the id of its project."""
    return f"draft:{row.id}" if row.is_draft else row.id
