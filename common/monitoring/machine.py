"""How busy the machine of a node is: processor, memory, network, disk. For the programs that have psutil."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psutil

LEAST_SECONDS: Final = 1.0
"""Rates are told over no less; who asks sooner gets what was measured before."""


class Machine:
    """Measures a machine; rates and the processor count from the measurement before."""

    def __init__(self, folder: Path, ticks: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._ticks = folder, ticks
        self._started = ticks()
        self._traffic = (0.0, 0, 0)
        self._last: tuple[float, dict[str, Any]] | None = None
        self.start()

    def start(self) -> None:
        """Let rates count from here."""
        psutil.cpu_percent(None)
        self._rates()

    def measure(self) -> dict[str, Any]:
        """The load now."""
        memory, disk = psutil.virtual_memory(), shutil.disk_usage(self._folder)
        received, sent = self._rates()
        return {
            "processor_percent": psutil.cpu_percent(None),
            "memory_used": memory.total - memory.available,
            "memory_total": memory.total,
            "received_per_second": received,
            "sent_per_second": sent,
            "disk_free": disk.free,
            "disk_total": disk.total,
            "uptime_seconds": int(self._ticks() - self._started),
        }

    def recent(self) -> dict[str, Any]:
        """The load now, or as it was up to a second ago: several may ask at any time."""
        now = self._ticks()
        if self._last is None or now - self._last[0] >= LEAST_SECONDS:
            self._last = now, self.measure()
        return self._last[1]

    def _rates(self) -> tuple[int, int]:
        before, received_before, sent_before = self._traffic
        counters = psutil.net_io_counters()
        self._traffic = (self._ticks(), counters.bytes_recv, counters.bytes_sent)
        seconds = max(self._traffic[0] - before, 1e-3)
        return (
            max(0, int((counters.bytes_recv - received_before) / seconds)),
            max(0, int((counters.bytes_sent - sent_before) / seconds)),
        )
