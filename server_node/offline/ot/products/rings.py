"""Gilboa products: one transfer for each bit of the receiver's factor, with the sender's value or values as messages.

Transfers are taken octet by octet of the factors, because the corrections of higher bits are shorter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from server_node.offline.ot import kernels
from server_node.offline.ot.extension import WORD_BITS
from server_node.offline.ot.hashing import Words
from server_node.offline.ot.products.octets import Octets, whole_words, words_for
from server_node.offline.ot.transfers import Received, Sent, Transfers

_CHUNK_WORDS = 1 << 14
"""Words of pads that are made and used at once."""


def octets_of(choices: Words, bits: int) -> Octets:
    """[bits / 8, e] the lowest octets of all factors, then the next, and so on."""
    return np.ascontiguousarray(choices.view(np.uint8).reshape(-1, 8)[:, : bits // 8].T)


@dataclass
class ProductBatch:
    """Shares of (my choices x peer's values, my values x peer's choices), element by element, mod 2^bits.

    Args:
        choices, values: [e] each.
        as_receiver, as_sender: shares [e] that are written.
    """

    engine: Transfers
    choices: Words
    values: Words
    bits: int
    as_receiver: Words
    as_sender: Words
    _chosen: Octets = field(init=False)
    _pads: Words = field(init=False)

    def __post_init__(self) -> None:
        self._chosen = octets_of(self.choices, self.bits)
        self._pads = np.empty(self.transfers[0], np.uint64)

    @property
    def transfers(self) -> tuple[int, int]:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        return (-(-len(self.choices) * self.bits // WORD_BITS) * WORD_BITS,) * 2

    def ask(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        self.engine.receive(whole_words(self._chosen), self._receive)

    def serve(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        packed = self._room()
        self.as_sender[:] = 0

        def use(first: int, keys: Words, index: int) -> None:
            zero, one = np.empty(len(keys), np.uint64), np.empty(len(keys), np.uint64)
            self.engine.outgoing.words(keys, index, zero)
            self.engine.outgoing.words(keys, index, one, self.engine.delta)
            kernels.gilboa_give(zero, one, self.values, (first, self.bits // 8), packed, self.as_sender)

        self.engine.send(self.transfers[1], use)
        for message in self._messages(packed):
            self.engine.channel.send("product-corrections", message)

    def finish(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        packed = self._room()
        for message in self._messages(packed):
            self.engine.channel.receive("product-corrections", message)
        kernels.gilboa_take(self._pads, self._chosen, packed, self.as_receiver)

    def _receive(self, first: int, keys: Words, index: int) -> None:
        self.engine.incoming.words(keys, index, self._pads[first : first + len(keys)])

    def _room(self) -> Octets:
        """For all corrections, and as much behind as a whole word may reach over."""
        octets = self.bits // 8
        return np.empty(4 * len(self.choices) * octets * (octets + 1) + 8, np.uint8)

    def _messages(self, packed: Octets) -> list[Octets]:
        sizes = [8 * len(self.choices) * width for width in range(self.bits // 8, 0, -1)]
        ends = np.cumsum(sizes).tolist()
        return [packed[end - size : end] for size, end in zip(sizes, ends, strict=True)]


@dataclass
class VectorBatch:
    """Shares of (my choices x peer's vectors) + (my vectors x peer's choices), mod 2^bits; ``add`` gets them [e, v].

    Args:
        choices: [e] factors.
        values: [e, v] vectors.
    """

    engine: Transfers
    choices: Words
    values: Words
    bits: int
    add: Callable[[Words], None]
    _chosen: Octets = field(init=False)
    _share: Words = field(init=False)
    _received: Received = field(init=False)

    def __post_init__(self) -> None:
        self._chosen = octets_of(self.choices, self.bits)
        self._share = np.zeros(self.values.shape, np.uint64)

    @property
    def transfers(self) -> tuple[int, int]:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        return (-(-len(self.choices) * self.bits // WORD_BITS) * WORD_BITS,) * 2

    def ask(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        keys = np.empty((self.transfers[0], 2), np.uint64)
        starts: list[int] = []

        def use(first: int, run: Words, index: int) -> None:
            keys[first : first + len(run)] = run
            starts.append(index)

        self.engine.receive(whole_words(self._chosen), use)
        self._received = Received(keys, starts[0])

    def serve(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        keys = np.empty((self.transfers[1], 2), np.uint64)
        starts: list[int] = []

        def use(first: int, run: Words, index: int) -> None:
            keys[first : first + len(run)] = run
            starts.append(index)

        self.engine.send(len(keys), use)
        sent = Sent(keys, starts[0])
        for octet, (part, size) in enumerate(self._parts()):
            self.engine.channel.send("product-corrections", self._give(sent.part(*part), octet, size))

    def finish(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        count, width = self.values.shape
        for octet, (part, size) in enumerate(self._parts()):
            packed = np.empty((8 * count, size * width), np.uint8)
            self.engine.channel.receive("product-corrections", packed)
            self._take(self._received.part(*part), octet, packed)
        self.add(self._share)

    def _parts(self) -> list[tuple[tuple[int, int], int]]:
        """For each octet its transfers (first, count), and the bytes of a correction of one value."""
        count, octets = 8 * len(self.choices), self.bits // 8
        return [((count * octet, count), octets - octet) for octet in range(octets)]

    def _chunks(self, size: int) -> list[slice]:
        count, width = self.values.shape
        step = max(1, _CHUNK_WORDS // (8 * words_for(size * width)))
        return [slice(first, min(first + step, count)) for first in range(0, count, step)]

    def _give(self, sent: Sent, octet: int, size: int) -> Octets:
        """Corrections of one octet, [8 e, size * v]."""
        count, width = self.values.shape
        packed = np.empty((8 * count, size * width), np.uint8)
        for chunk in self._chunks(size):
            part = sent.part(8 * chunk.start, 8 * (chunk.stop - chunk.start))
            zero, one = (pads.view(np.uint8) for pads in self.engine.pads_sent(part, words_for(size * width)))
            rows = packed[8 * chunk.start : 8 * chunk.stop]
            kernels.gilboa_send(zero, one, self.values[chunk], (8 * octet, size), rows, self._share[chunk])
        return packed

    def _take(self, received: Received, octet: int, packed: Octets) -> None:
        """The receiver's side of :meth:`_give`."""
        size = packed.shape[1] // self.values.shape[1]
        for chunk in self._chunks(size):
            part = received.part(8 * chunk.start, 8 * (chunk.stop - chunk.start))
            pads = self.engine.pads_received(part, words_for(packed.shape[1])).view(np.uint8)
            rows = packed[8 * chunk.start : 8 * chunk.stop]
            kernels.gilboa_receive(pads, self._chosen[octet, chunk], (8 * octet, size), rows, self._share[chunk])
