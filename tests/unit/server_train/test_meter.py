"""The meter counts seconds, bytes and units by stage, and reports often enough but not more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from common.ids import Party
from common.net.channel import Channel
from common.net.memory import memory_pair
from common.pipeline import Stage
from server_node.train.meter import Meter, StageCost
from tests.helpers.simulate import run_two

Reports = list[tuple[Stage, int, int]]


def noting() -> tuple[Reports, Any]:
    reports: Reports = []
    return reports, lambda stage, cost: reports.append((stage, cost.done, cost.total))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time the meter reads; tests move it."""
    now = [0.0]
    monkeypatch.setattr("server_node.train.meter.time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def test_meter_adds_up_traffic_by_stage() -> None:
    def play(party: Party, channel: Channel) -> dict[Stage, StageCost]:
        costs: dict[Stage, StageCost] = {}
        meter = Meter(channel, lambda stage, cost: costs.update({stage: cost}))
        for stage, words in ((Stage.HIDE, 10), (Stage.TRAIN, 3), (Stage.HIDE, 5)):
            with meter.spend(stage, 1):
                channel.exchange("x", np.zeros(words, np.uint64))
        return costs

    for costs in run_two(play).results:
        assert {stage: cost.done for stage, cost in costs.items()} == {Stage.HIDE: 2, Stage.TRAIN: 1}
        hide, train = costs[Stage.HIDE].traffic, costs[Stage.TRAIN].traffic
        assert hide.bytes_sent == hide.bytes_received == 15 * 8 + 2 * 16
        assert (train.bytes_sent, train.rounds, hide.rounds) == (3 * 8 + 16, 1, 2)


def test_meter_measures_time(clock: list[float]) -> None:
    costs: dict[Stage, StageCost] = {}
    meter = Meter(memory_pair()[0], lambda stage, cost: costs.update({stage: cost}))
    for seconds in (1.5, 2.0):
        with meter.spend(Stage.TRAIN, 1):
            clock[0] += seconds
        clock[0] += 100
    assert costs[Stage.TRAIN].seconds == 3.5


def test_meter_reports_now_and_then_and_always_at_the_end(clock: list[float]) -> None:
    reports, report = noting()
    meter = Meter(memory_pair()[0], report)
    meter.expect(Stage.TRAIN, 100)
    clock[0] = 1000.0
    for _ in range(100):
        with meter.spend(Stage.TRAIN, 1):
            clock[0] += 0.1
    assert reports[-1] == (Stage.TRAIN, 100, 100)
    assert 10 <= len(reports) <= 50
    assert [done for _, done, _ in reports] == sorted({done for _, done, _ in reports})


def test_meter_that_failed_inside_does_not_count(clock: list[float]) -> None:
    reports, report = noting()
    meter = Meter(memory_pair()[0], report)
    with pytest.raises(ValueError, match="inside"):
        with meter.spend(Stage.TRAIN, 1):
            raise ValueError("inside")
    assert not reports


def test_meter_without_a_channel_measures_nothing() -> None:
    reports, report = noting()
    meter = Meter(None, report)
    meter.expect(Stage.TRAIN, 1)
    with meter.spend(Stage.TRAIN, 1):
        pass
    assert not reports
