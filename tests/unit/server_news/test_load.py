"""The load of a node: plausible figures, measured only while somebody listens."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

from server_node.api.schemas.news import LOAD
from server_node.news.load import LoadMeter


class Jobs:
    """Two run, three wait; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self) -> tuple[int, int]:
        self.asked += 1
        return 2, 3


async def test_load_is_measured_as_described(tmp_path: Path) -> None:
    found = await LoadMeter(tmp_path, Jobs()).measure()
    LOAD.check({"kind": "load", "time": "2026-01-01T00:00:00Z", "body": found})
    assert (found["running_jobs"], found["waiting_jobs"]) == (2, 3)
    assert 0 < found["memory_used"] < found["memory_total"]
    assert found["disk_free"] > 0


async def test_load_reaches_all_listeners_and_rests_without_them(tmp_path: Path) -> None:
    jobs = Jobs()
    meter = LoadMeter(tmp_path, jobs, period=0.001)
    running = asyncio.create_task(meter.run())

    async def listen() -> int:
        async with aclosing(meter.follow()) as loads:
            async for load in loads:
                return int(load["running_jobs"])
        return 0

    await asyncio.sleep(0.005)
    assert jobs.asked == 0
    assert await asyncio.gather(*(listen() for _ in range(5))) == [2] * 5
    asked = jobs.asked
    assert asked == 1
    running.cancel()
    await asyncio.wait([running])
