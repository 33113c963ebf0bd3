"""Both ways of making rows give the same, however the streams are cut into runs."""

from __future__ import annotations

import numpy as np
import pytest

from common.crypto.prg import Stream
from server_node.kernels.vector import detect
from server_node.offline.ot.rows import CompiledRows, PortableRows, Rows, Words
from tests.helpers.seeded import SeededRandom

PATHS = [
    pytest.param(
        CompiledRows,
        marks=pytest.mark.skipif(not detect.has_aes(), reason="the processor has no AES instructions"),
    ),
    PortableRows,
]


def keys(depth: int) -> list[list[bytes]]:
    rng = SeededRandom(f"depth {depth}")
    return [[rng.token(16) for _ in range(1 << depth)] for _ in range(128 // depth)]


def cut(rows: Rows, sizes: list[int]) -> tuple[Words, Words]:
    """Rows [128, words] and totals [trees, words] of runs of these sizes."""
    found: list[tuple[Words, Words]] = []
    for size in sizes:
        run = rows.make(size)
        part = slice(run.first, run.first + run.words)
        found.append((run.rows[:128, part].copy(), run.totals[:, part].copy()))
    return np.concatenate([one for one, _ in found], axis=1), np.concatenate([other for _, other in found], axis=1)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("depth", [1, 2, 4])
def test_rows_are_the_sums_of_the_streams_read_on(path: type[CompiledRows | PortableRows], depth: int) -> None:
    sizes = [1, 2, 33, 64, 3]
    rows, totals = cut(path(keys(depth)), sizes)
    leaves = np.arange(1 << depth)
    for tree, leaf_keys in enumerate(keys(depth)):
        streams = np.stack([Stream(key).words(sum(sizes)) for key in leaf_keys])
        assert np.array_equal(totals[tree], np.bitwise_xor.reduce(streams))
        for bit in range(depth):
            expected = np.bitwise_xor.reduce(streams[leaves >> bit & 1 == 1])
            assert np.array_equal(rows[tree * depth + bit], expected)


@pytest.mark.parametrize("path", PATHS)
def test_corrections_belong_to_the_bits_of_the_hole(path: type[CompiledRows | PortableRows]) -> None:
    holes = np.arange(64, dtype=np.uint64) % np.uint64(4)
    corrections = np.frombuffer(SeededRandom("corrections").token(8 * 64 * 20), np.uint64).reshape(64, 20)
    plain, _ = cut(path(keys(2)), [9])
    run = path(keys(2)).make(9)
    run.correct(holes, corrections, 11)
    found = run.rows[:128, run.first : run.first + 9]
    for row in range(128):
        expected = corrections[row // 2, 11:] if int(holes[row // 2]) >> (row % 2) & 1 else np.zeros(9, np.uint64)
        assert np.array_equal(found[row] ^ plain[row], expected)
    bits = np.unpackbits(run.turn().view(np.uint8), axis=-1, bitorder="little")
    assert np.array_equal(bits, np.unpackbits(np.ascontiguousarray(found).view(np.uint8), axis=-1, bitorder="little").T)
