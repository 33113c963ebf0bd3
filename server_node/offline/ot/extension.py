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

from common.crypto.rng import RandomSource
from common.net.channel import Channel
from server_node.offline.ot import trees
from server_node.offline.ot.rows import RUN_WORDS, rest_rows, whole_rows

Words = npt.NDArray[np.uint64]
Take = Callable[[int, Words], None]
"""Gets the keys [m, 2] of transfers made one after the other, and the number of the first within the call."""
SECURITY_BITS = 128
WORD_BITS = 64
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
        self._channel, self._trees = channel, SECURITY_BITS // block_bits
        self._rows = whole_rows(trees.plant(channel, self._trees, block_bits, rng))

    def is_ready(self, count: int) -> bool:
        """Always: there is no end to the rows."""
        return True

    def refill(self, count: int) -> None:
        """Nothing to do."""

    def extend(self, choices: Words, take: Take) -> None:
        """t of 64 * len(choices) transfers for choice bits packed little-endian; sends one message."""
        corrections = np.empty((self._trees, len(choices)), np.uint64)
        for place in range(0, len(choices), RUN_WORDS):
            chosen = choices[place : place + RUN_WORDS]
            run = self._rows.make(len(chosen))
            totals = run.totals[:, run.first : run.first + run.words]
            np.bitwise_xor(totals, chosen, out=corrections[:, place : place + run.words])
            take(WORD_BITS * place, run.turn())
        self._channel.send("ot-corrections", corrections)


class ExtensionSender:
    """The party with the secret delta; misses one leaf of every tree.

    Args:
        is_odd: the lowest bit of delta is one, for a protocol that keeps choices there.
    """

    def __init__(
        self, channel: Channel, rng: RandomSource, block_bits: int = BLOCK_BITS, is_odd: bool = False
    ) -> None:
        self._channel = channel
        self.delta = np.frombuffer(rng.token(SECURITY_BITS // 8), np.uint64).copy()
        self.delta[0] |= np.uint64(is_odd)
        bits = np.unpackbits(self.delta.view(np.uint8), bitorder="little").reshape(-1, block_bits)
        holes = (bits.astype(np.int64) << np.arange(block_bits)).sum(axis=1)
        self._holes = holes.astype(np.uint64)
        self._rows = rest_rows(trees.graft(channel, holes, block_bits, rng), self._holes)

    def is_ready(self, count: int) -> bool:
        """Always: there is no end to the rows."""
        return True

    def refill(self, count: int) -> None:
        """Nothing to do."""

    def extend(self, count: int, take: Take) -> None:
        """q of ``count`` transfers (a multiple of 64); waits for the receiver's message."""
        size = count // WORD_BITS
        corrections = self._channel.receive("ot-corrections", np.empty((len(self._holes), size), np.uint64))
        for place in range(0, size, RUN_WORDS):
            run = self._rows.make(min(RUN_WORDS, size - place))
            run.correct(self._holes, corrections, place)
            take(WORD_BITS * place, run.turn())


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

