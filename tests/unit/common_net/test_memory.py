"""Two joined channels in one process: order, shapes, counting, the end."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from common.errors import BadFrame, PeerGone
from common.net.channel import Array, Channel, Stats
from common.net.memory import MemoryChannel, memory_pair
from common.wire import framing
from common.wire.framing import HEADER_BYTES, encode_header


@pytest.mark.parametrize("dtype", [np.uint8, np.uint64, np.int64])
@pytest.mark.parametrize("shape", [(0,), (1,), (3, 4), (2, 0, 5)])
def test_channel_gives_back_what_was_sent(dtype: type, shape: tuple[int, ...]) -> None:
    first, second = memory_pair()
    values: np.ndarray[tuple[int, ...], np.dtype[Any]] = np.arange(int(np.prod(shape))).astype(dtype).reshape(shape)
    first.send("step", values)
    assert np.array_equal(second.receive("step", np.empty(shape, dtype)), values)


def test_channel_sends_arrays_that_are_not_contiguous() -> None:
    first, second = memory_pair()
    values = np.arange(12, dtype=np.uint64).reshape(3, 4).T
    first.send("step", values)
    assert np.array_equal(second.receive("step", np.empty((4, 3), np.uint64)), values)


def test_channel_receives_into_contiguous_arrays_only() -> None:
    first, second = memory_pair()
    first.send("step", np.zeros((3, 4), np.uint64))
    with pytest.raises(ValueError, match="contiguous"):
        second.receive("step", np.empty((4, 3), np.uint64).T)


def test_channel_delivers_messages_in_order() -> None:
    first, second = memory_pair()
    for number in range(5):
        first.send("step", np.full(number, number, np.uint8))
    for number in range(5):
        assert second.receive("step", np.empty(number, np.uint8)).tolist() == [number] * number


@pytest.mark.parametrize("step", ["other", "Step", ""])
def test_channel_refuses_another_step(step: str) -> None:
    first, second = memory_pair()
    first.send("step", np.zeros(1, np.uint8))
    with pytest.raises(BadFrame, match="out of order"):
        second.receive(step, np.empty(1, np.uint8))


def test_channel_refuses_another_length_before_it_reads_the_body() -> None:
    first, second = memory_pair()
    first.send("step", np.zeros(8, np.uint8))
    with pytest.raises(BadFrame, match="8 bytes instead of 4"):
        second.receive("step", np.empty(4, np.uint8))


def both(action: Callable[[Channel], object], ends: tuple[MemoryChannel, MemoryChannel]) -> None:
    threads = [threading.Thread(target=action, args=(end,)) for end in ends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_channel_counts_bytes_and_rounds() -> None:
    ends = memory_pair()

    def play(channel: Channel) -> None:
        channel.exchange("one", np.zeros(10, np.uint64))
        channel.send("two", np.zeros(3, np.uint8))
        channel.send("three", np.zeros(0, np.uint8))
        channel.receive("two", np.empty(3, np.uint8))
        channel.receive("three", np.empty(0, np.uint8))

    both(play, ends)
    traffic = 3 * HEADER_BYTES + 83
    assert [end.stats for end in ends] == [Stats(traffic, traffic, 2)] * 2


def test_channel_counts_waits_after_sending_as_rounds() -> None:
    first, second = memory_pair()
    first.send("a", np.zeros(1, np.uint8))
    first.send("b", np.zeros(1, np.uint8))
    for step in "ab":
        second.receive(step, np.empty(1, np.uint8))
    assert (first.stats.rounds, second.stats.rounds) == (0, 1)
    second.send("c", np.zeros(1, np.uint8))
    first.receive("c", np.empty(1, np.uint8))
    assert (first.stats.rounds, second.stats.rounds) == (1, 1)


def test_parts_are_one_message_with_the_bytes_of_their_concatenation() -> None:
    first, second = memory_pair(trace=True)
    table = np.arange(10, dtype=np.uint8).reshape(2, 5)
    parts: list[Array] = [np.arange(3, dtype=np.uint64), np.empty((2, 0), np.uint8), table.T]
    first.send_parts("step", parts)
    joined = b"".join(part.tobytes() for part in parts)
    assert first.trace()[0] == hashlib.sha256(encode_header("step", 0, len(joined)) + joined).hexdigest()
    assert second.receive("step", np.empty(len(joined), np.uint8)).tobytes() == joined
    assert second.trace()[1] == first.trace()[0]


def test_parts_are_filled_in_order_from_one_message() -> None:
    first, second = memory_pair()
    first.send("step", np.arange(30, dtype=np.uint8))
    parts: list[Array] = [np.empty((2, 3), np.uint8), np.empty(0, np.uint64), np.empty(3, np.uint64)]
    second.receive_parts("step", parts)
    assert b"".join(part.tobytes() for part in parts) == bytes(range(30))
    assert second.stats.bytes_received == first.stats.bytes_sent == HEADER_BYTES + 30


def test_parts_of_different_sizes_are_exchanged_in_one_round() -> None:
    ends = memory_pair()

    def play(channel: Channel) -> None:
        mine, theirs = (3, 7) if channel is ends[0] else (7, 3)
        out = [np.empty(theirs, np.uint64)]
        channel.exchange_parts("step", [np.full(mine, mine, np.uint64)], out)
        assert out[0].tolist() == [theirs] * theirs

    both(play, ends)
    assert ends[0].stats == Stats(HEADER_BYTES + 24, HEADER_BYTES + 56, 1)
    assert ends[1].stats == Stats(HEADER_BYTES + 56, HEADER_BYTES + 24, 1)


@pytest.mark.parametrize("nothing", [[], [np.empty(0, np.uint8)], [np.empty((3, 0), np.uint64)] * 2])
def test_parts_without_bytes_are_no_message(nothing: list[Array]) -> None:
    first, second = memory_pair(timeout=0.01)
    first.exchange_parts("one", [np.arange(4, dtype=np.uint8)], nothing)
    out = np.empty(4, np.uint8)
    second.exchange_parts("one", nothing, [out])
    assert out.tolist() == [0, 1, 2, 3]
    assert (first.stats, second.stats) == (Stats(HEADER_BYTES + 4, 0, 0), Stats(0, HEADER_BYTES + 4, 1))
    first.exchange_parts("two", nothing, nothing)
    assert first.stats == Stats(HEADER_BYTES + 4, 0, 0)


def test_parts_longer_than_a_message_may_be_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_BODY", 10)
    first, _ = memory_pair()
    parts = [np.zeros(6, np.uint8), np.zeros(5, np.uint8)]
    with pytest.raises(BadFrame, match="longer"):
        first.send_parts("step", parts)
    with pytest.raises(BadFrame, match="longer"):
        first.receive_parts("step", parts)
    assert first.stats == Stats()


def test_parts_are_received_into_contiguous_arrays_only() -> None:
    first, second = memory_pair()
    first.send("step", np.zeros(7, np.uint8))
    with pytest.raises(ValueError, match="contiguous"):
        second.receive_parts("step", [np.empty(1, np.uint8), np.empty((3, 2), np.uint8).T])


def test_stats_since_an_earlier_copy_is_the_difference() -> None:
    stats = Stats(10, 20, 3)
    earlier = stats.copy()
    stats.bytes_sent, stats.bytes_received, stats.rounds = 15, 27, 4
    assert stats.since(earlier) == Stats(5, 7, 1)
    assert earlier == Stats(10, 20, 3)


def test_channel_trace_is_the_digest_of_headers_and_bodies() -> None:
    first, second = memory_pair(trace=True)
    body = np.arange(5, dtype=np.uint8)
    first.send("step", body)
    second.receive("step", np.empty(5, np.uint8))
    expected = hashlib.sha256(encode_header("step", 0, 5) + body.tobytes()).hexdigest()
    nothing = hashlib.sha256().hexdigest()
    assert first.trace() == (expected, nothing)
    assert second.trace() == (nothing, expected)


def test_channel_without_trace_has_none() -> None:
    with pytest.raises(ValueError, match="trace"):
        memory_pair()[0].trace()


def test_channel_closed_by_the_peer_is_noticed_after_what_it_sent() -> None:
    first, second = memory_pair()
    first.send("step", np.zeros(1, np.uint8))
    first.close()
    first.close()
    second.receive("step", np.empty(1, np.uint8))
    with pytest.raises(PeerGone):
        second.receive("step", np.empty(1, np.uint8))


def test_channel_closed_cannot_send() -> None:
    first, _ = memory_pair()
    first.close()
    with pytest.raises(PeerGone):
        first.send("step", np.zeros(1, np.uint8))


def test_channel_with_a_silent_peer_gives_up() -> None:
    first, _ = memory_pair(timeout=0.01)
    with pytest.raises(PeerGone, match="silent"):
        first.receive("step", np.empty(1, np.uint8))


def test_channel_that_is_cut_ends_the_wait_at_both_ends() -> None:
    first, second = memory_pair(timeout=5.0)
    first.cut()
    for end in (first, second):
        with pytest.raises(PeerGone, match="went away"):
            end.receive("never", np.empty(1, np.uint8))
    with pytest.raises(PeerGone):
        first.send("more", np.zeros(1, np.uint8))
