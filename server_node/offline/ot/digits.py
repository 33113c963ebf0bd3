"""Random one-of-2^d OTs of two bits in both directions, on packed words: what digits are compared with.

One transfer for each bit of the index (Naor and Pinkas, STOC 1999): as a message has two bits only, the pads of all
2^d messages fit into one pad of each transfer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from server_node.kernels import bits_compiled
from server_node.kernels.compiled import compiled, sample
from server_node.offline.ot.cots import WORD_BITS, CotEngine, batch_size
from server_node.offline.ot.hashing import Words

_PAD_BITS = 2
_PLAIN = (np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0))


def digit_pads(engine: CotEngine, index: Words, given: int, words: int) -> tuple[Words, Words]:
    """64 OTs in each direction for every one of ``words``.

    Bit b of message v is the xor over the bits i of the index of bit 2 v + b of the pad of transfer i for bit i of v.
    Transfer number 64 (d w + i) + e is that of bit i of the index of element e of word w.

    Args:
        index: [d, words] this party's indices, one row a bit; without rows it chooses nothing.
        given: bits of the peer's index; 0 if it chooses nothing.

    Returns own pads [2^given, 2, words] and the peer's at the index [2, words]; without elements for nothing.

    *Rounds* one message each way. *Bytes* those of the transfers.
    """
    pads = np.empty((1 << given if given else 0, _PAD_BITS, words), np.uint64)
    chosen = np.empty((_PAD_BITS if len(index) else 0, words), np.uint64)
    step = digit_batch((len(index), given))
    parts = (slice(first, min(first + step, words)) for first in range(0, words, step))
    engine.run(_DigitBatch(engine, index[:, part], given, pads[..., part], chosen[:, part]) for part in parts)
    return pads, chosen


def digit_batch(digits: tuple[int, int]) -> int:
    """Words that are made together."""
    return batch_size(max(digits) * WORD_BITS, 1)


@dataclass
class _DigitBatch:
    """Some words of them; ``pads`` and ``chosen`` are written."""

    engine: CotEngine
    index: Words
    given: int
    pads: Words
    chosen: Words

    @property
    def transfers(self) -> tuple[int, int]:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        words = self.pads.shape[2]
        return WORD_BITS * words * len(self.index), WORD_BITS * words * self.given

    def ask(self) -> None:
        """Of what is joined from the pads at hand only the message at the index has a meaning."""
        depth = len(self.index)
        if not depth:
            return
        joined = np.zeros(self.transfers[0] // depth, np.uint64)
        sides = np.array([[~np.uint64(0), 0]] * depth, np.uint64)

        def use(first: int, keys: Words, number: int) -> None:
            pads = np.empty(len(keys), np.uint64)
            self.engine.incoming.words(keys, number, pads)
            _join(pads, pads, sides, first, joined)

        self.engine.receive(self.index.T.reshape(-1), use)
        out = np.empty(self.chosen.shape, np.uint64)
        bits_compiled.pick(np.ascontiguousarray(self.index), _planes(joined, depth), out)
        self.chosen[:] = out

    def serve(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        if not self.given:
            return
        joined = np.zeros(self.transfers[1] // self.given, np.uint64)
        sides = _sides(self.given)

        def use(first: int, keys: Words, number: int) -> None:
            zero, one = np.empty(len(keys), np.uint64), np.empty(len(keys), np.uint64)
            self.engine.outgoing.words(keys, number, zero)
            self.engine.outgoing.words(keys, number, one, self.engine.delta)
            _join(zero, one, sides, first, joined)

        self.engine.send(self.transfers[1], use)
        self.pads[:] = _planes(joined, self.given)

    def finish(self) -> None:
        """Nothing is corrected."""


def _planes(joined: Words, depth: int) -> Words:
    """[2^depth, 2, words] of the low bits of every word."""
    rows = np.empty((_PAD_BITS << depth, len(joined) // WORD_BITS), np.uint64)
    bits_compiled.planes(joined, _PLAIN, rows)
    return rows.reshape(1 << depth, _PAD_BITS, -1)


def _sides(depth: int) -> Words:
    """[depth, 2]: where bit i of the message's number is not set, and where it is."""
    messages = np.arange(_PAD_BITS << depth, dtype=np.uint64) // np.uint64(_PAD_BITS)
    places = np.uint64(1) << np.arange(_PAD_BITS << depth, dtype=np.uint64)
    is_set = messages >> np.arange(depth, dtype=np.uint64)[:, None] & np.uint64(1)
    return np.stack([(places * (1 - is_set)).sum(axis=1), (places * is_set).sum(axis=1)], axis=1, dtype=np.uint64)


@compiled
def _join(zero: Words, one: Words, sides: Words, first: int, out: Words) -> None:
    """out[64 w + e] ^= bits ``sides[i]`` of the first words of the pads of transfer 64 (d w + i) + e for 0 and for 1.

    ``zero`` and ``one`` [m] are those of transfers number ``first`` and on, a multiple of 64 like m.
    """
    depth = sides.shape[0]
    for start in range(0, zero.shape[0], 64):
        word, i = divmod((first + start) // 64, depth)
        found = out[64 * word : 64 * word + 64]
        left, right = sides[i, 0], sides[i, 1]
        low, high = zero[start : start + 64], one[start : start + 64]
        for e in range(64):
            found[e] ^= (low[e] & left) ^ (high[e] & right)


@sample
def _smallest() -> None:
    pads = np.zeros(64, np.uint64)
    _join(pads, pads, _sides(1), 0, np.zeros(64, np.uint64))
