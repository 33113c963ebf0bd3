"""What a preparation costs: all threads and links together, told in order."""

from __future__ import annotations

import time
from functools import partial

import numpy as np
import pytest

from common.ids import Party
from common.net.channel import Stats
from common.net.memory import MemoryChannel, memory_pair
from common.wire.framing import HEADER_BYTES
from server_node.offline.preparation import Cost, Meter, meter
from tests.helpers.two_party.tls import at_once


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def talk(pair: tuple[MemoryChannel, MemoryChannel], size: int) -> None:
    at_once(*(partial(pair[party].exchange, "x", np.zeros(size, np.uint8)) for party in Party))


def test_meter_counts_each_link_while_it_is_charged() -> None:
    told: list[Cost] = []
    counted = Meter(told.append)
    job, lane = memory_pair(), memory_pair()
    talk(job, 5)
    with counted.spend(job[0]):
        talk(job, 10)
        with counted.spend(lane[0]):
            talk(lane, 100)
        assert counted.cost().traffic == Stats(110 + 2 * HEADER_BYTES, 110 + 2 * HEADER_BYTES, 2)
    talk(job, 1000)
    with counted.spend(job[0]):
        talk(job, 1)
    assert counted.cost().traffic == Stats(111 + 3 * HEADER_BYTES, 111 + 3 * HEADER_BYTES, 3)
    assert told == []


def test_meter_counts_time_in_which_anybody_works_once(clock: Clock) -> None:
    counted = Meter(lambda cost: None)
    (one, _), (other, _) = memory_pair(), memory_pair()
    with counted.spend(one):
        clock.now += 1
        with counted.spend(other):
            clock.now += 2
            with counted.rest():
                clock.now += 4
        assert counted.cost().seconds == 7.0
        with counted.rest():
            clock.now += 8
        clock.now += 16
    clock.now += 32
    assert counted.cost().seconds == 23.0


def test_meter_tells_a_few_times_a_second_and_the_end(clock: Clock) -> None:
    told: list[Cost] = []
    counted = Meter(told.append)
    counted.expect(10)
    for _ in range(10):
        counted.add(1)
        clock.now += meter._REPORT_SECONDS / 4
    assert [cost.done for cost in told] == [1, 6]
    counted.expect(5)
    counted.finish()
    assert (told[-1].done, told[-1].total) == (15, 15)


def test_meter_never_tells_more_than_there_is(clock: Clock) -> None:
    told: list[Cost] = []
    counted = Meter(told.append)
    counted.expect(3)
    counted.add(4)
    assert [(cost.done, cost.total) for cost in told] == [(3, 3)]
