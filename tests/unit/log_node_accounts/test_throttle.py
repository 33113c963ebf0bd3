"""Attempts at the log node are counted for a minute."""

from __future__ import annotations

import pytest

from common.errors import RateLimited
from log_node.accounts.throttle import Throttle


def test_attempts_are_counted_for_each_key_and_forgotten_after_a_minute() -> None:
    now = [0.0]
    throttle = Throttle(2, lambda: now[0])
    throttle.attempt("a", "b")
    throttle.attempt("a", "c")
    with pytest.raises(RateLimited):
        throttle.attempt("a", "d")
    for _ in range(2):
        throttle.attempt("d")
    now[0] = 60.0
    throttle.attempt("a")


def test_refused_attempt_counts_for_nobody() -> None:
    throttle = Throttle(1, lambda: 0.0)
    throttle.attempt("a")
    for _ in range(3):
        with pytest.raises(RateLimited):
            throttle.attempt("b", "a")
    throttle.attempt("b")


def test_oldest_names_are_forgotten_when_there_are_too_many() -> None:
    throttle = Throttle(1, lambda: 0.0)
    throttle.attempt("first")
    for number in range(10_000):
        throttle.attempt(str(number))
    throttle.attempt("first")


def test_attempts_that_are_refused_push_no_others_out() -> None:
    throttle = Throttle(1, lambda: 0.0)
    throttle.attempt("address", "alice")
    for number in range(10_001):
        with pytest.raises(RateLimited):
            throttle.attempt(f"name {number}", "address")
    with pytest.raises(RateLimited):
        throttle.attempt("another address", "alice")
