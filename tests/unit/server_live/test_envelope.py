"""What Redis sees: keyed hashes and ciphertext."""

from __future__ import annotations

from server_node.live.envelope import Envelope
from tests.helpers.seeded import SeededRandom

KEY = bytes(range(32))


def envelope(key: bytes = KEY, seed: str = "one") -> Envelope:
    return Envelope(key, SeededRandom(seed))


def test_processes_of_a_node_agree_and_others_do_not() -> None:
    name = envelope().name("attempts", "user alice at 10.0.0.1")
    assert name == envelope(seed="two").name("attempts", "user alice at 10.0.0.1")
    assert len(name) == 64 and "alice" not in name
    others = [
        envelope(bytes(32)).name("attempts", "user alice at 10.0.0.1"),
        envelope().name("value", "user alice at 10.0.0.1"),
        envelope().name("attempts", "user alice at 10.0.0.2"),
    ]
    assert name not in others


def test_text_is_readable_for_this_node_and_this_label_only() -> None:
    sealed = envelope().seal("here", "job 17")
    assert b"job" not in sealed
    assert envelope(seed="two").open("here", sealed) == "job 17"
    assert envelope().open("there", sealed) is None
    assert envelope(bytes(32)).open("here", sealed) is None


def test_every_flipped_byte_is_noticed() -> None:
    sealed = envelope().seal("here", "x")
    for position in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[position] ^= 1
        assert envelope().open("here", bytes(damaged)) is None
    assert envelope().open("here", b"") is None


def test_the_same_text_looks_different_each_time() -> None:
    one = envelope()
    assert one.seal("here", "x") != one.seal("here", "x")
