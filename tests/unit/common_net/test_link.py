"""The workers' link over real TLS on loopback: big messages, a peer that dies, bytes that were changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from common.errors import BadFrame, PeerGone
from common.ids import Party
from common.net import link
from common.net.channel import Array, Stats
from common.net.link import TlsChannel
from common.wire.framing import HEADER_BYTES, encode_header
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
        assert {end._out._tls.version(), end._in._tls.version()} == {"TLSv1.3"}


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


def test_link_many_short_messages_before_the_first_is_read(ends: Ends) -> None:
    """Most are written at once, some have to wait; their order is that of sending."""
    count = 4_000

    def send() -> bool:
        for number in range(count):
            ends[0].send("short", np.full(250, number, np.uint64))
        return True

    def receive() -> bool:
        out = np.empty(250, np.uint64)
        return all((ends[1].receive("short", out) == number).all() for number in range(count))

    assert send()
    assert receive()


@pytest.mark.parametrize("sizes", [(0, 5, 0), (link._WRITE_AT_ONCE, 1), (3 * MEGABYTE, 7, 0, 2 * MEGABYTE)])
def test_link_parts_are_one_message(ends: Ends, sizes: tuple[int, ...]) -> None:
    parts: list[Array] = [pattern(size, size) for size in sizes]
    into: list[Array] = [np.empty(size, np.uint8) for size in reversed(sizes)]

    def play(party: Party) -> bool:
        if party is Party.P0:
            ends[0].exchange_parts("parts", parts, [])
            return True
        ends[1].exchange_parts("parts", [], into)
        return b"".join(part.tobytes() for part in into) == b"".join(part.tobytes() for part in parts)

    assert at_once(lambda: play(Party.P0), lambda: play(Party.P1)) == [True, True]
    assert ends[1].stats == Stats(0, sum(sizes) + HEADER_BYTES, 1)


def test_link_parts_of_zero_size_send_and_await_nothing(ends: Ends) -> None:
    empty: list[Array] = [np.empty(0, np.uint8), np.empty((3, 0), np.uint64)]
    ends[0].exchange_parts("nothing", empty, empty)
    ends[0].exchange_parts("nothing", [], [])
    assert ends[0].stats == Stats()
    ends[0].send("something", np.zeros(1, np.uint8))
    ends[1].exchange_parts("nothing", empty, empty)
    assert ends[1].stats == Stats()


# --- much at once ------------------------------------------------------------------------------------------------


def send_then_read(ends: Ends, party: Party, count: int, size: int) -> bool:
    message, out = np.full(size, 1 + party, np.uint8), np.empty(size, np.uint8)
    for _ in range(count):
        ends[party].send("much", message)
    return all((ends[party].receive("much", out) == 1 + party.other).all() for _ in range(count))


@pytest.mark.parametrize("size", [20_000, MEGABYTE])
def test_link_both_may_send_more_than_is_queued_before_they_read(
    ends: Ends, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(link, "_QUEUE_BYTES", MEGABYTE // 4)
    count = 16 * MEGABYTE // size
    both = [partial(send_then_read, ends, party, count, size) for party in Party]
    assert at_once(*both) == [True, True]


@pytest.mark.slow
def test_link_both_may_send_200_megabytes_before_they_read(ends: Ends) -> None:
    both = [partial(send_then_read, ends, party, 25, 8_000_000) for party in Party]
    assert at_once(*both) == [True, True]


def test_link_queue_is_bounded_while_the_peer_sends_nothing(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "_QUEUE_BYTES", 2 * MEGABYTE)
    message, queued = np.zeros(MEGABYTE, np.uint8), []

    def send() -> int:
        for _ in range(60):
            ends[0].send("much", message)
            queued.append(ends[0]._pending)
        return max(queued)

    def receive_late() -> int:
        waiting = threading.Event()
        while ends[0]._pending <= link._QUEUE_BYTES:
            waiting.wait(0.001)
        before = len(queued)
        for _ in range(60):
            ends[1].receive("much", np.empty(MEGABYTE, np.uint8))
        return before

    longest, sent_before = at_once(send, receive_late)
    assert longest == 3 * MEGABYTE
    assert isinstance(sent_before, int) and sent_before < 60
    assert ends[0]._pending == 0


def test_link_waiting_for_room_ends_when_the_peer_goes(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "_QUEUE_BYTES", MEGABYTE)

    def send() -> None:
        while True:
            ends[0].send("much", np.zeros(MEGABYTE, np.uint8))

    def leave() -> None:
        waiting = threading.Event()
        while ends[0]._pending <= link._QUEUE_BYTES:
            waiting.wait(0.001)
        ends[1].close()

    found = at_once(send, leave)
    assert isinstance(found[0], PeerGone)
    assert found[1] is None


def test_link_carries_an_online_operation(ends: Ends) -> None:
    x = uniform(-(2**31), 2**31, 500)
    shares = share(x)

    def play(party: Party) -> torch.Tensor:
        session = Session(party, Dealer(party), ends[party])
        return session.run(relu(session, shares[party]))[0]

    first, second = at_once(lambda: play(Party.P0), lambda: play(Party.P1))
    assert isinstance(first, torch.Tensor)
    assert isinstance(second, torch.Tensor)
    assert torch.equal(first + second, x.clamp(min=0))


def test_link_peer_that_dies_in_the_middle_of_a_message_is_noticed_quickly(ends: Ends) -> None:
    ends[0]._out.write([encode_header("big", 0, MEGABYTE) + bytes(300_000)])
    ends[0]._out.cut()
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
    assert not ends[0]._sender.is_alive()


def test_link_closed_cannot_send(ends: Ends) -> None:
    ends[0].close()
    ends[0].close()
    with pytest.raises(PeerGone, match="closed"):
        ends[0].send("late", np.zeros(1, np.uint8))
    with pytest.raises(PeerGone):
        ends[0].receive("late", np.empty(1, np.uint8))


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


def test_link_that_is_cut_wakes_who_waits_to_receive_at_both_ends(ends: Ends) -> None:
    def wait(end: TlsChannel) -> None:
        end.receive("never", np.empty(1, np.uint8))

    def cut() -> None:
        ends[0].send("announced", np.zeros(1, np.uint8))
        ends[0].cut()

    found = at_once(partial(wait, ends[0]), partial(ends[1].receive, "announced", np.empty(1, np.uint8)), cut)
    assert isinstance(found[0], PeerGone)
    with pytest.raises(PeerGone):
        wait(ends[1])
    with pytest.raises(PeerGone):
        ends[0].send("more", np.zeros(1, np.uint8))


def test_link_that_is_cut_wakes_who_waits_for_room_and_is_closed_at_once(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The peer reads nothing."""
    monkeypatch.setattr(link, "_QUEUE_BYTES", MEGABYTE)
    crowded, plain = threading.Event(), TlsChannel._wait_for_room

    def waiting(channel: TlsChannel) -> None:
        if channel._pending > MEGABYTE:
            crowded.set()
        plain(channel)

    monkeypatch.setattr(TlsChannel, "_wait_for_room", waiting)

    def send() -> None:
        while True:
            ends[0].send("much", np.zeros(4 * MEGABYTE, np.uint8))

    def cut() -> None:
        assert crowded.wait(QUICKLY)
        ends[0].cut()

    assert isinstance(at_once(send, cut)[0], PeerGone)
    began = time.monotonic()
    ends[0].close()
    assert time.monotonic() - began < QUICKLY
