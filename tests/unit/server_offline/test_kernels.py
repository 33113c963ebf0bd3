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


def bits(table: npt.NDArray[np.unsignedinteger]) -> npt.NDArray[np.uint8]:
    """Rows of zeros and ones."""
    return np.unpackbits(table.view(np.uint8), axis=-1, bitorder="little")


def test_pack_bit_takes_one_bit_of_the_first_word() -> None:
    pads = words(128, 3)
    out = np.empty(2, np.uint64)
    for bit in (0, 1, 63):
        kernels.pack_bit(pads, bit, out)
        assert np.array_equal(bits(out), (pads[:, 0] >> np.uint64(bit) & np.uint64(1)).astype(np.uint8))


@pytest.mark.parametrize("ring_bits", [8, 40, 64])
@pytest.mark.parametrize("width", [2, 3, 5])
def test_gilboa_shares_of_vectors_add_up_to_the_products(width: int, ring_bits: int) -> None:
    count, octets = 6, ring_bits // 8
    values, choices = words(count, width, seed="v"), words(count, seed="c")
    choices[:4] = [0, 1, 2**63, 2**64 - 1]
    sender, receiver = np.zeros((count, width), np.uint64), np.zeros((count, width), np.uint64)
    for octet in range(octets):
        group = (8 * octet, octets - octet)
        zero, one = (words(8 * count, 8 * width, seed=f"{octet} {side}").view(np.uint8) for side in range(2))
        packed = np.empty((8 * count, group[1] * width), np.uint8)
        kernels.gilboa_send(zero, one, values, group, packed, sender)
        octet_choices = np.ascontiguousarray(choices.view(np.uint8).reshape(-1, 8)[:, octet])
        chosen = np.where(bits(octet_choices)[:, None] == 1, one, zero)
        kernels.gilboa_receive(chosen, octet_choices, group, packed, receiver)
    kept = np.uint64(2**ring_bits - 1)
    assert np.array_equal((sender + receiver) & kept, values * choices[:, None] & kept)


@pytest.mark.parametrize("octets", [1, 5, 8])
@pytest.mark.parametrize("cut", [64, 7])
def test_gilboa_shares_of_single_values_add_up_to_the_product(octets: int, cut: int) -> None:
    """However the transfers, of which the last belong to no factor, are cut into runs."""
    count = 6
    transfers = 8 * count * octets + 16
    values, choices = words(count, seed="v"), words(count, seed="c")
    chosen = np.ascontiguousarray(choices.view(np.uint8).reshape(-1, 8)[:, :octets].T)
    zero, one = words(transfers, seed="0"), words(transfers, seed="1")
    sender, receiver = np.zeros(count, np.uint64), np.empty(count, np.uint64)
    packed = np.zeros(4 * count * octets * (octets + 1) + 8, np.uint8)
    for first in range(0, transfers, cut):
        run = slice(first, first + cut)
        kernels.gilboa_give(zero[run].copy(), one[run].copy(), values, (first, octets), packed, sender)
    pads = np.where(np.resize(bits(chosen).reshape(-1), transfers) == 1, one, zero)
    kernels.gilboa_take(pads, chosen, packed, receiver)
    kept = np.uint64(2 ** (8 * octets) - 1)
    assert np.array_equal((sender + receiver) & kept, values * choices & kept)


def test_correlate_shares_add_up_to_bit_times_value() -> None:
    count = 128
    pads0, pads1 = words(count, seed="0"), words(count, seed="1")
    values, choices = words(count, seed="v"), words(2, seed="c")
    bit = bits(choices).astype(np.uint64)
    corrections, out = np.empty_like(values), np.empty_like(values)
    kernels.correlate_send(pads0, pads1, values, corrections)
    kernels.correlate_receive(np.where(bit == 1, pads1, pads0), choices, corrections, out)
    assert np.array_equal(out - pads0, bit * values)
