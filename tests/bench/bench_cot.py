"""How fast two servers make transfers and correlations: two processes, real link over TLS on loopback.

Run it: ``python -m tests.bench.bench_cot``, or ``make bench``. One line of JSON comes out. Rates count what both
directions make together, per second of one pair of processes with one thread each; bytes are those of both directions.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from common.crypto.rng import SystemRandom
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.generate import SOURCE, SegmentMaker
from server_node.offline.layout import Layout
from server_node.offline.ot.cots import CotEngine
from server_node.offline.ot.extension import SoftSpoken
from server_node.offline.plan import PlanRecorder, Segment
from server_node.offline.views import PLAIN
from tests.bench.two_processes import machine, run_processes

BLOCK_BITS = (1, 2, 4)
BATCH = 1 << 19
BATCHES = 8
SESSION = b"bench session 16"
MATMUL = (128, 784, 128)

Ask = Callable[[PlanRecorder], object]
KINDS: dict[str, tuple[int, Ask]] = {
    "product": (1 << 15, lambda plan: plan.product(plan.mask((1 << 15,)), plan.mask((1 << 15,)))),
    "square": (1 << 16, lambda plan: plan.square(plan.mask((1 << 16,)))),
    "square-40-bits": (1 << 16, lambda plan: plan.square(plan.mask((1 << 16,)), 40)),
    "pair-of-positions": (64 << 14, lambda plan: plan.private_pairs(1 << 14)),
    "bit-triple": (2 * 64 << 14, lambda plan: plan.bit_triples(1 << 14)),
    "private-product": (1 << 21, lambda plan: plan.private_product(1 << 21, 2)),
    "random-ot": (1 << 20, lambda plan: plan.random_ots(1 << 19)),
    "lookup-1024": (1 << 10, lambda plan: plan.lookups(1 << 10, 10)),
    "matmul-128x784x128-40-bits": (1, lambda plan: _matmul(plan, 40)),
    "matmul-128x784x128": (1, lambda plan: _matmul(plan, 64)),
}


def _matmul(plan: PlanRecorder, ring_bits: int) -> None:
    rows, inner, columns = MATMUL
    plan.matmul(plan.mask((rows, inner)), plan.mask((inner, columns)), (PLAIN, PLAIN), ring_bits)


def play(party: Party, channel: Channel, folder: Path) -> dict[str, Any]:
    """Everything, at one party."""
    _correlations(CotEngine(channel, party, SystemRandom(), SESSION), _segment(lambda plan: plan.random_ots(64)))
    figures: dict[str, Any] = {}
    for block_bits in BLOCK_BITS:
        figures[f"k={block_bits}"] = _transfers(channel, party, block_bits)
    engine = CotEngine(channel, party, SystemRandom(), SESSION)
    for name, (count, ask) in KINDS.items():
        before, began = channel.stats.copy(), time.perf_counter()
        _correlations(engine, _segment(ask))
        seconds, traffic = time.perf_counter() - began, channel.stats.since(before)
        figures[name] = {
            "per_s": round(count / seconds, 2),
            "bytes_each": round((traffic.bytes_sent + traffic.bytes_received) / count, 1),
            "seconds": round(seconds, 2),
        }
    return figures


def _transfers(channel: Channel, party: Party, block_bits: int) -> dict[str, Any]:
    began = time.perf_counter()
    engine = CotEngine(channel, party, SystemRandom(), SESSION, SoftSpoken(block_bits))
    set_up = time.perf_counter() - began
    choices = np.frombuffer(SystemRandom().token(BATCH // 8), np.uint64)
    before, began = channel.stats.copy(), time.perf_counter()
    for _ in range(BATCHES):
        engine.extend(choices, BATCH)
    seconds, traffic = time.perf_counter() - began, channel.stats.since(before)
    count = 2 * BATCH * BATCHES
    return {
        "set_up_s": round(set_up, 3),
        "cots_per_s": round(count / seconds),
        "bytes_per_cot": round((traffic.bytes_sent + traffic.bytes_received) / count, 3),
    }


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
