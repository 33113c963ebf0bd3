"""How busy the three nodes were in the last half hour, whatever page was shown."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from common.errors import AppError
from desktop_client.jobs.bridge import Handle
from desktop_client.state.desk import Desk
from desktop_client.upload.live.load import NodeLoad, follow_log_load

KEEP_SECONDS: Final = 1800.0
_MAX_POINTS: Final = 1000
_TELL_MS: Final = 900
_ASK_SECONDS: Final = 4.0
ROLES: Final = ("a", "b", "log")


@dataclass(frozen=True)
class Load:
    """One measurement: processor and memory in per cent, what runs and waits, bytes a second, free bytes."""

    moment: float
    processor: float
    memory: float
    running: int
    waiting: int
    received: float
    sent: float
    disk_free: float


class LoadHistory(QObject):
    """One for the program (``desk.lasting``). ``changed`` once a second at most."""

    changed = Signal()

    def __init__(self, desk: Desk, clock: Callable[[], float] = time.time) -> None:
        super().__init__(desk)
        self._clock = clock
        self._points: dict[str, deque[Load]] = {role: deque(maxlen=_MAX_POINTS) for role in ROLES}
        self._soon = QTimer(self, singleShot=True, interval=_TELL_MS)
        self._soon.timeout.connect(self.changed)
        self._desk = desk
        self._asking: Handle | None = None
        desk.load_told.connect(self.add)
        desk.entered.connect(lambda _: self._ask_log())
        desk.gone.connect(self.forget)
        if desk.person is not None:
            self._ask_log()

    def add(self, role: str, body: object) -> None:
        """Take a measurement as a node sends it; what is none is passed over."""
        if role not in self._points or not isinstance(body, Mapping):
            return
        now, points = self._clock(), self._points[role]
        points.append(_load(now, body))
        while now - points[0].moment > KEEP_SECONDS:
            points.popleft()
        if not self._soon.isActive():
            self._soon.start()

    def points(self, role: str) -> tuple[Load, ...]:
        """Oldest first."""
        return tuple(self._points[role])

    def latest(self, role: str) -> Load | None:
        """The newest measurement of a node."""
        points = self._points[role]
        return points[-1] if points else None

    def forget(self) -> None:
        """Nobody is here any more."""
        if self._asking is not None:
            self._asking.drop()
            self._asking = None
        for points in self._points.values():
            points.clear()

    def _ask_log(self) -> None:
        """Servers send their load; the log node is asked for its own, for as long as somebody is logged in."""
        bridge, office = self._desk.bridge, self._desk.office

        def heard(load: NodeLoad) -> None:
            bridge.post(lambda: self.add(load.role, vars(load)))

        async def ask() -> None:
            await follow_log_load(office.nodes.log, heard, lambda role, trouble: None, _ASK_SECONDS)

        if self._asking is None:
            # The frame shows whether the log node answers; without its load the chart has one line less.
            self._asking = bridge.run(ask, failed=self._unasked)

    def _unasked(self, error: AppError) -> None:
        self._asking = None


def _load(now: float, body: Mapping[str, Any]) -> Load:
    def number(name: str) -> float:
        value = body.get(name)
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return 0.0
        return float(value) if 0 <= value < 1e18 else 0.0

    total = number("memory_total")
    memory = min(100.0 * number("memory_used") / total, 100.0) if total else 0.0
    return Load(
        now,
        min(number("processor_percent"), 100.0),
        memory,
        int(number("running_jobs")),
        int(number("waiting_jobs")),
        number("received_per_second"),
        number("sent_per_second"),
        number("disk_free"),
    )
