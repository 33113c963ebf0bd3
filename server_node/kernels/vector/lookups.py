"""One-of-N pads from d pads each (Naor and Pinkas, STOC 1999), of which only those parts are hashed that are used.

Pad v is the xor over i of word v of the pad of transfer i for bit i of v. The hash is that of ``hashes.py``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from server_node.kernels.compiled import compiled, sample
from server_node.kernels.vector import detect
from server_node.kernels.vector.aes import permute_run
from server_node.kernels.vector.cipher import ROUNDS

Words = npt.NDArray[np.uint64]


@compiled
def _tweak(inner: Words, bit: int, number: np.uint64, out: Words) -> None:
    """out[b] = inner[side] ^ (number, b), where the side is the bit of message 2 b and, but for bit 0, of 2 b + 1."""
    run = max(1, (1 << bit) >> 1)
    for first in range(0, out.shape[0], run):
        side = (2 * first >> bit) & 1
        low, high = inner[side, 0] ^ number, inner[side, 1]
        for block in range(first, first + run):
            out[block, 0] = low
            out[block, 1] = high ^ np.uint64(block)


@compiled
def _add(inner: Words, bit: int, hashed: Words, out: Words) -> None:
    """The second half of the hash, added to the words of blocks; for bit 0 to even words only."""
    if bit == 0:
        for block in range(hashed.shape[0]):
            out[2 * block] ^= hashed[block, 0] ^ inner[0, 0]
        return
    run = (1 << bit) >> 1
    for first in range(0, hashed.shape[0], run):
        side = (2 * first >> bit) & 1
        low, high = inner[side, 0], inner[side, 1]
        for block in range(first, first + run):
            out[2 * block] ^= hashed[block, 0] ^ low
            out[2 * block + 1] ^= hashed[block, 1] ^ high


@compiled
def all_pads(schedule: Words, keys: Words, delta: Words, start: int, out: Words) -> None:
    """``out`` [n, 2^d] from the keys [n d, 2] of transfers number ``start`` and on; those for 1 have delta added."""
    count, entries = out.shape
    bits = keys.shape[0] // count
    inner, hashed = np.empty((2, 2), np.uint64), np.empty((entries // 2, 2), np.uint64)
    for index in range(keys.shape[0]):
        bit, row = index % bits, out[index // bits]
        number = np.uint64(start + index)
        for half in range(2):
            inner[0, half] = keys[index, half]
            inner[1, half] = keys[index, half] ^ delta[half]
        permute_run(schedule, inner, inner)
        if bit == 0:
            row[:] = 0
            for block in range(hashed.shape[0]):
                hashed[block, 0] = inner[1, 0] ^ number
                hashed[block, 1] = inner[1, 1] ^ np.uint64(block)
            permute_run(schedule, hashed, hashed)
            for block in range(hashed.shape[0]):
                row[2 * block + 1] = hashed[block, 1] ^ inner[1, 1]
        _tweak(inner, bit, number, hashed)
        permute_run(schedule, hashed, hashed)
        _add(inner, bit, hashed, row)


@compiled
def own_pads(schedule: Words, keys: Words, start: int, indices: Words, out: Words) -> None:
    """``out`` [n]: the pads at ``indices`` [n] from the keys [n d, 2] that were chosen with their bits."""
    bits = keys.shape[0] // out.shape[0]
    inner, hashed = np.empty_like(keys), np.empty_like(keys)
    permute_run(schedule, keys, inner)
    for index in range(keys.shape[0]):
        hashed[index, 0] = inner[index, 0] ^ np.uint64(start + index)
        hashed[index, 1] = inner[index, 1] ^ (indices[index // bits] >> np.uint64(1))
    permute_run(schedule, hashed, hashed)
    out[:] = 0
    for index in range(keys.shape[0]):
        half = np.int64(indices[index // bits] & np.uint64(1))
        out[index // bits] ^= hashed[index, half] ^ inner[index, half]


@sample
def _smallest_lookups() -> None:
    if detect.has_aes():
        schedule, keys = np.zeros((ROUNDS + 1, 2), np.uint64), np.zeros((1, 2), np.uint64)
        all_pads(schedule, keys, keys[0], 0, np.zeros((1, 2), np.uint64))
        own_pads(schedule, keys, 0, keys[0, :1], keys[0, 1:])
