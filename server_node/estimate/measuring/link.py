"""Joins processes of one machine as workers are joined, over TLS on loopback, and measures what that link costs."""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Final

import numpy as np

from common.errors import EstimateFailed
from common.net.identity import NodeIdentity
from common.net.link import TlsChannel
from common.net.stream import TlsStream
from common.net.tls import client_context, common_name, server_context
from server_node.estimate.measuring.pair import Pair

_LOOPBACK: Final = "127.0.0.1"
SILENCE: Final = 60.0
_GREETING_SECONDS: Final = 5.0
_ROUNDS, _PIECES, _PIECE = 200, 16, 1 << 20


@dataclass(frozen=True)
class LinkCost:
    """Seconds of a round without distance, and of a byte sent while one is received."""

    round: float
    byte: float


def measure_link(pair: Pair) -> LinkCost:
    """Exchange short and long messages."""

    def talk(times: int, size: int) -> Callable[[], None]:
        values, received = np.zeros(size, np.uint8), np.empty(size, np.uint8)

        def run() -> None:
            for _ in range(times):
                pair.channel.send("calibration", values)
            for _ in range(times):
                pair.channel.receive("calibration", received)

        return run

    one = talk(1, 64)

    def rounds() -> None:
        for _ in range(_ROUNDS):
            one()

    per_round, bulk = pair.usual(rounds)[1] / _ROUNDS, pair.usual(talk(_PIECES, _PIECE))[1]
    return LinkCost(per_round, bulk / (_PIECES * _PIECE))


@contextmanager
def listening() -> Iterator[socket.socket]:
    """Where other processes of this machine can connect."""
    with socket.create_server((_LOOPBACK, 0)) as listener:
        yield listener


def port_of(listener: socket.socket) -> int:
    """The port that others connect to."""
    port: int = listener.getsockname()[1]
    return port


def accept(listener: socket.socket, identity: NodeIdentity, ends: IO[bytes]) -> TlsStream:
    """The next connection of a process with this node's own key; ``ends`` is at its end when no process can come.

    Raises:
        EstimateFailed: nobody came.
    """
    context = server_context(identity.cert_path, identity.key_path, identity.ca_pem, require_client=True)
    # Each connection carries one direction: a ticket nobody reads would turn the close into a reset.
    context.num_tickets = 0
    deadline = time.monotonic() + SILENCE
    while (left := deadline - time.monotonic()) > 0:
        ready = select.select([listener.fileno(), ends.fileno()], [], [], left)[0]
        if listener.fileno() in ready:
            stream = _secured(context, listener.accept()[0], identity, None)
            if stream is not None:
                return stream
        elif ready:
            break
    raise EstimateFailed("A process that this server measures with did not come; see estimate.log.")


def connect(port: int, identity: NodeIdentity) -> TlsStream:
    """A connection to the process of this node that listens at a port.

    Raises:
        EstimateFailed: another one answers.
    """
    context = client_context(identity.ca_pem, identity.cert_path, identity.key_path)
    raw = socket.create_connection((_LOOPBACK, port), timeout=SILENCE)
    stream = _secured(context, raw, identity, identity.deployment.node(identity.role).link_host)
    if stream is None:
        raise EstimateFailed("Another program answers where this server measures.")
    return stream


def channel_of(outgoing: TlsStream, incoming: TlsStream) -> TlsChannel:
    """A channel over two connections."""
    return TlsChannel(outgoing, incoming, SILENCE)


def _secured(context: ssl.SSLContext, raw: socket.socket, identity: NodeIdentity, host: str | None) -> TlsStream | None:
    """Encrypted and with this node's own name at the other end; otherwise closed and None."""
    stream = TlsStream(context, raw, host)
    with suppress(OSError):
        stream.set_deadline(_GREETING_SECONDS)
        stream.handshake()
        if common_name(stream.certificate()) == identity.name:
            stream.set_timeout(SILENCE)
            return stream
    stream.close()
    return None
