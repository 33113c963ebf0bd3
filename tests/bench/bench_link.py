"""How fast the workers' link is: two processes on loopback, over TLS and over plain TCP written and read the same way.

Run it: ``python -m tests.bench.bench_link``, or ``make bench``. One line of JSON comes out. Throughput is that of the
best burst and of the median one, in 10^9 bytes per second and direction; times are medians.
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
from common.net.channel import Channel
from common.net.link import TlsChannel
from common.net.stream import TlsStream
from tests.bench.two_processes import machine, run_processes
from tests.helpers.two_party.tls import HOST

BURST = 64 << 20
BURSTS = 12
TURNS = 300
REPEATS = 7
SIZES = (100, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20)


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
    """Everything, at one party."""
    with_tls = _figures(party, channel)
    plain = _plain(party, channel)
    try:
        without = _figures(party, plain)
    finally:
        plain.close()
    return {**with_tls, "plain_tcp": without}


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


def _figures(party: Party, channel: Channel) -> dict[str, Any]:
    burst, into = np.full(BURST, party, np.uint8), np.zeros(BURST, np.uint8)
    turns = {size: _exchange_us(channel, size) for size in SIZES}
    mine, theirs = ([burst], []) if party is Party.P0 else ([], [into])
    return {
        **_throughput("one_way", channel, lambda: channel.exchange_parts("burst", mine, theirs)),
        **_throughput("both_ways", channel, lambda: channel.exchange_parts("burst", [burst], [into])),
        "round_trip_us": turns[SIZES[0]],
        "exchange_us": turns,
    }


def _throughput(name: str, channel: Channel, action: Callable[[], None]) -> dict[str, float]:
    token, seconds, busy = np.zeros(1, np.uint8), [], []
    for _ in range(BURSTS):
        channel.exchange("ready", token)
        began, worked = time.perf_counter(), time.process_time()
        action()
        channel.exchange("done", token)
        seconds.append(time.perf_counter() - began)
        busy.append(time.process_time() - worked)
    return {
        f"{name}_gbs": round(BURST / min(seconds) / 1e9, 2),
        f"{name}_median_gbs": round(BURST / statistics.median(seconds) / 1e9, 2),
        f"{name}_cpu_ns_per_byte": round(min(busy) / BURST * 1e9, 2),
    }


def _exchange_us(channel: Channel, size: int) -> float:
    """Time of one exchange of ``size`` bytes each way."""
    out, into = np.zeros(size, np.uint8), np.empty(size, np.uint8)
    times = []
    for _ in range(REPEATS):
        turns = max(5, min(TURNS, (16 << 20) // size))
        began = time.perf_counter()
        for _ in range(turns):
            channel.exchange_parts("turn", [out], [into])
        times.append((time.perf_counter() - began) / turns)
    return round(statistics.median(times) * 1e6, 1)


def measure() -> dict[str, Any]:
    """Figures of both parties; processor time is each party's own."""
    first, second = run_processes(play)
    receiver = {f"receiver_{name}": value for name, value in second.items() if name == "one_way_cpu_ns_per_byte"}
    return {"machine": machine(), **first, **receiver}


def test_link_speed() -> None:
    """Writes the figures down; what they should be depends on the machine."""
    figures = measure()
    print(json.dumps(figures))
    assert figures["one_way_gbs"] > 0


if __name__ == "__main__":
    print(json.dumps(measure()))
