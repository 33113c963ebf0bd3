"""A helper for tests: its own rooms and dealing, reached over socket pairs in this process, or over TLS on loopback."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from common.config import Settings
from common.deployment import HELPER, ROLES
from common.errors import AppError
from common.ids import Party
from common.net.identity import NodeIdentity
from server_node.helper.daemon import HelperPlan, open_helper
from server_node.helper.guest import answer
from server_node.helper.rooms import Rooms
from server_node.offline.helper.client import DealtMaker, HelperAddress, HelperSource
from server_node.offline.helper.protocol import Kind, Line, Opening
from server_node.offline.layout import Layout
from server_node.offline.plan import Segment
from server_node.offline.segments import SEED_BYTES
from server_node.offline.source import Maker, Making
from server_node.settings import HELPER_SETTINGS
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two
from tests.helpers.two_party.tls import HOST, make_deployment

JOB = "0123456789abcdef" * 2
NOBODY = HelperAddress("helper", HOST, 1, "00" * 32)


class SocketStream:
    """A connection without encryption."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def write(self, pieces: Iterable[bytes | memoryview]) -> None:
        for piece in pieces:
            self._sock.sendall(piece)

    def read_into(self, out: memoryview) -> None:
        while out:
            got = self._sock.recv_into(out)
            if not got:
                raise ConnectionResetError
            out = out[got:]


class LocalHelper:
    """A source whose helper works in this process; give the same one to both parties."""

    name = HELPER
    bytes_dealt = 0

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def effort(self, requests: Segment, party: Party) -> int:
        return SEED_BYTES + Layout(requests, party, HELPER).stored_bytes

    @contextmanager
    def open(self, making: Making) -> Iterator[Maker]:
        opening = Opening(JOB, making.plan.hex(), making.nonce.hex(), "00" * 32)
        near, far = socket.socketpair()
        guest = threading.Thread(target=self._serve, args=(far, opening, making.party))
        guest.start()
        try:
            with near:
                yield DealtMaker(Line(SocketStream(near)), NOBODY)
        finally:
            guest.join()

    def _serve(self, far: socket.socket, opening: Opening, party: Party) -> None:
        line = Line(SocketStream(far))
        with far, contextlib.suppress(OSError):
            try:
                answer(line, self._rooms, opening, party)
            except AppError as error:
                line.send_json(Kind.ERROR, error.as_dict())


def making(party: Party, plan: bytes = b"p" * 32, nonce: bytes = b"n" * 16) -> Making:
    """For connections that are opened by hand; the link to the other server is not used."""
    outcome = run_two(lambda _, channel: channel)
    return Making(outcome.channels[party], party, SeededRandom(str(party)), plan, nonce)


@contextmanager
def local_rooms(seed: str = "helper", patience: float = 30.0) -> Iterator[Rooms]:
    """Rooms whose seeds are the same in every run."""
    with ThreadPoolExecutor(2) as dealers:
        rooms = Rooms(dealers, None, SeededRandom(seed), patience)
        try:
            yield rooms
        finally:
            rooms.close()


@dataclass(frozen=True)
class RealHelper:
    """A helper that listens on loopback, and the two servers of its deployment."""

    identities: dict[str, NodeIdentity]
    address: HelperAddress

    def source(self, party: Party, job: str = JOB) -> HelperSource:
        return HelperSource(self.address, self.identities[party.letter], job)


@contextmanager
def real_helper(root: Path, patience: float = 30.0) -> Iterator[RealHelper]:
    """The daemon in this process, over TLS."""
    identities = make_deployment(root, (*ROLES, HELPER))
    with ExitStack() as stack:
        values: dict[str, object] = {setting.name: setting.default for setting in HELPER_SETTINGS}
        values |= {"listen_host": HOST, "listen_port": 0, "threads": 1, "patience_seconds": patience}
        plan = HelperPlan(root / HELPER, identities[HELPER], Settings(HELPER_SETTINGS, values))
        host, port = stack.enter_context(open_helper(plan))
        key = identities[HELPER].signing.verify_key
        yield RealHelper(identities, HelperAddress("node-helper", host, port, key, 5.0, 10.0))
