"""Attempts per minute."""

from __future__ import annotations

import pytest

from common.errors import RateLimited
from server_node.api import throttle
from server_node.api.throttle import Throttle


def test_each_key_has_its_own_minute() -> None:
    now = 0.0
    limit = Throttle(2, lambda: now)
    limit.attempt("alice", "here")
    limit.attempt("bob", "there")
    limit.attempt("alice", "there")
    for keys in (("alice", "elsewhere"), ("carol", "there")):
        with pytest.raises(RateLimited):
            limit.attempt(*keys)
    limit.attempt("carol", "elsewhere")
    now = 60.0
    limit.attempt("alice", "there")


def test_refused_attempts_do_not_count() -> None:
    now = 0.0
    limit = Throttle(1, lambda: now)
    limit.attempt("alice")
    for _ in range(5):
        with pytest.raises(RateLimited):
            limit.attempt("alice", "bob")
    limit.attempt("bob")


def test_many_names_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "_MAX_KEYS", 10)
    limit = Throttle(1, lambda: 0.0)
    for number in range(100):
        limit.attempt(f"name {number}")
    assert len(limit._attempts) <= 11
