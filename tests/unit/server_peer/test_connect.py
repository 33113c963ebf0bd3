"""Two workers meet: the right certificate, the right name, the same job; anybody else is refused."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from common.errors import PeerGone, PeerMismatch, UnknownCertificate
from common.ids import Party
from common.net.stream import TlsStream
from common.net.tls import client_context
from server_node.peer import connect
from server_node.peer.connect import LinkPlan, Links, meet
from server_node.peer.hello import HELLO_BYTES, Hello
from tests.helpers.two_party.tls import (
    HOST,
    Identities,
    Plans,
    at_once,
    joined,
    make_identities,
    met,
    plans,
    try_to_meet,
)

Mode = Callable[[LinkPlan, Identities], None]


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Identities:
    return make_identities(tmp_path_factory.mktemp("deployment"))


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Identities:
    """Servers of the same names under another authority."""
    return make_identities(tmp_path_factory.mktemp("other"))


def close_all(found: Sequence[Links | BaseException]) -> None:
    """Close the channels; if there is an error instead of one, raise it."""
    ends = [end for end in found if isinstance(end, Links)]
    at_once(*(end.close for end in ends))
    for end in found:
        if isinstance(end, BaseException):
            raise end


def hello(plan: LinkPlan, link: int = 0, direction: Party = Party.P0, lanes: int = 0) -> bytes:
    return Hello(plan.party, direction, link, lanes, b"m" * 16, plan.digest).pack()


def hurried(both: Plans) -> Plans:
    return replace(both[0], meet_seconds=0.5), replace(both[1], meet_seconds=0.5)


def test_connect_gives_both_a_channel_to_the_other(identities: Identities) -> None:
    with met(plans(identities), identities) as ends:
        values = [np.arange(3, dtype=np.uint64) + 10 * party for party in Party]
        found = at_once(*(partial(end.exchange, "hello", values[party]) for party, end in enumerate(ends)))
        assert [list(value) for value in found if isinstance(value, np.ndarray)] == [[10, 11, 12], [0, 1, 2]]


@pytest.mark.parametrize(("wanted", "lanes"), [((2, 3), 2), ((1, 1), 1), ((3, 0), 0), ((0, 2), 0)])
def test_connect_gives_as_many_lanes_as_both_want(
    identities: Identities, wanted: tuple[int, int], lanes: int
) -> None:
    """Each leads to the same lane of the other."""
    first, second = (replace(plan, lanes=count) for plan, count in zip(plans(identities), wanted, strict=True))
    with joined((first, second), identities) as ends:
        assert [len(end.lanes) for end in ends] == [lanes, lanes]
        for number, pair in enumerate(zip(*((end.main, *end.lanes) for end in ends), strict=True)):
            mine = [np.array([10 * number + party], np.uint8) for party in Party]
            found = at_once(*(partial(end.exchange, "hello", value) for end, value in zip(pair, mine, strict=True)))
            assert found == [mine[1], mine[0]]


def test_connect_with_more_lanes_than_there_can_be_is_a_mistake(identities: Identities) -> None:
    with pytest.raises(ValueError, match="lanes"):
        meet(replace(plans(identities)[0], lanes=17), identities[0])


def test_connect_watches_for_a_peer_that_vanished(identities: Identities) -> None:
    """A lane may rest for hours."""
    kept: list[int] = []
    plain = TlsStream.handshake

    def looking(stream: TlsStream) -> None:
        plain(stream)
        with socket.fromfd(stream.fileno(), socket.AF_INET, socket.SOCK_STREAM) as copy:
            kept.append(copy.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TlsStream, "handshake", looking)
        with met(plans(identities), identities):
            assert kept == [1, 1, 1, 1]


def test_connect_waits_for_the_listener(identities: Identities, monkeypatch: pytest.MonkeyPatch) -> None:
    """Party 1 comes first."""
    first, second = plans(identities)
    refused, plain = threading.Event(), socket.create_connection

    def dialled(address: tuple[str, int], timeout: float) -> socket.socket:
        try:
            return plain(address, timeout)
        finally:
            refused.set()

    def listen_late() -> Links:
        refused.wait()
        return meet(first, identities[0])

    monkeypatch.setattr(socket, "create_connection", dialled)
    close_all(at_once(listen_late, lambda: meet(second, identities[1])))


@pytest.mark.parametrize("party", Party)
def test_connect_to_a_server_of_another_name_is_refused(identities: Identities, party: Party) -> None:
    both = list(hurried(plans(identities)))
    both[party] = replace(both[party], peer_name="node-x")
    found = try_to_meet((both[0], both[1]), identities)
    assert found[party] is UnknownCertificate
    assert found[party.other] is PeerGone


@pytest.mark.parametrize("party", Party)
def test_connect_with_a_certificate_of_another_authority_is_refused(
    identities: Identities, others: Identities, party: Party
) -> None:
    mixed = (others[0], identities[1]) if party is Party.P0 else (identities[0], others[1])
    found = try_to_meet(hurried(plans(identities)), mixed)
    assert found == [UnknownCertificate, UnknownCertificate]


@pytest.mark.parametrize("party", Party)
def test_connect_for_another_job_is_refused(identities: Identities, party: Party) -> None:
    both = list(plans(identities))
    both[party] = replace(both[party], agreement=b"another job")
    assert try_to_meet((both[0], both[1]), identities) == [PeerMismatch, PeerMismatch]


@pytest.mark.parametrize("party", Party)
def test_connect_with_nobody_there_gives_up(identities: Identities, party: Party) -> None:
    plan = replace(plans(identities)[party], meet_seconds=0.3)
    with pytest.raises(PeerGone):
        meet(plan, identities[party])


# --- strangers ---------------------------------------------------------------------------------------------------


def dial(plan: LinkPlan) -> socket.socket:
    """A plain connection as soon as the listener is up."""
    while True:
        try:
            return socket.create_connection((HOST, plan.port))
        except ConnectionRefusedError:
            continue


def leaves_at_once(plan: LinkPlan, identities: Identities) -> None:
    dial(plan).close()


def says_something_else(plan: LinkPlan, identities: Identities) -> None:
    with closing(dial(plan)) as raw, contextlib.suppress(OSError):
        raw.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        raw.recv(1000)


def stays_silent(plan: LinkPlan, identities: Identities) -> None:
    with closing(dial(plan)) as raw, contextlib.suppress(OSError):
        raw.recv(1)


def sends_byte_by_byte(plan: LinkPlan, identities: Identities) -> None:
    """Never silent for long, and never done with its first message."""
    with closing(dial(plan)) as raw, contextlib.suppress(ConnectionError):
        raw.sendall(b"\x16\x03\x01\x20\x00")
        raw.settimeout(0.05)
        began = time.monotonic()
        while time.monotonic() - began < plan.meet_seconds:
            raw.sendall(b"\x01")
            with contextlib.suppress(TimeoutError):
                raw.recv(100)  # an alert, or the end
                return


def has_no_certificate(plan: LinkPlan, identities: Identities) -> None:
    context = client_context(identities[1].ca_pem)
    with closing(dial(plan)) as raw, contextlib.suppress(OSError):
        with context.wrap_socket(raw, server_hostname=HOST) as secured:
            assert not secured.recv(1)


def is_the_log_node(plan: LinkPlan, identities: Identities) -> None:
    """A certificate of this deployment, but of another node."""
    folder = identities[1].cert_path.parent.parent / "log"
    context = client_context(identities[1].ca_pem, folder / "tls.pem", folder / "keys" / "tls.key")
    with closing(dial(plan)) as raw, context.wrap_socket(raw, server_hostname=HOST) as secured:
        assert not secured.recv(1)


@pytest.mark.parametrize(
    "stranger",
    [leaves_at_once, says_something_else, stays_silent, sends_byte_by_byte, has_no_certificate, is_the_log_node],
)
def test_connect_after_a_stranger_came_first(
    identities: Identities, stranger: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "_STRANGER_SECONDS", 1.0)
    first, second = plans(identities)

    def stranger_then_peer() -> Links:
        stranger(first, identities)
        return meet(second, identities[1])

    close_all(at_once(lambda: meet(first, identities[0]), stranger_then_peer))


def test_connect_does_not_wait_for_many_silent_strangers(identities: Identities) -> None:
    """Each may stay silent for seconds; the peer is greeted in place of the first, well before that is given up."""
    first, second = plans(identities)

    def strangers_then_peer() -> Links:
        with contextlib.ExitStack() as silent:
            for _ in range(connect._CALLERS + 2):
                silent.enter_context(closing(dial(first)))
            started = time.monotonic()
            channel = meet(second, identities[1])
            assert time.monotonic() - started < connect._STRANGER_SECONDS
            return channel

    close_all(at_once(lambda: meet(first, identities[0]), strangers_then_peer))


def test_connect_silent_strangers_do_not_move_the_deadline(identities: Identities) -> None:
    first, _ = plans(identities)
    with contextlib.ExitStack() as silent:

        def crowd() -> None:
            for _ in range(2 * connect._CALLERS):
                silent.enter_context(closing(dial(first)))

        found = at_once(lambda: meet(replace(first, meet_seconds=0.5), identities[0]), crowd)
    assert isinstance(found[0], PeerGone)


def test_connect_peer_that_died_while_meeting_may_come_again(identities: Identities) -> None:
    """Its first worker made one of the two connections."""
    first, second = plans(identities)
    context = client_context(identities[1].ca_pem, identities[1].cert_path, identities[1].key_path)

    def half_then_whole() -> Links:
        with closing(dial(first)) as raw, context.wrap_socket(raw, server_hostname=HOST) as secured:
            secured.sendall(hello(second))
            assert len(secured.recv(100)) == HELLO_BYTES
        return meet(second, identities[1])

    close_all(at_once(lambda: meet(first, identities[0]), half_then_whole))


@pytest.mark.parametrize("dead", [1, connect._MEETINGS + 1])
def test_connect_never_mixes_links_of_a_worker_that_died_with_those_of_the_next(
    identities: Identities, dead: int
) -> None:
    """Each of the dead made all connections but the last; the next one wants another number of lanes."""
    first, second = plans(identities)
    context = client_context(identities[1].ca_pem, identities[1].cert_path, identities[1].key_path)

    def some_then_all() -> Links:
        with contextlib.ExitStack() as stack:
            for number in range(dead):
                token = bytes([number]) * 16
                for link, direction in ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0)):
                    raw = stack.enter_context(closing(dial(first)))
                    secured = stack.enter_context(context.wrap_socket(raw, server_hostname=HOST))
                    secured.sendall(Hello(Party.P1, Party(direction), link, 2, token, second.digest).pack())
                    assert len(secured.recv(100)) == HELLO_BYTES
            return meet(replace(second, lanes=1), identities[1])

    ends = at_once(lambda: meet(replace(first, lanes=2), identities[0]), some_then_all)
    try:
        one, other = (end for end in ends if isinstance(end, Links))
        assert (len(one.lanes), len(other.lanes)) == (1, 1)
        for here, there in zip((one.main, *one.lanes), (other.main, *other.lanes), strict=True):
            value = np.arange(3, dtype=np.uint8)
            found = at_once(partial(here.exchange, "x", value), partial(there.exchange, "x", value + 1))
            np.testing.assert_array_equal(found, [value + 1, value])
    finally:
        close_all(ends)


@pytest.mark.parametrize(
    "change",
    [
        lambda hello: b"\x02" + hello[1:],
        lambda hello: b"\x02" + hello[1:36],
        lambda hello: hello[:2] + b"\x00" + hello[3:],
        lambda hello: hello[:2] + b"\x02" + hello[3:],
        lambda hello: hello[:3] + b"\x02" + hello[4:],
        lambda hello: hello[:4] + b"\x01" + hello[5:],
        lambda hello: hello[:4] + b"\x01\x01" + hello[6:],
        lambda hello: hello[:5] + b"\x11" + hello[6:],
        lambda hello: hello[:-1] + bytes([hello[-1] ^ 1]),
    ],
    ids=["version", "shorter version", "party", "no party", "direction", "link", "lane", "lanes", "agreement"],
)
def test_connect_with_a_damaged_greeting_is_refused(identities: Identities, change: Callable[[bytes], bytes]) -> None:
    first, second = plans(identities)
    context = client_context(identities[1].ca_pem, identities[1].cert_path, identities[1].key_path)

    def greet() -> None:
        with closing(dial(first)) as raw, context.wrap_socket(raw, server_hostname=HOST) as secured:
            secured.sendall(change(hello(second)))
            while secured.recv(100):
                pass

    found = at_once(lambda: meet(first, identities[0]), greet)
    assert isinstance(found[0], PeerMismatch)
