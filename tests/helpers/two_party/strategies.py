"""Hypothesis strategies and edge values for ring elements and packed bits."""

from __future__ import annotations

import torch
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

RING_EDGES = (0, 1, -1, 2, -2, 2**15, -(2**15), 2**31, -(2**31), 2**32, 2**62, -(2**62), 2**63 - 1, -(2**63))


def edges(low: int, high: int) -> torch.Tensor:
    """Values in [low, high] where carries and signs turn, the ends included."""
    around = [sign * 2**power + step for power in range(63) for sign in (-1, 1) for step in (-1, 0, 1)]
    inside = sorted({value for value in (*around, low, low + 1, high - 1, high) if low <= value <= high})
    return torch.tensor(inside, dtype=torch.int64)


def ring_values(low: int = -(2**63), high: int = 2**63 - 1, max_size: int = 70) -> st.SearchStrategy[torch.Tensor]:
    """One-dimensional int64 tensors, the edges of the range more often than their share."""
    inside = [value for value in (*RING_EDGES, low, high) if low <= value <= high]
    one = st.one_of(st.sampled_from(inside), st.integers(low, high))
    return st.lists(one, min_size=1, max_size=max_size).map(lambda values: torch.tensor(values, dtype=torch.int64))


def bit_rows(max_size: int = 200) -> st.SearchStrategy[torch.Tensor]:
    """Zeros and ones, int64."""
    rows = hnp.arrays("int64", st.integers(1, max_size), elements=st.integers(0, 1))
    return rows.map(torch.from_numpy)
