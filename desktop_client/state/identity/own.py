"""The settings: nodes, keys, devices and the folder on disk, each asked for when its tab is looked at."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from common.errors import AppError
from desktop_client.jobs import entry
from desktop_client.jobs.own import keys, nodes, storage
from desktop_client.state.desk import Desk
from desktop_client.state.identity.asking import Asking
from desktop_client.upload.identity.devices import Device


class Own(Asking):
    """Answers come as signals: ``nodes_seen(rows)``, ``checked(lines)``, ``devices_seen(rows, away)``, ``measured``.

    ``done(what)`` tells of something that was changed, ``failed(what, error)`` of something that was not;
    ``busy_changed(what)`` names what runs, nothing when it is over.
    """

    nodes_seen = Signal(object)
    checked = Signal(object)
    devices_seen = Signal(object, object)
    measured = Signal(object)
    done = Signal(str)
    failed = Signal(str, object)
    busy_changed = Signal(str)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(desk, parent)
        self._office = desk.office

    def look_at_nodes(self) -> None:
        self.ask(lambda: nodes.look_at_nodes(self._office), self.nodes_seen.emit, self._told("nodes"))

    def check_nodes(self) -> None:
        """Everything that should be well before work begins."""
        role = self.desk.person.role if self.desk.person else ""
        self._do("check", lambda: nodes.check(self._office, role), self.checked.emit)

    def list_devices(self) -> None:
        def seen(found: tuple[list[keys.DeviceRow], dict[str, AppError]]) -> None:
            self.devices_seen.emit(*found)

        self.ask(lambda: keys.list_devices(self._office), seen, self._told("devices"))

    def revoke(self, device: Device) -> None:
        self._do("revoke", lambda: keys.revoke(self._office, device), lambda _: self.list_devices())

    def change_password(self, old: str, new: str) -> None:
        self._do("password", lambda: keys.change_own_password(self._office, old, new))

    def export(self, file: Path, password: str) -> None:
        self._do("export", lambda: keys.export(self._office, file, password))

    def rotate(self, password: str) -> None:
        self._do("rotate", lambda: keys.rotate_keys(self._office, password), lambda _: self.desk.touch())

    def log_out_everywhere(self) -> None:
        """End the logins of all devices, this one too."""

        def left_anyway(error: AppError) -> None:
            # A node is away, but nobody is logged in here any more; what the person has to know is told at the door.
            self.desk.left.emit()
            self.desk.show_error(error)

        self.busy_changed.emit("log-out")
        self.ask(lambda: entry.log_out(self._office, True), lambda _: self.desk.left.emit(), left_anyway)

    def measure(self) -> None:
        self.ask(lambda: storage.measure(self._office), self.measured.emit, self._told("storage"))

    def clean(self, kind: storage.Kind) -> None:
        self._do("clean", lambda: storage.clean(self._office, kind), lambda _: self.measure())

    def _do(
        self, what: str, work: Callable[[], Coroutine[Any, Any, Any]], after: Callable[[Any], None] | None = None
    ) -> None:
        def ended(result: object) -> None:
            self.busy_changed.emit("")
            self.done.emit(what)
            if after is not None:
                after(result)

        def broke(error: AppError) -> None:
            self.busy_changed.emit("")
            self.failed.emit(what, error)

        self.busy_changed.emit(what)
        self.ask(work, ended, broke)

    def _told(self, what: str) -> Callable[[AppError], None]:
        return lambda error: self.failed.emit(what, error)
