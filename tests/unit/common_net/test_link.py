"""The workers' link over real TLS on loopback: big messages, a peer that dies, bytes that were changed."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from common.errors import BadFrame, PeerGone
from common.ids import Party
from common.net import link
from common.net.link import TlsChannel
from common.wire.framing import encode_header
from server_node.online.comparison import relu
from server_node.online.session import Session
from tests.helpers.dealer import Dealer
from tests.helpers.two_party.operations import share, uniform
from tests.helpers.two_party.tls import DamagingRelay, Identities, at_once, make_identities, met, plans

MEGABYTE = 1 << 20
QUICKLY = 5.0
Ends = tuple[TlsChannel, TlsChannel]


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Identities:
    return make_identities(tmp_path_factory.mktemp("deployment"))


@pytest.fixture
def ends(identities: Identities) -> Iterator[Ends]:
    with met(plans(identities), identities) as channels:
        yield channels


def pattern(size: int, seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8)


def test_link_is_tls_1_3_in_both_directions(ends: Ends) -> None:
    for end in ends:
        assert {getattr(end, name).version() for name in ("_out", "_in")} == {"TLSv1.3"}


def test_link_big_messages_both_ways_at_once(ends: Ends) -> None:
    """Far more than any socket buffer holds, sent by both before either reads."""
    messages = [[pattern(8 * MEGABYTE + number, 10 * party + number) for number in range(3)] for party in Party]

    def play(party: Party) -> bool:
        for message in messages[party]:
            ends[party].send("big", message)
        return all(
            np.array_equal(ends[party].receive("big", np.empty_like(message)), message)
            for message in messages[party.other]
        )

    assert at_once(lambda: play(Party.P0), lambda: play(Party.P1)) == [True, True]
    assert ends[0].stats == ends[1].stats


def test_link_many_small_rounds(ends: Ends) -> None:
    def play(party: Party) -> int:
        value = np.array([party], np.uint64)
        return sum(int(ends[party].exchange("round", value + number)[0]) - number for number in range(300))

    assert at_once(lambda: play(Party.P0), lambda: play(Party.P1)) == [300, 0]
    assert [end.stats.rounds for end in ends] == [300, 300]


@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 16 * 1024 + 1, MEGABYTE, MEGABYTE + 1])
def test_link_message_of_any_size(ends: Ends, size: int) -> None:
    message = pattern(size, size)
    ends[0].send("one", message)
    assert np.array_equal(ends[1].receive("one", np.empty(size, np.uint8)), message)


def test_link_carries_an_online_operation(ends: Ends) -> None:
    x = uniform(-(2**31), 2**31, 500)
    shares = share(x)

    def play(party: Party) -> torch.Tensor:
        return relu(Session(party, Dealer(party), ends[party]), shares[party])[0]

    first, second = at_once(lambda: play(Party.P0), lambda: play(Party.P1))
    assert isinstance(first, torch.Tensor)
    assert isinstance(second, torch.Tensor)
    assert torch.equal(first + second, x.clamp(min=0))


def test_link_peer_that_dies_in_the_middle_of_a_message_is_noticed_quickly(ends: Ends) -> None:
    outgoing = getattr(ends[0], "_out")
    outgoing.sendall(encode_header("big", 0, MEGABYTE) + bytes(1000))
    socket.socket.shutdown(outgoing, socket.SHUT_RDWR)
    began = time.monotonic()
    with pytest.raises(PeerGone):
        ends[1].receive("big", np.empty(MEGABYTE, np.uint8))
    assert time.monotonic() - began < QUICKLY


def test_link_sending_to_a_peer_that_is_gone_fails_quickly(ends: Ends) -> None:
    ends[1].close()
    began = time.monotonic()
    with pytest.raises(PeerGone):
        for _ in range(1000):
            ends[0].send("big", np.zeros(MEGABYTE, np.uint8))
    assert time.monotonic() - began < QUICKLY


def test_link_peer_that_stays_silent_is_given_up(identities: Identities) -> None:
    first, second = plans(identities)
    with met((replace(first, silence_seconds=0.1), second), identities) as ends, pytest.raises(PeerGone):
        ends[0].receive("never", np.empty(1, np.uint8))


def test_link_closed_delivers_what_was_sent_before(ends: Ends) -> None:
    message = pattern(20 * MEGABYTE, 1)

    def send_and_leave() -> bool:
        ends[0].send("last", message)
        ends[0].close()
        return True

    def receive() -> bool:
        return np.array_equal(ends[1].receive("last", np.empty_like(message)), message)

    assert at_once(send_and_leave, receive) == [True, True]


def test_link_closes_at_once_although_the_peer_is_still_busy(ends: Ends) -> None:
    began = time.monotonic()
    ends[0].close()
    assert time.monotonic() - began < QUICKLY


def test_link_closes_although_the_peer_does_not_read(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "_CLOSE_SECONDS", 0.2)
    ends[0].send("unread", np.zeros(32 * MEGABYTE, np.uint8))
    began = time.monotonic()
    ends[0].close()
    assert time.monotonic() - began < QUICKLY
    assert not getattr(ends[0], "_sender").is_alive()


def test_link_refuses_a_message_out_of_order(ends: Ends) -> None:
    ends[0].send("two", np.zeros(1, np.uint8))
    with pytest.raises(BadFrame):
        ends[1].receive("one", np.empty(1, np.uint8))


@pytest.mark.parametrize("offset", [5_000, 50_000, 200_000])
def test_link_byte_changed_on_the_way_is_an_error(identities: Identities, offset: int) -> None:
    """TLS notices: the receiver gets an error, never another message."""
    first, _ = plans(identities)
    with DamagingRelay(first.port, connection=0, offset=offset) as relay:
        _, second = plans(identities, relay.port)
        with met((first, second), identities) as ends:
            ends[0].send("big", np.zeros(300_000, np.uint8))
            with pytest.raises(PeerGone):
                ends[1].receive("big", np.empty(300_000, np.uint8))


def test_link_through_a_relay_that_changes_nothing_works(identities: Identities) -> None:
    """The test above fails for the byte and not for the relay."""
    first, _ = plans(identities)
    with DamagingRelay(first.port, connection=9, offset=0) as relay:
        _, second = plans(identities, relay.port)
        message = pattern(300_000, 3)
        with met((first, second), identities) as ends:
            ends[0].send("big", message)
            assert np.array_equal(ends[1].receive("big", np.empty_like(message)), message)
