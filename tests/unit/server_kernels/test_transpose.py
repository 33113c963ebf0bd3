"""Rows of bits turned into columns, bit by bit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from server_node.kernels.vector.transpose import transpose_rows
from tests.helpers.seeded import SeededRandom


def bits(table: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    return np.unpackbits(np.ascontiguousarray(table).view(np.uint8), axis=-1, bitorder="little")


@pytest.mark.parametrize(("width", "start", "words"), [(8, 0, 1), (8, 0, 8), (24, 1, 9), (40, 3, 23)])
def test_transpose_turns_rows_into_columns(width: int, start: int, words: int) -> None:
    rows = np.frombuffer(SeededRandom("rows").token(8 * 128 * width), np.uint64).reshape(128, width)
    out = np.empty((64 * words, 2), np.uint64)
    transpose_rows(rows, start, out)
    assert np.array_equal(bits(out), bits(rows[:, start : start + words]).T)
