"""Group commit: concurrent requests share a flush, each gets its own answer, and stopping leaves nobody waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from common.errors import DiskFull, NodeUnreachable
from common.merkle.entry import Event
from log_node.ledger.commit import MAX_GROUP, MAX_WAITING, GroupCommit
from log_node.ledger.writer import Ledger
from tests.helpers.log_events import LOG_KEY, event, events


class SlowLedger:
    """Stands where the ledger does; waits in ``append`` until the test lets it go on."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.entered = threading.Event()
        self.groups: list[list[list[Event]]] = []
        self.failure: Exception | None = None

    def append(self, groups: Sequence[Sequence[Event]]) -> list[list[int]]:
        self.groups.append([list(group) for group in groups])
        self.entered.set()
        assert self.go.wait(20)
        if self.failure:
            raise self.failure
        return [[int(item.body["id"], 16) for item in group] for group in groups]


@asynccontextmanager
async def running(ledger: Any) -> AsyncIterator[GroupCommit]:
    commit = GroupCommit(ledger)
    task = asyncio.create_task(commit.run())
    try:
        yield commit
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_requests_while_the_disk_is_busy_share_the_next_flush() -> None:
    ledger = SlowLedger()
    async with running(ledger) as commit:
        first = asyncio.create_task(commit.append(events(0, 2)))
        await asyncio.to_thread(ledger.entered.wait, 20)
        others = [asyncio.create_task(commit.append([event(number)])) for number in range(2, 9)]
        await asyncio.sleep(0)
        ledger.go.set()
        assert await first == [0, 1]
        assert [await other for other in others] == [[number] for number in range(2, 9)]
    assert [len(groups) for groups in ledger.groups] == [1, 7]


async def test_group_is_closed_at_its_limit() -> None:
    ledger = SlowLedger()
    crowd = [event(0)] * (MAX_GROUP - 1)
    async with running(ledger) as commit:
        first = asyncio.create_task(commit.append([event(0)]))
        await asyncio.to_thread(ledger.entered.wait, 20)
        others = [asyncio.create_task(commit.append(crowd)) for _ in range(3)]
        await asyncio.sleep(0)
        ledger.go.set()
        await asyncio.gather(first, *others)
    assert [len(groups) for groups in ledger.groups] == [1, 2, 1]


async def test_failure_reaches_everybody_and_the_writer_goes_on() -> None:
    ledger = SlowLedger()
    ledger.failure = DiskFull()
    ledger.go.set()
    async with running(ledger) as commit:
        with pytest.raises(DiskFull):
            await commit.append([event(1)])
        ledger.failure = RuntimeError("a mistake in the program")
        with pytest.raises(RuntimeError):
            await commit.append([event(1)])
        ledger.failure = None
        assert await commit.append([event(1)]) == [1]


async def test_request_that_gave_up_disturbs_nobody() -> None:
    ledger = SlowLedger()
    async with running(ledger) as commit:
        first = asyncio.create_task(commit.append([event(1)]))
        second = asyncio.create_task(commit.append([event(2)]))
        await asyncio.to_thread(ledger.entered.wait, 20)
        first.cancel()
        ledger.go.set()
        assert await second == [2]
        assert first.cancelled() or await asyncio.wait([first])


async def test_stopping_finishes_the_flush_and_refuses_the_rest() -> None:
    ledger = SlowLedger()
    stand_in: Any = ledger
    commit = GroupCommit(stand_in)
    task = asyncio.create_task(commit.run())
    first = asyncio.create_task(commit.append([event(1)]))
    await asyncio.to_thread(ledger.entered.wait, 20)
    crowd = [asyncio.create_task(commit.append([event(number)])) for number in range(2, MAX_WAITING + 9)]
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    ledger.go.set()
    await asyncio.wait([task])
    assert await first == [1]
    for outcome in await asyncio.gather(*crowd, return_exceptions=True):
        assert isinstance(outcome, NodeUnreachable)
    assert len(ledger.groups) == 1


async def test_many_writers_to_a_real_ledger_get_distinct_places(tmp_path: Path) -> None:
    Ledger.create(tmp_path / "ledger", LOG_KEY)
    ledger = Ledger.open(tmp_path / "ledger", LOG_KEY, 4000)
    async with running(ledger) as commit:
        answers = await asyncio.gather(*(commit.append(events(4 * n, 4 * n + 4)) for n in range(20)))
    assert sorted(place for answer in answers for place in answer) == list(range(80))
    for number, answer in enumerate(answers):
        assert [ledger.find(event(4 * number + k).leaf) for k in range(4)] == answer
    ledger.close()
