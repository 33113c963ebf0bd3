"""Wake-ups between processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server_node.live.memory import MemoryLive
from server_node.live.relay import Relay


class Process:
    """One end, and what it was woken for."""

    def __init__(self, live: MemoryLive) -> None:
        self.heard: asyncio.Queue[str | None] = asyncio.Queue()
        self.relay = Relay(live, "jobs", self.heard.put_nowait)


@asynccontextmanager
async def carrying(*processes: Process) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(process.relay.run()) for process in processes]
    await asyncio.sleep(0)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_all_processes_are_woken_once_for_what_changed_in_one() -> None:
    live = MemoryLive()
    one, two = Process(live), Process(live)
    async with carrying(one, two):
        for name in ("a", "b", "a", "a"):
            one.relay.tell(name)
        assert [await two.heard.get(), await two.heard.get()] == ["a", "b"]
        two.relay.tell("c")
        assert [await one.heard.get() for _ in range(3)] == ["a", "b", "c"]
        assert await two.heard.get() == "c" and two.heard.empty()


async def test_after_a_gap_everybody_looks_again() -> None:
    live = MemoryLive()
    one = Process(live)
    async with carrying(one):
        live.deliver_resync()
        assert await one.heard.get() is None


async def test_what_changed_before_it_runs_is_told_then() -> None:
    live = MemoryLive()
    one = Process(live)
    one.relay.tell("early")
    async with carrying(one):
        assert await one.heard.get() == "early"


async def test_ended_relay_leaves_no_subscription() -> None:
    live = MemoryLive()
    async with carrying(Process(live)):
        assert "jobs" in live._subscribers
    assert live._subscribers == {}
