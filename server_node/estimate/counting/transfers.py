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
        return self._named(_KINDS[request.kind](self, request, size))

    def matmul(self, request: Request) -> Bill:
        """One product of matrices."""
        rows, columns = request.matrix
        width = max(rows, columns)
        unit = "ring" if width == 1 else "matmul"
        return self._named(self._ring(request.inner * min(rows, columns), request.width, width, unit))

    def _named(self, bill: Bill) -> Bill:
        bill.units = in_table(table_of(self.extension), bill.units)
        return bill

    @staticmethod
    def _run(waits: int, unit: str, count: int, batches: Iterator[tuple[Bill, int]]) -> Bill:
        """Batches that are asked for ahead; so often is waited for a message before the last one is done."""
        bill = Bill(rounds=waits, units=Counter({unit: count}))
        for batch, times in batches:
            batch.steps, batch.ahead = 1, batch.bytes_sent + batch.one_way
            bill.add(batch, times)
        return bill

    def _rows(self, words: int) -> Bill:
        """What the receiver sends for words of choices."""
        return Bill(words * self.extension.row_bytes + HEADER_BYTES, received=WORD_BITS * words)

    def _ring(self, factors: int, octets: int, width: int, unit: str) -> Bill:
        """Both directions: each factor chooses with its bits, and ``width`` values of the other side meet it."""

        def batches() -> Iterator[tuple[Bill, int]]:
            for count, times in _batches(factors, batch_size(WORD_BITS, width)):
                batch = self._both_ways(packed_words(8 * count * octets))
                batch.bytes_sent += 4 * count * octets * (octets + 1) * width + octets * HEADER_BYTES
                yield batch, times

        bill = self._run(2, unit, factors * octets, batches())
        if width > _PAIR:
            bill.units["matmul-bytes"] += 4 * factors * octets * (octets + 1) * (width - _PAIR)
        return bill

    def _product(self, request: Request, total: int) -> Bill:
        return self._ring(total, request.width, 1, "ring")

    def _one_cross(self, request: Request, total: int) -> Bill:
        """Half of the elements in each direction."""
        return self._ring((total + 1) // 2, request.width, 1, "ring")

    def _both_ways(self, words: int) -> Bill:
        """Transfers in both directions, for so many words of choices of each party."""
        batch = self._rows(words)
        batch.given, batch.units["batches"] = batch.received, 1
        return batch

    def _to_p1(self, words: int, given: int = 0) -> Bill:
        """P1 chooses with bits in words, P0 sends so many bytes for each word."""
        rows, corrections = self._rows(words), given * words + HEADER_BYTES if given else 0
        if self.party is Party.P0:
            rows = Bill(corrections, given=rows.received, one_way=rows.bytes_sent)
        else:
            rows.one_way = corrections
        rows.units["half-batches"] = 1
        return rows

    def _one_way(self, words: int, given: int, unit: str) -> Bill:
        step = batch_size(WORD_BITS, 1)
        batches = ((self._to_p1(count, given), times) for count, times in _batches(words, step))
        return self._run(2, unit, words, batches)

    def _bit_triples(self, request: Request, total: int) -> Bill:
        def batches() -> Iterator[tuple[Bill, int]]:
            for count, times in _batches(total, batch_size(WORD_BITS, 1)):
                batch = self._both_ways(count)
                batch.bytes_sent += 2 * count * _WORD + HEADER_BYTES
                yield batch, times

        return self._run(2, "bit-triples", total, batches())

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

        def batches() -> Iterator[tuple[Bill, int]]:
            for count, times in _batches(total, digit_batch(request.digits)):
                batch, others = (self._rows(bits * count) if bits else Bill() for bits in (mine, theirs))
                batch.given, batch.one_way = others.received, max(0, others.bytes_sent - batch.bytes_sent)
                batch.units["batches" if mine and theirs else "half-batches"] = 1
                yield batch, times

        return self._run(1, "digit-bits", (mine + theirs) * total, batches())

    def _random_ots(self, request: Request, total: int) -> Bill:
        step = batch_size(WORD_BITS, 1)
        batches = ((self._both_ways(count), times) for count, times in _batches(total, step))
        return self._run(1, "random-ots", total, batches)

    def _lookups(self, request: Request, total: int) -> Bill:
        bits, step = request.index_bits, lookup_batch(request.index_bits)
        batches = ((self._to_p1(packed_words(count * bits)), times) for count, times in _batches(total, step))
        return self._run(1, "lookup-pads", total * bits << bits, batches)


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
