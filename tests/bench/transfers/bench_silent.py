"""How fast two servers make transfers in each way there is: two processes, TLS on loopback, one thread each.

Run it: ``python -m tests.bench.transfers.bench_silent``, or ``make bench``. One line of JSON comes out. ``one-way`` has
P1 receive all transfers, ``both-ways`` each party half of them; rates count all transfers over the whole run with its
set-up, and ``steady`` those after the first call. Bytes are those of both directions, the chosen bits among them.
"""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np

from common.crypto.rng import SystemRandom
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot.choice import ALLOWED, SILENT, Extension
from server_node.offline.ot.cots import CotEngine
from tests.bench.two_processes import machine, run_processes

BATCH = 1 << 20
BATCHES = 24
SESSION = b"bench session 16"


def play(party: Party, channel: Channel, folder: Path) -> dict[str, Any]:
    """Everything, at one party."""
    figures: dict[str, Any] = {}
    for extension in sorted(ALLOWED, key=lambda one: (one.protocol, one.size)):
        kind = f"b{extension.size}" if extension.protocol == SILENT else f"k={extension.size}"
        for name, shares in (("one-way", (0, 1)), ("both-ways", (1, 1))):
            figures[f"{kind} {name}"] = _transfers(channel, party, extension, shares)
    return figures


def _transfers(channel: Channel, party: Party, extension: Extension, shares: tuple[int, int]) -> dict[str, Any]:
    """``shares`` say which of the parties receive."""
    choices = np.frombuffer(SystemRandom().token(BATCH // 8), np.uint64)
    mine, theirs = (choices[: len(choices) * shares[end]] for end in (party, party.other))
    before, began, busy = channel.stats.copy(), time.perf_counter(), time.process_time()
    engine = CotEngine(channel, party, SystemRandom(), SESSION, extension.ends(party, SESSION))
    engine.extend(mine[:1], 64 * len(theirs[:1]))
    set_up = time.perf_counter() - began
    for _ in range(BATCHES):
        engine.extend(mine, 64 * len(theirs))
    channel.exchange("bench-end", np.zeros(1, np.uint64))
    busy = time.process_time() - busy
    seconds, traffic = time.perf_counter() - began, channel.stats.since(before)
    count = sum(shares) * BATCH * BATCHES
    return {
        "set_up_s": round(set_up, 3),
        "cots_per_s": round(count / seconds),
        "steady_cots_per_s": round(count / (seconds - set_up)),
        "cpu_ns_per_cot": round(1e9 * busy / count, 1),
        "bytes_per_cot": round((traffic.bytes_sent + traffic.bytes_received) / count, 4),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> dict[str, Any]:
    """Measure everything and return the figures of party 0."""
    return {"bench": "silent", "machine": machine(), "figures": run_processes(play)[0]}


def test_bench_silent_prints_its_figures() -> None:
    print(json.dumps(main()))


if __name__ == "__main__":
    print(json.dumps(main()))
