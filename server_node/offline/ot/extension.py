"""OT extension: a hundred base OTs become any number of correlated OTs with symmetric work only.

SoftSpoken OT (Roy, CRYPTO 2022), semi-honest, subspace of k-bit blocks; k = 1 is the protocol of Ishai, Kilian, Nissim
and Petrank (CRYPTO 2003). For every OT j the sender holds q_j and the receiver t_j = q_j ^ c_j * delta, where delta is
the sender's secret 128 bits and c_j the receiver's choice. Hashing q_j, q_j ^ delta and t_j gives the pads.

*Rounds* one message from the receiver. *Bytes* 16/k per OT. *Leaks* nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from common.crypto.domains import OT_ROWS_V1
from common.crypto.prg import Stream, derive_key
from common.crypto.rng import RandomSource
from common.net.channel import Channel
from server_node.offline.ot import kernels, trees

Words = npt.NDArray[np.uint64]
Take = Callable[[int, Words], None]
"""Gets the keys [m, 2] of transfers made one after the other, and the number of the first within the call."""
SECURITY_BITS = 128
BLOCK_BITS = 4


class ReceiverEnd(Protocol):
    """The end with the choice bits, whatever way the transfers are made."""

    def is_ready(self, count: int) -> bool:
        """Whether :meth:`extend` can make so many transfers; both ends say the same at the same point."""
        ...

    def refill(self, count: int) -> None:
        """Talk to the other end, which does the same, until so many transfers are ready."""
        ...

    def extend(self, choices: Words, take: Take) -> None:
        """Hand over t of 64 * len(choices) transfers, in order, in runs of any multiple of 64.

        Sends one message and waits for none; ``take`` is done with a run when it returns.
        """
        ...


class SenderEnd(Protocol):
    """The end with the secret delta."""

    @property
    def delta(self) -> Words:
        """[2]: q = t ^ choice * delta."""
        ...

    def is_ready(self, count: int) -> bool:
        """As of :class:`ReceiverEnd`."""
        ...

    def refill(self, count: int) -> None:
        """As of :class:`ReceiverEnd`."""
        ...

    def extend(self, count: int, take: Take) -> None:
        """Hand over q of ``count`` transfers, a multiple of 64; waits for the receiver's message and sends none."""
        ...


class Ends(Protocol):
    """Makes the two ends of this party; setting one up talks to the other party, which makes the opposite end."""

    def receiver(self, channel: Channel, rng: RandomSource) -> ReceiverEnd:
        """The end of the direction in which this party receives."""
        ...

    def sender(self, channel: Channel, rng: RandomSource) -> SenderEnd:
        """The end of the direction in which this party sends."""
        ...


def together(count: int, extend: Callable[[Take], None]) -> Words:
    """All keys [count, 2] of one call, with everything but the last argument given."""
    keys = np.empty((count, 2), np.uint64)

    def take(first: int, run: Words) -> None:
        keys[first : first + len(run)] = run

    extend(take)
    return keys


class ExtensionReceiver:
    """The party with the choice bits; knows every leaf."""

    def __init__(self, channel: Channel, rng: RandomSource, block_bits: int = BLOCK_BITS) -> None:
        self._channel, self._depth = channel, block_bits
        leaves = trees.plant(channel, SECURITY_BITS // block_bits, block_bits, rng)
        self._streams = [[_leaf_stream(leaf) for leaf in tree] for tree in leaves]

    def is_ready(self, count: int) -> bool:
        """Always: there is no end to the rows."""
        return True

    def refill(self, count: int) -> None:
        """Nothing to do."""

    def extend(self, choices: Words, take: Take) -> None:
        """t of 64 * len(choices) transfers for choice bits packed little-endian; sends one message."""
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
        take(0, out)


class ExtensionSender:
    """The party with the secret delta; misses one leaf of every tree.

    Args:
        is_odd: the lowest bit of delta is one, for a protocol that keeps choices there.
    """

    def __init__(
        self, channel: Channel, rng: RandomSource, block_bits: int = BLOCK_BITS, is_odd: bool = False
    ) -> None:
        self._channel, self._depth = channel, block_bits
        self.delta = np.frombuffer(rng.token(SECURITY_BITS // 8), np.uint64).copy()
        self.delta[0] |= np.uint64(is_odd)
        bits = np.unpackbits(self.delta.view(np.uint8), bitorder="little").reshape(-1, block_bits)
        self._blocks = (bits.astype(np.int64) << np.arange(block_bits)).sum(axis=1)
        leaves = trees.graft(channel, self._blocks, block_bits, rng)
        self._streams = [[_leaf_stream(leaf) for leaf in tree] for tree in leaves]

    def is_ready(self, count: int) -> bool:
        """Always: there is no end to the rows."""
        return True

    def refill(self, count: int) -> None:
        """Nothing to do."""

    def extend(self, count: int, take: Take) -> None:
        """q of ``count`` transfers (a multiple of 64); waits for the receiver's message."""
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
        take(0, out)


@dataclass(frozen=True)
class SoftSpoken:
    """Ends that keep nothing but row keys: 16 / block_bits bytes a transfer."""

    block_bits: int = BLOCK_BITS

    def receiver(self, channel: Channel, rng: RandomSource) -> ExtensionReceiver:
        """Base OTs, with this party's trees."""
        return ExtensionReceiver(channel, rng, self.block_bits)

    def sender(self, channel: Channel, rng: RandomSource) -> ExtensionSender:
        """Base OTs, with a fresh delta."""
        return ExtensionSender(channel, rng, self.block_bits)


SOFTSPOKEN: Ends = SoftSpoken()


def _leaf_stream(leaf: bytes | None) -> Stream | None:
    return None if leaf is None else Stream(derive_key(leaf, OT_ROWS_V1))


def _fold(leaves: Words, rows: Words) -> None:
    """rows[b] = xor of the leaves whose index has bit b; leaves[0] becomes the xor of all. Overwrites ``leaves``."""
    width = len(leaves)
    for bit in reversed(range(len(rows))):
        width //= 2
        np.bitwise_xor.reduce(leaves[width : 2 * width], axis=0, out=rows[bit])
        leaves[:width] ^= leaves[width : 2 * width]
