"""Parameter sets: each feeds the next round, and none falls below the floor against the simplest attack."""

from __future__ import annotations

from math import log2

import pytest

from server_node.offline.ot.silent.parameters import SETS, Parameters, ladder, whole_words


def elimination_bits(one: Parameters) -> float:
    """Guess samples without an error, use the odd parity of every block, and solve in k^2.8."""
    return -one.trees * log2(1 - (one.secret - one.trees) / one.outputs) + 2.8 * one.log_secret


@pytest.mark.parametrize(
    ("depth", "reserve", "outputs", "gain", "bits"),
    [
        (10, 74164, 870400, 796236, 139.5),
        (11, 144070, 2396160, 2252090, 141.7),
        (12, 280512, 6225920, 5945408, 144.2),
        (13, 549116, 15564800, 15015684, 146.8),
    ],
)
def test_parameters_are_the_published_ones(depth: int, reserve: int, outputs: int, gain: int, bits: float) -> None:
    one = SETS[depth]
    assert (one.depth, one.reserve, one.outputs, one.gain) == (depth, reserve, outputs, gain)
    assert one.secret == 1 << (depth + 6)
    assert round(elimination_bits(one), 1) == bits
    assert one.sums == one.trees * (depth - 1)


def test_parameters_of_before_have_less_than_any_set_in_use() -> None:
    before = {(4971, 124000, 11): 131.7, (2507, 238000, 12): 133.9, (1280, 452000, 13): 133.7}
    for (trees, secret, depth), bits in before.items():
        found = -trees * log2(1 - (secret - trees) / (trees << depth)) + 2.8 * log2(secret)
        assert round(found, 1) == bits
        assert found < min(map(elimination_bits, SETS.values()))


@pytest.mark.parametrize(("depth", "depths"), [(10, [10]), (11, [11]), (12, [10, 12]), (13, [10, 13])])
def test_parameters_large_reserves_come_from_a_round_of_the_smallest_set(depth: int, depths: list[int]) -> None:
    steps = ladder(SETS[depth])
    assert [step.depth for step in steps] == depths
    for step, after in zip(steps, [*steps[1:], steps[-1]], strict=True):
        assert step.outputs > after.reserve


@pytest.mark.parametrize(("count", "whole"), [(0, 0), (1, 64), (64, 64), (65, 128), (74164, 74176)])
def test_parameters_whole_words(count: int, whole: int) -> None:
    assert whole_words(count) == whole
