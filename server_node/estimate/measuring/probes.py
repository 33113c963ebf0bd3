"""What is measured of a machine, in processor seconds a unit.

Each probe is a small segment in which one kind of work prevails. They stand in an order in which everything else that
one of them does to any extent was measured before.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from common.crypto.rng import SystemRandom
from common.ids import Party
from common.net.memory import memory_pair
from server_node.estimate.counting import cot, helper
from server_node.estimate.counting.bill import Bill
from server_node.estimate.counting.recording import Repeated
from server_node.estimate.measuring.silent import SilentChannel
from server_node.offline.generate import SOURCE, SegmentMaker
from server_node.offline.helper.deal import deal
from server_node.offline.layout import HELPER, Layout
from server_node.offline.ot.cots import CotEngine
from server_node.offline.plan import PlanRecorder, Segment
from server_node.offline.segments import SEED_BYTES

Ask = Callable[[PlanRecorder], object]
Costs = dict[str, float]
_RUNS: Final = 3
_SESSION: Final = b"imguard calibration"
_WORDS, _FACTORS = 1 << 11, 1 << 14
_MATRIX: Final = (16, 32, 512)


@dataclass(frozen=True)
class Probe:
    """A segment that shows what ``unit`` costs."""

    unit: str
    ask: Ask


def _matmul(rows: int, inner: int, columns: int) -> Ask:
    return lambda plan: plan.matmul(plan.mask((rows, inner)), plan.mask((inner, columns)))


COT_PROBES: Final = (
    Probe("batches", lambda plan: [plan.random_ots(64, width) for width in (1, 2, 3, 4, 5, 6, 7, 8)]),
    Probe("half-batches", lambda plan: [plan.private_product(64, width) for width in (1, 2, 3, 4, 5, 6, 7, 8)]),
    Probe("random-ots", lambda plan: plan.random_ots(1 << 17)),
    Probe("ring", lambda plan: plan.product(plan.mask((_FACTORS,)), plan.mask((_FACTORS,)))),
    Probe("bit-triples", lambda plan: plan.bit_triples(_WORDS)),
    Probe("private-and", lambda plan: plan.private_and(_WORDS)),
    Probe("pairs", lambda plan: plan.private_pairs(_WORDS)),
    Probe("private-product", lambda plan: plan.private_product(64 * _WORDS, 2)),
    Probe("lookup-pads", lambda plan: plan.lookups(128, 10)),
    Probe("matmul", _matmul(2, _FACTORS // 4, 2)),
    Probe("matmul-bytes", _matmul(*_MATRIX)),
)
HELPER_PROBES: Final = (
    Probe("dealt-requests", lambda plan: [plan.private_and(1) for _ in range(512)]),
    Probe("dealt-words", lambda plan: plan.product(plan.mask((1 << 19,)), plan.mask((1 << 19,)))),
    Probe("dealt-pads", lambda plan: plan.lookups(512, 10)),
    Probe("dealt-products", _matmul(512, 512, 512)),
)


def measure_cot(party: Party) -> Iterator[tuple[str, float]]:
    """Processor seconds a unit of making correlations with the other server, which is not there."""
    channel = SilentChannel()
    began = time.perf_counter()
    engine = _engine(party, channel)
    yield "base", time.perf_counter() - began
    costs: Costs = {}
    for probe in COT_PROBES:
        segment = _segment(probe.ask, party)
        stored = np.zeros(Layout(segment, party, SOURCE).stored_bytes, np.uint8)
        maker = SegmentMaker(engine, segment, bytes(SEED_BYTES), stored, lambda count: None)
        bill = cot.price_segment(Repeated(segment, [1] * len(segment)), party)
        costs[probe.unit] = _per_unit(probe.unit, bill, costs, _shortest(maker.run, time.thread_time))
        yield probe.unit, costs[probe.unit]


def measure_helper() -> Iterator[tuple[str, float]]:
    """Processor seconds a unit of a helper on a machine like this one, in all its threads together."""
    costs: Costs = {}
    with ThreadPoolExecutor() as pool:
        for probe in HELPER_PROBES:
            segment = _segment(probe.ask, Party.P0)
            first, second = (np.zeros(Layout(segment, each, HELPER).stored_bytes, np.uint8) for each in Party)
            seeds = bytes(SEED_BYTES), b"\1" * SEED_BYTES

            def run() -> None:
                deal(segment, seeds, (first, second), pool)

            bill = helper.price_segment(Repeated(segment, [1] * len(segment)), Party.P0)
            costs[probe.unit] = _per_unit(probe.unit, bill, costs, _shortest(run, time.process_time))
            yield probe.unit, costs[probe.unit]


def seconds_of(bill: Bill, costs: Mapping[str, float]) -> float:
    """What the units of a bill take; units that were not measured take nothing."""
    return sum(count * costs.get(unit, 0.0) for unit, count in bill.units.items())


def _segment(ask: Ask, party: Party) -> Segment:
    recorder = PlanRecorder(party)
    ask(recorder)
    return recorder.requests


def _per_unit(unit: str, bill: Bill, known: Mapping[str, float], seconds: float) -> float:
    return max(0.0, seconds - seconds_of(bill, known)) / bill.units[unit]


def _shortest(run: Callable[[], None], clock: Callable[[], float]) -> float:
    """Of a few runs; the first may load code."""
    found = []
    for _ in range(_RUNS):
        began = clock()
        run()
        found.append(clock() - began)
    return min(found)


def _engine(party: Party, channel: SilentChannel) -> CotEngine:
    """An engine after true base OTs, whose other side has gone."""
    ends = memory_pair()
    channel.inner = ends[party]
    rng = SystemRandom()
    other = threading.Thread(target=CotEngine, args=(ends[party.other], party.other, rng, _SESSION))
    other.start()
    try:
        return CotEngine(channel, party, rng, _SESSION)
    finally:
        other.join()
        channel.inner = None
