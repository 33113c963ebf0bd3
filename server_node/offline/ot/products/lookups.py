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
from server_node.offline.ot.transfers import Transfers


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
        keys, found = self._keys[: len(self.indices) * self.index_bits], np.empty(len(self.indices), np.uint64)
        self.engine.incoming.one_of_many(keys, self._start, self.indices, found)
        self.out[:, 0] = found

    def serve(self) -> None:
        """See :class:`~server_node.offline.ot.transfers.Batch`."""
        if self.engine.party is Party.P1:
            return
        self.engine.send(len(self._keys), self._keep)
        keys = self._keys[: len(self.out) * self.index_bits]
        self.engine.outgoing.all_of_many(keys, self._start, self.engine.delta, self.out)

    def finish(self) -> None:
        """Nothing is corrected."""

    def _keep(self, first: int, keys: Words, index: int) -> None:
        self._keys[first : first + len(keys)] = keys
        self._start = index - first
