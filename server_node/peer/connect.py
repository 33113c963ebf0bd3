"""Meets the other server's worker: mutual TLS, the expected name, the same job, the same specification.

Party 0 listens, party 1 connects twice for each link; each connection then carries one direction only. Link 0 is that
of the job, the others (*lanes*) prepare correlations; there are as many as the server with fewer of them wants.

    both  → both  hello: version, party, direction, link, lanes, meeting, job, digest of what will be computed
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from common.crypto.rng import SystemRandom
from common.errors import AppError, PeerGone, PeerMismatch, UnknownCertificate
from common.ids import Party
from common.net.identity import NodeIdentity
from common.net.link import TlsChannel
from common.net.stream import TlsStream
from common.net.tls import client_context, common_name, server_context
from server_node.peer.hello import HELLO_BYTES, MAX_LANES, MEETING_BYTES, VERSION_BYTES, Hello, check_version

_STRANGER_SECONDS: Final = 5.0
"""How long party 0 gives one connection: a stranger must not use up the time of the peer, however it does it."""
_RETRY_SECONDS: Final = 0.1
_CALLERS: Final = 16
_MEETINGS: Final = 4
"""How many workers of the peer may have died while meeting before what the first of them connected is closed."""
_ALIVE: Final = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 8}
"""Seconds until a link on which nothing is said is asked for a sign of life, and between such questions; how many."""


@dataclass(frozen=True)
class LinkPlan:
    """Where and with whom to meet; ``agreement`` is hashed and must be equal on both sides.

    ``lanes`` is how many links beside that of the job this server wants at most.
    """

    party: Party
    host: str
    port: int
    peer_name: str
    agreement: bytes
    meet_seconds: float = 60.0
    silence_seconds: float = 600.0
    lanes: int = 0

    @property
    def digest(self) -> bytes:
        """What both sides compare."""
        return hashlib.sha256(self.agreement).digest()


@dataclass(frozen=True)
class Links:
    """All links to the other worker: that of the job, and lanes."""

    main: TlsChannel
    lanes: tuple[TlsChannel, ...] = ()

    def close(self) -> None:
        """Send what is queued and release all connections."""
        with contextlib.ExitStack() as stack:
            for channel in (self.main, *self.lanes):
                stack.callback(channel.close)


@dataclass
class _Meeting:
    """The connections that one worker of the peer has made so far, by link and direction."""

    streams: dict[tuple[int, Party], TlsStream] = field(default_factory=dict)
    lanes: int = 0

    def add(self, hello: Hello, stream: TlsStream) -> None:
        """Take a connection; a second one of the same kind replaces the first."""
        place = (hello.link, hello.direction)
        if place in self.streams:
            self.streams[place].close()
        self.streams[place] = stream

    @property
    def is_complete(self) -> bool:
        return set(self.streams) >= set(_places(self.lanes))

    def links(self, plan: LinkPlan) -> Links:
        """Channels over all connections."""
        channels = []
        for link in range(self.lanes + 1):
            ends = [self.streams[link, direction] for direction in (plan.party, plan.party.other)]
            channels.append(TlsChannel(ends[0], ends[1], plan.silence_seconds))
        return Links(channels[0], tuple(channels[1:]))

    def close(self) -> None:
        for stream in self.streams.values():
            stream.close()


def _places(lanes: int) -> Iterable[tuple[int, Party]]:
    """Every connection of a meeting, in the order in which it is made."""
    return product(range(lanes + 1), Party)


def meet(plan: LinkPlan, identity: NodeIdentity) -> Links:
    """Connected with the other worker.

    Raises:
        PeerGone: nobody came in time. UnknownCertificate: somebody else came. PeerMismatch: another job.
    """
    if not 0 <= plan.lanes <= MAX_LANES:
        raise ValueError(f"lanes must lie between 0 and {MAX_LANES}")
    return (_accepted if plan.party is Party.P0 else _connected)(plan, identity).links(plan)


def _accepted(plan: LinkPlan, identity: NodeIdentity) -> _Meeting:
    """Party 0: the first worker of the peer that makes all its connections; those of others are closed."""
    context = server_context(identity.cert_path, identity.key_path, identity.ca_pem, require_client=True)
    # Each socket carries one direction: a ticket nobody reads would turn the close into a reset that destroys data.
    context.num_tickets = 0
    meetings: dict[bytes, _Meeting] = {}
    try:
        with socket.create_server((plan.host, plan.port), reuse_port=False) as listener:
            listener.settimeout(_RETRY_SECONDS)
            with _Reception(context, plan) as reception:
                while True:
                    with contextlib.suppress(TimeoutError):
                        reception.admit(listener.accept()[0])
                    for hello, stream in reception.greeted():
                        _seat(meetings, hello, stream).lanes = min(plan.lanes, hello.lanes)
                        if meetings[hello.meeting].is_complete:
                            return meetings.pop(hello.meeting)
    finally:
        for meeting in meetings.values():
            meeting.close()


def _seat(meetings: dict[bytes, _Meeting], hello: Hello, stream: TlsStream) -> _Meeting:
    """Take a connection into its meeting; of too many meetings the oldest is over."""
    if hello.meeting not in meetings and len(meetings) >= _MEETINGS:
        meetings.pop(next(iter(meetings))).close()
    meeting = meetings.setdefault(hello.meeting, _Meeting())
    meeting.add(hello, stream)
    return meeting


class _Reception:
    """Greets several callers at a time, so that strangers at the port cannot keep the peer waiting."""

    def __init__(self, context: ssl.SSLContext, plan: LinkPlan) -> None:
        self._context, self._plan = context, plan
        self._deadline = time.monotonic() + plan.meet_seconds
        self._refused: AppError = PeerGone("The other server's worker did not connect in time.")
        self._pool = ThreadPoolExecutor(_CALLERS, thread_name_prefix="imguard-link-greeter")
        self._callers: dict[Future[tuple[Hello, TlsStream]], socket.socket] = {}

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

    def greeted(self) -> list[tuple[Hello, TlsStream]]:
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

    def _greet(self, raw: socket.socket) -> tuple[Hello, TlsStream]:
        stream = _wrap(self._context, raw, self._plan, None)
        with _named(stream):
            return _answer(stream, self._plan), stream


def _connected(plan: LinkPlan, identity: NodeIdentity) -> _Meeting:
    """Party 1: all connections, one after the other; the first answer says how many lanes party 0 wants."""
    context = client_context(identity.ca_pem, identity.cert_path, identity.key_path)
    meeting, token = _Meeting(lanes=plan.lanes), SystemRandom().token(MEETING_BYTES)
    try:
        for link, direction in _places(plan.lanes):
            if link > meeting.lanes:
                break
            stream = _wrap(context, _dial(plan), plan, plan.host)
            with _named(stream):
                mine = Hello(plan.party, direction, link, plan.lanes, token, plan.digest)
                meeting.lanes = min(plan.lanes, _propose(stream, mine).lanes)
            meeting.add(mine, stream)
        return meeting
    except BaseException:
        meeting.close()
        raise


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


def _stay_alive(raw: socket.socket) -> None:
    """A link may rest for hours: what stands between the servers shall not forget it, and a lost peer be noticed."""
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _ALIVE.items():
        if hasattr(socket, name):
            raw.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _wrap(context: ssl.SSLContext, raw: socket.socket, plan: LinkPlan, host: str | None) -> TlsStream:
    _stay_alive(raw)
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


@contextlib.contextmanager
def _named(stream: TlsStream) -> Iterator[None]:
    """Close a connection on which greeting failed, and say why it did."""
    try:
        yield
    except BaseException as error:
        stream.close()
        if isinstance(error, ssl.SSLError):
            raise UnknownCertificate("The other server's certificate was refused.") from error
        if isinstance(error, OSError):
            raise PeerGone("The other server closed the connection while greeting.") from error
        raise


def _propose(stream: TlsStream, mine: Hello) -> Hello:
    """Party 1 speaks first; what it gets back must be the same but for who says it, and how many lanes it wants."""
    stream.write([mine.pack()])
    theirs = _hear(stream)
    if (theirs.direction, theirs.link, theirs.meeting) != (mine.direction, mine.link, mine.meeting):
        raise PeerMismatch("The other server answered another greeting.")
    _check(theirs, mine.party, mine.digest)
    return theirs


def _answer(stream: TlsStream, plan: LinkPlan) -> Hello:
    """Party 0 takes over direction, link and meeting, also where it goes away: the peer shall know why."""
    theirs = _hear(stream)
    stream.write([Hello(plan.party, theirs.direction, theirs.link, plan.lanes, theirs.meeting, plan.digest).pack()])
    _check(theirs, plan.party, plan.digest)
    if theirs.link > plan.lanes:
        raise PeerMismatch("The other server opens a lane that was not agreed.")
    return theirs


def _hear(stream: TlsStream) -> Hello:
    read = bytearray(HELLO_BYTES)
    # Another version has another length, so nothing else is waited for before it is known.
    stream.read_into(memoryview(read)[:VERSION_BYTES])
    check_version(read)
    stream.read_into(memoryview(read)[VERSION_BYTES:])
    return Hello.parse(bytes(read))


def _check(theirs: Hello, own: Party, digest: bytes) -> None:
    """Raises:
    PeerMismatch: they are not the other party, or compute something else.
    """
    if not hmac.compare_digest(theirs.digest, digest) or theirs.party is own:
        raise PeerMismatch()
