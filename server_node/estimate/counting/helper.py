"""What it takes to have a helper deal the segments of a job: bytes exactly, and units of its work.

Sizes follow ``docs/specs/helper-v1.md``: one party's part of most results follows from its seed, the other's is sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from common.ids import Party
from server_node.estimate.counting.bill import Bill
from server_node.estimate.counting.cot import agreement_bill
from server_node.estimate.counting.recording import Recorded, Repeated
from server_node.offline.plan import Request
from server_node.offline.segments import SEED_BYTES

_BOTH_CHOOSE: Final = ("random-ots", "lookups", "digit-pads")
_UNROLLED: Final = 16
"""Turns of a loop that are gone through one by one; how the parts are shared out repeats soon."""


def price_helper(recorded: Recorded, party: Party) -> Bill:
    """The whole preparation of a job at one party."""
    bill = agreement_bill(recorded.segments)
    bill.units["opening"] += 1
    bill.add(price_segment(recorded.lifting, party))
    bill.add(price_segment(recorded.epoch, party), recorded.epochs)
    return bill


def price_segment(segment: Repeated, party: Party) -> Bill:
    """One segment; the helper's work for both parties is in its units."""
    dealt = dealt_bytes(segment)
    bill = Bill(0, 2, dealt[party], Counter({"dealt-segments": 1}), SEED_BYTES + dealt[party])
    bill.units["dealt-bytes"] = sum(dealt)
    for request, times in segment:
        bill.units["dealt-words"] += times * sum(request.own_words(each) for each in Party)
        if request.kind == "matmul":
            bill.units["dealt-products"] += times * request.matrix[0] * request.inner * request.matrix[1]
        elif request.kind == "lookups":
            bill.units["dealt-pads"] += times * request.size << request.index_bits
        elif request.kind != "mask":
            bill.units["dealt-words"] += times * request.size
        bill.units["requests"] += times
    return bill


def dealt_bytes(segment: Repeated) -> tuple[int, int]:
    """Stored bytes of P0 and of P1; what either may be sent goes to the one who was sent less so far."""
    load = [0, 0]
    for turn, times in _loops(segment):
        before = list(load)
        for _ in range(min(times, _UNROLLED)):
            _deal(turn, load)
        grown = [after - start for after, start in zip(load, before, strict=True)]
        load = [start + one * times // min(times, _UNROLLED) for start, one in zip(before, grown, strict=True)]
    return load[0], load[1]


def _loops(segment: Repeated) -> Iterator[tuple[list[Request], int]]:
    for times, pairs in groupby(segment, key=lambda pair: pair[1]):
        yield [request for request, _ in pairs], times


def _deal(turn: list[Request], load: list[int]) -> None:
    for request in turn:
        parts = [request.width * request.result_parts(party)[1] for party in Party]
        if request.kind in _BOTH_CHOOSE:
            load[:] = [one + part for one, part in zip(load, parts, strict=True)]
        else:
            receiver = Party.P0 if load[0] < load[1] else Party.P1
            load[receiver] += parts[receiver]
