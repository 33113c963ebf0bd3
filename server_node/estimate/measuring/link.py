"""What the workers' link costs a processor: encrypted messages between two threads of this process, over loopback."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np

from common.net.channel import Channel
from common.net.identity import NodeIdentity
from common.net.link import TlsChannel
from common.net.stream import TlsStream
from common.net.tls import client_context, server_context

_LOOPBACK: Final = "127.0.0.1"
_SILENCE: Final = 20.0
_ROUNDS, _PIECES, _PIECE = 200, 24, 1 << 20


@dataclass(frozen=True)
class LinkCost:
    """Seconds of a round without distance, and processor seconds of a byte sent with one received."""

    round: float
    byte: float


def measure_link(identity: NodeIdentity) -> LinkCost:
    """Exchange short and long messages with itself."""
    with _joined(identity) as (here, there):
        began = time.perf_counter()
        _exchange(here, there, _ROUNDS, 64)
        per_round = (time.perf_counter() - began) / _ROUNDS
        began = time.process_time()
        _exchange(here, there, _PIECES, _PIECE)
        # Both ends are in this process.
        return LinkCost(per_round, (time.process_time() - began) / (2 * _PIECES * _PIECE))


def _exchange(here: Channel, there: Channel, times: int, size: int) -> None:
    other = threading.Thread(target=_talk, args=(there, times, size))
    other.start()
    try:
        _talk(here, times, size)
    finally:
        other.join()


def _talk(channel: Channel, times: int, size: int) -> None:
    values = np.zeros(size, np.uint8)
    for _ in range(times):
        channel.exchange("calibration", values)


@contextmanager
def _joined(identity: NodeIdentity) -> Iterator[tuple[Channel, Channel]]:
    with ExitStack() as stack:
        (out, into), (back, forth) = (_streams(identity, stack) for _ in range(2))
        here, there = TlsChannel(out, forth, _SILENCE), TlsChannel(back, into, _SILENCE)
        try:
            yield here, there
        finally:
            closing = threading.Thread(target=there.close)
            closing.start()
            here.close()
            closing.join()


def _streams(identity: NodeIdentity, stack: ExitStack) -> tuple[TlsStream, TlsStream]:
    """Both ends of one connection with this node's own certificate."""
    server = server_context(identity.cert_path, identity.key_path, identity.ca_pem, require_client=True)
    server.num_tickets = 0
    client = client_context(identity.ca_pem, identity.cert_path, identity.key_path)
    with socket.create_server((_LOOPBACK, 0)) as listener:
        near = socket.create_connection(listener.getsockname(), timeout=_SILENCE)
        far, _ = listener.accept()
    ends = TlsStream(client, near, identity.deployment.node(identity.role).link_host), TlsStream(server, far, None)
    for end in ends:
        stack.callback(end.close)
        end.set_deadline(_SILENCE)
    shaking = threading.Thread(target=ends[1].handshake)
    shaking.start()
    try:
        ends[0].handshake()
    finally:
        shaking.join()
    return ends
