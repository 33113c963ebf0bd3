"""Garbage is collected in the window's thread: the young often, all of it seldom."""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest

from desktop_client.state.tidying import Tidying


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tidying(qapp: object, clock: Clock) -> Generator[Tidying]:
    made = Tidying(clock=clock)
    yield made
    made.end()
    assert gc.isenabled() and gc.get_freeze_count() == 0


class Knot:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.me = self


def knots() -> int:
    return sum(isinstance(one, Knot) for one in gc.get_objects())


def test_python_does_not_collect_by_itself_until_the_end(tidying: Tidying) -> None:
    assert not gc.isenabled() and gc.get_freeze_count() > 0


def test_young_garbage_is_collected_when_there_is_enough_of_it(tidying: Tidying) -> None:
    Knot()
    tidying.look()
    assert knots() == 1
    for _ in range(2000):
        Knot()
    tidying.look()
    assert knots() == 0


def test_everything_is_collected_once_a_minute(tidying: Tidying, clock: Clock) -> None:
    Knot()
    clock.now = 59.0
    tidying.look()
    assert knots() == 1
    clock.now = 60.0
    tidying.look()
    assert knots() == 0
