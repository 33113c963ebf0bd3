"""How busy a node's machine is: processor, memory, network, disk, jobs. Measured while somebody listens."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import psutil

PERIOD_SECONDS: Final = 2.0
CountJobs = Callable[[], Awaitable[tuple[int, int]]]
"""How many jobs run and how many wait."""


class LoadMeter:
    """One measurement a period, shared by all who listen."""

    def __init__(self, folder: Path, count_jobs: CountJobs, period: float = PERIOD_SECONDS) -> None:
        self._folder, self._count_jobs, self._period = folder, count_jobs, period
        self._listeners = 0
        self._wanted, self._news = asyncio.Event(), asyncio.Event()
        self._latest: dict[str, Any] = {}
        self._traffic = (0.0, 0, 0)

    async def follow(self) -> AsyncGenerator[dict[str, Any]]:
        """Each measurement from now on; one that comes while the last one is still in use is passed over."""
        self._listeners += 1
        self._wanted.set()
        try:
            while True:
                await self._news.wait()
                yield self._latest
        finally:
            self._listeners -= 1

    async def run(self) -> None:
        """Measure for as long as somebody listens."""
        while True:
            if not self._listeners:
                self._wanted.clear()
                await self._wanted.wait()
                self._start()
            await asyncio.sleep(self._period)
            self._latest = await self.measure()
            news, self._news = self._news, asyncio.Event()
            news.set()

    async def measure(self) -> dict[str, Any]:
        """The load now; rates are those since the last measurement."""
        running, waiting = await self._count_jobs()
        memory = psutil.virtual_memory()
        received, sent = self._rates()
        return {
            "processor_percent": psutil.cpu_percent(None),
            "memory_used": memory.total - memory.available,
            "memory_total": memory.total,
            "received_per_second": received,
            "sent_per_second": sent,
            "disk_free": shutil.disk_usage(self._folder).free,
            "running_jobs": running,
            "waiting_jobs": waiting,
        }

    def _start(self) -> None:
        """Let rates count from here."""
        psutil.cpu_percent(None)
        self._rates()

    def _rates(self) -> tuple[int, int]:
        before, received_before, sent_before = self._traffic
        counters = psutil.net_io_counters()
        self._traffic = (time.monotonic(), counters.bytes_recv, counters.bytes_sent)
        seconds = max(self._traffic[0] - before, 1e-3)
        return (
            max(0, int((counters.bytes_recv - received_before) / seconds)),
            max(0, int((counters.bytes_sent - sent_before) / seconds)),
        )
