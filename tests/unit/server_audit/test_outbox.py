"""The outbox delivers everything once, in order, through outages, and says what is wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from common.errors import BadInput, LogFork, NodeUnreachable
from server_node.audit.delivery import EventRefused
from server_node.audit.outbox import BATCH, Outbox, Pace
from server_node.audit.spool import Spool
from tests.helpers.log_events import event_document

QUICK = Pace(poll=0.005, gather=0.001, first_wait=0.001, longest_wait=0.004)
LAZY = Pace(poll=3600, first_wait=3600, longest_wait=3600)


class FakeLog:
    """A log node that does what the test says; remembers every attempt."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.attempts: list[int] = []
        self.failures: list[Exception] = []
        self.never: dict[str, Any] | None = None
        self.tried = asyncio.Event()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[FakeLog]:
        yield self

    async def deliver(self, documents: Sequence[dict[str, Any]]) -> list[int]:
        self.attempts.append(len(documents))
        self.tried.set()
        if self.failures:
            raise self.failures.pop(0)
        if self.never in documents:
            raise EventRefused(list(documents).index(self.never or {}), BadInput("never"))
        self.taken += documents
        return list(range(len(self.taken) - len(documents), len(self.taken)))


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


def outbox_for(tmp_path: Path, log: FakeLog, pace: Pace = QUICK) -> Outbox:
    return Outbox(tmp_path / "outbox.db", log.open, pace)


@asynccontextmanager
async def running(outbox: Outbox) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(outbox.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
        outbox.close()


async def test_events_are_delivered_in_order_and_in_batches(tmp_path: Path, log: FakeLog) -> None:
    outbox = outbox_for(tmp_path, log)
    documents = [event_document(n) for n in range(BATCH + 5)]
    outbox.add_many(documents)
    assert outbox.pending() == BATCH + 5
    async with running(outbox):
        await outbox.flush(20)
        assert log.taken == documents and log.attempts == [BATCH, 5]
        assert outbox.pending() == 0 and outbox.position(documents[BATCH]) == BATCH


async def test_added_event_wakes_a_waiting_run(tmp_path: Path, log: FakeLog) -> None:
    """The run looks by itself only once an hour here."""
    outbox = outbox_for(tmp_path, log, LAZY)
    async with running(outbox):
        outbox.add(event_document(0))
        await asyncio.wait_for(log.tried.wait(), 20)
        log.tried.clear()
        await outbox.flush(20)
        await asyncio.to_thread(outbox.add, event_document(1))
        await asyncio.wait_for(log.tried.wait(), 20)
        await outbox.flush(20)
    assert log.taken == [event_document(0), event_document(1)]


async def test_event_of_another_process_is_found(tmp_path: Path, log: FakeLog) -> None:
    outbox = outbox_for(tmp_path, log)
    async with running(outbox):
        other = Spool(tmp_path / "outbox.db")
        other.add([event_document(7)])
        other.close()
        await asyncio.wait_for(log.tried.wait(), 20)
    assert log.taken == [event_document(7)]


async def test_nothing_is_lost_while_the_log_is_away(
    tmp_path: Path, log: FakeLog, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = outbox_for(tmp_path, log)
    log.failures = [NodeUnreachable() for _ in range(6)]
    documents = [event_document(n) for n in range(3)]
    outbox.add_many(documents)
    async with running(outbox):
        await outbox.flush(20)
        assert log.taken == documents and log.attempts == [3] * 7 and outbox.fault is None
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1 and "node-unreachable" in warnings[0].getMessage()


async def test_events_outlive_the_process(tmp_path: Path, log: FakeLog) -> None:
    first = outbox_for(tmp_path, log)
    first.add(event_document(1))
    first.close()
    second = outbox_for(tmp_path, log)
    await second.flush(20)
    second.close()
    assert log.taken == [event_document(1)]


async def test_fork_is_reported_and_the_events_stay(
    tmp_path: Path, log: FakeLog, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = outbox_for(tmp_path, log, LAZY)
    log.failures = [LogFork()]
    outbox.add(event_document(1))
    async with running(outbox):
        await asyncio.wait_for(log.tried.wait(), 20)
        while outbox.fault is None:
            await asyncio.sleep(0)
        assert isinstance(outbox.fault, LogFork) and outbox.pending() == 1
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_event_that_is_never_taken_is_set_aside_and_the_rest_goes_on(
    tmp_path: Path, log: FakeLog, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = outbox_for(tmp_path, log)
    documents = [event_document(n) for n in range(4)]
    log.never = documents[2]
    outbox.add_many(documents)
    async with running(outbox):
        await outbox.flush(20)
        assert log.taken == [documents[0], documents[1], documents[3]]
        assert outbox.refused() == 1 and outbox.pending() == 0
    assert "never take event 3" in caplog.text


@pytest.mark.expects_warnings
async def test_new_events_do_not_cut_the_wait_after_a_failure_short_but_flush_does(
    tmp_path: Path, log: FakeLog
) -> None:
    outbox = outbox_for(tmp_path, log, LAZY)
    log.failures = [NodeUnreachable()]
    outbox.add(event_document(0))
    async with running(outbox):
        await asyncio.wait_for(log.tried.wait(), 20)
        while outbox.fault is None:
            await asyncio.sleep(0)
        outbox.add(event_document(1))
        for _ in range(20):
            await asyncio.sleep(0)
        assert log.attempts == [1]
        await outbox.flush(20)
        assert log.attempts == [1, 2] and len(log.taken) == 2


@pytest.mark.expects_warnings
async def test_flush_that_takes_too_long_says_how_many_wait(tmp_path: Path, log: FakeLog) -> None:
    outbox = outbox_for(tmp_path, log, LAZY)
    log.failures = [NodeUnreachable() for _ in range(9)]
    outbox.add_many([event_document(0), event_document(1)])
    with pytest.raises(NodeUnreachable) as raised:
        await outbox.flush(0.05)
    assert raised.value.details["waiting"] == 2 and outbox.pending() == 2
    outbox.close()


async def test_flush_of_an_empty_outbox_returns(tmp_path: Path, log: FakeLog) -> None:
    outbox = outbox_for(tmp_path, log)
    await outbox.flush(20)
    outbox.close()
    assert log.attempts == []


@pytest.mark.expects_warnings
async def test_delivery_survives_errors_nobody_thought_of(tmp_path: Path, log: FakeLog) -> None:
    outbox = outbox_for(tmp_path, log)
    log.failures = [ValueError("surprise"), RuntimeError("surprise")]
    outbox.add(event_document(1))
    async with running(outbox):
        await outbox.flush(20)
        assert log.attempts == [1, 1, 1] and outbox.fault is None


@pytest.mark.expects_warnings
async def test_delivery_survives_a_courier_that_cannot_be_had(tmp_path: Path, log: FakeLog) -> None:
    refusals: list[Exception] = [OSError("no socket"), NodeUnreachable()]

    @asynccontextmanager
    async def hesitate() -> AsyncIterator[FakeLog]:
        if refusals:
            raise refusals.pop()
        yield log

    outbox = Outbox(tmp_path / "outbox.db", hesitate, QUICK)
    outbox.add(event_document(1))
    async with running(outbox):
        await outbox.flush(20)
        assert log.attempts == [1] and outbox.fault is None


def test_pace_grows_up_to_its_limit() -> None:
    pace = Pace(first_wait=0.5, longest_wait=60)
    assert [pace.wait(n) for n in (1, 2, 3, 7, 8, 9, 10**6)] == [0.5, 1, 2, 32, 60, 60, 60]
