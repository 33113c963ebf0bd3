"""Compiled inner loops of the OT extension and of products from OT.

Arrays are C-contiguous; sizes are checked by callers. Compiled once per machine by numba and cached beside this file.
They release the global lock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

F = TypeVar("F", bound=Callable[..., object])
Words = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]


def compiled(function: F) -> F:
    """Compile with numba, cache on disk, release the global lock; keeps the static type."""
    return cast(F, numba.njit(cache=True, nogil=True, fastmath=False)(function))


@compiled
def _swap_level(block: Words, shift: int, mask: np.uint64) -> None:
    """One level of the transpose of 64x64 bit blocks, two blocks high and 32 wide."""
    step = np.uint64(shift)
    for start in range(0, 128, 2 * shift):
        for k in range(start, start + shift):
            for lane in range(32):
                low, high = block[k, lane], block[k + shift, lane]
                swap = ((low >> step) ^ high) & mask
                block[k, lane] = low ^ (swap << step)
                block[k + shift, lane] = high ^ swap


@compiled
def transpose_rows(rows: Words, out: Words) -> None:
    """Bit matrix ``rows`` [128, n/64] to ``out`` [n, 2]: bit i of out[j] is bit j of row i.

    32 blocks at a time, so that the compiler can use vectors and memory is read in long runs.
    """
    block = np.empty((128, 32), np.uint64)
    for first in range(0, rows.shape[1], 32):
        lanes = min(32, rows.shape[1] - first)
        for i in range(128):
            for lane in range(lanes):
                block[i, lane] = rows[i, first + lane]
        _swap_level(block, 32, np.uint64(0x00000000FFFFFFFF))
        _swap_level(block, 16, np.uint64(0x0000FFFF0000FFFF))
        _swap_level(block, 8, np.uint64(0x00FF00FF00FF00FF))
        _swap_level(block, 4, np.uint64(0x0F0F0F0F0F0F0F0F))
        _swap_level(block, 2, np.uint64(0x3333333333333333))
        _swap_level(block, 1, np.uint64(0x5555555555555555))
        for lane in range(lanes):
            for i in range(64):
                out[(first + lane) * 64 + i, 0] = block[i, lane]
                out[(first + lane) * 64 + i, 1] = block[64 + i, lane]


@compiled
def tweak(keys: Words, start: int, blocks: int, out: Words) -> None:
    """``out[c * blocks + t] = keys[c] ^ (start + c, t)`` for 128-bit keys [n, 2] and out [n * blocks, 2]."""
    for c in range(keys.shape[0]):
        low = keys[c, 0] ^ np.uint64(start + c)
        for t in range(blocks):
            out[c * blocks + t, 0] = low
            out[c * blocks + t, 1] = keys[c, 1] ^ np.uint64(t)


@compiled
def untweak(keys: Words, blocks: int, out: Words) -> None:
    """``out[c * blocks + t] ^= keys[c]``: the feed-forward of the hash."""
    for c in range(keys.shape[0]):
        for t in range(blocks):
            out[c * blocks + t, 0] ^= keys[c, 0]
            out[c * blocks + t, 1] ^= keys[c, 1]


@compiled
def gilboa_send(pads0: Words, pads1: Words, values: Words, packed: Bytes, out: Words) -> None:
    """Sender's side of vector products mod 2^bits from ``bits`` correlated OTs per receiver element.

    ``pads0/pads1`` [e, bits, >= v] hash outputs, ``values`` [e, v] the sender's vector of element e; bits is a multiple
    of 8. Writes corrections to ``packed`` (bit j needs bits-j low bits: bits/8 - j//8 bytes each) and the negated pads:
    out[e, v] = -sum_j 2^j pads0[e, j, v].
    """
    position = 0
    octets = pads0.shape[1] >> 3
    for e in range(pads0.shape[0]):
        for v in range(values.shape[1]):
            out[e, v] = np.uint64(0)
        for j in range(pads0.shape[1]):
            width = octets - (j >> 3)
            for v in range(values.shape[1]):
                pad = pads0[e, j, v]
                out[e, v] -= pad << np.uint64(j)
                word = pad + values[e, v] - pads1[e, j, v]
                for _ in range(width):
                    packed[position] = np.uint8(word & np.uint64(255))
                    word >>= np.uint64(8)
                    position += 1


@compiled
def gilboa_receive(pads: Words, choices: Words, packed: Bytes, out: Words) -> None:
    """Receiver's side: out[e, v] = sum_j 2^j (pads[e, j, v] + bit_j(choices[e]) * correction[e, j, v])."""
    position = 0
    octets = pads.shape[1] >> 3
    for e in range(pads.shape[0]):
        for v in range(out.shape[1]):
            out[e, v] = np.uint64(0)
        for j in range(pads.shape[1]):
            width = octets - (j >> 3)
            chosen = np.uint64(0) - ((choices[e] >> np.uint64(j)) & np.uint64(1))
            for v in range(out.shape[1]):
                word = np.uint64(0)
                for b in range(width):
                    word |= np.uint64(packed[position]) << np.uint64(8 * b)
                    position += 1
                out[e, v] += (pads[e, j, v] + (word & chosen)) << np.uint64(j)


@compiled
def correlate_send(pads0: Words, pads1: Words, values: Words, corrections: Words) -> None:
    """corrections[i, v] = pads0[i, v] + values[i, v] - pads1[i, v] for pads [n, >= v]."""
    for i in range(values.shape[0]):
        for v in range(values.shape[1]):
            corrections[i, v] = pads0[i, v] + values[i, v] - pads1[i, v]


@compiled
def correlate_receive(pads: Words, choices: Words, corrections: Words, out: Words) -> None:
    """out[i, v] = pads[i, v] + bit_i(choices) * corrections[i, v]; choices packed 64 a word."""
    for i in range(out.shape[0]):
        chosen = np.uint64(0) - ((choices[i >> 6] >> np.uint64(i & 63)) & np.uint64(1))
        for v in range(out.shape[1]):
            out[i, v] = pads[i, v] + (corrections[i, v] & chosen)


@compiled
def pack_bit(pads: Words, bit: int, out: Words) -> None:
    """out[i // 64] bit i % 64 = bit ``bit`` of pads[i, 0], for pads [64 * len(out), >= 1]."""
    for w in range(out.shape[0]):
        word = np.uint64(0)
        for i in range(64):
            word |= ((pads[w * 64 + i, 0] >> np.uint64(bit)) & np.uint64(1)) << np.uint64(i)
        out[w] = word


def packed_bytes(bits: int) -> int:
    """Correction bytes of one product mod 2^bits: 288 for 64 bits instead of the 512 of whole words."""
    octets = bits // 8
    return 4 * octets * (octets + 1)
