"""How busy the three nodes were in the last half hour, whatever page was shown."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_client.state.desk import Desk

KEEP_SECONDS: Final = 1800.0
_MAX_POINTS: Final = 1000
_TELL_MS: Final = 900
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
        desk.load_told.connect(self.add)
        desk.gone.connect(self.forget)

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
        for points in self._points.values():
            points.clear()


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
