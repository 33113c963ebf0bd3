"""Two workers that meet over real TLS on loopback, strangers at the port, and a relay that damages what passes."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from common.deployment import HELPER, ROLES
from common.ids import Party
from common.net.identity import NodeAddress, NodeIdentity, create_node_keys, install_kit, load_node_identity
from common.net.link import TlsChannel
from desktop_client.provision.kit import read_request, write_kit
from server_node.peer.connect import LinkPlan, Links, meet
from tests.helpers.seeded import SeededRandom

T = TypeVar("T")
HOST = "127.0.0.1"
Identities = tuple[NodeIdentity, NodeIdentity]
Plans = tuple[LinkPlan, LinkPlan]


def make_identities(root: Path) -> Identities:
    """Both servers of a fresh deployment with an authority of its own."""
    identities = make_deployment(root, ROLES)
    return identities["a"], identities["b"]


def make_deployment(root: Path, roles: tuple[str, ...], host: str = HOST) -> dict[str, NodeIdentity]:
    """Every node of a fresh deployment with an authority of its own, all at one host."""
    rng = SeededRandom(str(root))
    for role in roles:
        link = ("", 0) if role == "log" else (host, 1)
        url = "" if role == HELPER else f"https://{host}:1"
        create_node_keys(root / role, role, f"node-{role}", NodeAddress(url, *link), rng)
    write_kit(root / "kit", "test", [read_request(root / role / "join-request.json") for role in roles], rng)
    for role in roles:
        install_kit(root / role, root / "kit")
    return {role: load_node_identity(root / role) for role in roles}


def free_port() -> int:
    """A port that is free now."""
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def plans(identities: Identities, port: int = 0) -> Plans:
    """What both must agree on; on a free port unless one is given."""
    first = LinkPlan(Party.P0, HOST, port or free_port(), identities[1].name, b"one job", 10.0, 10.0)
    return first, replace(first, party=Party.P1, peer_name=identities[0].name)


def at_once(*actions: Callable[[], T]) -> list[T | BaseException]:
    """Results or errors of actions that run at the same time."""
    found: list[T | BaseException] = [AssertionError("did not run")] * len(actions)

    def run(index: int) -> None:
        try:
            found[index] = actions[index]()
        except BaseException as error:
            found[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def try_to_meet(both: Plans, identities: Identities) -> list[type[BaseException] | None]:
    """What each party's attempt ended with: an error, or None for a channel, which is closed again."""
    found = at_once(*(partial(meet, plan, identity) for plan, identity in zip(both, identities, strict=True)))
    return [_closed(end) for end in found]


def _closed(end: Links | BaseException) -> type[BaseException] | None:
    if isinstance(end, BaseException):
        return type(end)
    end.close()
    return None


@contextmanager
def met(both: Plans, identities: Identities) -> Iterator[tuple[TlsChannel, TlsChannel]]:
    """Two joined channels."""
    with joined(both, identities) as (first, second):
        yield first.main, second.main


@contextmanager
def joined(both: Plans, identities: Identities) -> Iterator[tuple[Links, Links]]:
    """Two workers that met, with all their links."""
    found = at_once(*(partial(meet, plan, identity) for plan, identity in zip(both, identities, strict=True)))
    ends = [end for end in found if isinstance(end, Links)]
    try:
        for end in found:
            if isinstance(end, BaseException):
                raise end
        yield ends[0], ends[1]
    finally:
        at_once(*(end.close for end in ends))


class DamagingRelay:
    """Passes connections on to a port and flips one bit of what the listener sends back on one of them.

    Args:
        connection, offset: which connection, and which byte of its way back.
    """

    def __init__(self, target: int, connection: int, offset: int) -> None:
        self._target, self._connection, self._offset = target, connection, offset
        self._stack = ExitStack()
        self._threads: list[threading.Thread] = []
        self._listener = self._stack.enter_context(socket.create_server((HOST, 0)))
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> DamagingRelay:
        self._start(self._accept)
        return self

    def __exit__(self, *unused: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._stack.close()
        for thread in self._threads:
            thread.join()

    def _start(self, action: Callable[[], None]) -> None:
        thread = threading.Thread(target=action)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        for number in range(2):
            try:
                near, _ = self._listener.accept()
                far = self._dial()
            except OSError:
                return
            for end in (near, far):
                self._stack.callback(end.close)
                self._stack.callback(_cut, end)
            damaged_at = self._offset if number == self._connection else -1
            self._start(partial(_pump, near, far, -1))
            self._start(partial(_pump, far, near, damaged_at))

    def _dial(self) -> socket.socket:
        """The listener behind may not be up yet."""
        while True:
            try:
                return socket.create_connection((HOST, self._target))
            except ConnectionRefusedError:
                threading.Event().wait(0.01)


def _pump(source: socket.socket, target: socket.socket, damaged_at: int) -> None:
    position = 0
    try:
        while piece := bytearray(source.recv(65536)):
            if position <= damaged_at < position + len(piece):
                piece[damaged_at - position] ^= 1
            position += len(piece)
            target.sendall(piece)
    except OSError:
        pass
    _cut(source)
    _cut(target)


def _cut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
