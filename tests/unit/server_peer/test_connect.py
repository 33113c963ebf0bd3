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
from common.net.tls import client_context
from server_node.peer import connect
from server_node.peer.connect import LinkPlan, Links, meet
from server_node.peer.hello import HELLO_BYTES, Hello
from tests.helpers.two_party.tls import HOST, Identities, Plans, at_once, make_identities, met, plans, try_to_meet

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
                assert raw.recv(100)
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
