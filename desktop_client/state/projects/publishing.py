"""The way of what is written to both servers: as a draft, and at last as a signed project."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from common.errors import AppError, Cancelled, Conflict
from common.specification import Specification
from desktop_client.jobs.bridge import Handle
from desktop_client.jobs.projects import drafting
from desktop_client.jobs.projects.drafting import Created
from desktop_client.state.projects.wizard import Wizard
from desktop_client.upload.projects.drafts import FoundDraft

_T = TypeVar("_T")


class Publishing(QObject):
    """``conflict(draft)``: somebody else saved a newer version. ``busy_changed(what)``: ``saving``, ``composing``,
    ``creating`` or nothing.
    """

    saved = Signal(int)
    conflict = Signal(object)
    composed = Signal(object)
    estimated = Signal(object)
    not_estimated = Signal(object)
    created = Signal(object)
    failed = Signal(object)
    busy_changed = Signal(str)

    def __init__(self, wizard: Wizard, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wizard, self._desk = wizard, wizard.desk
        self.specification: Specification | None = None
        """Made of what is chosen now; None once something else is chosen."""
        self.busy = ""
        self._handle: Handle | None = None
        self._estimating: Handle | None = None
        wizard.changed.connect(lambda field: self.drop())
        wizard.loaded.connect(self.drop)

    def drop(self) -> None:
        """What was composed is not what is chosen any more."""
        self.specification = None
        if self._estimating is not None:
            self._estimating.drop()
            self._estimating = None
        if self.busy == "composing":
            self.stop()

    def stop(self) -> None:
        """Nobody waits for what is under way any more."""
        if self._handle is not None:
            self._handle.drop()
            self._handle = None
        self._busy("")

    def save(self, untitled: str) -> None:
        """Save as a draft that everybody named in it can open; without a name it gets that of ``untitled``."""
        writing, office = self._wizard.writing, self._desk.office
        if writing is None or self.busy:
            return
        outline = writing.outline
        sent = outline if outline.name.strip() else replace(outline, name=untitled)

        def done(version: int) -> None:
            self._wizard.was_saved(outline, version)
            self.saved.emit(version)

        def failed(error: AppError) -> None:
            if isinstance(error, Conflict):
                self._begin("saving", lambda: drafting.newest_draft(office, writing.id), self.conflict.emit)
            else:
                self.failed.emit(error)

        self._begin("saving", lambda: drafting.save(office, writing.id, writing.version, sent), done, failed)

    def take_theirs(self, draft: FoundDraft) -> None:
        """After a conflict: go on with what the servers have."""
        writing, role = self._wizard.writing, draft.outline.members.get(self._wizard.me, "")
        if writing is not None and writing.id == draft.id:
            self._wizard.adopt(
                replace(writing, outline=draft.outline, version=draft.version, author=draft.author, role=role)
            )

    def keep_mine(self, draft: FoundDraft, untitled: str) -> None:
        """After a conflict: save what is here over what the servers have."""
        writing = self._wizard.writing
        if writing is not None and writing.id == draft.id:
            self._wizard.was_saved(draft.outline, draft.version)
            self.save(untitled)

    def compose(self) -> None:
        """Have the specification made, with what the servers say about everybody and everything in it."""
        self._wizard.check()
        writing, office = self._wizard.writing, self._desk.office
        if writing is None or self._wizard.problems or self.busy or self.specification is not None:
            return

        def done(specification: Specification) -> None:
            self.specification = specification
            self.composed.emit(specification)
            self._estimate(specification)

        self._begin("composing", lambda: drafting.compose(office, writing), done)

    def create(self, days: int, is_reminding: bool) -> None:
        """Sign what :meth:`compose` has made and hand it to both servers; with ``days`` consent to it as well."""
        specification, office = self.specification, self._desk.office
        if specification is None or self.busy:
            return

        def done(created: Created) -> None:
            self._wizard.forget()
            self.specification = None
            self.created.emit(created)

        self._begin("creating", lambda: drafting.create(office, specification, days, is_reminding), done)

    def _estimate(self, specification: Specification) -> None:
        """Ask what it would cost; an answer that comes when something else is chosen is not told."""
        office = self._desk.office

        def told(signal: Any) -> Callable[[object], None]:
            return lambda found: signal.emit(found) if self.specification is specification else None

        self._estimating = self._desk.run(
            lambda: drafting.cost_of(office, specification), told(self.estimated), told(self.not_estimated)
        )

    def _begin(
        self,
        what: str,
        work: Callable[[], Coroutine[Any, Any, _T]],
        done: Callable[[_T], None],
        failed: Callable[[AppError], None] | None = None,
    ) -> None:
        def ended(result: _T) -> None:
            self._busy("")
            done(result)

        def broke(error: AppError) -> None:
            self._busy("")
            if not isinstance(error, Cancelled):
                (failed or self.failed.emit)(error)

        self._busy(what)
        self._handle = self._desk.run(work, ended, broke)

    def _busy(self, what: str) -> None:
        if what != self.busy:
            self.busy = what
            self.busy_changed.emit(what)
