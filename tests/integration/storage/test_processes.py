"""Who follows a job or the news in one process of a node hears what another process wrote, through a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from common.config import load_settings
from common.crypto.rng import SystemRandom
from common.ids import JobId, UserName
from server_node.jobs.entry import Origin
from server_node.jobs.journal import Journal
from server_node.live.opening import open_live
from server_node.live.relay import Relay
from server_node.live.state import LiveState
from server_node.news.feed import Feed
from server_node.settings import SETTINGS
from server_node.storage.database import Database
from server_node.storage.rows import Project, User
from tests.services.available import REDIS, need

JOB = JobId("ab" * 16)
ORIGIN = Origin("cd" * 16, "ef" * 32, "alice", "clinic")
ALICE: dict[str, Any] = {
    "name": "alice", "organisation": "clinic", "role": "user", "state": "active", "verify_key": "11" * 32,
    "seal_key": "22" * 32, "version": 1, "created": 0,
}  # fmt: skip


@asynccontextmanager
async def running(*work: Any) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


@asynccontextmanager
async def two_processes(folder: Path) -> AsyncIterator[tuple[Database, list[LiveState]]]:
    """Their common tables, and what each of them has of its own."""
    key = SystemRandom().token(32)
    settings = load_settings(SETTINGS, None, {"live_url": need(REDIS)[0]})
    async with AsyncExitStack() as stack:
        database = await Database.open(folder / "node.db")
        stack.push_async_callback(database.close)
        async with database.writing() as session:
            session.add(User(**ALICE))
            await session.flush()
            session.add(Project(id="cd" * 16, hash="cd" * 32, owner="alice", is_archived=False, created=0))
        opened = [open_live(folder, settings, key, SystemRandom()) for _ in range(2)]
        yield database, [await stack.enter_async_context(one) for one in opened]


async def test_events_of_a_job_are_followed_from_another_process(tmp_path: Path) -> None:
    async with two_processes(tmp_path) as (database, lives):
        writer, reader = (Journal(database, lambda: 0.0) for _ in lives)
        relays = [Relay(live, "jobs", one.rouse) for live, one in zip(lives, (writer, reader), strict=True)]
        writer.on_wake, reader.on_wake = relays[0].tell, relays[1].tell
        async with running(*(relay.run() for relay in relays)):
            await writer.create(JOB, ORIGIN, {"body": {}})
            events = reader.follow(JOB, 1, lambda: True)
            waiting = asyncio.ensure_future(anext(events))
            for step in (1, 2):
                await writer.add(JOB, {"kind": "metrics", "epoch": step})
                assert (await waiting)["epoch"] == step
                waiting = asyncio.ensure_future(anext(events))
            reader.close()
            with pytest.raises(StopAsyncIteration):
                await waiting


async def test_news_are_followed_from_another_process(tmp_path: Path) -> None:
    async with two_processes(tmp_path) as (database, lives):
        writer, reader = (Feed(database, lambda: 0.0, live) for live in lives)
        async with running(writer.run(), reader.run()):
            news = reader.follow(UserName("alice"), 0)
            waiting = asyncio.ensure_future(anext(news))
            await writer.add("project", {"project": "x"}, None)
            assert (await waiting)["body"] == {"project": "x"}
            waiting = asyncio.ensure_future(anext(news))
            await writer.add("project", {"project": "y"}, ["alice"])
            assert (await waiting)["body"] == {"project": "y"}
            await news.aclose()
