"""Trees: one party knows every leaf, the other all but the one it names."""

from __future__ import annotations

import numpy as np
import pytest

from common.crypto.rng import SystemRandom
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot import trees
from tests.helpers.simulate import run_two


def grow(missing: list[int], depth: int) -> tuple[trees.Leaves, trees.Leaves]:
    def play(party: Party, channel: Channel) -> trees.Leaves:
        if party is Party.P0:
            return trees.plant(channel, len(missing), depth, SystemRandom())
        return trees.graft(channel, np.array(missing, np.int64), depth, SystemRandom())

    return run_two(play).results


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_trees_miss_exactly_the_named_leaf_wherever_it_is(depth: int) -> None:
    missing = list(range(1 << depth))
    full, punctured = grow(missing, depth)
    for tree, hole in enumerate(missing):
        assert len(full[tree]) == 1 << depth
        for index, leaf in enumerate(full[tree]):
            assert punctured[tree][index] == (None if index == hole else leaf)


@pytest.mark.parametrize("depth", [4, 8])
def test_trees_of_larger_depth_agree_but_for_the_hole(depth: int) -> None:
    missing = [0, (1 << depth) - 1, 5]
    full, punctured = grow(missing, depth)
    for tree, hole in enumerate(missing):
        known = full[tree][:hole] + [None] + full[tree][hole + 1 :]
        assert punctured[tree] == known


def test_trees_leaves_are_all_different() -> None:
    full, _ = grow([0, 0, 0], 4)
    leaves = [leaf for tree in full for leaf in tree]
    assert len(set(leaves)) == 3 * 16
    assert all(leaf is not None and len(leaf) == 16 for leaf in leaves)
