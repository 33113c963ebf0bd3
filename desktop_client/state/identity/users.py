"""Who is in the deployment, and what administrators do about it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, Signal

from common.errors import AppError
from desktop_client.jobs import people
from desktop_client.jobs.people import Guest, Mended, Part, People
from desktop_client.state.desk import Desk
from desktop_client.state.identity.asking import Asking
from desktop_client.upload.identity.users import Pending


class Users(Asking):
    """``changed`` and ``parts_changed`` come only when there is something else to show.

    ``invited(guest)`` has the code that is shown once; ``request_seen(pending)`` answers :meth:`look`; ``done(what,
    name)`` tells of a change that all nodes took; ``mended(report)`` of a repair. ``failed(error)``, ``busy_changed``.
    """

    changed = Signal()
    parts_changed = Signal()
    invited = Signal(object)
    request_seen = Signal(object)
    done = Signal(str, str)
    mended = Signal(object)
    failed = Signal(object)
    busy_changed = Signal(bool)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(desk, parent)
        self._office = desk.office
        self.people: People | None = None
        self.parts: tuple[Part, ...] | None = None

    def refresh(self) -> None:
        """Ask all nodes for everybody, requests and invitations."""
        self.ask(lambda: people.list_people(self._office), self._listed, self.failed.emit)

    def refresh_parts(self) -> None:
        """Ask who takes part in which project."""
        self.ask(lambda: people.list_parts(self._office), self._parted, self.failed.emit)

    def look(self, name: str) -> None:
        """Fetch the request of somebody, compared over all three nodes."""
        self._do(lambda: people.look_at_request(self._office, name), self.request_seen.emit)

    def approve(self, found: Pending, typed: str, reason: str = "") -> None:
        name = found.row.user
        self._do(lambda: people.approve(self._office, found, typed, reason), lambda _: self._over("approved", name))

    def change(self, name: str, what: str, reason: str, **to: str) -> None:
        """Give an account another ``role`` or ``state``; ``what`` names it for :attr:`done`."""
        self._do(lambda: people.change(self._office, name, reason, **to), lambda _: self._over(what, name))

    def invite(self, name: str, organisation: str, role: str, days: int) -> None:
        def made(guest: Guest) -> None:
            self.invited.emit(guest)
            self.refresh()

        self._do(lambda: people.invite(self._office, name, organisation, role, days), made)

    def withdraw(self, name: str) -> None:
        """Make the open invitations of somebody useless."""
        self._do(lambda: people.withdraw_invitation(self._office, name), lambda _: self._over("withdrawn", name))

    def repair(self) -> None:
        """Carry to each node what it lacks."""

        def repaired(report: Mended) -> None:
            self.mended.emit(report)
            self.refresh()

        self._do(lambda: people.repair(self._office), repaired)

    def _do(self, work: Callable[[], Coroutine[Any, Any, Any]], done: Callable[[Any], None]) -> None:
        def ended(result: object) -> None:
            self.busy_changed.emit(False)
            done(result)

        def broke(error: AppError) -> None:
            self.busy_changed.emit(False)
            self.failed.emit(error)
            self.refresh()

        self.busy_changed.emit(True)
        self.ask(work, ended, broke)

    def _over(self, what: str, name: str) -> None:
        self.done.emit(what, name)
        self.refresh()

    def _listed(self, found: People) -> None:
        known = self.people
        self.people = found
        if known is None or _seen(known) != _seen(found):
            self.changed.emit()

    def _parted(self, found: list[Part]) -> None:
        if tuple(found) != self.parts:
            self.parts = tuple(found)
            self.parts_changed.emit()


def _seen(found: People) -> tuple[Any, ...]:
    """Errors are objects of their own each time; who is away is what is shown."""
    return found.rows, found.requests, found.invitations, tuple(found.away)
