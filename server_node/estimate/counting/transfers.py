"""What it takes two servers to make correlations by oblivious transfer: bytes exactly, and units of work by kind.

The sizes follow ``docs/specs/cot-v2.md`` and ``docs/specs/triples-v3.md``, batch by batch as the engine cuts them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from common.ids import Party
from common.wire.framing import HEADER_BYTES
from server_node.estimate.counting.bill import Bill, in_table
from server_node.offline.ot.choice import SILENT, Extension
from server_node.offline.ot.cots import WORD_BITS, batch_size, lookup_batch
from server_node.offline.ot.digits import digit_batch
from server_node.offline.plan import Request, packed_words

_WORD: Final = 8
_PAIR: Final = 2
"""Values that meet a factor as part of its price; bytes of more are paid one by one."""


def table_of(extension: Extension) -> str:
    """The name of a calibration's table for transfers of a kind."""
    return f"{'silent' if extension.protocol == SILENT else 'softspoken'}-{extension.size}"


@dataclass(frozen=True)
class Pricing:
    """Prices of one party, for transfers that are made in one way."""

    party: Party
    extension: Extension

    def of(self, request: Request, size: int) -> Bill:
        """Requests like one of any kind but ``matmul``; ``size`` is that of all together."""
        bill = _KINDS[request.kind](self, request, size)
        return self._named(bill)

    def matmul(self, request: Request) -> Bill:
        """One product of matrices."""
        rows, columns = request.matrix
        width = max(rows, columns)
        unit = "ring" if width == 1 else "matmul"
        return self._named(self._ring(request.inner * min(rows, columns), request.width, width, unit))

    def _named(self, bill: Bill) -> Bill:
        bill.units = in_table(table_of(self.extension), bill.units)
        return bill

    def _rows(self, words: int) -> Bill:
        """What the receiver sends for words of choices."""
        return Bill(words * self.extension.row_bytes + HEADER_BYTES, received=WORD_BITS * words)

    def _ring(self, factors: int, octets: int, width: int, unit: str) -> Bill:
        """Both directions: each factor chooses with its bits, and ``width`` values of the other side meet it."""
        bill = Bill()
        for count, times in _batches(factors, batch_size(WORD_BITS, width)):
            batch = self._rows(packed_words(8 * count * octets))
            batch.given, batch.rounds = batch.received, 2
            batch.bytes_sent += 4 * count * octets * (octets + 1) * width + octets * HEADER_BYTES
            batch.units["batches"] = 1
            bill.add(batch, times)
        bill.units[unit] += factors * octets
        if width > _PAIR:
            bill.units["matmul-bytes"] += 4 * factors * octets * (octets + 1) * (width - _PAIR)
        return bill

    def _product(self, request: Request, total: int) -> Bill:
        return self._ring(total, request.width, 1, "ring")

    def _one_cross(self, request: Request, total: int) -> Bill:
        """Half of the elements in each direction."""
        return self._ring((total + 1) // 2, request.width, 1, "ring")

    def _one_way(self, words: int, given: int, unit: str) -> Bill:
        """P1 chooses with bits in words, P0 sends ``given`` bytes of corrections for each word."""
        bill = Bill(units=Counter({unit: words}))
        for count, times in _batches(words, batch_size(WORD_BITS, 1)):
            rows, corrections = self._rows(count), given * count + HEADER_BYTES if given else 0
            if self.party is Party.P0:
                batch = Bill(corrections, given=rows.received, one_way=rows.bytes_sent)
            else:
                batch = rows
                batch.one_way = corrections
            batch.rounds, batch.units["half-batches"] = 1 + bool(given), 1
            bill.add(batch, times)
        return bill

    def _bit_triples(self, request: Request, total: int) -> Bill:
        bill = Bill(units=Counter({"bit-triples": total}))
        for count, times in _batches(total, batch_size(WORD_BITS, 1)):
            batch = self._rows(count)
            batch.given, batch.rounds, batch.units["batches"] = batch.received, 2, 1
            batch.bytes_sent += 2 * count * _WORD + HEADER_BYTES
            bill.add(batch, times)
        return bill

    def _private_and(self, request: Request, total: int) -> Bill:
        return self._one_way(total, _WORD, "private-and")

    def _private_pairs(self, request: Request, total: int) -> Bill:
        """Three products of bits, with two, two and one rows of values."""
        bill = Bill()
        for given in (2, 2, 1):
            bill.add(self._one_way(total, given * _WORD, "pairs"))
        return bill

    def _private_product(self, request: Request, total: int) -> Bill:
        return self._one_way(total, WORD_BITS * request.width, "private-product")

    def _digit_pads(self, request: Request, total: int) -> Bill:
        """Each party chooses with the bits of its index; nothing is corrected."""
        mine, theirs = request.digits[self.party], request.digits[self.party.other]
        bill = Bill(units=Counter({"digit-bits": (mine + theirs) * total}))
        for count, times in _batches(total, digit_batch(request.digits)):
            batch, others = (self._rows(bits * count) if bits else Bill() for bits in (mine, theirs))
            batch.given, batch.rounds = others.received, 1
            batch.one_way = max(0, others.bytes_sent - batch.bytes_sent)
            batch.units["batches" if mine and theirs else "half-batches"] = 1
            bill.add(batch, times)
        return bill

    def _random_ots(self, request: Request, total: int) -> Bill:
        bill = Bill(units=Counter({"random-ots": total}))
        for count, times in _batches(total, batch_size(WORD_BITS, 1)):
            batch = self._rows(count)
            batch.given, batch.rounds, batch.units["batches"] = batch.received, 1, 1
            bill.add(batch, times)
        return bill

    def _lookups(self, request: Request, total: int) -> Bill:
        bill, entries = Bill(), 1 << request.index_bits
        for count, times in _batches(total, lookup_batch(request.index_bits)):
            rows = self._rows(packed_words(count * request.index_bits))
            batch = rows if self.party is Party.P1 else Bill(given=rows.received, one_way=rows.bytes_sent)
            batch.rounds, batch.units["half-batches"] = 1, 1
            bill.add(batch, times)
        bill.units["lookup-pads"] += total * request.index_bits * entries
        return bill


_KINDS: Final[dict[str, Callable[[Pricing, Request, int], Bill]]] = {
    "product": Pricing._product,
    "square": Pricing._one_cross,
    "private-values": Pricing._one_cross,
    "bit-triples": Pricing._bit_triples,
    "private-and": Pricing._private_and,
    "private-pairs": Pricing._private_pairs,
    "private-product": Pricing._private_product,
    "digit-pads": Pricing._digit_pads,
    "random-ots": Pricing._random_ots,
    "lookups": Pricing._lookups,
}
KINDS: Final = tuple(_KINDS)
"""All kinds but masks, which are not made, and products of matrices."""


def _batches(count: int, step: int) -> Iterator[tuple[int, int]]:
    """Sizes of batches, each with how often it comes."""
    if count >= step:
        yield step, count // step
    if count % step:
        yield count % step, 1
