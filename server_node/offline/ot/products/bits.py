"""Products of bits, bits times ring values, random transfers: one transfer for each bit of the receiver's choice."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from server_node.offline.ot import kernels
from server_node.offline.ot.extension import WORD_BITS
from server_node.offline.ot.hashing import Words
from server_node.offline.ot.products.octets import from_low_bytes, low_bytes
from server_node.offline.ot.transfers import Transfers

MOST_ROWS = 2
"""Rows of bits that meet the same choice; their pads are bits of the first block."""


@dataclass
class BitBatch:
    """Xor shares of (my choices & peer's values, my values & peer's choices).

    Args:
        choices: [w] packed, or none.
        values: [r, w'] packed, or no words.
        as_receiver, as_sender: shares [r', w] and [r, w'] that are written.
    """

    engine: Transfers
    choices: Words
    values: Words
    as_receiver: Words
    as_sender: Words
    _pads: Words = field(init=False)

    def __post_init__(self) -> None:
        if max(len(self.values), len(self.as_receiver)) > MOST_ROWS:
            raise ValueError(f"at most {MOST_ROWS} rows of bits meet the same choice")
        self._pads = np.empty(self.as_receiver.shape, np.uint64)

    @property
    def transfers(self) -> tuple[int, int]:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        return WORD_BITS * len(self.choices), WORD_BITS * self.values.shape[1]

    def ask(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        self.engine.receive(self.choices, self._receive)

    def serve(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        if not self.values.shape[1]:
            return
        zero, one = np.empty(self.values.shape, np.uint64), np.empty(self.values.shape, np.uint64)

        def use(first: int, keys: Words, index: int) -> None:
            self.engine.outgoing.bits(keys, index, (zero, first // WORD_BITS))
            self.engine.outgoing.bits(keys, index, (one, first // WORD_BITS), self.engine.delta)

        self.engine.send(self.transfers[1], use)
        self.as_sender[:] = zero
        self.engine.channel.send("bit-corrections", zero ^ one ^ self.values)

    def finish(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        if len(self.choices):
            corrections = self.engine.channel.receive("bit-corrections", np.empty_like(self._pads))
            np.bitwise_xor(self._pads, corrections & self.choices, out=self.as_receiver)

    def _receive(self, first: int, keys: Words, index: int) -> None:
        self.engine.incoming.bits(keys, index, (self._pads, first // WORD_BITS))


@dataclass
class RingBatch:
    """Additive shares of (my bits x peer's values, my values x peer's bits), mod 2^(8 * octets).

    Args:
        choices: my bits packed [w], or none.
        values: [n] with n a multiple of 64, or none.
        as_receiver, as_sender: shares [64 w] or fewer, and [n], that are written.
    """

    engine: Transfers
    choices: Words
    values: Words
    octets: int
    as_receiver: Words
    as_sender: Words
    _pads: Words = field(init=False)

    def __post_init__(self) -> None:
        self._pads = np.empty(WORD_BITS * len(self.choices), np.uint64)

    @property
    def transfers(self) -> tuple[int, int]:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        return WORD_BITS * len(self.choices), len(self.values)

    def ask(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        self.engine.receive(self.choices, self._receive)

    def serve(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        if not len(self.values):
            return
        corrections = np.empty_like(self.values)

        def use(first: int, keys: Words, index: int) -> None:
            run = slice(first, first + len(keys))
            zero, one = np.empty(len(keys), np.uint64), np.empty(len(keys), np.uint64)
            self.engine.outgoing.words(keys, index, zero)
            self.engine.outgoing.words(keys, index, one, self.engine.delta)
            kernels.correlate_send(zero, one, self.values[run], corrections[run])
            np.negative(zero, out=self.as_sender[run])

        self.engine.send(len(self.values), use)
        self.engine.channel.send("ring-corrections", low_bytes(corrections, self.octets))

    def finish(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        size = len(self.as_receiver)
        if size:
            packed = self.engine.channel.receive("ring-corrections", np.empty((size, self.octets), np.uint8))
            kernels.correlate_receive(self._pads, self.choices, from_low_bytes(packed), self.as_receiver)

    def _receive(self, first: int, keys: Words, index: int) -> None:
        self.engine.incoming.words(keys, index, self._pads[first : first + len(keys)])


@dataclass
class PadBatch:
    """Random transfers both ways: the pad that is chosen, and both pads of the peer's choices, [64 w] each."""

    engine: Transfers
    choices: Words
    chosen: Words
    zero: Words
    one: Words

    @property
    def transfers(self) -> tuple[int, int]:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        return (WORD_BITS * len(self.choices),) * 2

    def ask(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        self.engine.receive(self.choices, self._receive)

    def serve(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        self.engine.send(self.transfers[1], self._send)

    def finish(self) -> None:
        """Nothing is corrected."""

    def _receive(self, first: int, keys: Words, index: int) -> None:
        self.engine.incoming.words(keys, index, self.chosen[first : first + len(keys)])

    def _send(self, first: int, keys: Words, index: int) -> None:
        run = slice(first, first + len(keys))
        self.engine.outgoing.words(keys, index, self.zero[run])
        self.engine.outgoing.words(keys, index, self.one[run], self.engine.delta)
