"""What every page is given: the bridge, the office, the tasks, the preferences, and the way to other pages."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from common.errors import AppError, Cancelled, KeysLocked
from desktop_client.jobs.bridge import Bridge, Handle, unless_gone
from desktop_client.jobs.office import Office, Person
from desktop_client.state.preferences import Preferences
from desktop_client.state.tasks import Tasks

_T = TypeVar("_T")
_Q = TypeVar("_Q", bound=QObject)
_MINUTE_MS = 60_000


class Desk(QObject):
    """One for the whole program.

    ``password_wanted(retry, give_up)`` asks the window to have the keys unlocked and then call one of the two.
    ``error_shown(error)`` asks it to tell the person; ``page_wanted(page, subject)`` to go to a page;
    ``notice_shown(text)`` to say something in passing; ``left`` comes when the person logs out;
    ``waiting_changed(count)`` tells how many things wait for a decision of the person.
    ``entered(person)`` and ``gone`` tell that somebody is logged in, or nobody is any more; ``load_told(role, body)``
    is the load of a node as it sends it.
    """

    password_wanted = Signal(object, object)
    error_shown = Signal(object)
    page_wanted = Signal(str, str)
    notice_shown = Signal(str)
    lock_changed = Signal(bool)
    waiting_changed = Signal(int)
    left = Signal()
    entered = Signal(object)
    gone = Signal()
    load_told = Signal(str, object)

    def __init__(self, bridge: Bridge, office: Office, preferences: Preferences, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bridge, self.office, self.preferences = bridge, office, preferences
        self.tasks = Tasks(bridge, self)
        self.person: Person | None = None
        """Who is logged in."""
        self._lasting: dict[type[QObject], Any] = {}
        self._lock_timer = QTimer(self, singleShot=True)
        self._lock_timer.timeout.connect(self.lock)

    def run(
        self,
        work: Callable[[], Coroutine[Any, Any, _T]],
        done: Callable[[_T], None] | None = None,
        failed: Callable[[AppError], None] | None = None,
    ) -> Handle:
        """Run ``work()`` in the loop and call back here. What needs locked keys asks for the password and begins again.

        Without ``failed`` an error is shown to the person; a cancelled one is not.
        """
        tell = unless_gone(failed or self.show_error)

        def broke(error: AppError) -> None:
            if isinstance(error, KeysLocked):
                self.password_wanted.emit(lambda: self.run(work, done, failed), lambda: tell(Cancelled("")))
            else:
                tell(error)

        return self.bridge.run(work, done, broke)

    def with_keys(self, go_on: Callable[[], None], give_up: Callable[[], None] | None = None) -> None:
        """Call ``go_on`` once the keys are unlocked: before a long task that will sign something."""
        if self.office.is_unlocked:
            self.touch()
            go_on()
        else:
            self.password_wanted.emit(go_on, give_up or (lambda: None))

    def lasting(self, kind: type[_Q]) -> _Q:
        """The one object of this kind, made as ``kind(desk)`` when it is first wanted; pages come and go, it stays."""
        if kind not in self._lasting:
            self._lasting[kind] = kind(self)
        found: _Q = self._lasting[kind]
        return found

    def touch(self) -> None:
        """Keys were unlocked or used: the time until they are locked begins anew."""
        minutes = self.preferences.lock_minutes
        if minutes:
            self._lock_timer.start(minutes * _MINUTE_MS)
        else:
            self._lock_timer.stop()
        self.lock_changed.emit(self.office.is_unlocked)

    def lock(self) -> None:
        """Forget the keys now; running tasks that hold them go on."""
        self._lock_timer.stop()
        self.office.lock()
        self.lock_changed.emit(False)

    def clear(self) -> None:
        """Nobody is here any more: keys are forgotten, and everything that takes long stops and is not listed."""
        self.lock()
        self.tasks.clear()

    def show_error(self, error: AppError) -> None:
        """Tell the person, unless it was the person who stopped it."""
        if not isinstance(error, Cancelled):
            self.error_shown.emit(error)

    def go(self, page: str, subject: str = "") -> None:
        """Show a page, for a subject such as the id of a project."""
        self.page_wanted.emit(page, subject)

    def say(self, text: str) -> None:
        """A sentence in passing that needs no answer."""
        self.notice_shown.emit(text)
