"""How fast two servers make transfers and correlations: two processes, real link over TLS on loopback.

Run it: ``python -m tests.bench.bench_cot``, or ``make bench``. One line of JSON comes out. Rates count what both
directions make together, per second of one pair of processes with one thread each; bytes are those of both directions.
``cpu_s`` is what party 0 computed, the threads of its link included: on a busy machine the rest is waiting.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from common.crypto.rng import SystemRandom
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.generate import SOURCE, SegmentMaker
from server_node.offline.layout import Layout
from server_node.offline.ot.choice import SILENT, SOFTSPOKEN, Extension
from server_node.offline.ot.cots import CotEngine
from server_node.offline.ot.silent.parameters import SETS
from server_node.offline.plan import PlanRecorder, Segment, Words
from server_node.offline.views import PLAIN
from tests.bench.two_processes import machine, run_processes
from tests.bench.works import relu_of
from tests.helpers.two_party.operations import record

WAYS: dict[str, Extension] = {
    **{f"k={block_bits}": Extension(SOFTSPOKEN, block_bits) for block_bits in (2, 4, 8)},
    **{f"silent-{size}": Extension(SILENT, size) for size in sorted(SETS)},
}
BATCH = 1 << 20
BATCHES = 16
SESSION = b"bench session 16"
MATMUL = (128, 784, 128)

Ask = Callable[[PlanRecorder], object]
KINDS: dict[str, tuple[int, Ask]] = {
    "product": (1 << 15, lambda plan: plan.product(plan.mask((1 << 15,)), plan.mask((1 << 15,)))),
    "square": (1 << 16, lambda plan: plan.square(plan.mask((1 << 16,)))),
    "square-40-bits": (1 << 16, lambda plan: plan.square(plan.mask((1 << 16,)), 40)),
    "relu": (1_000_000, lambda plan: plan.requests.extend(_relu())),
    "pair-of-positions": (64 << 17, lambda plan: plan.private_pairs(1 << 17)),
    "bit-triple": (2 * 64 << 17, lambda plan: plan.bit_triples(1 << 17)),
    "digit-of-four": (2 * 64 << 14, lambda plan: plan.digit_pads(1 << 14, (4, 4))),
    "private-product": (1 << 21, lambda plan: plan.private_product(1 << 21, 2)),
    "random-ot": (1 << 20, lambda plan: plan.random_ots(1 << 19)),
    "lookup-1024": (1 << 10, lambda plan: plan.lookups(1 << 10, 10)),
    "matmul-128x784x128-40-bits": (1, lambda plan: _matmul(plan, 40)),
    "matmul-128x784x128": (1, lambda plan: _matmul(plan, 64)),
}


def _matmul(plan: PlanRecorder, ring_bits: int) -> None:
    rows, inner, columns = MATMUL
    plan.matmul(plan.mask((rows, inner)), plan.mask((inner, columns)), (PLAIN, PLAIN), ring_bits)


def _relu() -> Segment:
    """Of a million values, of which a product with a secret bit is prepared, too."""
    work = relu_of(1_000_000)
    return record(work.operation, Party.P0, *(shares[0] for shares in work.inputs))


def play(party: Party, channel: Channel, folder: Path) -> dict[str, Any]:
    """Everything, at one party."""
    _correlations(CotEngine(channel, party, SystemRandom(), SESSION), _segment(lambda plan: plan.random_ots(64)))
    figures: dict[str, Any] = {name: _transfers(channel, party, way) for name, way in WAYS.items()}
    engine = CotEngine(channel, party, SystemRandom(), SESSION)
    for name, (count, ask) in KINDS.items():
        segment = _segment(ask)
        before, began, worked = channel.stats.copy(), time.perf_counter(), time.process_time()
        _correlations(engine, segment)
        worked = time.process_time() - worked
        seconds, traffic = time.perf_counter() - began, channel.stats.since(before)
        figures[name] = {
            "per_s": round(count / seconds, 2),
            "bytes_each": round((traffic.bytes_sent + traffic.bytes_received) / count, 1),
            "seconds": round(seconds, 3),
            "cpu_s": round(worked, 3),
        }
    return figures


@dataclass
class Kept:
    """Transfers whose keys are written to memory, one batch over the other."""

    engine: CotEngine
    choices: Words
    send: int
    keys: Words

    @property
    def transfers(self) -> tuple[int, int]:
        return 64 * len(self.choices), self.send

    def ask(self) -> None:
        self.engine.receive(self.choices, self._keep)

    def serve(self) -> None:
        self.engine.send(self.send, self._keep)

    def finish(self) -> None:
        """All is done."""

    def _keep(self, first: int, keys: Words, index: int) -> None:
        self.keys[first : first + len(keys)] = keys


def _transfers(channel: Channel, party: Party, way: Extension) -> dict[str, Any]:
    """Whole runs from the base OTs on: to P1 only, and both ways at once."""
    choices = np.frombuffer(SystemRandom().token(BATCH // 8), np.uint64)
    keys = np.zeros((BATCH, 2), np.uint64)
    found: dict[str, Any] = {}
    for name, receives, sends in (("one_way", party, party.other), ("both_ways", 1, 1)):
        before, began, worked = channel.stats.copy(), time.perf_counter(), time.process_time()
        engine = CotEngine(channel, party, SystemRandom(), SESSION, way.ends(party, SESSION))
        set_up = time.perf_counter() - began
        engine.run(Kept(engine, choices if receives else choices[:0], BATCH * sends, keys) for _ in range(BATCHES))
        channel.exchange("bench-done", np.zeros(1, np.uint8))
        seconds, traffic = time.perf_counter() - began, channel.stats.since(before)
        found[name] = {
            "set_up_s": round(set_up, 3),
            "seconds": round(seconds, 3),
            "cpu_s": round(time.process_time() - worked, 3),
            "cots_per_s": round(engine.count / seconds),
            "bytes_per_cot": round((traffic.bytes_sent + traffic.bytes_received) / engine.count, 3),
        }
    return found


def _segment(ask: Ask) -> Segment:
    recorder = PlanRecorder()
    ask(recorder)
    return recorder.requests


def _correlations(engine: CotEngine, requests: Segment) -> None:
    stored = np.empty(Layout(requests, engine.party, SOURCE).stored_bytes, np.uint8)
    SegmentMaker(engine, requests, SystemRandom().token(32), stored, lambda count: None).run()


def main() -> dict[str, Any]:
    """Measure everything and return the figures of party 0."""
    return {"bench": "cot", "machine": machine(), "figures": run_processes(play)[0]}


def test_bench_cot_prints_its_figures() -> None:
    print(json.dumps(main()))


if __name__ == "__main__":
    print(json.dumps(main()))
