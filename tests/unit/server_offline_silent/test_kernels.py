"""Trees and code of the silent extension: both paths give the same, and what they give is what it should be."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from server_node.kernels.vector.schedules import expand_key, expand_keys
from server_node.offline.ot.silent import kernels, trees
from server_node.offline.ot.silent.parameters import LOCALITY
from tests.helpers.seeded import SeededRandom

Words = npt.NDArray[np.uint64]
PATHS = {"compiled": trees.COMPILED, "portable": trees.PORTABLE}
LOW = np.uint64(1)


def blocks(count: int, seed: str) -> Words:
    return np.frombuffer(SeededRandom(seed).token(16 * count), np.uint64).reshape(-1, 2).copy()


def grow(path: str, depth: int, count: int) -> tuple[Words, Words, Words, Words, Words]:
    """(delta, leaves, punctured leaves, choices [trees, depth], sums)."""
    schedules, delta = expand_keys(blocks(count, "keys")), blocks(1, "delta")[0]
    delta[0] |= LOW
    pads = blocks(count * depth, "pads").reshape(count, depth, 2)
    pads[..., 0] &= ~LOW
    choices = blocks(count * depth, "choices")[:, 0].reshape(count, depth) & LOW
    theirs = pads ^ choices[..., None] * delta
    leaves, punctured = (np.empty((count, 1 << depth, 2), np.uint64) for _ in range(2))
    sums = np.empty((count, depth - 1, 2), np.uint64)
    whole, rest = PATHS[path]
    whole(schedules, pads, delta, leaves, sums)
    rest(schedules, theirs, sums, punctured)
    return delta, leaves, punctured, choices, sums


@pytest.mark.parametrize("depth", [2, 5, 9])
@pytest.mark.parametrize("path", PATHS)
def test_trees_differ_by_delta_in_one_leaf(path: str, depth: int) -> None:
    delta, leaves, punctured, choices, _ = grow(path, depth, 3)
    weights = np.uint64(1) << np.arange(depth, dtype=np.uint64)[::-1]
    holes = ((LOW - choices) * weights).sum(axis=1)
    assert not (leaves[..., 0] & LOW).any()
    for tree, hole in enumerate(holes.astype(int)):
        difference = leaves[tree] ^ punctured[tree]
        assert np.array_equal(difference[hole], delta)
        difference[hole] = 0
        assert not difference.any()


@pytest.mark.parametrize("depth", [2, 3, 6, 8])
def test_trees_are_the_same_on_both_paths(depth: int) -> None:
    for one, other in zip(grow("compiled", depth, 2), grow("portable", depth, 2), strict=True):
        assert np.array_equal(one, other)


def test_trees_use_a_key_of_their_own() -> None:
    _, leaves, _, _, _ = grow("compiled", 6, 4)
    assert len(np.unique(leaves.reshape(-1, 2), axis=0)) == 4 << 6


def test_trees_levels_add_up_to_delta() -> None:
    """Up to the lowest bits, which the leaves have lost."""
    delta, leaves, _, _, _ = grow("compiled", 7, 2)
    for tree in leaves:
        assert (np.bitwise_xor.reduce(tree, axis=0) | np.array([1, 0], np.uint64) == delta).all()


@pytest.mark.parametrize("count", [1, 11, 12, 13, 100])
def test_code_adds_ten_entries_of_the_table(count: int) -> None:
    table, out = blocks(32, "table"), blocks(count, "out")
    indices = np.frombuffer(SeededRandom("indices").token(4 * LOCALITY * count), np.uint32)
    expected = out.copy()
    for row in range(count):
        for index in indices[LOCALITY * row : LOCALITY * (row + 1)]:
            expected[row] ^= table[int(index) % 32]
    kernels.encode(table, indices, out)
    assert np.array_equal(out, expected)


def test_lowest_bits_are_read_set_and_chosen() -> None:
    keys, bits, delta = blocks(128, "blocks"), blocks(1, "bits")[0], blocks(1, "delta")[0]
    plain, found = keys.copy(), np.empty(2, np.uint64)
    kernels.set_lowest_bits(keys, bits)
    kernels.lowest_bits(keys, found)
    assert np.array_equal(found, bits)
    assert np.array_equal(keys | [LOW, np.uint64(0)], plain | [LOW, np.uint64(0)])
    moved = keys.copy()
    kernels.add_where(moved, bits, delta)
    wanted = np.unpackbits(bits.view(np.uint8), bitorder="little").astype(np.uint64)
    assert np.array_equal(moved ^ keys, wanted[:, None] * delta)


def test_schedules_of_many_keys_are_those_of_each() -> None:
    keys = blocks(20, "schedules")
    assert np.array_equal(expand_keys(keys), [expand_key(key.tobytes()) for key in keys])


def test_schedules_follow_the_standard() -> None:
    """FIPS 197, appendix A.1."""
    key = np.frombuffer(bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"), np.uint64).reshape(1, 2)
    assert expand_keys(key)[0, 10].tobytes().hex() == "d014f9a8c9ee2589e13f0cc8b6630ca6"
