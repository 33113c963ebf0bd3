"""What a worker does to have a helper deal: connect, check who answers, ask for one segment after the other."""

from __future__ import annotations

import hmac
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from common.documents import verify_document
from common.errors import BadFrame, HelperGone, UnknownCertificate
from common.ids import Party
from common.net.identity import NodeIdentity
from common.net.stream import TlsStream
from common.net.tls import client_context, common_name
from server_node.offline.helper.protocol import (
    CHALLENGE_BYTES,
    MAX_PIECE,
    MAX_SHORT,
    WELCOME_KIND,
    Kind,
    Line,
    Opening,
    write_ask,
)
from server_node.offline.helper.requests import write_requests
from server_node.offline.layout import HELPER, Layout
from server_node.offline.plan import Segment
from server_node.offline.segments import SEED_BYTES
from server_node.offline.source import Maker, Making, Progress

_RETRY_SECONDS: Final = 0.1
_REST_SECONDS: Final = 30.0
"""Less than any helper waits for the next question."""


@dataclass(frozen=True)
class HelperAddress:
    """Who deals, and where; ``verify_key`` is the one that the project specification names."""

    name: str
    host: str
    port: int
    verify_key: str
    meet_seconds: float = 10.0
    silence_seconds: float = 600.0

    def __str__(self) -> str:
        return f"the helper {self.name!r} at {self.host}:{self.port}"


class HelperSource:
    """A third party deals; progress is in bytes of seeds and corrections that this party receives."""

    name = HELPER

    def __init__(self, address: HelperAddress, identity: NodeIdentity, job: str) -> None:
        self._address, self._identity, self._job = address, identity, job
        self._makers: list[DealtMaker] = []

    @property
    def bytes_dealt(self) -> int:
        return sum(maker.bytes_dealt for maker in self._makers)

    def effort(self, requests: Segment, party: Party) -> int:
        return SEED_BYTES + Layout(requests, party, HELPER).stored_bytes

    @contextmanager
    def open(self, making: Making) -> Iterator[Maker]:
        """A connection for all segments of a session; after a long rest it is made anew.

        Raises:
            HelperGone: the helper cannot be reached or went away.
            UnknownCertificate, BadSignature: somebody else answered.
            Whatever the helper reports, by name.
        """
        with ExitStack() as connection:

            def connect() -> Line:
                connection.close()
                return self._line(making, connection)

            maker = DealtMaker(connect(), self._address, connect)
            self._makers.append(maker)
            yield maker

    def _line(self, making: Making, connection: ExitStack) -> Line:
        """A connection whose other end was checked; it ends with ``connection``."""
        with _named(self._address):
            stream = _connect(self._address, self._identity)
            connection.callback(stream.close)
            making.when_cut(stream.cut)
            line = Line(stream)
            self._greet(line, stream, making)
        return line

    def _greet(self, line: Line, stream: TlsStream, making: Making) -> None:
        challenge = making.rng.token(CHALLENGE_BYTES).hex()
        opening = Opening(self._job, making.plan.hex(), making.nonce.hex(), challenge)
        line.send_json(Kind.OPEN, opening.as_json())
        document = line.receive_json(Kind.WELCOME, MAX_SHORT)
        body = verify_document(document, WELCOME_KIND, self._address.verify_key)
        expected = {"challenge": challenge, "job": self._job, "certificate": stream.certificate_hash()}
        if set(body) != set(expected) or not all(
            hmac.compare_digest(str(body[name]), value) for name, value in expected.items()
        ):
            raise UnknownCertificate(f"The greeting of {self._address} was made for another connection.")


class DealtMaker:
    """Asks for segments over a line whose other end was checked.

    Args:
        renew: makes another line; the helper hangs up on one on which nothing is asked.
    """

    def __init__(self, line: Line, address: HelperAddress, renew: Callable[[], Line] | None = None) -> None:
        self._line, self._address, self._renew = line, address, renew
        self._asked: Segment | None = None
        self._used = time.monotonic()
        self.bytes_dealt = 0

    def seed(self, index: int, requests: Segment) -> bytes:
        """Both servers must ask before either gets an answer. The requests travel once if segments are alike.

        Raises:
            TooLarge: more requests than a helper takes.
        """
        if self._renew is not None and time.monotonic() - self._used > _REST_SECONDS:
            self._line, self._asked = self._renew(), None
        written = None if requests is self._asked else write_requests(requests)
        with _named(self._address):
            self._line.send(Kind.ASK, write_ask(index, written))
            self._asked = requests
            seed = self._line.receive(Kind.SEED, SEED_BYTES)
        if len(seed) != SEED_BYTES:
            raise BadFrame("The helper sent a seed of another length.")
        return seed

    def fill(self, stored: npt.NDArray[np.uint8], progress: Progress) -> None:
        """*Bytes* as many as are stored; nothing is sent."""
        self.bytes_dealt += SEED_BYTES
        progress(SEED_BYTES)
        done = 0
        while done < stored.size:
            with _named(self._address):
                size = self._line.expect(Kind.PIECE, min(MAX_PIECE, stored.size - done))
                self._line.read_into(stored[done : done + size].data)
            if not size:
                raise BadFrame("The helper sent an empty piece.")
            done += size
            self.bytes_dealt += size
            progress(size)
        self._used = time.monotonic()


@contextmanager
def _named(address: HelperAddress) -> Iterator[None]:
    """Say who is gone."""
    try:
        yield
    except ssl.SSLError as error:
        raise UnknownCertificate(f"The certificate of {address} was refused, or it refused this server's.") from error
    except OSError as error:
        raise HelperGone(f"The connection to {address} broke.") from error


def _connect(address: HelperAddress, identity: NodeIdentity) -> TlsStream:
    context = client_context(identity.ca_pem, identity.cert_path, identity.key_path)
    stream = TlsStream(context, _dial(address), address.host)
    try:
        stream.set_deadline(address.meet_seconds)
        stream.handshake()
        if common_name(stream.certificate()) != address.name:
            raise UnknownCertificate(f"Expected {address}; another node answered.")
        stream.set_timeout(address.silence_seconds)
    except BaseException:
        stream.close()
        raise
    return stream


def _dial(address: HelperAddress) -> socket.socket:
    """Connect; a helper that is just being started is waited for."""
    deadline = time.monotonic() + address.meet_seconds
    while True:
        try:
            return socket.create_connection((address.host, address.port), timeout=address.meet_seconds)
        except OSError as error:
            if time.monotonic() > deadline:
                raise HelperGone(f"Nobody answers where {address} should be.") from error
            time.sleep(_RETRY_SECONDS)
