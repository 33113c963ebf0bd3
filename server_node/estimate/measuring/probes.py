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
from server_node.estimate.counting import helper
from server_node.estimate.counting.bill import Bill
from server_node.estimate.counting.lattice import TABLE as LATTICE
from server_node.estimate.counting.preparing import OwnSource, first_outputs
from server_node.estimate.counting.recording import Repeated
from server_node.estimate.counting.transfers import Pricing, table_of
from server_node.estimate.measuring.pair import Pair, Use
from server_node.offline.lattice.source import HybridSource
from server_node.offline.layout import HELPER, Layout
from server_node.offline.ot.choice import ALLOWED, DEFAULT, SILENT, Extension
from server_node.offline.plan import PlanRecorder, Segment
from server_node.offline.source import CotSource, Maker, Making

Ask = Callable[[PlanRecorder], object]
Costs = dict[str, float]
OPENING, BUSY = "opening", "busy"
"""Units of what a source does before its first segment, and how many cores it keeps busy."""
_MANY: Final = 1024
_PLAN: Final = bytes(32)
_NONCE: Final = bytes(16)
_WORDS, _FACTORS = 1 << 14, 1 << 14
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
class First:
    """What the first run of a probe shows beyond its other runs: so much of another unit."""

    probe: str
    unit: str
    amount: int


@dataclass(frozen=True)
class Probing:
    """How a table is measured; ``price`` is what the source charges for a segment."""

    table: str
    probes: Sequence[Probe]
    price: Callable[[Repeated, Party], Bill]
    first: First | None = None

    @property
    def units(self) -> set[str]:
        """All that is measured, with the name of the table."""
        first = {self.first.unit} if self.first else set()
        return {f"{self.table}/{unit}" for unit in {OPENING, BUSY, *first, *(probe.unit for probe in self.probes)}}


def _matmul(rows: int, inner: int, columns: int) -> Ask:
    return lambda plan: plan.matmul(plan.mask((rows, inner)), plan.mask((inner, columns)))


def _product(size: int) -> Ask:
    return lambda plan: plan.product(plan.mask((size,)), plan.mask((size,)))


TRANSFERS: Final = (
    Probe("batches", lambda plan: [plan.random_ots(64, width) for width in _WIDTHS]),
    Probe("half-batches", lambda plan: [plan.private_product(64, width) for width in _WIDTHS]),
    Probe("requests", lambda plan: [plan.private_product(64, 2) for _ in range(512)]),
    Probe("random-ots", lambda plan: plan.random_ots(64 * _WORDS)),
    Probe("ring", _product(_FACTORS)),
    Probe("bit-triples", lambda plan: plan.bit_triples(_WORDS)),
    Probe("private-and", lambda plan: plan.private_and(_WORDS)),
    Probe("pairs", lambda plan: plan.private_pairs(_WORDS // 2)),
    Probe("digit-bits", lambda plan: plan.digit_pads(_WORDS // 4, (4, 4))),
    Probe("private-product", lambda plan: plan.private_product(64 * _WORDS, 2)),
    Probe("lookup-pads", lambda plan: plan.lookups(256, 10)),
    Probe("matmul", _matmul(2, _FACTORS // 4, 2)),
    Probe("matmul-bytes", _matmul(16, 32, 512)),
)
ENCRYPTED: Final = (Probe("slots", _product(1 << 15)), Probe("matrices", _matmul(128, 512, 64)))
DEALT: Final = (
    Probe("bytes", lambda plan: plan.random_ots(1 << 20)),
    Probe("segments", lambda plan: plan.private_and(1)),
    Probe("requests", lambda plan: [plan.private_and(1) for _ in range(_MANY)]),
    Probe("words", _product(1 << 20)),
    Probe("pads", lambda plan: plan.lookups(512, 10)),
    Probe("products", _matmul(512, 512, 512)),
)


def _transfers(extension: Extension) -> Probing:
    source, first = OwnSource(encrypts=False), None
    if extension.protocol == SILENT:
        first = First(TRANSFERS[0].unit, "outputs", 2 * first_outputs(extension))
    return Probing(
        table_of(extension),
        TRANSFERS,
        lambda segment, party: source.price_segment(segment, Pricing(party, extension)),
        first,
    )


_ENCRYPTING: Final = OwnSource(encrypts=True)
EXTENSIONS: Final = {table_of(extension): extension for extension in ALLOWED}
PROBINGS: Final = {
    **{table: _transfers(extension) for table, extension in EXTENSIONS.items()},
    LATTICE: Probing(
        LATTICE,
        ENCRYPTED,
        lambda segment, party: _ENCRYPTING.price_segment(segment, Pricing(party, DEFAULT)),
        First(ENCRYPTED[0].unit, OPENING, 1),
    ),
    HELPER: Probing(HELPER, DEALT, helper.price_segment, First("requests", "asked", _MANY)),
}
"""Every table that a bill may have units of."""
NEEDED_BEFORE: Final = {LATTICE: table_of(DEFAULT)}
"""What has to be measured before a table."""


def source_of(table: str, dealer: Opens) -> Opens:
    """What is measured for a table."""
    if table == HELPER:
        return dealer
    return HybridSource() if table == LATTICE else CotSource(EXTENSIONS[table])


def measure(pair: Pair, source: Opens, probing: Probing, known: Mapping[str, float]) -> Costs:
    """Seconds of each unit of a table, from one party's beginning to the other's end; ``known`` has those before it."""
    pair = Pair(pair.channel, pair.party, Use())
    making = Making(pair.channel, pair.party, SystemRandom(), _PLAN, _NONCE)
    costs, found = Costs(known), list[Maker]()
    with ExitStack() as stack:
        costs[f"{probing.table}/{OPENING}"] = pair.timed(lambda: found.append(stack.enter_context(source.open(making))))
        pair.use.passed = pair.use.computed = 0.0
        numbers, first = count(), probing.first
        for probe in probing.probes:
            segment, unit = _segment(probe.ask, pair.party), f"{probing.table}/{probe.unit}"
            bill = probing.price(Repeated(segment, [1] * len(segment)), pair.party)
            begun, seconds = pair.usual(_making(found[0], numbers, segment, Layout(segment, pair.party, probing.table)))
            if first is not None and first.probe == probe.unit:
                costs[f"{probing.table}/{first.unit}"] = max(0.0, begun - seconds) / first.amount
            # Bills of the two parties differ in bytes alone, so both find the same.
            costs[unit] = max(0.0, seconds - seconds_of(bill, costs)) / bill.units[unit]
    costs[f"{probing.table}/{BUSY}"] = pair.use.cores
    return {unit: cost for unit, cost in costs.items() if unit in probing.units}


def seconds_of(bill: Bill, costs: Mapping[str, float]) -> float:
    """What the units of a bill take; units that were not measured take nothing."""
    return sum(units * costs.get(unit, 0.0) for unit, units in bill.units.items())


def tables_of(bill: Bill) -> set[str]:
    """What has to be measured for a bill."""
    return {unit.split("/")[0] for unit in bill.units}


def _making(maker: Maker, numbers: Iterator[int], segment: Segment, layout: Layout) -> Callable[[], None]:
    def run() -> None:
        maker.seed(next(numbers), segment)
        maker.fill(np.empty(layout.stored_bytes, np.uint8), lambda done: None)

    return run


def _segment(ask: Ask, party: Party) -> Segment:
    recorder = PlanRecorder(party)
    ask(recorder)
    return recorder.requests
