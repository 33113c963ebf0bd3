"""Silent transfers: exact for every set and any calls, the stated bytes, uniform messages, named errors."""

from __future__ import annotations

import numpy as np
import pytest

from common.crypto.rng import SystemRandom
from common.errors import AppError, BadFrame
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot.cots import CotEngine
from server_node.offline.ot.silent import ends, prices
from server_node.offline.ot.silent.ends import SilentEnds
from server_node.offline.ot.silent.parameters import SETS, Parameters
from tests.helpers.simulate import run_two
from tests.helpers.two_party.channels import damage
from tests.unit.server_offline_silent.silent_runs import SINGLE, SMALL, WANTED, transfer, words

HEADER = 16


@pytest.mark.parametrize(("wanted", "first"), [(SMALL, SMALL), (SINGLE, SMALL), (WANTED, SMALL), (WANTED, SINGLE)])
def test_silent_keys_differ_by_choice_times_delta(wanted: Parameters, first: Parameters) -> None:
    batches = [words(3), words(1), np.zeros(5, np.uint64), ~np.zeros(5, np.uint64), words(30, "more")]
    run = transfer(batches, wanted, first)
    assert run.is_exact(batches)
    assert run.delta[0] & np.uint64(1)
    keys = np.concatenate(run.q + run.t)
    chosen = sum(int(np.bitwise_count(batch).sum()) for batch in batches)
    assert len(np.unique(keys, axis=0)) == len(keys) - (64 * sum(map(len, batches)) - chosen)


@pytest.mark.slow
@pytest.mark.parametrize("depth", list(SETS))
def test_silent_keys_are_exact_in_full_sets(depth: int) -> None:
    one = SETS[depth]
    batches = [words(1 << 12), words((one.gain >> 6) + 5, "across rounds"), words(3)]
    assert transfer(batches, one, SETS[10]).is_exact(batches)


@pytest.mark.parametrize("counts", [[1], [4, 1, 9], [40]])
@pytest.mark.parametrize(("wanted", "first"), [(SINGLE, SMALL), (WANTED, SMALL)])
def test_silent_sends_the_stated_bytes(counts: list[int], wanted: Parameters, first: Parameters) -> None:
    run = transfer([words(count) for count in counts], wanted, first)
    price = prices.rounds(wanted, 64 * sum(counts), first)
    assert run.stats[Party.P0].bytes_sent == price.holder
    assert run.stats[Party.P1].bytes_sent == price.receiver + sum(8 * count + HEADER for count in counts)
    assert [step for step, _ in run.heard[Party.P1]].count("silent-sums") == price.rounds


def test_silent_nothing_is_sent_for_a_direction_without_transfers() -> None:
    assert prices.rounds(SETS[13], 0) == prices.RoundsPrice(0, 0, 0)


def test_silent_messages_are_uniform() -> None:
    """Every bit position of sums and choices is balanced, and the choices say nothing about what was wished for."""
    one = Parameters(200, 6, 7)
    run = transfer([np.zeros(64, np.uint64)] * 2, one, one)
    for party, step in ((Party.P1, "silent-sums"), (Party.P0, "ot-choices")):
        body = np.frombuffer(b"".join(data for name, data in run.heard[party] if name == step), np.uint8)
        bits = np.unpackbits(body, bitorder="little")
        assert abs(bits.mean() - 0.5) < 4 / np.sqrt(len(bits))
    sums = np.frombuffer(b"".join(data for name, data in run.heard[Party.P1] if name == "silent-sums"), np.uint8)
    columns = np.unpackbits(sums.reshape(-1, 16), axis=1, bitorder="little").mean(axis=0)
    assert np.abs(columns - 0.5).max() < 4.5 / np.sqrt(len(sums) / 16) / 2


def test_silent_wishes_change_flips_and_nothing_else() -> None:
    plain, wished = (transfer([batch], SINGLE) for batch in (np.zeros(4, np.uint64), words(4)))
    assert np.array_equal(plain.t[0], wished.t[0])
    assert [body for step, body in plain.heard[Party.P1]] == [body for step, body in wished.heard[Party.P1]]
    flips = [np.frombuffer(run.heard[Party.P0][-1][1], np.uint64) for run in (plain, wished)]
    assert np.array_equal(flips[0] ^ flips[1], words(4))


