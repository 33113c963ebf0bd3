"""How fast the online operations are, and what preparing them takes: two processes, real link over TLS on loopback.

Run it: ``python -m tests.bench.bench_online``, or ``make bench``. One line of JSON comes out. Bytes are what one party
sends; correlations are made by the servers themselves and stored on disk before the clock of the online phase starts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import torch

from common.crypto.rng import SystemRandom
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.preparation import Job, prepare
from server_node.offline.store import StoredCorrelations
from server_node.online.comparison import relu
from server_node.online.linear import mask_values, matmul, square
from server_node.online.nonlinear import softmax
from server_node.online.session import Session
from server_node.online.truncation import truncate
from tests.bench.two_processes import machine, run_processes
from tests.helpers.two_party.operations import record, share, uniform

Operation = Callable[..., object]


def _layer(session: Session, x: torch.Tensor, w: torch.Tensor) -> None:
    masked_x, masked_w = mask_values(session, x, w)
    truncate(session, (matmul(session, masked_x, masked_w), 16))


def _square(session: Session, x: torch.Tensor) -> None:
    (masked,) = mask_values(session, x)
    truncate(session, (square(session, masked), 16))


CASES: dict[str, tuple[Operation, list[tuple[int, ...]]]] = {
    "truncate-1M": (lambda session, x: truncate(session, (x, 16)), [(1_000_000,)]),
    "square-and-truncate-100k": (_square, [(100_000,)]),
    "relu-100k": (relu, [(100_000,)]),
    "softmax-64x10": (softmax, [(64, 10)]),
    "layer-64x196x32": (_layer, [(64, 196), (196, 32)]),
}


def play(party: Party, channel: Channel, folder: Path) -> dict[str, Any]:
    """Every case, at one party; the first runs twice, because compiled loops are loaded in the first."""
    first = next(iter(CASES))
    _measure(party, channel, folder / "warm", first)
    return {name: _measure(party, channel, folder / name, name) for name in CASES}


def _measure(party: Party, channel: Channel, folder: Path, name: str) -> dict[str, Any]:
    operation, shapes = CASES[name]
    inputs = [share(uniform(-(2**20), 2**20, *shape, seed=i), i)[party] for i, shape in enumerate(shapes)]
    segment = record(operation, party, *inputs)
    before, began = channel.stats.copy(), time.perf_counter()
    prepared = prepare(
        channel, party, Job([segment], frozenset({0})), folder, SystemRandom(), lambda done, total: None
    )
    prepared_s, made = time.perf_counter() - began, channel.stats.since(before)
    with closing(StoredCorrelations(folder, prepared.names[0], segment)) as store:
        before, began = channel.stats.copy(), time.perf_counter()
        operation(Session(party, store, channel), *inputs)
        online_s, used = time.perf_counter() - began, channel.stats.since(before)
    return {
        "prepare_s": round(prepared_s, 3),
        "prepare_mb": round(made.bytes_sent / 1e6, 2),
        "online_s": round(online_s, 4),
        "online_kb": round(used.bytes_sent / 1e3, 1),
        "rounds": used.rounds,
    }


def main() -> dict[str, Any]:
    """Measure everything and return the figures of party 0."""
    return {"bench": "online", "machine": machine(), "figures": run_processes(play)[0]}


def test_bench_online_prints_its_figures() -> None:
    print(json.dumps(main()))


if __name__ == "__main__":
    print(json.dumps(main()))
