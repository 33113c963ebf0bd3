"""Live state of one process: channels, counters, values that expire."""

from __future__ import annotations

import asyncio

import pytest

from server_node.live import memory
from server_node.live.memory import MemoryLive
from server_node.live.state import RESYNC


async def test_subscriber_gets_what_is_published_after_it_subscribed() -> None:
    live = MemoryLive()
    await live.publish("jobs", "early")
    first, second, other = live.subscribe("jobs"), live.subscribe("jobs"), live.subscribe("news")
    await live.publish("jobs", "1")
    await live.publish("jobs", "2")
    assert [await anext(first), await anext(first), await anext(second)] == ["1", "2", "1"]
    waiting = asyncio.ensure_future(anext(other))
    await asyncio.sleep(0)
    assert not waiting.done()
    await live.publish("news", "3")
    assert await waiting == "3"


async def test_closed_subscription_ends_after_what_it_had() -> None:
    live = MemoryLive()
    subscription = live.subscribe("jobs")
    await live.publish("jobs", "1")
    subscription.close()
    await live.publish("jobs", "2")
    assert [text async for text in subscription] == ["1"]


async def test_closing_all_ends_those_who_wait() -> None:
    live = MemoryLive()
    waiting = asyncio.ensure_future(anext(live.subscribe("jobs"), "ended"))
    await asyncio.sleep(0)
    await live.close()
    assert await waiting == "ended"


async def test_subscriber_who_lags_is_told_to_look_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_MAX_WAITING", 3)
    live = MemoryLive()
    slow = live.subscribe("jobs")
    for number in range(5):
        await live.publish("jobs", str(number))
    assert [await anext(slow), await anext(slow)] == [RESYNC, "4"]


async def test_attempts_are_counted_in_a_sliding_window() -> None:
    now = 100.0
    live = MemoryLive(lambda: now)
    assert [await live.attempt("a", 2, 60) for _ in range(3)] == [True, True, False]
    assert await live.attempt("b", 2, 60)
    now = 159.0
    assert not await live.attempt("a", 2, 60)
    now = 160.0
    assert await live.attempt("a", 2, 60)


async def test_several_keys_are_counted_together_or_not_at_all() -> None:
    live = MemoryLive(lambda: 0.0)
    assert await live.attempt_all(("a", "b"), 1, 60)
    assert not await live.attempt_all(("c", "b"), 1, 60)
    assert await live.attempt("c", 1, 60)


async def test_values_expire_and_can_be_deleted() -> None:
    now = 0.0
    live = MemoryLive(lambda: now)
    await live.put("x", "1", 10)
    await live.put("y", "2", 10)
    assert await live.get("x") == "1"
    await live.delete("y")
    await live.delete("y")
    assert await live.get("y") is None
    now = 10.0
    assert await live.get("x") is None and await live.get("never") is None


async def test_many_names_do_not_fill_the_memory() -> None:
    live = MemoryLive(lambda: 0.0, max_keys=10)
    for number in range(100):
        await live.attempt(f"name {number}", 1, 60)
        await live.put(f"name {number}", "x", 60)
    assert len(live._attempts) <= 11 and len(live._values) == 10
    assert await live.get("name 99") == "x" and await live.get("name 0") is None


async def test_one_process_is_always_well() -> None:
    assert await MemoryLive().check() == "ok"


async def test_attempts_that_are_refused_push_no_others_out() -> None:
    live = MemoryLive(max_keys=3)
    assert await live.attempt_all(("address", "alice"), 1, 60)
    for number in range(5):
        assert not await live.attempt_all((f"name {number}", "address"), 1, 60)
    assert not await live.attempt_all(("another address", "alice"), 1, 60)
