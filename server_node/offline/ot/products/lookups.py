"""Random one-of-N OTs of words (Naor and Pinkas, STOC 1999): a transfer for each bit of the index.

Pad j is the xor over i of word j of the pad of transfer i for bit i of j: one missing key hides every other pad.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from common.ids import Party
from server_node.offline.ot.extension import WORD_BITS
from server_node.offline.ot.hashing import Words
from server_node.offline.ot.products.octets import bit_rows, whole_words
from server_node.offline.ot.transfers import Received, Sent, Transfers


@dataclass
class LookupBatch:
    """From P0 to P1.

    Args:
        indices: [n] of P1; not looked at at P0.
        out: at P0 all pads [n, N], at P1 those at the indices [n, 1].
    """

    engine: Transfers
    indices: Words
    index_bits: int
    out: Words
    _keys: Words = field(init=False)
    _start: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        count = len(self.out) * self.index_bits
        self._keys = np.empty((-(-count // WORD_BITS) * WORD_BITS, 2), np.uint64)

    @property
    def transfers(self) -> tuple[int, int]:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        count = len(self._keys)
        return (0, count) if self.engine.party is Party.P0 else (count, 0)

    def ask(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        if self.engine.party is Party.P0:
            return
        choices = np.packbits(bit_rows(self.indices, self.index_bits), bitorder="little")
        self.engine.receive(whole_words(choices), self._keep)
        count, entries = len(self.indices), 1 << self.index_bits
        received = Received(self._keys, self._start).part(0, count * self.index_bits)
        pads = self.engine.pads_received(received, entries).reshape(count, self.index_bits, -1)
        rows = np.arange(count)
        self.out[:, 0] = np.bitwise_xor.reduce(pads[rows, :, self.indices.astype(np.intp)], axis=1)

    def serve(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        if self.engine.party is Party.P1:
            return
        self.engine.send(len(self._keys), self._keep)
        count, entries = self.out.shape
        pads = self.engine.pads_sent(Sent(self._keys, self._start).part(0, count * self.index_bits), entries)
        table = np.stack(pads)[:, :, :entries].reshape(2, count, self.index_bits, entries)
        columns = np.arange(entries)
        self.out[:] = 0
        for bit in range(self.index_bits):
            self.out ^= np.where(columns >> bit & 1 == 1, table[1, :, bit], table[0, :, bit])

    def finish(self) -> None:
        """Nothing is corrected."""

    def _keep(self, first: int, keys: Words, index: int) -> None:
        self._keys[first : first + len(keys)] = keys
        self._start = index - first
