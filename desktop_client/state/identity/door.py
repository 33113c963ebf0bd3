"""The way in, step by step: which step is shown, what runs, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from common.deployment import Deployment
from common.errors import AppError, Cancelled, NotApproved, NotLoggedIn, NotRegistered, TokenExpired
from desktop_client.jobs import entry
from desktop_client.jobs.bridge import Handle
from desktop_client.jobs.entry import Application, Registered
from desktop_client.jobs.office import Person
from desktop_client.state.desk import Desk
from desktop_client.state.identity.asking import drop_all

_T = TypeVar("_T")


class Stage(StrEnum):
    """What the door shows."""

    CONNECT = "connect"
    REGISTER = "register"
    WAITING = "waiting"
    LOGIN = "login"
    MOVE = "move"
    NEW_KEYS = "new-keys"


class Entrance(QObject):
    """``stage_changed(stage)``, ``busy_changed(what)`` with nothing when it is over, ``found(deployment)`` for one to
    compare, ``failed(error)`` and ``entered(person)``. One thing runs at a time; :meth:`cancel` ends it.
    """

    stage_changed = Signal(str)
    busy_changed = Signal(str)
    found = Signal(object)
    failed = Signal(object)
    entered = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.desk, self.office = desk, desk.office
        self.stage = Stage.CONNECT
        self.deployment: Deployment | None = None
        """One that was found and not confirmed yet."""
        self._running: list[Handle] = []
        self.destroyed.connect(partial(drop_all, self._running))

    @property
    def is_busy(self) -> bool:
        return bool(self._running)

    def settle(self) -> None:
        """The step for what is on this device."""
        if entry.is_registered(self.office):
            self.go(Stage.LOGIN)
        else:
            self.go(Stage.REGISTER if self.office.profile.deployment_path.exists() else Stage.CONNECT)

    def go(self, stage: Stage) -> None:
        self.stage = stage
        self.stage_changed.emit(stage)

    def start(self, kit: Path | None) -> None:
        """The program was started: a kit is looked at, else the login that this device remembers is tried."""
        if not self.desk.preferences.remembers_login:
            entry.forget_login(self.office)
        self.settle()
        if kit is not None:
            self.go(Stage.CONNECT)
            self.open_kit(kit)
        elif entry.is_registered(self.office) and self.office.profile.tokens():
            self._run("come-back", lambda: entry.come_back(self.office), self._came_in, self._not_back)

    def open_kit(self, path: Path) -> None:
        self._run("read", lambda: entry.read_deployment(path), self._found)

    def ask(self, address: str, fingerprint: str) -> None:
        """Fetch the description from a node; it is refused unless it has this fingerprint."""
        self._run("connect", lambda: entry.ask_deployment(self.office, address, fingerprint), self._found)

    def accept(self) -> None:
        """The person compared the fingerprint: belong to this deployment."""
        found = self.deployment
        if found is not None:
            self._run("connect", lambda: entry.adopt(self.office, found), lambda _: self.settle())

    def register(self, application: Application) -> None:
        self._run("register", lambda: entry.register(self.office, application), self._registered)

    def log_in(self, password: str) -> None:
        self._run("log-in", lambda: entry.log_in(self.office, password), self._came_in, self._refused)

    def check_again(self) -> None:
        """Whether an administrator has approved; needs keys that are open, else the password is asked for."""
        if self.office.is_unlocked:
            self._run("check", lambda: entry.log_in_again(self.office), self._came_in, self._refused)
        else:
            self.go(Stage.LOGIN)

    def introduce(self) -> None:
        """Have the account key vouch for this device."""
        self._run("log-in", lambda: entry.introduce_device(self.office), self._came_in, self._refused)

    def move_in(self, file: Path, file_password: str, password: str) -> None:
        work = partial(entry.move_in, self.office, file, file_password, password)
        self._run("move", work, self._came_in, self._refused)

    def put_keys_aside(self) -> None:
        """The password is lost: the old keys are kept under another name, and new ones are registered."""
        self._run("read", lambda: entry.put_keys_aside(self.office), lambda _: self.go(Stage.REGISTER))

    def cancel(self) -> None:
        """Nobody waits any more for what runs; whatever it began is completed by doing it again."""
        if self._running:
            drop_all(self._running)
            self.busy_changed.emit("")
            self.failed.emit(Cancelled("This was stopped."))

    def _run(
        self,
        what: str,
        work: Callable[[], Coroutine[Any, Any, _T]],
        done: Callable[[_T], None],
        failed: Callable[[AppError], None] | None = None,
    ) -> None:
        if self._running:
            return

        def ended(result: _T) -> None:
            self._over()
            done(result)

        def broke(error: AppError) -> None:
            self._over()
            (failed or self.failed.emit)(error)

        self._running.append(self.desk.bridge.run(work, ended, broke))
        self.busy_changed.emit(what)

    def _over(self) -> None:
        self._running.clear()
        if self.office.is_unlocked:
            # Also for somebody who waits to be approved the time until they are locked begins.
            self.desk.touch()
        self.busy_changed.emit("")

    def _found(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.found.emit(deployment)

    def _registered(self, found: Registered) -> None:
        if found.is_active:
            self.check_again()
        else:
            self.go(Stage.WAITING)

    def _came_in(self, person: Person) -> None:
        self.desk.touch()
        self.entered.emit(person)

    def _refused(self, error: AppError) -> None:
        if isinstance(error, NotApproved) and self.stage is not Stage.WAITING:
            self.go(Stage.WAITING)
        self.failed.emit(error)

    def _not_back(self, error: AppError) -> None:
        if not isinstance(error, (NotLoggedIn, NotRegistered)) or isinstance(error, TokenExpired):
            self.failed.emit(error)
