"""Asks for the password of the keys: once, however many things wait for it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from common.errors import AppError
from desktop_client.jobs import entry
from desktop_client.jobs.bridge import Handle
from desktop_client.state.desk import Desk
from desktop_client.ui.widgets.dialogs import PasswordDialog

Call = Callable[[], None]


class Unlocking:
    """``dialog`` is the question while it is open. Whoever takes it back takes back a password that is being tried."""

    def __init__(self, window: QWidget, desk: Desk) -> None:
        self._window, self._desk = window, desk
        self._waiting: list[tuple[Call, Call]] = []
        self._trying: Handle | None = None
        self.dialog: PasswordDialog | None = None

    def ask(self, go_on: Call, give_up: Call) -> None:
        """Call ``go_on`` once the keys are open, or ``give_up`` if the person does not want to."""
        self._waiting.append((go_on, give_up))
        if self.dialog is None:
            self.dialog = PasswordDialog(self._window, self._try)
            self.dialog.rejected.connect(self._taken_back)
            self.dialog.open()

    def close(self) -> None:
        """Nobody is here any more: nothing goes on, and no key is opened."""
        if self.dialog is not None:
            self.dialog.reject()

    def _try(self, password: str) -> None:
        office = self._desk.office
        self._trying = self._desk.bridge.run(lambda: entry.unlock(office, password), self._unlocked, self._refused)

    def _unlocked(self, _: None) -> None:
        self._trying = None
        self._desk.touch()
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.accept()
        for go_on, _give_up in self._all():
            go_on()

    def _refused(self, error: AppError) -> None:
        self._trying = None
        if self.dialog is not None:
            self.dialog.refuse(error)

    def _taken_back(self) -> None:
        self.dialog = None
        if self._trying is not None:
            self._trying.drop()
            self._trying = None
            # It may have been opened between the last word of the loop and this one.
            self._desk.lock()
        for _go_on, give_up in self._all():
            give_up()

    def _all(self) -> list[tuple[Call, Call]]:
        waiting, self._waiting = self._waiting, []
        return waiting
