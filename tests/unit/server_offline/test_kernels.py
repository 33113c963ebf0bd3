"""Compiled loops against obvious ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from server_node.offline.ot import kernels
from tests.helpers.seeded import SeededRandom

Words = npt.NDArray[np.uint64]


def words(*shape: int, seed: str = "") -> Words:
    count = int(np.prod(shape))
    return np.frombuffer(SeededRandom(f"words {seed}").token(8 * count), np.uint64).reshape(shape).copy()


def bits(table: Words) -> npt.NDArray[np.uint8]:
    """Rows of zeros and ones."""
    return np.unpackbits(table.view(np.uint8), axis=-1, bitorder="little")


@pytest.mark.parametrize("columns", [1, 2, 5])
def test_transpose_turns_rows_into_columns(columns: int) -> None:
    rows = words(128, columns)
    out = np.empty((64 * columns, 2), np.uint64)
    kernels.transpose_rows(rows, out)
    assert np.array_equal(bits(out), bits(rows).T)


def test_pack_bit_takes_one_bit_of_the_first_word() -> None:
    pads = words(128, 3)
    out = np.empty(2, np.uint64)
    for bit in (0, 1, 63):
        kernels.pack_bit(pads, bit, out)
        assert np.array_equal(bits(out), (pads[:, 0] >> np.uint64(bit) & np.uint64(1)).astype(np.uint8))


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("ring_bits", [8, 40, 64])
def test_gilboa_shares_add_up_to_the_product(width: int, ring_bits: int) -> None:
    count = 6
    pads0, pads1 = words(count, ring_bits, width, seed="0"), words(count, ring_bits, width, seed="1")
    values, choices = words(count, width, seed="v"), words(count, seed="c")
    choices[:4] = [0, 1, 2**63, 2**64 - 1]
    packed = np.empty(count * width * kernels.packed_bytes(ring_bits), np.uint8)
    sender, receiver = np.empty((count, width), np.uint64), np.empty((count, width), np.uint64)
    kernels.gilboa_send(pads0, pads1, values, packed, sender)
    chosen = np.where(bits(choices[:, None])[:, :ring_bits, None] == 1, pads1, pads0)
    kernels.gilboa_receive(chosen, choices, packed, receiver)
    kept = np.uint64(2**ring_bits - 1)
    assert np.array_equal((sender + receiver) & kept, values * choices[:, None] & kept)


@pytest.mark.parametrize("ring_bits", [8, 16, 40, 64])
def test_gilboa_sends_only_the_bytes_that_count(ring_bits: int) -> None:
    """Bit j of the choice moves a correction by j places, so its top j bits are never used."""
    needed = [(ring_bits - bit + 7) // 8 for bit in range(ring_bits)]
    assert kernels.packed_bytes(ring_bits) == sum(needed)


@pytest.mark.parametrize("width", [1, 2])
def test_correlate_shares_add_up_to_bit_times_value(width: int) -> None:
    count = 128
    pads0, pads1 = words(count, 2, seed="0"), words(count, 2, seed="1")
    values, choices = words(count, width, seed="v"), words(2, seed="c")
    bit = bits(choices).astype(np.uint64)
    corrections, out = np.empty_like(values), np.empty_like(values)
    kernels.correlate_send(pads0, pads1, values, corrections)
    kernels.correlate_receive(np.where(bit[:, None] == 1, pads1, pads0), choices, corrections, out)
    assert np.array_equal(out - pads0[:, :width], bit[:, None] * values)
