"""What it takes two servers to make a segment by oblivious transfer: bytes exactly, and units of work by kind.

The sizes follow ``docs/specs/cot-v2.md`` and ``docs/specs/triples-v2.md``, batch by batch as the engine cuts them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from common.crypto.prg import KEY_BYTES
from common.ids import Party
from common.wire.framing import HEADER_BYTES
from server_node.estimate.counting.bill import Bill
from server_node.estimate.counting.recording import Recorded, Repeated
from server_node.offline.ot.cots import WORD_BITS, batch_size, lookup_batch
from server_node.offline.ot.digits import digit_batch
from server_node.offline.ot.extension import BLOCK_BITS, SECURITY_BITS
from server_node.offline.plan import Request, packed_words

_ROW_BYTES: Final = SECURITY_BITS // BLOCK_BITS * 8
"""What the receiver sends for a word of choices."""
_POINT: Final = 32
_BASE: Final = (_POINT, _POINT * SECURITY_BITS, 2 * SECURITY_BITS * KEY_BYTES)
"""Base OTs and trees, once for each direction: every party sends one message of each kind."""
_PLAN_BYTES: Final = 32 + 16
_READY_BYTES: Final = 32
_WORD: Final = 8
_PAIR: Final = 2
"""Values that meet a factor as part of its price; bytes of more are paid one by one."""
Option = tuple[str, str]


def price_cot(recorded: Recorded, party: Party) -> Bill:
    """The whole preparation of a job: agreeing, base OTs, and every segment."""
    bill = agreement_bill(recorded.segments)
    bill.add(Bill(sum(size + HEADER_BYTES for size in _BASE), 3, 0, Counter({"opening": 1})))
    bill.add(price_segment(recorded.lifting, party))
    bill.add(price_segment(recorded.epoch, party), recorded.epochs)
    return bill


def agreement_bill(segments: int) -> Bill:
    """The messages about plan and ready segments that every preparation begins with."""
    return Bill(_PLAN_BYTES + _READY_BYTES * segments + 2 * HEADER_BYTES, 2)


def price_segment(segment: Repeated, party: Party) -> Bill:
    """One segment."""
    stored = sum(times * request.result_bytes(party) for request, times in segment)
    bill = Bill(0, 0, stored, Counter({"requests": sum(times for _, times in segment)}))
    totals: dict[Option, int] = {}
    examples: dict[Option, Request] = {}
    for request, times in segment:
        if request.kind == "matmul":
            bill.add(_matmul(request), times)
        elif request.kind != "mask":
            option: Option = (request.kind, request.option)
            size = packed_words(request.size) if request.kind in ("private-product", "random-ots") else request.size
            totals[option] = totals.get(option, 0) + times * size
            examples[option] = request
    for option, total in totals.items():
        bill.add(_KINDS[option[0]](examples[option], total, party))
    return bill


def _ring(factors: int, octets: int, width: int, unit: str) -> Bill:
    """Both directions: each factor chooses with its bits, and ``width`` values of the other side meet it."""
    bill = Bill()
    for count, times in _batches(factors, batch_size(WORD_BITS, width)):
        rows = packed_words(8 * count * octets) * _ROW_BYTES + HEADER_BYTES
        corrections = 4 * count * octets * (octets + 1) * width + octets * HEADER_BYTES
        bill.add(Bill(rows + corrections, 1, 0, Counter({"batches": 1})), times)
    bill.units[unit] += factors * octets
    if width > _PAIR:
        bill.units["matmul-bytes"] += 4 * factors * octets * (octets + 1) * (width - _PAIR)
    return bill


def _matmul(request: Request) -> Bill:
    rows, columns = request.matrix
    width = max(rows, columns)
    bill = _ring(request.inner * min(rows, columns), request.width, width, "ring" if width == 1 else "matmul")
    bill.units["products"] += rows * request.inner * columns
    return bill


def _product(request: Request, total: int, party: Party) -> Bill:
    return _ring(total, request.width, 1, "ring")


def _one_cross(request: Request, total: int, party: Party) -> Bill:
    """Half of the elements in each direction."""
    return _ring((total + 1) // 2, request.width, 1, "ring")


def _bits(words: int, chosen: int, given: int, unit: str) -> Bill:
    """Bits in words: rows are sent if ``chosen``, and ``given`` corrections for each word; both make two directions."""
    bill = Bill(units=Counter({unit: words}))
    kind = "batches" if chosen and given else "half-batches"
    for count, times in _batches(words, batch_size(WORD_BITS, 1)):
        sent = chosen * (count * _ROW_BYTES + HEADER_BYTES) + (given * count * _WORD + HEADER_BYTES if given else 0)
        bill.add(Bill(sent, 1, 0, Counter({kind: 1})), times)
    return bill


def _bit_triples(request: Request, total: int, party: Party) -> Bill:
    return _bits(total, 1, 2, "bit-triples")


def _private_and(request: Request, total: int, party: Party) -> Bill:
    return _bits(total, 0, 1, "private-and") if party is Party.P0 else _bits(total, 1, 0, "private-and")


def _private_pairs(request: Request, total: int, party: Party) -> Bill:
    """Three products of bits, with two, two and one rows of values."""
    bill = Bill()
    for given in (2, 2, 1):
        bill.add(_bits(total, 0, given, "pairs") if party is Party.P0 else _bits(total, 1, 0, "pairs"))
    return bill


def _digit_pads(request: Request, total: int, party: Party) -> Bill:
    """Each party chooses with the bits of its index; nothing is corrected."""
    mine, theirs = request.digits[party], request.digits[party.other]
    bill = Bill(units=Counter({"digit-bits": (mine + theirs) * total}))
    for count, times in _batches(total, digit_batch(request.digits)):
        sent = mine * count * _ROW_BYTES + HEADER_BYTES if mine else 0
        bill.add(Bill(sent, 1, 0, Counter({"batches" if mine and theirs else "half-batches": 1})), times)
    return bill


def _private_product(request: Request, total: int, party: Party) -> Bill:
    if party is Party.P0:
        return _bits(total, 0, WORD_BITS * request.width // _WORD, "private-product")
    return _bits(total, 1, 0, "private-product")


def _random_ots(request: Request, total: int, party: Party) -> Bill:
    bill = _bits(total, 1, 0, "random-ots")
    bill.units["batches"] += bill.units.pop("half-batches")
    return bill


def _lookups(request: Request, total: int, party: Party) -> Bill:
    bill, entries = Bill(), 1 << request.index_bits
    for count, times in _batches(total, lookup_batch(request.index_bits)):
        sent = packed_words(count * request.index_bits) * _ROW_BYTES + HEADER_BYTES if party is Party.P1 else 0
        bill.add(Bill(sent, 1, 0, Counter({"half-batches": 1})), times)
    bill.units["lookup-pads"] += total * request.index_bits * entries
    return bill


_KINDS: Final[dict[str, Callable[[Request, int, Party], Bill]]] = {
    "product": _product,
    "square": _one_cross,
    "private-values": _one_cross,
    "bit-triples": _bit_triples,
    "private-and": _private_and,
    "private-pairs": _private_pairs,
    "digit-pads": _digit_pads,
    "private-product": _private_product,
    "random-ots": _random_ots,
    "lookups": _lookups,
}


def _batches(count: int, step: int) -> Iterator[tuple[int, int]]:
    """Sizes of batches, each with how often it comes."""
    if count >= step:
        yield step, count // step
    if count % step:
        yield count % step, 1
