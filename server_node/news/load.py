"""How busy a node's machine is: processor, memory, network, disk, jobs. Measured while somebody listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from common.monitoring.machine import Machine

PERIOD_SECONDS: Final = 2.0
CountJobs = Callable[[], Awaitable[tuple[int, int]]]
"""How many jobs run and how many wait."""


class LoadMeter:
    """One measurement a period, shared by all who listen."""

    def __init__(self, folder: Path, count_jobs: CountJobs, period: float = PERIOD_SECONDS) -> None:
        self._machine, self._count_jobs, self._period = Machine(folder), count_jobs, period
        self._listeners = 0
        self._wanted, self._news = asyncio.Event(), asyncio.Event()
        self._latest: dict[str, Any] = {}

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
                self._machine.start()
            await asyncio.sleep(self._period)
            self._latest = await self.measure()
            news, self._news = self._news, asyncio.Event()
            news.set()

    async def measure(self) -> dict[str, Any]:
        """The load now; rates are those since the last measurement."""
        running, waiting = await self._count_jobs()
        return {**self._machine.measure(), "running_jobs": running, "waiting_jobs": waiting}
