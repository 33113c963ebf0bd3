"""How fast the workers' link is: two processes on loopback, over TLS and over plain TCP written and read the same way.

Run it: ``python -m tests.bench.bench_link``, or ``make bench``. One line of JSON comes out. Throughput is that of the
best burst and of the median one, in 10^9 bytes per second and direction; processor time is one party's.
"""

from __future__ import annotations

import json
import socket
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from common.ids import Party
from common.net.channel import Array, Channel
from common.net.link import TlsChannel
from common.net.stream import TlsStream
from tests.bench.two_processes import machine, run_processes
from tests.helpers.two_party.tls import HOST

BURST = 32 << 20
ROUNDS = 15
TURNS = 100
SIZES = (100, 4 << 10, 64 << 10, 256 << 10, 1 << 20)


class PlainStream(TlsStream):
    """The same calls without encryption."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._unsent = memoryview(b"")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def write(self, pieces: Iterable[bytes | memoryview]) -> None:
        for piece in (self._unsent, *pieces):
            self._sock.sendall(piece)
        self._unsent = memoryview(b"")

    def try_write(self, data: bytes) -> bool:
        try:
            self._unsent = memoryview(data)[self._sock.send(data, socket.MSG_DONTWAIT) :]
        except BlockingIOError:
            self._unsent = memoryview(data)
        return not self._unsent

    def read_into(self, out: memoryview) -> None:
        filled = 0
        while filled < len(out):
            filled += self._sock.recv_into(out[filled:])

    @property
    def unread(self) -> bool:
        return False


def play(party: Party, channel: Channel, folder: Path) -> dict[str, Any]:
    """Everything, at one party: both kinds of channel in turns, so that both see the same disturbances."""
    plain = _plain(party, channel)
    kinds = {"tls": _works(party, channel), "plain_tcp": _works(party, plain)}
    samples: dict[str, dict[str, list[tuple[float, float]]]] = {kind: {} for kind in kinds}
    try:
        for _ in range(ROUNDS):
            for kind, works in kinds.items():
                for name, (turns, turn) in works.items():
                    samples[kind].setdefault(name, []).append(_timed(turns, turn))
    finally:
        plain.close()
    return {kind: {name: _summary(name, found) for name, found in samples[kind].items()} for kind in samples}


def _plain(party: Party, channel: Channel) -> TlsChannel:
    """A channel without encryption between the same two processes."""
    port = np.zeros(1, np.uint64)
    if party is Party.P0:
        with socket.create_server((HOST, 0)) as listener:
            port[0] = listener.getsockname()[1]
            channel.send("port", port)
            ends = [PlainStream(listener.accept()[0]) for _ in Party]
    else:
        channel.receive("port", port)
        ends = [PlainStream(socket.create_connection((HOST, int(port[0])))) for _ in Party]
    return TlsChannel(ends[party], ends[party.other], 60.0)


def _works(party: Party, channel: Channel) -> dict[str, tuple[int, Callable[[], None]]]:
    """What is measured: how often it is done in a row, and how."""
    works: dict[str, tuple[int, Callable[[], None]]] = {"round_trip": (TURNS, _round_trip(party, channel))}
    for size in SIZES:
        parts = [np.full(size, party, np.uint8)], [np.zeros(size, np.uint8)]
        works[f"exchange_{size}"] = max(2, min(TURNS, (4 << 20) // size)), _exchange(channel, *parts)
    burst, into = [np.full(BURST, party, np.uint8)], [np.zeros(BURST, np.uint8)]
    works["one_way"] = 1, _exchange(channel, *((burst, []) if party is Party.P0 else ([], into)), wait=True)
    works["both_ways"] = 1, _exchange(channel, burst, into, wait=True)
    return works


def _exchange(channel: Channel, out: list[Array], into: list[Array], *, wait: bool = False) -> Callable[[], None]:
    """One exchange; with ``wait`` it ends when both have everything."""
    token = np.zeros(1, np.uint8)

    def turn() -> None:
        channel.exchange_parts("turn", out, into)
        if wait:
            channel.exchange("done", token)

    return turn


def _round_trip(party: Party, channel: Channel) -> Callable[[], None]:
    """A short message, answered when it has come."""
    message, into = np.zeros(SIZES[0], np.uint8), np.zeros(SIZES[0], np.uint8)

    def turn() -> None:
        if party is Party.P0:
            channel.send("question", message)
            channel.receive("answer", into)
        else:
            channel.receive("question", into)
            channel.send("answer", message)

    return turn


def _timed(turns: int, turn: Callable[[], None]) -> tuple[float, float]:
    """Seconds of the clock and of this party's processor for one turn."""
    turn()
    began, worked = time.perf_counter(), time.process_time()
    for _ in range(turns):
        turn()
    return (time.perf_counter() - began) / turns, (time.process_time() - worked) / turns


def _summary(name: str, samples: list[tuple[float, float]]) -> dict[str, float]:
    clock, processor = ([sample[which] for sample in samples] for which in (0, 1))
    best, median = min(clock), statistics.median(clock)
    if name in ("one_way", "both_ways"):
        speed = {"best_gbs": round(BURST / best / 1e9, 2), "median_gbs": round(BURST / median / 1e9, 2)}
        return {**speed, "cpu_ns_per_byte": round(min(processor) / BURST * 1e9, 2)}
    return {"best_us": round(best * 1e6, 1), "median_us": round(median * 1e6, 1)}


def main() -> dict[str, Any]:
    """Measure everything. Figures are party 0's; it is the sender where there is only one."""
    first, second = run_processes(play)
    tls, plain = first["tls"], first["plain_tcp"]
    return {
        "bench": "link",
        "machine": machine(),
        "one_way_gbs": tls["one_way"]["best_gbs"],
        "both_ways_gbs": tls["both_ways"]["best_gbs"],
        "round_trip_us": tls["round_trip"]["best_us"],
        "receiver_cpu_ns_per_byte": second["tls"]["one_way"]["cpu_ns_per_byte"],
        "tls": tls,
        "plain_tcp": plain,
    }


def test_bench_link_prints_its_figures() -> None:
    print(json.dumps(main()))


if __name__ == "__main__":
    print(json.dumps(main()))
