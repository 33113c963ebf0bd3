"""What it takes to have a helper deal the segments of a job: bytes exactly, and units of its work.

Sizes follow ``docs/specs/helper-v1.md``: one party's part of most results follows from its seed, the other's is sent.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from common.ids import Party
from server_node.estimate.counting.bill import Bill, in_table
from server_node.estimate.counting.recording import Repeated
from server_node.offline.layout import HELPER
from server_node.offline.plan import Request
from server_node.offline.segments import SEED_BYTES

_BOTH_CHOOSE: Final = ("random-ots", "lookups", "digit-pads")
_UNROLLED: Final = 16
"""Turns of a loop that are gone through one by one; how the parts are shared out repeats soon."""


def price_segment(segment: Repeated, party: Party) -> Bill:
    """One segment; the helper's work for both parties is in its units."""
    dealt = dealt_bytes(segment)
    bill = Bill(stored=dealt[party], dealt=SEED_BYTES + dealt[party], ahead=dealt[party])
    bill.units += Counter({"segments": 1, "bytes": sum(dealt)})
    for request, times in segment:
        bill.units["words"] += times * sum(request.own_words(each) for each in Party)
        if request.kind == "matmul":
            bill.units["products"] += times * request.matrix[0] * request.inner * request.matrix[1]
        elif request.kind == "lookups":
            bill.units["pads"] += times * request.size << request.index_bits
        elif request.kind != "mask":
            bill.units["words"] += times * request.size
        bill.units["requests"] += times
    bill.units = in_table(HELPER, bill.units)
    return bill


def dealt_bytes(segment: Repeated) -> tuple[int, int]:
    """Stored bytes of P0 and of P1; what either may be sent goes to the one who was sent less so far."""
    load = [0, 0]
    for turn, times in segment.loops():
        before = list(load)
        for _ in range(min(times, _UNROLLED)):
            _deal(turn, load)
        grown = [after - start for after, start in zip(load, before, strict=True)]
        load = [start + one * times // min(times, _UNROLLED) for start, one in zip(before, grown, strict=True)]
    return load[0], load[1]


def _deal(turn: list[Request], load: list[int]) -> None:
    for request in turn:
        parts = [request.width * request.result_parts(party)[1] for party in Party]
        if request.kind in _BOTH_CHOOSE:
            load[:] = [one + part for one, part in zip(load, parts, strict=True)]
        else:
            receiver = Party.P0 if load[0] < load[1] else Party.P1
            load[receiver] += parts[receiver]
