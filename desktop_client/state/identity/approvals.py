"""What waits for the person, what exactly would be signed, and what was decided before."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from common.errors import AppError
from desktop_client.jobs import approvals
from desktop_client.jobs.approvals import Decision, Shown, Waiting
from desktop_client.jobs.bridge import Handle
from desktop_client.state.desk import Desk
from desktop_client.state.identity.asking import Asking


class Inbox(QObject):
    """How many things wait; ``desk.waiting_changed(count)`` tells everybody. A node that is away changes nothing."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._handle: Handle | None = None

    def refresh(self) -> None:
        if self._handle is not None:
            self._handle.drop()
        self._handle = self._desk.bridge.run(
            lambda: approvals.list_waiting(self._desk.office), self._counted, lambda error: None
        )

    def stop(self) -> None:
        """Nobody looks any more."""
        if self._handle is not None:
            self._handle.drop()

    def _counted(self, found: list[Waiting]) -> None:
        self._desk.waiting_changed.emit(len(found))


class Approvals(Asking):
    """``waiting_changed`` and ``history_changed`` come only when there is something else to show.

    ``looked(shown)`` answers :meth:`look`; ``decided(what)`` comes after a signature was taken: ``given``, ``declined``
    or ``withdrawn``. ``busy_changed`` is true while something is signed.
    """

    waiting_changed = Signal()
    history_changed = Signal()
    looked = Signal(object)
    look_failed = Signal(object)
    decided = Signal(str)
    busy_changed = Signal(bool)
    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(desk, parent)
        self.waiting: tuple[Waiting, ...] = ()
        self.history: tuple[Decision, ...] = ()
        self.is_known = self.is_past_known = False
        """Whether the nodes have answered once."""
        self._look: Handle | None = None

    def refresh(self) -> None:
        """Ask anew what waits."""
        self.ask(lambda: approvals.list_waiting(self.desk.office), self._listed, self.failed.emit)

    def refresh_history(self) -> None:
        """Ask anew what was decided."""
        self.ask(lambda: approvals.list_decided(self.desk.office), self._remembered, self.failed.emit)

    def look(self, project: str) -> None:
        """Fetch and verify what would be signed; only the last one that was asked for is told."""
        self.forget_look()
        self._look = self.ask(
            lambda: approvals.look(self.desk.office, project), self.looked.emit, self.look_failed.emit
        )

    def forget_look(self) -> None:
        if self._look is not None:
            self._look.drop()
            self._look = None

    @property
    def usual_days(self) -> int:
        return approvals.usual_days(self.desk.office)

    def give(self, shown: Shown, days: int, reason: str) -> None:
        self._sign(lambda: approvals.give(self.desk.office, shown.asked, days, reason), "given")

    def decline(self, shown: Shown, reason: str) -> None:
        self._sign(lambda: approvals.decline(self.desk.office, shown.asked, reason), "declined")

    def withdraw(self, project: str, reason: str) -> None:
        self._sign(lambda: approvals.withdraw(self.desk.office, project, reason), "withdrawn")

    def _sign(self, work: approvals.Work, what: str) -> None:
        def done(_: object) -> None:
            self.busy_changed.emit(False)
            self.decided.emit(what)
            self.refresh()
            self.refresh_history()

        def broke(error: AppError) -> None:
            self.busy_changed.emit(False)
            self.failed.emit(error)

        self.busy_changed.emit(True)
        self.ask(work, done, broke)

    def _listed(self, found: list[Waiting]) -> None:
        is_new = tuple(found) != self.waiting or not self.is_known
        self.waiting, self.is_known = tuple(found), True
        self.desk.waiting_changed.emit(len(found))
        if is_new:
            self.waiting_changed.emit()

    def _remembered(self, found: list[Decision]) -> None:
        if tuple(found) != self.history or not self.is_past_known:
            self.history, self.is_past_known = tuple(found), True
            self.history_changed.emit()
