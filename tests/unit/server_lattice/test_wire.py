"""Residues take 50 bits on the link, and none that is not below its prime comes through."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from common.errors import BadFrame
from common.ids import Party
from common.net.channel import Channel
from common.wire.framing import HEADER_BYTES
from server_node.offline.lattice import wire
from server_node.offline.lattice.ring.parameters import DEGREE, PRIMES
from tests.helpers.simulate import run_two
from tests.helpers.two_party.channels import listen

STEP = "lattice-requests"


def residues(count: int) -> npt.NDArray[np.uint64]:
    made = np.random.default_rng(count).integers(0, 1 << 50, (count, len(PRIMES), DEGREE), np.uint64)
    made %= np.array(PRIMES, np.uint64)[:, None]
    made[..., 0], made[..., -1] = 0, np.array(PRIMES, np.uint64) - np.uint64(1)
    return made


def sent(rows: npt.NDArray[np.uint64]) -> tuple[Any, Channel]:
    """What P1 receives, and its channel."""

    def play(party: Party, channel: Channel) -> Any:
        if party is Party.P0:
            wire.send_residues(channel, STEP, rows)
            return None
        return wire.receive_residues(channel, STEP, np.empty_like(rows))

    outcome = run_two(play)
    return outcome.results[1], outcome.channels[1]


def test_residues_arrive_as_they_were_sent() -> None:
    rows = residues(3)
    received, channel = sent(rows)
    assert np.array_equal(received, rows)
    assert channel.stats.bytes_received == HEADER_BYTES + 3 * wire.request_bytes()


def test_residues_are_fifty_bits_each_lowest_first() -> None:
    rows = residues(1)

    def play(party: Party, channel: Channel) -> bytes:
        if party is Party.P0:
            wire.send_residues(channel, STEP, rows)
            return b""
        notes = listen(channel)
        wire.receive_residues(channel, STEP, np.empty_like(rows))
        return notes[0][1]

    number = int.from_bytes(run_two(play).results[1], "little")
    flat = rows.reshape(-1)
    for index in (0, 1, 2, 31, 32, 8191, 8192, len(flat) - 1):
        assert number >> 50 * index & (1 << 50) - 1 == flat[index]


def test_many_residues_go_in_several_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_MESSAGE", 2 * wire.request_bytes())
    rows = residues(5)
    received, channel = sent(rows)
    assert np.array_equal(received, rows)
    assert channel.stats.bytes_received == 3 * HEADER_BYTES + 5 * wire.request_bytes()


@pytest.mark.parametrize(("level", "place"), [(0, 0), (3, 8191), (1, 4000)])
def test_residues_not_below_their_prime_are_refused(level: int, place: int) -> None:
    rows = residues(2)
    rows[1, level, place] = PRIMES[level]
    with pytest.raises(BadFrame, match="not below its prime"):
        sent(rows)
