"""Correlated OTs between the two servers and the products they give.

Each party is sender in one direction and receiver in the other; an exchange runs both at once, so its price is two
messages each way whatever it computes. The methods return additive (or xor) shares of products of a value only one
party knows with a value only the other knows; Gilboa, "Two party RSA key generation" (CRYPTO 1999).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from common.ids import Party
from server_node.offline.ot.extension import WORD_BITS as WORD_BITS
from server_node.offline.ot.hashing import Words
from server_node.offline.ot.products.bits import BitBatch, PadBatch, RingBatch
from server_node.offline.ot.products.lookups import LookupBatch
from server_node.offline.ot.products.rings import ProductBatch, VectorBatch
from server_node.offline.ot.transfers import Received as Received
from server_node.offline.ot.transfers import Sent as Sent
from server_node.offline.ot.transfers import Transfers

_BATCH_OTS = 1 << 20
_BATCH_PAD_WORDS = 1 << 22


class CotEngine(Transfers):
    """Both directions of the OT extension over one channel, and what is made of them, in batches."""

    def ring_products(self, choices: Words, values: Words, bits: int = WORD_BITS) -> tuple[Words, Words]:
        """Shares of (my choices x peer's values, my values x peer's choices), element by element, exact mod 2^bits.

        Args:
            choices: [e] this party's factors as receiver.
            values: [e] its factors as sender.
            bits: a multiple of 8.

        *Bytes* each way per element: 16 * bits / block_bits + 4 * o * (o + 1) for o = bits / 8.
        """
        received, sent = np.empty_like(choices), np.empty_like(choices)
        self.run(
            ProductBatch(self, choices[part], values[part], bits, received[part], sent[part])
            for part in self._batches(len(choices), WORD_BITS, 1)
        )
        return received, sent

    def matrix_products(self, choices: Words, values: Words, bits: int = WORD_BITS) -> Words:
        """Share of (my choices)^T @ (peer's values) + (peer's choices)^T @ (my values), exact mod 2^bits.

        Args:
            choices: [k, n] this party's factors as receiver.
            values: [k, v] its rows as sender; one goes with each of the n elements of its row of the peer's choices.
            bits: a multiple of 8.

        Returns [n, v]; the k n rows are added up while they are made. *Bytes* each way for each of them:
        16 * bits / block_bits + 4 * o * (o + 1) * v for o = bits / 8.
        """
        out = np.zeros((choices.shape[1], values.shape[1]), np.uint64)
        if out.size:
            self.run(self._vector_batches(choices, values, bits, out))
        return out

    def _vector_batches(self, choices: Words, values: Words, bits: int, out: Words) -> Iterator[VectorBatch]:
        size, flat = choices.shape[1], choices.reshape(-1)
        for part in self._batches(len(flat), WORD_BITS, values.shape[1]):
            rows = values[np.arange(part.start, part.stop) // size]
            yield VectorBatch(self, flat[part], rows, bits, partial(_add_in_turn, first=part.start % size, out=out))

    def bit_products(self, choices: Words, values: Words, peer_width: int | None = None) -> tuple[Words, Words]:
        """Xor shares of bitwise products, packed: (choices & peer's values [m', w], my values [m, w] & peer's choices).

        Either side may be absent: pass ``choices`` or ``values`` with zero words.
        """
        receive_width = len(values) if peer_width is None else peer_width
        as_receiver = np.empty((receive_width, len(choices)), np.uint64)
        as_sender = np.empty_like(values)
        self.run(
            BitBatch(
                self, choices[part], np.ascontiguousarray(values[:, part]), as_receiver[:, part], as_sender[:, part]
            )
            for part in self._batches(max(len(choices), values.shape[1]), WORD_BITS, 1)
        )
        return as_receiver, as_sender

    def bit_times_ring(self, choices: Words, values: Words, value_bytes: int = 8) -> tuple[Words, Words]:
        """Additive shares of (my bits x peer's values, my values x peer's bits), mod 2^(8 * value_bytes).

        Args:
            choices: my bits packed, 64 a word, or no words if this party only sends.
            values: [n] with n a multiple of 64, or none.
        """
        as_receiver, as_sender = np.empty(WORD_BITS * len(choices), np.uint64), np.empty_like(values)
        words = max(len(values) // WORD_BITS, len(choices))
        self.run(
            RingBatch(self, choices[part], values[ots], value_bytes, as_receiver[ots], as_sender[ots])
            for part, ots in self._word_batches(words)
        )
        return as_receiver, as_sender

    def random_pads(self, choices: Words) -> tuple[Words, Words, Words]:
        """Random OTs both ways, 64 a word of ``choices``: the pad they choose, and both pads of the peer's choices."""
        chosen, zero, one = (np.empty(len(choices) * WORD_BITS, np.uint64) for _ in range(3))
        self.run(
            PadBatch(self, choices[part], chosen[ots], zero[ots], one[ots])
            for part, ots in self._word_batches(len(choices))
        )
        return chosen, zero, one

    def one_of_many(self, indices: Words, count: int, index_bits: int) -> Words:
        """Random one-of-N OTs of words from P0 to P1, N = 2^index_bits.

        Args:
            indices: [count] of P1; ignored at P0.

        Returns all pads [count, N] at P0, the pad at the index [count, 1] at P1.
        """
        out = np.empty((count, 1 << index_bits if self.party is Party.P0 else 1), np.uint64)
        step = lookup_batch(index_bits)
        parts = (slice(first, min(first + step, count)) for first in range(0, count, step))
        self.run(LookupBatch(self, indices[part], index_bits, out[part]) for part in parts)
        return out

    def _word_batches(self, words: int) -> Iterator[tuple[slice, slice]]:
        """Parts of packed bits, and of the bits themselves."""
        for part in self._batches(words, WORD_BITS, 1):
            yield part, slice(part.start * WORD_BITS, part.stop * WORD_BITS)

    def _batches(self, count: int, ots: int, width: int) -> Iterator[slice]:
        step = batch_size(ots, width)
        for first in range(0, count, step):
            yield slice(first, min(first + step, count))


def batch_size(ots: int, width: int) -> int:
    """How many elements are made together if each takes ``ots`` transfers with ``width`` values a transfer."""
    return max(1, min(_BATCH_OTS // ots, _BATCH_PAD_WORDS // (ots * max(2, width))))


def lookup_batch(index_bits: int) -> int:
    """How many one-of-N transfers are made together."""
    return max(1, _BATCH_PAD_WORDS // (2 * index_bits << index_bits))


def _add_in_turn(rows: Words, first: int, out: Words) -> None:
    """Add ``rows`` to those of ``out`` [n, v], one after the other from ``first`` on and again from the start."""
    size = len(out)
    head = rows[: (size - first) % size]
    out[first : first + len(head)] += head
    rest = rows[len(head) :]
    whole = len(rest) // size * size
    out += rest[:whole].reshape(-1, *out.shape).sum(axis=0, dtype=np.uint64)
    out[: len(rest) - whole] += rest[whole:]
