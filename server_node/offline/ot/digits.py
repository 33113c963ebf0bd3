"""Random one-of-2^d OTs of two bits in both directions, on packed words: what digits are compared with.

One transfer for each bit of the index (Naor and Pinkas, STOC 1999): as a message has two bits only, the pads of all
2^d messages fit into one pad of each transfer.
"""

from __future__ import annotations

import numpy as np

from server_node.kernels import bits_compiled
from server_node.kernels.compiled import compiled, sample
from server_node.offline.ot.cots import WORD_BITS, CotEngine, Received, Sent, batch_size
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
    for first in range(0, words, step):
        part = slice(first, min(first + step, words))
        choices = index[:, part].T.reshape(-1)
        received, sent = engine.extend(choices, given * (part.stop - first) * WORD_BITS)
        if given:
            pads[..., part] = _all(engine, sent, given)
        if len(index):
            chosen[:, part] = _chosen(engine, received, np.ascontiguousarray(index[:, part]))
    return pads, chosen


def digit_batch(digits: tuple[int, int]) -> int:
    """Words that are made together."""
    return batch_size(max(digits) * WORD_BITS, 1)


def _all(engine: CotEngine, sent: Sent, depth: int) -> Words:
    zero, one = engine.pads_sent(sent, 1)
    joined = np.empty(len(zero) // depth, np.uint64)
    _join(zero, one, _sides(depth), joined)
    return _planes(joined, depth)


def _chosen(engine: CotEngine, received: Received, index: Words) -> Words:
    """Of what is joined from the pads at hand only the message at the index has a meaning."""
    pads = engine.pads_received(received, 1)
    joined = np.empty(len(pads) // len(index), np.uint64)
    _join(pads, pads, np.array([[~np.uint64(0), 0]] * len(index), np.uint64), joined)
    out = np.empty((_PAD_BITS, index.shape[1]), np.uint64)
    bits_compiled.pick(index, _planes(joined, len(index)), out)
    return out


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
def _join(zero: Words, one: Words, sides: Words, out: Words) -> None:
    """out[64 w + e] = xor over i of the bits ``sides[i]`` of the pads of transfer 64 (d w + i) + e for 0 and for 1."""
    depth = sides.shape[0]
    for word in range(out.shape[0] // 64):
        found = out[64 * word : 64 * word + 64]
        found[:] = 0
        for i in range(depth):
            start = 64 * (depth * word + i)
            first, second = zero[start : start + 64], one[start : start + 64]
            left, right = sides[i, 0], sides[i, 1]
            for e in range(64):
                found[e] ^= (first[e, 0] & left) ^ (second[e, 0] & right)


@sample
def _smallest() -> None:
    pads = np.zeros((64, 2), np.uint64)
    _join(pads, pads, _sides(1), np.zeros(64, np.uint64))
