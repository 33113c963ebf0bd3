"""Says how long the window's event loop stood still, by its own fault.

A beat every few milliseconds notes the time that passed, less what the loop's thread was ready to run and other
programs had the processors (where the system tells that), and the processor time that this process used. The smaller of
the two is how long the loop was kept from turning by this process, be it by work of its own thread or by a thread that
held the interpreter's lock. A machine that is busy with something else does not count.
"""

from __future__ import annotations

import threading
from pathlib import Path
from time import perf_counter, process_time

from PySide6.QtCore import QObject, Qt, QTimer

_BEAT_MS = 5


class Watchdog(QObject):
    """Watches from the moment it is made until :meth:`stop`; ``longest`` is in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self.beats = 0
        self._timer = QTimer(self, interval=_BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._waits = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._last = self._clocks()
        self._timer.start()

    def stop(self) -> float:
        """The longest time, in seconds."""
        self._beat()
        self._timer.stop()
        return self.longest

    def _beat(self) -> None:
        now = self._clocks()
        self.longest = max(self.longest, min(now[0] - self._last[0], now[1] - self._last[1]))
        self.beats += 1
        self._last = now

    def _clocks(self) -> tuple[float, float]:
        try:
            waited = int(self._waits.read_text(encoding="ascii").split()[1]) / 1e9
        except OSError:
            waited = 0.0
        return perf_counter() - waited, process_time()
