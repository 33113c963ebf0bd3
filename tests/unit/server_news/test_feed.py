"""The feed: in order, for those it is for, kept for a while, never in the way of what it tells of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from common.errors import DiskFull
from common.ids import UserName
from server_node.live.memory import MemoryLive
from server_node.news.feed import KEEP_SECONDS, MAX_BODY, Bounds, Feed
from server_node.storage.database import Database

ALICE, BOB = UserName("alice"), UserName("bob")


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 1_767_225_600.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def feed(tmp_path: Path, clock: Clock) -> AsyncIterator[Feed]:
    database = await Database.open(tmp_path / "node.db")
    yield Feed(database, clock)
    await database.close()


async def take(feed: Feed, user: UserName, after: int, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async with aclosing(feed.follow(user, after)) as pieces:
        async for piece in pieces:
            found.append(piece)
            if len(found) == count:
                break
    return found


async def test_feed_shows_each_user_what_is_for_them_in_order(feed: Feed) -> None:
    await feed.add("dataset", {"dataset": "d1", "state": "usable"}, None)
    await feed.add("project", {"project": "p1"}, ["bob"])
    await feed.add("job", {"job": "j1", "state": "queued"}, {"alice", "bob"})
    assert await take(feed, ALICE, 0, 2) == [
        {"id": 1, "time": "2026-01-01T00:00:00Z", "kind": "dataset", "body": {"dataset": "d1", "state": "usable"}},
        {"id": 3, "time": "2026-01-01T00:00:00Z", "kind": "job", "body": {"job": "j1", "state": "queued"}},
    ]
    assert [piece["id"] for piece in await take(feed, BOB, 1, 2)] == [2, 3]
    assert await feed.bounds() == Bounds(1, 3)


@pytest.mark.parametrize("audience", [[], ["alice-2"], ["xalice"], ["a.ice"], ["a_ice"], ["alic", "e"]])
async def test_feed_similar_names_see_nothing_of_each_other(feed: Feed, audience: list[str]) -> None:
    await feed.add("account", {"user": "x"}, audience)
    await feed.add("node", {}, None)
    assert [piece["kind"] for piece in await take(feed, ALICE, 0, 1)] == ["node"]


async def test_feed_wakes_everybody_who_waits(feed: Feed) -> None:
    waiting = [asyncio.create_task(take(feed, user, 0, 1)) for user in (ALICE, BOB) for _ in range(20)]
    await asyncio.sleep(0)
    await feed.add("node", {"state": "degraded"}, None)
    found = await asyncio.gather(*waiting)
    assert [pieces[0]["body"] for pieces in found] == [{"state": "degraded"}] * 40


async def test_feed_many_at_once_lose_nothing(feed: Feed) -> None:
    listening = asyncio.create_task(take(feed, ALICE, 0, 150))
    await asyncio.gather(*(feed.add("job", {"number": number}, None) for number in range(150)))
    found = await listening
    assert [piece["id"] for piece in found] == list(range(1, 151))
    assert {piece["body"]["number"] for piece in found} == set(range(150))


async def test_feed_closing_ends_every_stream(feed: Feed) -> None:
    waiting = asyncio.create_task(take(feed, ALICE, 0, 1))
    await asyncio.sleep(0)
    feed.close()
    assert await waiting == []


async def test_feed_forgets_after_thirty_days_and_never_uses_a_number_again(feed: Feed, clock: Clock) -> None:
    await feed.add("job", {"n": 1}, None)
    clock.now += KEEP_SECONDS
    await feed.prune()
    assert await feed.bounds() == Bounds(1, 1)
    clock.now += 1
    await feed.prune()
    assert await feed.bounds() == Bounds(0, 0)
    await feed.add("job", {"n": 2}, None)
    assert [piece["id"] for piece in await take(feed, ALICE, 0, 1)] == [2]


async def test_feed_refuses_what_is_no_news(feed: Feed, caplog: pytest.LogCaptureFixture) -> None:
    await feed.add("gossip", {}, None)
    await feed.add("job", {"text": "x" * MAX_BODY}, None)
    assert await feed.bounds() == Bounds(0, 0)
    assert len(caplog.records) == 2


async def test_feed_trouble_with_the_database_does_not_reach_who_announces(
    feed: Feed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Database) -> None:
        raise DiskFull()

    monkeypatch.setattr(Database, "writing", broken)
    await feed.add("job", {}, None)
    assert [record.getMessage() for record in caplog.records] == ["news of kind job were lost: disk-full"]


class Listening(Feed):
    """Says when it was woken."""

    def __init__(self, database: Database, clock: Clock, live: MemoryLive) -> None:
        super().__init__(database, clock, live)
        self.rang = asyncio.Event()

    def ring(self) -> None:
        super().ring()
        self.rang.set()


async def test_feed_processes_of_one_node_wake_each_other(tmp_path: Path, clock: Clock) -> None:
    live = MemoryLive()
    database = await Database.open(tmp_path / "node.db")
    here, there = Feed(database, clock, live), Listening(database, clock, live)
    running = asyncio.create_task(there.run())
    while not there.rang.is_set():
        await live.publish("news", "anything")
        await asyncio.sleep(0)
    there.rang.clear()
    await here.add("node", {"state": "ok"}, None)
    await there.rang.wait()
    assert [piece["kind"] for piece in await take(there, ALICE, 0, 1)] == ["node"]
    running.cancel()
    await asyncio.wait([running])
    await database.close()
