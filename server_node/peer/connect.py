"""Meets the other server's worker: mutual TLS, the expected name, the same job, the same specification.

Party 0 listens, party 1 connects twice; each connection then carries one direction only.

    both  → both  hello: version, party, direction, job, digest of what will be computed
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import socket
import ssl
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Final

from common.errors import AppError, PeerGone, PeerMismatch, UnknownCertificate
from common.ids import Party
from common.net.identity import NodeIdentity
from common.net.link import TlsChannel
from common.net.stream import TlsStream
from common.net.tls import client_context, common_name, server_context

HELLO_VERSION: Final = 2
_HELLO_BYTES: Final = 2 + 1 + 1 + 32
_STRANGER_SECONDS: Final = 5.0
"""How long party 0 gives one connection: a stranger must not use up the time of the peer, however it does it."""
_RETRY_SECONDS: Final = 0.1
_CALLERS: Final = 16


@dataclass(frozen=True)
class LinkPlan:
    """Where and with whom to meet; ``agreement`` is hashed and must be equal on both sides."""

    party: Party
    host: str
    port: int
    peer_name: str
    agreement: bytes
    meet_seconds: float = 60.0
    silence_seconds: float = 600.0


def meet(plan: LinkPlan, identity: NodeIdentity) -> TlsChannel:
    """Connected channel to the other worker.

    Raises:
        PeerGone: nobody came in time. UnknownCertificate: somebody else came. PeerMismatch: another job.
    """
    found: dict[Party, TlsStream] = {}
    try:
        (_accept_two if plan.party is Party.P0 else _connect_two)(plan, identity, found)
    except BaseException:
        for secured in found.values():
            secured.close()
        raise
    outgoing, incoming = found[plan.party], found[plan.party.other]
    return TlsChannel(outgoing, incoming, plan.silence_seconds)


def _accept_two(plan: LinkPlan, identity: NodeIdentity, found: dict[Party, TlsStream]) -> None:
    context = server_context(identity.cert_path, identity.key_path, identity.ca_pem, require_client=True)
    # Each socket carries one direction: a ticket nobody reads would turn the close into a reset that destroys data.
    context.num_tickets = 0
    with socket.create_server((plan.host, plan.port), reuse_port=False) as listener:
        listener.settimeout(_RETRY_SECONDS)
        with _Reception(context, plan) as reception:
            while len(found) < 2:
                with contextlib.suppress(TimeoutError):
                    reception.admit(listener.accept()[0])
                for direction, secured in reception.greeted():
                    if direction in found:
                        found[direction].close()
                    found[direction] = secured


class _Reception:
    """Greets several callers at a time, so that strangers at the port cannot keep the peer waiting."""

    def __init__(self, context: ssl.SSLContext, plan: LinkPlan) -> None:
        self._context, self._plan = context, plan
        self._deadline = time.monotonic() + plan.meet_seconds
        self._refused: AppError = PeerGone("The other server's worker did not connect in time.")
        self._pool = ThreadPoolExecutor(_CALLERS, thread_name_prefix="imguard-link-greeter")
        self._callers: dict[Future[tuple[Party, TlsStream]], socket.socket] = {}

    def __enter__(self) -> _Reception:
        return self

    def __exit__(self, *_: object) -> None:
        for raw in self._callers.values():
            with raw, contextlib.suppress(OSError):
                raw.shutdown(socket.SHUT_RDWR)
        self._pool.shutdown(wait=True)
        for future in self._callers:
            if future.exception() is None:
                future.result()[1].close()

    def admit(self, raw: socket.socket) -> None:
        """Begin to greet a caller; when too many are being greeted, hang up on the one that came first.

        The peer is known after one exchange, a stranger would stay as long as it may.
        """
        waiting = [future for future in self._callers if not future.done()]
        if len(waiting) >= _CALLERS:
            with contextlib.suppress(OSError):
                self._callers[waiting[0]].shutdown(socket.SHUT_RDWR)
            wait(waiting, return_when=FIRST_COMPLETED)
        # The copy can be shut down from here while the greeting owns the original.
        try:
            copy = raw.dup()
        except OSError:
            raw.close()
            raise
        self._callers[self._pool.submit(self._greet, raw)] = copy

    def greeted(self) -> list[tuple[Party, TlsStream]]:
        """Callers who turned out to be the peer.

        Raises:
            PeerMismatch: the peer wants another job.
            PeerGone, UnknownCertificate: the time is over; the last refusal says why.
        """
        done = [future for future in self._callers if future.done()]
        welcome = []
        for future in done:
            self._callers.pop(future).close()
            error = future.exception()
            if error is None:
                welcome.append(future.result())
            elif isinstance(error, (UnknownCertificate, PeerGone)):
                self._refused = error  # a stranger must not end the job; the peer may still come
            else:
                raise error
        if not welcome and time.monotonic() > self._deadline:
            raise self._refused
        return welcome

    def _greet(self, raw: socket.socket) -> tuple[Party, TlsStream]:
        return _greet(_wrap(self._context, raw, self._plan, None), self._plan)


def _connect_two(plan: LinkPlan, identity: NodeIdentity, found: dict[Party, TlsStream]) -> None:
    context = client_context(identity.ca_pem, identity.cert_path, identity.key_path)
    for direction in Party:
        secured = _wrap(context, _dial(plan), plan, plan.host)
        found[_greet(secured, plan, direction)[0]] = secured


def _dial(plan: LinkPlan) -> socket.socket:
    """Connect, waiting for the listener to come up."""
    deadline = time.monotonic() + plan.meet_seconds
    while True:
        try:
            return socket.create_connection((plan.host, plan.port), timeout=plan.meet_seconds)
        except OSError as error:
            if time.monotonic() > deadline:
                raise PeerGone("The other server's worker cannot be reached.") from error
            time.sleep(_RETRY_SECONDS)


def _wrap(context: ssl.SSLContext, raw: socket.socket, plan: LinkPlan, host: str | None) -> TlsStream:
    secured = TlsStream(context, raw, host)
    try:
        # Until the channel sets a timeout: the hellos are under the same deadline.
        secured.set_deadline(_STRANGER_SECONDS if host is None else plan.meet_seconds)
        secured.handshake()
        certificate = secured.certificate()
    except ssl.SSLError as error:
        secured.close()
        raise UnknownCertificate("The other server's certificate was refused.") from error
    except OSError as error:
        secured.close()
        raise PeerGone() from error
    if common_name(certificate) != plan.peer_name:
        secured.close()
        raise UnknownCertificate(f"Expected the server {plan.peer_name!r}; somebody else answered.")
    return secured


def _greet(secured: TlsStream, plan: LinkPlan, direction: Party | None = None) -> tuple[Party, TlsStream]:
    """Exchange hellos; party 1 proposes the direction, party 0 takes it over. Closes the socket if that fails."""
    try:
        return _exchange_hellos(secured, plan, direction), secured
    except BaseException as error:
        secured.close()
        if isinstance(error, ssl.SSLError):
            raise UnknownCertificate("The other server's certificate was refused.") from error
        if isinstance(error, OSError):
            raise PeerGone("The other server closed the connection while greeting.") from error
        raise


def _exchange_hellos(secured: TlsStream, plan: LinkPlan, direction: Party | None) -> Party:
    agreement = hashlib.sha256(plan.agreement).digest()
    if direction is not None:
        secured.write([_hello(plan.party, direction, agreement)])
    theirs = bytearray(_HELLO_BYTES)
    secured.read_into(memoryview(theirs))
    version, sender, proposed = int.from_bytes(theirs[:2], "little"), theirs[2], theirs[3]
    if direction is None:
        if proposed not in (0, 1):
            raise PeerMismatch("The other server's greeting is damaged.")
        direction = Party(proposed)
        secured.write([_hello(plan.party, direction, agreement)])
    agreed = hmac.compare_digest(theirs[4:], agreement)
    if version != HELLO_VERSION or sender != plan.party.other or proposed != direction or not agreed:
        raise PeerMismatch()
    return direction


def _hello(party: Party, direction: Party, agreement: bytes) -> bytes:
    return HELLO_VERSION.to_bytes(2, "little") + bytes([party, direction]) + agreement