def test_silent_sessions_differ() -> None:
    first, second = (transfer([words(2)], SINGLE, seed=seed) for seed in ("one", "two"))
    assert not np.array_equal(first.delta, second.delta)
    assert not np.array_equal(first.q[0], second.q[0])


@pytest.mark.parametrize(("party", "message"), [(Party.P0, 0), (Party.P1, 0), (Party.P1, 1)])
@pytest.mark.parametrize("offset", [0, 2, 5, 12, 15])
def test_silent_damaged_headers_have_names(party: Party, message: int, offset: int) -> None:
    def spoil(end: Party, channel: Channel) -> None:
        if end is party:
            damage(channel, message, offset)

    with pytest.raises(AppError):
        transfer([words(2)], SINGLE, prepare=spoil)


def test_silent_longer_messages_are_refused_before_they_are_read() -> None:
    def spoil(end: Party, channel: Channel) -> None:
        if end is Party.P0:
            channel.send("silent-sums", np.zeros(1, np.uint64))

    with pytest.raises(BadFrame, match="8 bytes instead of"):
        transfer([words(2)], SINGLE, prepare=spoil)


def test_silent_ends_start_once() -> None:
    def play(party: Party, channel: Channel) -> None:
        made = SilentEnds(party, b"a session of a test", SINGLE, SMALL)
        end: ends.SilentSender | ends.SilentReceiver
        end = made.sender(channel, SystemRandom()) if party is Party.P0 else made.receiver(channel, SystemRandom())
        end.refill(64)
        with pytest.raises(ValueError, match="once"):
            end._start(64)

    run_two(play)


def test_silent_reserve_of_the_next_round_is_never_handed_out() -> None:
    """What is left of a round beyond what is ready is the next secret and the next holes."""

    def play(party: Party, channel: Channel) -> tuple[int, list[np.ndarray[tuple[int, ...], np.dtype[np.uint64]]]]:
        made = SilentEnds(party, b"a session of a test", SINGLE, SMALL)
        end: ends.SilentSender | ends.SilentReceiver
        end = made.sender(channel, SystemRandom()) if party is Party.P0 else made.receiver(channel, SystemRandom())
        with pytest.raises(ValueError, match="not ready"):
            end.draw(np.empty((1, 2), np.uint64))
        end.refill(64)
        count = next(size for size in range(SINGLE.outputs, -1, -1) if end.is_ready(size))
        with pytest.raises(ValueError, match="not ready"):
            end.draw(np.empty((count + 1, 2), np.uint64))
        handed = np.empty((count, 2), np.uint64)
        end.draw(handed)
        end.refill(64)
        assert end._round is not None
        return count, [handed, end._round._secret]

    (count, (q, secret)), (same, (t, _)) = run_two(play).results
    assert count == same == SINGLE.gain
    assert not set(map(bytes, secret)) & set(map(bytes, np.concatenate([q, t])))


@pytest.mark.parametrize("block", [0, 1])
def test_silent_engine_makes_products_in_both_directions(block: int) -> None:
    """Calls of one direction only come in between, so that rounds of the two are due at different times."""

    def play(party: Party, channel: Channel) -> tuple[list[np.ndarray[tuple[int, ...], np.dtype[np.uint64]]], int]:
        made = SilentEnds(party, b"a session of a test", (SINGLE, WANTED)[block], SMALL)
        engine = CotEngine(channel, party, SystemRandom(), b"a session of a test", made)
        mine, other = words(5, party.letter), words(5, party.other.letter)
        engine.bit_products(mine[: 5 * party], np.empty((1 - party, 5 * (1 - party)), np.uint64), party)
        received, sent = engine.ring_products(mine, mine)
        return [received, sent, mine, other], engine.count

    (a, count), (b, _) = run_two(play).results
    assert np.array_equal(a[0] + b[1], a[2] * b[2])
    assert np.array_equal(b[0] + a[1], a[2] * b[2])
    assert count == 5 * 64 + 2 * 5 * 64
