"""Fixed point: round trips, rounding, the edge of the range, and addition as addition in the ring."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import RangeExceeded
from common.ring.fixed_point import decode, encode

REALS = st.floats(-(2.0**40), 2.0**40, allow_nan=False)


@given(REALS, st.integers(0, 20))
def test_decode_of_encode_is_within_half_a_unit(value: float, bits: int) -> None:
    found = decode(encode(np.array([value]), bits), bits)[0]
    assert abs(found - value) <= 0.5 / 2**bits


@given(st.integers(-(2**40), 2**40), st.integers(-(2**40), 2**40))
def test_sum_of_encodings_is_encoding_of_sum(left: int, right: int) -> None:
    values = np.array([left, right], np.float64) / 2**16
    words = encode(values, 16)
    assert decode(words[:1] + words[1:], 16)[0] == values.sum()


def test_encode_ties_go_to_even() -> None:
    assert encode(np.array([0.5, 1.5, -0.5]), 0).view(np.int64).tolist() == [0, 2, 0]


@pytest.mark.parametrize("value", [2.0**47, -(2.0**47) - 1, np.inf, np.nan])
def test_encode_outside_range_raises(value: float) -> None:
    with pytest.raises(RangeExceeded):
        encode(np.array([value]), 16)


def test_lowest_value_is_the_ring_element_with_the_top_bit() -> None:
    assert encode(np.array([-(2.0**47)]), 16).tolist() == [1 << 63]
