"""Shares in Z_2^64."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.sharing import additive
from tests.helpers.seeded import SeededRandom

WORD = st.integers(0, 2**64 - 1)


@given(st.lists(WORD, max_size=20), st.integers(0, 1000))
def test_split_combined_gives_the_values(values: list[int], seed: int) -> None:
    secret = np.array(values, np.uint64)
    share_a, share_b = additive.split(secret, SeededRandom(str(seed)))
    assert np.array_equal(additive.combine(share_a, share_b), secret)


def test_split_keeps_the_shape_and_differs_each_time() -> None:
    rng = SeededRandom()
    secret = np.zeros((3, 4, 5), np.uint64)
    first, second = additive.split(secret, rng), additive.split(secret, rng)
    assert first[0].shape == first[1].shape == (3, 4, 5)
    assert not np.array_equal(first[0], second[0])
    assert first[0].any() and first[1].any()


def test_split_of_other_dtype_is_refused() -> None:
    with pytest.raises(ValueError, match="uint64"):
        additive.split(np.frombuffer(bytes(24), np.dtype("<u8").newbyteorder(">")), SeededRandom())


def test_combine_of_different_shapes_is_refused() -> None:
    with pytest.raises(ValueError, match="same shape"):
        additive.combine(np.zeros(3, np.uint64), np.zeros(1, np.uint64))
