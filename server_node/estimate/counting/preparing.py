"""The whole preparation of a job with each source: what is agreed, what every lane opens, and every segment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from common.crypto.prg import KEY_BYTES
from common.ids import Party
from common.wire.framing import HEADER_BYTES
from server_node.estimate.counting import helper, lattice
from server_node.estimate.counting.bill import Bill, in_table
from server_node.estimate.counting.groups import grouped
from server_node.estimate.counting.recording import Recorded, Repeated
from server_node.estimate.counting.transfers import KINDS, Pricing, table_of
from server_node.offline.layout import HELPER
from server_node.offline.ot.choice import DEFAULT, MEASURED, SILENT, Extension, Link, agreement_bytes, choose
from server_node.offline.ot.extension import SECURITY_BITS
from server_node.offline.ot.silent.parameters import SETS, ladder
from server_node.offline.ot.silent.prices import rounds

_PLAN_BYTES: Final = 32 + 16
_DIGEST_BYTES: Final = 32
_LANES_BYTES: Final = 8
_POINT: Final = 32
_BASE: Final = (_POINT, _POINT * SECURITY_BITS, 2 * SECURITY_BITS * KEY_BYTES)
"""Base OTs and trees, once for each direction: every party sends one message of each kind."""
_MEASURING_WAITS: Final = 8


@dataclass(frozen=True)
class Terms:
    """What a preparation depends on besides its plan: how many links make it, and how fast they are.

    With no lane the link of the job makes everything.
    """

    lanes: int
    link: Link


@dataclass(frozen=True)
class Lane:
    """What one link makes: the lifting perhaps, and so many epochs."""

    recorded: Recorded
    is_first: bool
    epochs: int

    @property
    def segments(self) -> list[tuple[Repeated, int]]:
        """Segments with how often each comes."""
        lifting = [(self.recorded.lifting, 1)] if self.is_first else []
        return lifting + ([(self.recorded.epoch, self.epochs)] if self.epochs else [])


class OwnSource:
    """A source that needs nobody but the two servers; ``encrypts`` says whether products are made under encryption."""

    def __init__(self, encrypts: bool) -> None:
        self._encrypts = encrypts

    def price(self, lane: Lane, party: Party, link: Link) -> Bill:
        """What one lane pays; the way to make transfers is the one that both would agree on."""
        transfers = sum(times * self._transfers(segment) for segment, times in lane.segments)
        is_measured = transfers >= MEASURED
        bill = Bill(agreement_bytes(transfers, party), _MEASURING_WAITS * is_measured)
        bill.add(self.price_with(choose(transfers, link) if is_measured else DEFAULT, lane, party))
        return bill

    def price_with(self, chosen: Extension, lane: Lane, party: Party) -> Bill:
        """What one lane pays with transfers that are made in a given way."""
        pricing, bill = Pricing(party, chosen), Bill()
        for segment, times in lane.segments:
            bill.add(self.price_segment(segment, pricing), times)
        bill.add(_opening(bill, chosen))
        if self._encrypts:
            keys = lattice.Keys()
            for segment, _ in lane.segments:
                keys.follow(segment, lattice.shapes_of(segment))
            bill.add(keys.bill)
        return bill

    def price_segment(self, segment: Repeated, pricing: Pricing) -> Bill:
        """One segment."""
        stored = sum(times * request.result_bytes(pricing.party) for request, times in segment)
        requests = Counter({"requests": sum(times for _, times in segment)})
        bill = Bill(stored=stored, units=in_table(table_of(pricing.extension), requests))
        for kind in KINDS:
            for group in grouped(segment, kind):
                found = lattice.slots(group) if self._encrypts and kind in lattice.ELEMENTWISE else None
                bill.add(found or pricing.of(group.example, group.size), group.times)
        is_any_encrypted = False
        for request, times in segment:
            if request.kind == "matmul":
                found = lattice.matrix(request) if self._encrypts else None
                bill.add(found or pricing.matmul(request), times)
                is_any_encrypted |= found is not None
        bill.rounds += lattice.FIRST_WAIT if is_any_encrypted else 0
        return bill

    def _transfers(self, segment: Repeated) -> int:
        """Those that the two servers agree on a way for."""
        if not self._encrypts:
            return sum(times * request.ots for request, times in segment)
        found = sum(times * request.ots for request, times in segment if request.kind not in lattice.ELEMENTWISE)
        found -= sum(times * request.ots for request, times in segment if lattice.matrix(request))
        for kind in lattice.ELEMENTWISE:
            left = (group for group in grouped(segment, kind) if lattice.slots(group) is None)
            found += sum(group.times * group.as_one.ots for group in left)
        return found


class DealtSource:
    """A helper deals; it is told the requests of segments that are alike once."""

    def price(self, lane: Lane, party: Party, link: Link) -> Bill:
        """What one lane pays: a connection, and what is dealt."""
        asked = sum(sum(segment.times) for segment, _ in lane.segments)
        bill = Bill(units=in_table(HELPER, Counter({"opening": 1, "asked": asked})))
        for segment, times in lane.segments:
            bill.add(helper.price_segment(segment, party), times)
        return bill


def price(source: OwnSource | DealtSource, recorded: Recorded, party: Party, terms: Terms) -> Bill:
    """The whole preparation of a job."""
    bill = Bill(_PLAN_BYTES + _DIGEST_BYTES * recorded.segments + 2 * HEADER_BYTES, 2)
    if terms.lanes:
        bill.add(Bill(_LANES_BYTES + HEADER_BYTES, 1))
    for lane in _lanes(recorded, terms.lanes):
        if terms.lanes:
            # A greeting, and a word about every segment that is ready.
            bill.add(Bill(_DIGEST_BYTES + HEADER_BYTES, 1), 1 + sum(times for _, times in lane.segments))
        if lane.segments:
            bill.add(source.price(lane, party, terms.link))
    return bill


def _lanes(recorded: Recorded, lanes: int) -> Iterator[Lane]:
    """Segments are dealt out in turn, the lifting first."""
    count = max(1, lanes)
    for number in range(count):
        own = len(range(number, recorded.segments, count))
        yield Lane(recorded, number == 0, own - (number == 0))


def first_outputs(extension: Extension) -> int:
    """What the first round of a direction makes."""
    return _outputs(extension, 1)


def _outputs(extension: Extension, count: int) -> int:
    """What so many rounds of a direction make."""
    steps = ladder(SETS[extension.size])
    return sum(steps[min(number, len(steps) - 1)].outputs for number in range(count))


def _opening(made: Bill, extension: Extension) -> Bill:
    """Base OTs in both directions, and rounds of silent transfers for all that a lane makes."""
    units = Counter({"opening": 1})
    bill = Bill(sum(size + HEADER_BYTES for size in _BASE), 2 * len(_BASE))
    if extension.protocol == SILENT:
        mine, theirs = (rounds(SETS[extension.size], count) for count in (made.received, made.given))
        bill.bytes_sent += mine.receiver + theirs.holder
        bill.one_way += mine.holder + theirs.receiver
        bill.rounds += sum(1 + direction.rounds for direction in (mine, theirs) if direction.rounds)
        units["outputs"] = sum(_outputs(extension, direction.rounds) for direction in (mine, theirs))
    bill.units = in_table(table_of(extension), units)
    return bill
