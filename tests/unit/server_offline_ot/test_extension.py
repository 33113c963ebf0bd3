"""OT extension: every correlation is exact, for every block size, over any number of calls."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt
import pytest

from common.crypto.rng import SystemRandom
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot.extension import ExtensionReceiver, ExtensionSender, together
from tests.helpers.simulate import run_two

Words = npt.NDArray[np.uint64]


def extend(block_bits: int, batches: list[Words]) -> tuple[Words, list[Words], list[Words], int]:
    """(delta, q of each batch, t of each batch, bytes the receiver sent for the batches)."""
    delta: list[Words] = []
    sent = 0

    def play(party: Party, channel: Channel) -> list[Words]:
        nonlocal sent
        if party is Party.P0:
            sender = ExtensionSender(channel, SystemRandom(), block_bits)
            delta.append(sender.delta)
            return [together(64 * len(batch), partial(sender.extend, 64 * len(batch))) for batch in batches]
        receiver = ExtensionReceiver(channel, SystemRandom(), block_bits)
        before = channel.stats.copy()
        keys = [together(64 * len(batch), partial(receiver.extend, batch)) for batch in batches]
        sent = channel.stats.since(before).bytes_sent
        return keys

    outcome = run_two(play)
    return delta[0], outcome.results[0], outcome.results[1], sent


def random_words(count: int) -> Words:
    return np.frombuffer(SystemRandom().token(8 * count), np.uint64)


@pytest.mark.parametrize("block_bits", [1, 2, 4, 8])
def test_extension_keys_differ_by_choice_times_delta(block_bits: int) -> None:
    batches = [random_words(3), random_words(1), np.zeros(2, np.uint64), ~np.zeros(2, np.uint64)]
    delta, sender_keys, receiver_keys, _ = extend(block_bits, batches)
    assert delta.any()
    for choices, q, t in zip(batches, sender_keys, receiver_keys, strict=True):
        bit = np.unpackbits(choices.view(np.uint8), bitorder="little").astype(np.uint64)
        assert np.array_equal(q ^ t, bit[:, None] * delta)


@pytest.mark.parametrize("block_bits", [1, 2, 4, 8])
def test_extension_sends_the_stated_bytes(block_bits: int) -> None:
    words = 5
    *_, sent = extend(block_bits, [random_words(words)])
    assert sent == 16 + words * 64 * 16 // block_bits


def test_extension_deltas_and_keys_are_fresh_each_time() -> None:
    choices = np.zeros(4, np.uint64)
    first, second = (extend(4, [choices]) for _ in range(2))
    assert not np.array_equal(first[0], second[0])
    keys = np.concatenate([first[1][0], second[1][0]])
    assert len(np.unique(keys, axis=0)) == len(keys)


def test_extension_keys_do_not_repeat_over_batches() -> None:
    _, sender_keys, _, _ = extend(4, [np.zeros(2, np.uint64)] * 5)
    keys = np.concatenate(sender_keys)
    assert len(np.unique(keys, axis=0)) == 5 * 128
