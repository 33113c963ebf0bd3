"""Live state of several processes of a node over a real Redis: shared, unreadable for Redis, and not needed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from common.config import load_settings
from common.crypto.rng import SystemRandom
from common.errors import ConfigError
from server_node.live.opening import open_live
from server_node.live.state import RESYNC, LiveState, Subscription
from server_node.settings import SETTINGS
from tests.services.available import REDIS, need
from tests.services.own_redis import own_redis

RNG = SystemRandom()
NODE = RNG.token(32)
"""A key that no earlier run had: what such a run left in Redis is another node's."""


@asynccontextmanager
async def processes(url: str, *keys: bytes) -> AsyncIterator[list[LiveState]]:
    """One process for each key, two of one node by default."""
    settings = load_settings(SETTINGS, None, {"live_url": url})
    async with AsyncExitStack() as stack:
        opened = [open_live(Path(), settings, key, RNG) for key in keys or (NODE, NODE)]
        yield [await stack.enter_async_context(one) for one in opened]


async def heard(subscription: Subscription, last: str) -> list[str]:
    """Everything up to this text."""
    found: list[str] = []
    async for text in subscription:
        found.append(text)
        if text == last:
            break
    return found


async def test_every_process_hears_each_text_once() -> None:
    async with processes(need(REDIS)[0]) as [one, two]:
        ears = [one.subscribe("jobs"), two.subscribe("jobs"), two.subscribe("news")]
        await one.publish("jobs", "1")
        await two.publish("jobs", "2")
        await one.publish("news", "end")
        await one.publish("jobs", "end")
        assert await heard(ears[0], "end") in (["1", "2", "end"], ["1", "end"])
        assert sorted(await heard(ears[1], "end")) == ["1", "2", "end"]
        assert await heard(ears[2], "end") == ["end"]


async def test_attempts_are_counted_together() -> None:
    async with processes(need(REDIS)[0]) as [one, two]:
        user = RNG.token(8).hex()
        tries = [await live.attempt(user, 3, 60) for live in (one, two, one, two, one)]
        assert tries == [True, True, True, False, False]
        other = RNG.token(8).hex()
        assert not await two.attempt_all((other, user), 3, 60)
        assert [await one.attempt(other, 3, 60) for _ in range(4)] == [True, True, True, False]


async def test_values_are_shared_and_expire() -> None:
    [url] = need(REDIS)
    async with processes(url) as [one, two], Redis.from_url(url) as redis:
        before = set(await redis.keys("*"))
        await one.put("nonce", "alice", 90)
        assert await two.get("nonce") == "alice"
        [name] = set(await redis.keys("imguard:value:*")) - before
        assert 80 < await redis.ttl(name) <= 90
        await two.delete("nonce")
        assert await one.get("nonce") is None


async def test_nodes_on_one_redis_do_not_meet() -> None:
    async with processes(need(REDIS)[0], RNG.token(32), RNG.token(32)) as [a, b]:
        ear = b.subscribe("jobs")
        await a.put("x", "1", 60)
        await a.publish("jobs", "for a")
        assert await a.attempt("u", 1, 60) and await b.attempt("u", 1, 60)
        assert await b.get("x") is None
        await b.publish("jobs", "for b")
        assert await anext(ear) == "for b"


async def test_redis_sees_neither_names_nor_texts(tmp_path: Path) -> None:
    with own_redis(tmp_path) as server:
        async with processes(server.url) as [one, two], Redis.from_url(server.url) as redis:
            spy: Any = redis.pubsub()
            await spy.psubscribe("*")
            assert await spy.get_message(timeout=5) is not None
            await one.put("challenge of alice", "hidden", 60)
            await one.attempt("user alice", 5, 60)
            await one.publish("jobs", "hidden")
            message = await spy.get_message(timeout=5)
            seen = [repr(message)]
            for key in await redis.keys("*"):
                seen.append(repr((key, await redis.dump(key))))
            await spy.aclose()
            assert message is not None and len(seen) == 3
            assert not [text for text in seen if "alice" in text or "hidden" in text or "jobs" in text]
            # Nobody else can make up a text, not even by sending an old one's bytes changed.
            ear = two.subscribe("jobs")
            await redis.publish(message["channel"], b"made up")
            await redis.publish(message["channel"], message["data"][:-1] + b"\x00")
            await one.publish("jobs", "end")
            assert await heard(ear, "end") == ["end"]


@pytest.mark.expects_warnings
async def test_without_redis_a_process_goes_on_alone_and_comes_back_by_itself(tmp_path: Path) -> None:
    with own_redis(tmp_path) as server:
        async with processes(server.url) as [one, two]:
            ears = [one.subscribe("jobs"), two.subscribe("jobs")]
            assert [await one.attempt("u", 2, 60), await live_checks(one, two)] == [True, ["ok", "ok"]]
            server.stop()
            assert [await one.attempt("u", 2, 60) for _ in range(2)] == [True, False]
            await one.publish("jobs", "alone")
            assert await anext(ears[0]) == "alone"
            await one.put("x", "1", 60)
            assert await one.get("x") == "1" and await two.get("x") is None
            for said in await live_checks(one, two):
                assert said.startswith("Redis cannot be used (") and said.endswith("; this process goes on alone.")
            server.start()
            assert await heard(ears[0], RESYNC) == [RESYNC] and await heard(ears[1], RESYNC) == [RESYNC]
            assert await live_checks(one, two) == ["ok", "ok"]
            await one.publish("jobs", "together")
            assert await heard(ears[1], "together") == ["together"]
            # The counts of this process outlast the gap.
            assert not await one.attempt("u", 2, 60)


async def live_checks(*found: LiveState) -> list[str]:
    return [await live.check() for live in found]


@pytest.mark.expects_warnings
async def test_a_node_starts_without_its_redis_and_finds_it_later(tmp_path: Path) -> None:
    with own_redis(tmp_path) as server:
        server.stop()
        async with processes(server.url, NODE) as [live]:
            assert await live.attempt("u", 1, 60) and not await live.attempt("u", 1, 60)
            assert (await live.check()).startswith("Redis cannot be used")
            ear = live.subscribe("jobs")
            server.start()
            assert await anext(ear) == RESYNC and await live.check() == "ok"


@pytest.mark.expects_warnings
async def test_a_wrong_password_is_said(caplog: pytest.LogCaptureFixture) -> None:
    [url] = need(REDIS)
    wrong = "redis://:wrong@" + url.rpartition("@")[2]
    async with processes(wrong, NODE) as [live]:
        assert await live.check() == "Redis cannot be used (AuthenticationError); this process goes on alone."
        assert await live.attempt("u", 1, 60)
    assert "wrong" not in caplog.text


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("redis://10.1.2.3:6379", "needs rediss"),
        ("redis://127.0.0.1:6379/x", "number of a database"),
        ("http://127.0.0.1:6379", "must begin with redis: or rediss:"),
        ("", "must begin with"),
    ],
)
async def test_other_settings_are_refused(url: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        async with processes(url, NODE):
            raise AssertionError("a process was opened")

