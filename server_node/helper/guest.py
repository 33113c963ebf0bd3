"""One worker's connection to the helper: who calls, what for, and its answers one after the other."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common.deployment import Deployment
from common.documents import sign_document
from common.errors import AppError, BadInput, UnknownCertificate
from common.ids import Party
from common.net.identity import NodeIdentity
from common.net.stream import TlsStream
from common.net.tls import common_name
from server_node.helper.rooms import Portion, Rooms, Wish
from server_node.offline.helper.deal import DealPlan
from server_node.offline.helper.protocol import (
    MAX_ASK,
    MAX_PIECE,
    MAX_SHORT,
    WELCOME_KIND,
    Kind,
    Line,
    Opening,
    read_ask,
    requests_digest,
)
from server_node.offline.helper.requests import read_requests

_LOG = logging.getLogger("imguard.helper")
_STRANGER_SECONDS: Final = 5.0
"""How long it may take until it is known who calls."""


@dataclass(frozen=True)
class Host:
    """What serving a connection needs; ``certificate`` is the hash of the helper's own."""

    identity: NodeIdentity
    context: ssl.SSLContext
    certificate: str
    rooms: Rooms
    idle_seconds: float


class Caller:
    """One of the two servers, over a connection that was greeted."""

    def __init__(self, host: Host, stream: TlsStream, party: Party) -> None:
        self._host, self._stream, self._party = host, stream, party

    def serve(self) -> None:
        """Serve the connection to its end and close it. Errors go to the caller."""
        with _logged():
            self._stream.set_timeout(self._host.idle_seconds)
            _converse(self._host, Line(self._stream), self._party)
        self.close()

    def close(self) -> None:
        """End the connection."""
        # Somebody else may hold a copy of the socket, so closing alone does not end the connection.
        self._stream.cut()
        self._stream.close()


def greet(host: Host, raw: socket.socket) -> Caller | None:
    """Find out whose a connection is; None if it is not one of the two servers', and closed."""
    with _logged(), ExitStack() as undo:
        stream = TlsStream(host.context, raw, None)
        undo.callback(stream.close)
        undo.callback(stream.cut)
        stream.set_deadline(_STRANGER_SECONDS)
        stream.handshake()
        caller = Caller(host, stream, _caller(stream, host.identity.deployment))
        undo.pop_all()
        return caller
    return None


@contextmanager
def _logged() -> Iterator[None]:
    """No error of one connection may reach the others."""
    try:
        yield
    except UnknownCertificate as error:
        _LOG.warning("refused: %s", error)
    except OSError as error:
        _LOG.debug("connection ended: %s", error)
    except Exception:
        _LOG.exception("a connection broke")


def _caller(stream: TlsStream, deployment: Deployment) -> Party:
    name = common_name(stream.certificate())
    for party in Party:
        if name == deployment.node(party.letter).name:
            return party
    raise UnknownCertificate("Only the two servers of the deployment may ask the helper.")


def _converse(host: Host, line: Line, party: Party) -> None:
    try:
        opening = Opening.from_json(line.receive_json(Kind.OPEN, MAX_SHORT))
        body = {"challenge": opening.challenge, "job": opening.job, "certificate": host.certificate}
        line.send_json(Kind.WELCOME, sign_document(WELCOME_KIND, body, host.identity.signing))
        answer(line, host.rooms, opening, party)
    except AppError as error:
        _LOG.info("server %s was refused: %s", party.letter.upper(), error)
        with contextlib.suppress(OSError):
            line.send_json(Kind.ERROR, error.as_dict())


def answer(line: Line, rooms: Rooms, opening: Opening, party: Party) -> None:
    """Deal one segment after the other until the worker hangs up, which is an OSError.

    Raises:
        AppError: why a question cannot be answered; the worker must be told.
    """
    asked: tuple[bytes, DealPlan] | None = None
    while True:
        segment, written = read_ask(line.receive_json(Kind.ASK, MAX_ASK))
        if written is not None:
            asked = requests_digest(written), DealPlan(read_requests(written))
        if asked is None:
            raise BadInput("The first question of a connection holds its requests.", field="requests")
        portion = rooms.enter(Wish(opening, segment, party, *asked))
        try:
            _send(line, portion)
        finally:
            portion.end()


def _send(line: Line, portion: Portion) -> None:
    line.send(Kind.SEED, portion.seed)
    for batch in portion.pieces():
        for start in range(0, batch.size, MAX_PIECE):
            line.send(Kind.PIECE, batch[start : start + MAX_PIECE].data)


def certificate_hash(path: Path) -> str:
    """As :meth:`TlsStream.certificate_hash` gives it at the other end."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(path.read_text(encoding="ascii"))).hexdigest()
