"""What is measured of a machine, in seconds a unit: both parties make small segments of each kind together.

Each probe is a segment in which one kind of work prevails. They stand in an order in which everything else that one of
them does to any extent was measured before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Final, Protocol

import numpy as np

from common.crypto.rng import SystemRandom
from common.ids import Party
from server_node.estimate.counting import cot, helper
from server_node.estimate.counting.bill import Bill
from server_node.estimate.counting.recording import Repeated
from server_node.estimate.measuring.pair import Pair
from server_node.offline.generate import SOURCE
from server_node.offline.layout import HELPER, Layout
from server_node.offline.plan import PlanRecorder, Segment
from server_node.offline.source import Maker, Making

Ask = Callable[[PlanRecorder], object]
Costs = dict[str, float]
OPENING: Final = "opening"
"""The unit of what a source does before its first segment."""
_PLAN: Final = bytes(32)
_NONCE: Final = bytes(16)
_WORDS, _FACTORS = 1 << 12, 1 << 13
_WIDTHS: Final = range(1, 9)


class Opens(Protocol):
    """What is measured of a source of correlations."""

    def open(self, making: Making) -> AbstractContextManager[Maker]: ...


@dataclass(frozen=True)
class Probe:
    """A segment that shows what ``unit`` costs."""

    unit: str
    ask: Ask


@dataclass(frozen=True)
class Probing:
    """How a source is measured: its name, its probes, and what it charges for a segment."""

    name: str
    probes: Sequence[Probe]
    price: Callable[[Repeated, Party], Bill]


def _matmul(rows: int, inner: int, columns: int) -> Ask:
    return lambda plan: plan.matmul(plan.mask((rows, inner)), plan.mask((inner, columns)))


COT: Final = Probing(
    SOURCE,
    (
        Probe("batches", lambda plan: [plan.random_ots(64, width) for width in _WIDTHS]),
        Probe("half-batches", lambda plan: [plan.private_product(64, width) for width in _WIDTHS]),
        Probe("requests", lambda plan: [plan.private_product(64, 2) for _ in range(512)]),
        Probe("random-ots", lambda plan: plan.random_ots(64 * _WORDS)),
        Probe("ring", lambda plan: plan.product(plan.mask((_FACTORS,)), plan.mask((_FACTORS,)))),
        Probe("bit-triples", lambda plan: plan.bit_triples(_WORDS)),
        Probe("private-and", lambda plan: plan.private_and(_WORDS)),
        Probe("pairs", lambda plan: plan.private_pairs(_WORDS)),
        Probe("digit-bits", lambda plan: plan.digit_pads(_WORDS // 4, (4, 4))),
        Probe("private-product", lambda plan: plan.private_product(64 * _WORDS, 2)),
        Probe("lookup-pads", lambda plan: plan.lookups(256, 10)),
        Probe("matmul", _matmul(2, _FACTORS // 4, 2)),
        Probe("matmul-bytes", _matmul(16, 32, 512)),
    ),
    cot.price_segment,
)
DEALT: Final = Probing(
    HELPER,
    (
        Probe("dealt-bytes", lambda plan: plan.random_ots(1 << 20)),
        Probe("dealt-segments", lambda plan: plan.private_and(1)),
        Probe("requests", lambda plan: [plan.private_and(1) for _ in range(1024)]),
        Probe("dealt-words", lambda plan: plan.product(plan.mask((1 << 20,)), plan.mask((1 << 20,)))),
        Probe("dealt-pads", lambda plan: plan.lookups(512, 10)),
        Probe("dealt-products", _matmul(512, 512, 512)),
    ),
    helper.price_segment,
)


def measure(pair: Pair, source: Opens, probing: Probing) -> Costs:
    """Seconds of each unit, from one party's beginning to the other's end."""
    making, costs, found = Making(pair.channel, pair.party, SystemRandom(), _PLAN, _NONCE), Costs(), list[Maker]()
    with ExitStack() as stack:
        costs[OPENING] = pair.timed(lambda: found.append(stack.enter_context(source.open(making))))
        numbers = count()
        for probe in probing.probes:
            segment = _segment(probe.ask, pair.party)
            bill = probing.price(Repeated(segment, [1] * len(segment)), pair.party)
            seconds = pair.usual(_making(found[0], numbers, segment, Layout(segment, pair.party, probing.name)))
            # Bills of the two parties differ in bytes alone, so both find the same.
            costs[probe.unit] = max(0.0, seconds - seconds_of(bill, costs)) / bill.units[probe.unit]
    return costs


def seconds_of(bill: Bill, costs: Mapping[str, float]) -> float:
    """What the units of a bill take; units that were not measured take nothing."""
    return sum(units * costs.get(unit, 0.0) for unit, units in bill.units.items())


def units_of(probing: Probing) -> set[str]:
    """Everything that is measured of a source."""
    return {OPENING, *(probe.unit for probe in probing.probes)}


def _making(maker: Maker, numbers: Iterator[int], segment: Segment, layout: Layout) -> Callable[[], None]:
    def run() -> None:
        maker.seed(next(numbers), segment)
        maker.fill(np.empty(layout.stored_bytes, np.uint8), lambda done: None)

    return run


def _segment(ask: Ask, party: Party) -> Segment:
    recorder = PlanRecorder(party)
    ask(recorder)
    return recorder.requests
