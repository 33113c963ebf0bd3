"""Base OTs: the receiver gets exactly the keys it chose, and only points of the prime-order group are accepted."""

from __future__ import annotations

import numpy as np
import pytest
from nacl import bindings

from common.crypto.rng import SystemRandom
from common.errors import BadFrame
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot import base_ot
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two
from tests.helpers.two_party.channels import Transcript, listen

# All eight points of small order, and encodings of two of them that are not canonical.
SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]
NO_POINT = ["02" + "00" * 31, "ff" * 32]
ORDER_EIGHT = bytes.fromhex(SMALL_ORDER[4])


def mixed_order() -> bytes:
    """A point on the curve that is the sum of a good one and one of order eight."""
    good = bindings.crypto_scalarmult_ed25519_base_noclamp(b"\x07" + bytes(31))
    return bytes(bindings.crypto_core_ed25519_add(good, ORDER_EIGHT))


BAD_POINTS = [*(bytes.fromhex(point) for point in SMALL_ORDER + NO_POINT), mixed_order()]


def transfer(choices: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> tuple[list[tuple[bytes, bytes]], list[bytes]]:
    """(pairs of the sender, keys of the receiver)."""
    pairs: list[tuple[bytes, bytes]] = []

    def play(party: Party, channel: Channel) -> list[bytes]:
        if party is Party.P1:
            return base_ot.receive(channel, choices, SystemRandom())
        pairs.extend(base_ot.send(channel, len(choices), SystemRandom()))
        return []

    return pairs, run_two(play).results[1]


@pytest.mark.parametrize("count", [1, 2, 40])
def test_base_ot_receiver_gets_the_key_of_its_choice_and_not_the_other(count: int) -> None:
    choices = np.array([index * 5 % 3 % 2 for index in range(count)], np.uint8)
    pairs, keys = transfer(choices)
    assert [pair[choice] for pair, choice in zip(pairs, choices, strict=True)] == keys
    assert all(pair[1 - choice] != key for pair, choice, key in zip(pairs, choices, keys, strict=True))


def test_base_ot_keys_are_all_different() -> None:
    pairs, _ = transfer(np.zeros(20, np.uint8))
    keys = [key for pair in pairs for key in pair]
    assert len(set(keys)) == 40
    assert {len(key) for key in keys} == {base_ot.KEY_BYTES}


def test_base_ot_of_none_gives_none() -> None:
    assert transfer(np.zeros(0, np.uint8)) == ([], [])


def test_base_ot_answers_to_both_choices_are_a_random_point_moved_by_the_public_one() -> None:
    """A uniform point plus a fixed one is uniform too, so an answer says nothing about the choice behind it."""

    def messages(choice: int) -> tuple[bytes, bytes]:
        def play(party: Party, channel: Channel) -> Transcript:
            seen = listen(channel)
            if party is Party.P0:
                base_ot.send(channel, 1, SeededRandom("sender"))
            else:
                base_ot.receive(channel, np.array([choice], np.uint8), SeededRandom("receiver"))
            return seen

        sender, receiver = run_two(play).results
        return receiver[0][1], sender[0][1]

    (public, plain), (same, moved) = messages(0), messages(1)
    assert public == same
    assert bindings.crypto_core_ed25519_sub(moved, plain) == public
    assert all(bindings.crypto_core_ed25519_is_valid_point(answer) for answer in (plain, moved))


@pytest.mark.parametrize("point", BAD_POINTS, ids=lambda point: point.hex()[:8])
def test_base_ot_sender_refuses_a_bad_answer(point: bytes) -> None:
    def play(party: Party, channel: Channel) -> None:
        if party is Party.P0:
            base_ot.send(channel, 2, SystemRandom())
            return
        public = channel.receive("base-ot-public", np.empty(32, np.uint8))
        channel.send("base-ot-answers", np.stack([public, np.frombuffer(point, np.uint8)]))

    with pytest.raises(BadFrame, match="point"):
        run_two(play)


@pytest.mark.parametrize("point", BAD_POINTS, ids=lambda point: point.hex()[:8])
def test_base_ot_receiver_refuses_a_bad_public_point(point: bytes) -> None:
    def play(party: Party, channel: Channel) -> None:
        if party is Party.P0:
            channel.send("base-ot-public", np.frombuffer(point, np.uint8))
        else:
            base_ot.receive(channel, np.zeros(2, np.uint8), SystemRandom())

    with pytest.raises(BadFrame, match="point"):
        run_two(play)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_base_ot_receiver_refuses_a_public_point_of_wrong_length(size: int) -> None:
    def play(party: Party, channel: Channel) -> None:
        if party is Party.P0:
            channel.send("base-ot-public", np.zeros(size, np.uint8))
        else:
            base_ot.receive(channel, np.zeros(2, np.uint8), SystemRandom())

    with pytest.raises(BadFrame, match="bytes instead of 32"):
        run_two(play)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_base_ot_sender_refuses_a_wrong_number_of_answers(count: int) -> None:
    def play(party: Party, channel: Channel) -> None:
        if party is Party.P0:
            base_ot.send(channel, 2, SystemRandom())
        else:
            base_ot.receive(channel, np.zeros(count, np.uint8), SystemRandom())

    with pytest.raises(BadFrame, match="bytes instead of 64"):
        run_two(play)
