"""Pads of digits: what each bit of them is made of, in one direction and in both, from either kind of transfers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from common.crypto.rng import SystemRandom
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot import cots
from server_node.offline.ot.cots import CotEngine
from server_node.offline.ot.digits import digit_pads
from server_node.offline.ot.extension import SOFTSPOKEN, Ends
from server_node.offline.ot.silent.ends import SilentEnds
from server_node.offline.ot.silent.parameters import Parameters
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two

Words = npt.NDArray[np.uint64]
Made = tuple[Words, Words, int]
SESSION = b"a session of a test"


def index_of(party: Party, depth: int, words: int) -> Words:
    token = SeededRandom(f"index {party}").token(8 * depth * words)
    return np.frombuffer(token, np.uint64).reshape(depth, words)


def make(digits: tuple[int, int], words: int, is_silent: bool = False, times: int = 1) -> tuple[Made, Made]:
    """Pads, chosen pads and the number of transfers at both parties, the last time."""

    def play(party: Party, channel: Channel) -> Made:
        small = Parameters(24, 8, 5), Parameters(8, 5, 6)
        ends: Ends = SilentEnds(party, SESSION, *small) if is_silent else SOFTSPOKEN
        engine = CotEngine(channel, party, SystemRandom(), SESSION, ends)
        for _ in range(times):
            made = digit_pads(engine, index_of(party, digits[party], words), digits[party.other], words)
        return *made, engine.count

    return run_two(play).results


def bits(words: Words) -> npt.NDArray[np.uint8]:
    """[..., 64 n] of [..., n]."""
    return np.unpackbits(words.view(np.uint8), axis=-1, bitorder="little")


def check(digits: tuple[int, int], words: int, made: tuple[Made, Made]) -> None:
    for party in Party:
        depth, (pads, _, _), (_, chosen, _) = digits[party], made[party.other], made[party]
        assert pads.shape == ((1 << depth if depth else 0), 2, words)
        assert chosen.shape == (2 if depth else 0, words)
        if depth:
            index = (bits(index_of(party, depth, words)).astype(np.int64) << np.arange(depth)[:, None]).sum(axis=0)
            found = np.take_along_axis(bits(pads), index[None, None], axis=0)[0]
            assert np.array_equal(found, bits(chosen))


@pytest.mark.parametrize("digits", [(4, 4), (3, 4), (1, 2), (0, 4), (3, 0)])
def test_pads_at_the_index_are_those_of_the_other_party(digits: tuple[int, int]) -> None:
    made = make(digits, 5)
    check(digits, 5, made)
    assert [count for *_, count in made] == [5 * 64 * sum(digits)] * 2


@pytest.mark.parametrize("is_silent", [False, True])
@pytest.mark.parametrize("digits", [(4, 4), (3, 4), (1, 4), (0, 4), (4, 0)])
def test_pads_are_right_across_batches(
    digits: tuple[int, int], is_silent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With silent transfers the two directions are due for a new round at different times."""
    monkeypatch.setattr(cots, "_BATCH_OTS", 64 * 9)
    check(digits, 13, make(digits, 13, is_silent, times=3))


def test_pads_of_an_element_are_bits_of_their_own() -> None:
    """All 2^d pads of an element are different bits: over many elements no two go together."""
    pads = bits(make((0, 4), 200)[0][0]).reshape(32, -1).astype(np.float64)
    assert np.abs(np.corrcoef(pads) - np.eye(32)).max() < 0.06
    assert np.abs(pads.mean(axis=1) - 0.5).max() < 0.03


def test_pads_of_an_element_have_no_sum_that_is_always_zero() -> None:
    """Over many elements all bits are linearly independent; pads that share bits of words would add up to zero."""
    rows = bits(make((0, 4), 4)[0][0]).reshape(32, -1).astype(np.uint8)
    for row in range(32):
        assert rows[row].any(), "this row is the sum of some above"
        below = rows[row + 1 :]
        below[below[:, rows[row].argmax()] == 1] ^= rows[row]
