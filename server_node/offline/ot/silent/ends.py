"""The two ends of the silent extension: transfers of random choices in rounds, then one bit for each chosen one.

Ferret (Yang, Weng, Lan, Zhang, Wang, CCS 2020) against parties that follow the protocol, with regular noise and half
trees (Guo et al., EUROCRYPT 2023). Delta is odd, sender's keys are even, and the lowest bit of a receiver's key is its
random choice; so the code carries choices along, and one pass makes both. ``docs/specs/cot-v2.md``, section 6.

*Rounds* one message of the receiver for each call; one of the sender for each round of the code before.
*Bytes* 1 bit for each transfer, and a fraction of a byte for the rounds. *Leaks* nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from common.crypto.rng import RandomSource
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot.extension import ExtensionReceiver, ExtensionSender, Take, together
from server_node.offline.ot.silent import kernels, trees
from server_node.offline.ot.silent.kernels import Words
from server_node.offline.ot.silent.parameters import SETS, START_BLOCK_BITS, WORD_BITS, Parameters, whole_words
from server_node.offline.ot.silent.rounds import Round, Supply

_RUN: Final = 1 << 13
"""Transfers that are handed over at a time."""


class _WholeRound(Round):
    """A round of the party with delta; its trees are grown once for their sums and again for their leaves."""

    def __init__(
        self, parameters: Parameters, reserve: Words, context: tuple[bytes, int], delta: Words, channel: Channel
    ) -> None:
        super().__init__(parameters, reserve, *context)
        self._delta, self._whole = delta, trees.chosen()[0]
        sums = np.empty((parameters.trees, parameters.depth - 1, 2), np.uint64)
        leaves = np.empty((self.group, parameters.block, 2), np.uint64)
        for tree in range(0, parameters.trees, self.group):
            part = slice(tree, min(tree + self.group, parameters.trees))
            self._sum(part, leaves[: part.stop - tree], sums[part])
        channel.send("silent-sums", sums)

    def _grow(self, part: slice, leaves: Words) -> None:
        self._sum(part, leaves, np.empty((len(leaves), self._parameters.depth - 1, 2), np.uint64))

    def _sum(self, part: slice, leaves: Words, sums: Words) -> None:
        self._whole(self._schedules[part], self._pads[part], self._delta, leaves, sums)


class _PuncturedRound(Round):
    """A round of the party with choices: it misses one leaf of every tree."""

    def __init__(self, parameters: Parameters, reserve: Words, context: tuple[bytes, int], channel: Channel) -> None:
        super().__init__(parameters, reserve, *context)
        empty = np.empty((parameters.trees, parameters.depth - 1, 2), np.uint64)
        self._punctured = trees.chosen()[1]
        self._sums = channel.receive("silent-sums", empty)

    def _grow(self, part: slice, leaves: Words) -> None:
        self._punctured(self._schedules[part], self._pads[part], self._sums[part], leaves)


class SilentSender(Supply):
    """The end with delta, which is odd."""

    def __init__(self, channel: Channel, rng: RandomSource, session: bytes, ends: SilentEnds) -> None:
        super().__init__(session, ends.parameters, ends.first)
        self._channel = channel
        self._first: ExtensionSender | None = ExtensionSender(channel, rng, START_BLOCK_BITS, is_odd=True)
        self.delta = self._first.delta

    def extend(self, count: int, take: Take) -> None:
        """q of ``count`` transfers (a multiple of 64); waits for the receiver's message.

        Everything is made before that message is there, so that both ends work at the same time.
        """
        keys = np.empty((count, 2), np.uint64)
        self.draw(keys)
        flips = self._channel.receive("ot-choices", np.empty(count // WORD_BITS, np.uint64))
        for first in range(0, count, _RUN):
            run = keys[first : first + _RUN]
            kernels.add_where(run, flips[first // WORD_BITS : (first + len(run)) // WORD_BITS], self.delta)
            take(first, run)

    def _start(self, count: int) -> Words:
        if self._first is None:
            raise ValueError("the first transfers are made once")
        keys = together(whole_words(count), partial(self._first.extend, whole_words(count)))
        self._first = None
        keys[:, 0] &= ~np.uint64(1)
        return keys[:count]

    def _open(self, parameters: Parameters, reserve: Words, number: int) -> Round:
        return _WholeRound(parameters, reserve, (self._session, number), self.delta, self._channel)


class SilentReceiver(Supply):
    """The end with choices."""

    def __init__(self, channel: Channel, rng: RandomSource, session: bytes, ends: SilentEnds) -> None:
        super().__init__(session, ends.parameters, ends.first)
        self._channel, self._rng = channel, rng
        self._first: ExtensionReceiver | None = ExtensionReceiver(channel, rng, START_BLOCK_BITS)

    def extend(self, choices: Words, take: Take) -> None:
        """t of 64 * len(choices) transfers for choice bits packed little-endian; sends one message."""
        count = WORD_BITS * len(choices)
        flips = np.empty_like(choices)
        run = np.empty((min(_RUN, count), 2), np.uint64)
        for first in range(0, count, _RUN):
            part = run[: count - first]
            words = slice(first // WORD_BITS, (first + len(part)) // WORD_BITS)
            self.draw(part)
            kernels.lowest_bits(part, flips[words])
            take(first, part)
        flips ^= choices
        self._channel.send("ot-choices", flips)

    def _start(self, count: int) -> Words:
        if self._first is None:
            raise ValueError("the first transfers are made once")
        choices = np.frombuffer(self._rng.token(whole_words(count) // 8), np.uint64)
        keys = together(whole_words(count), partial(self._first.extend, choices))
        self._first = None
        kernels.set_lowest_bits(keys, choices)
        return keys[:count]

    def _open(self, parameters: Parameters, reserve: Words, number: int) -> Round:
        return _PuncturedRound(parameters, reserve, (self._session, number), self._channel)


@dataclass(frozen=True)
class SilentEnds:
    """Ends of rounds of a parameter set.

    Args:
        session: public bytes both parties share, fresh for every engine: codes and tree keys follow from them.
        first: the set that a large reserve is made with; the smallest one if not given.
    """

    party: Party
    session: bytes
    parameters: Parameters
    first: Parameters = SETS[min(SETS)]

    def receiver(self, channel: Channel, rng: RandomSource) -> SilentReceiver:
        return SilentReceiver(channel, rng, self.session + bytes([self.party]), self)

    def sender(self, channel: Channel, rng: RandomSource) -> SilentSender:
        return SilentSender(channel, rng, self.session + bytes([self.party.other]), self)
