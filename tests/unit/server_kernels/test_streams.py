"""Sums of streams against the streams themselves."""

from __future__ import annotations

import numpy as np
import pytest

from common.crypto.prg import Stream
from server_node.kernels.vector import detect
from server_node.kernels.vector.schedules import expand_key
from server_node.kernels.vector.streams import GROUP_WORDS, tree_sums
from tests.helpers.seeded import SeededRandom


@pytest.mark.skipif(not detect.has_aes(), reason="the processor has no AES instructions")
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("number", [0, 2**32 - 3])
def test_sums_of_the_leaves_that_have_a_bit_and_of_all(depth: int, number: int) -> None:
    keys = [SeededRandom(f"leaf {leaf}").token(16) for leaf in range(1 << depth)]
    out = np.full((depth + 1, 2 * GROUP_WORDS), 7, np.uint64)
    tree_sums(np.stack([expand_key(key) for key in keys]), number, out)
    streams = np.stack([Stream(key, number).words(2 * GROUP_WORDS) for key in keys])
    leaves = np.arange(1 << depth)
    for bit in range(depth):
        assert np.array_equal(out[bit], np.bitwise_xor.reduce(streams[leaves >> bit & 1 == 1]))
    assert np.array_equal(out[depth], np.bitwise_xor.reduce(streams))
