"""Attempts per minute."""

from __future__ import annotations

import pytest

from common.errors import RateLimited
from server_node.api.throttle import Throttle
from server_node.live.memory import MemoryLive


async def test_each_key_has_its_own_minute() -> None:
    now = 0.0
    limit = Throttle(MemoryLive(lambda: now), 2)
    await limit.attempt("alice", "here")
    await limit.attempt("bob", "there")
    await limit.attempt("alice", "there")
    for keys in (("alice", "elsewhere"), ("carol", "there")):
        with pytest.raises(RateLimited):
            await limit.attempt(*keys)
    await limit.attempt("carol", "elsewhere")
    now = 60.0
    await limit.attempt("alice", "there")


async def test_refused_attempts_do_not_count() -> None:
    limit = Throttle(MemoryLive(lambda: 0.0), 1)
    await limit.attempt("alice")
    for _ in range(5):
        with pytest.raises(RateLimited):
            await limit.attempt("alice", "bob")
    await limit.attempt("bob")
