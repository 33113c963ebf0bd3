"""OT extension: a hundred base OTs become any number of correlated OTs with symmetric work only.

SoftSpoken OT (Roy, CRYPTO 2022), semi-honest, subspace of k-bit blocks; k = 1 is the protocol of Ishai, Kilian, Nissim
and Petrank (CRYPTO 2003). For every OT j the sender holds q_j and the receiver t_j = q_j ^ c_j * delta, where delta is
the sender's secret 128 bits and c_j the receiver's choice. Hashing q_j, q_j ^ delta and t_j gives the pads.

*Rounds* one message from the receiver. *Bytes* 16/k per OT. *Leaks* nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from common.crypto.domains import OT_ROWS_V1
from common.crypto.prg import Stream, derive_key
from common.crypto.rng import RandomSource
from common.net.channel import Channel
from server_node.offline.ot import kernels, trees

Words = npt.NDArray[np.uint64]
SECURITY_BITS = 128
BLOCK_BITS = 4


class ExtensionReceiver:
    """The party with the choice bits; knows every leaf."""

    def __init__(self, channel: Channel, rng: RandomSource, block_bits: int = BLOCK_BITS) -> None:
        self._channel, self._depth = channel, block_bits
        leaves = trees.plant(channel, SECURITY_BITS // block_bits, block_bits, rng)
        self._streams = [[_leaf_stream(leaf) for leaf in tree] for tree in leaves]

    def extend(self, choices: Words) -> Words:
        """t [64 * len(choices), 2] for choice bits packed little-endian in ``choices`` [n/64]; sends one message."""
        size = len(choices)
        corrections = np.empty((len(self._streams), size), np.uint64)
        rows = np.empty((SECURITY_BITS, size), np.uint64)
        leaves = np.empty((1 << self._depth, size), np.uint64)
        for tree, streams in enumerate(self._streams):
            for leaf, stream in zip(leaves, streams, strict=True):
                if stream is not None:
                    stream.fill(leaf)
            _fold(leaves, rows[tree * self._depth : (tree + 1) * self._depth])
            np.bitwise_xor(leaves[0], choices, out=corrections[tree])
        self._channel.send("ot-corrections", corrections)
        out = np.empty((size * 64, 2), np.uint64)
        kernels.transpose_rows(rows, out)
        return out


class ExtensionSender:
    """The party with the secret delta; misses one leaf of every tree."""

    def __init__(self, channel: Channel, rng: RandomSource, block_bits: int = BLOCK_BITS) -> None:
        self._channel, self._depth = channel, block_bits
        self.delta = np.frombuffer(rng.token(SECURITY_BITS // 8), np.uint64).copy()
        bits = np.unpackbits(self.delta.view(np.uint8), bitorder="little").reshape(-1, block_bits)
        self._blocks = (bits.astype(np.int64) << np.arange(block_bits)).sum(axis=1)
        leaves = trees.graft(channel, self._blocks, block_bits, rng)
        self._streams = [[_leaf_stream(leaf) for leaf in tree] for tree in leaves]

    def extend(self, count: int) -> Words:
        """q [count, 2] for ``count`` OTs (a multiple of 64); waits for the receiver's message."""
        size = count // 64
        rows = np.empty((SECURITY_BITS, size), np.uint64)
        leaves = np.empty((1 << self._depth, size), np.uint64)
        for tree, streams in enumerate(self._streams):
            hole = int(self._blocks[tree])
            for index, stream in enumerate(streams):
                place = leaves[index ^ hole]
                if stream is None:
                    place[:] = 0
                else:
                    stream.fill(place)
            _fold(leaves, rows[tree * self._depth : (tree + 1) * self._depth])
        corrections = self._channel.receive("ot-corrections", np.empty((len(self._streams), size), np.uint64))
        for tree, hole in enumerate(self._blocks):
            for bit in range(self._depth):
                if hole >> bit & 1:
                    rows[tree * self._depth + bit] ^= corrections[tree]
        out = np.empty((count, 2), np.uint64)
        kernels.transpose_rows(rows, out)
        return out


def _leaf_stream(leaf: bytes | None) -> Stream | None:
    return None if leaf is None else Stream(derive_key(leaf, OT_ROWS_V1))


def _fold(leaves: Words, rows: Words) -> None:
    """rows[b] = xor of the leaves whose index has bit b; leaves[0] becomes the xor of all. Overwrites ``leaves``."""
    width = len(leaves)
    for bit in reversed(range(len(rows))):
        width //= 2
        np.bitwise_xor.reduce(leaves[width : 2 * width], axis=0, out=rows[bit])
        leaves[:width] ^= leaves[width : 2 * width]
