"""Openings: several values in one message, each in its own shape."""

from __future__ import annotations

import pytest
import torch

from common.ids import Party
from common.net.channel import Channel
from server_node.online.opening import (
    open_masked,
    receive_corrections,
    send_corrections,
    swap_masked,
    swap_masked_bits,
)
from server_node.online.session import Session, recording_session
from tests.helpers.dealer import Dealer
from tests.helpers.simulate import run_two
from tests.helpers.two_party.operations import Opened, share, share_words, uniform

RING = (-(2**63), 2**63 - 1)


def test_opening_of_values_and_bits_in_one_round() -> None:
    x, y, b = uniform(*RING, 3, 4), uniform(*RING, 5, seed=1), uniform(*RING, 2, seed=2)
    mx, my, mb = uniform(*RING, 3, 4, seed=3), uniform(*RING, 5, seed=4), uniform(*RING, 2, seed=5)
    ring = [(share(x, 1), share(mx, 2)), (share(y, 3), share(my, 4))]
    packed = [(share_words(b, 5), share_words(mb, 6))]
    seen: tuple[Opened, Opened] = ([], [])

    def play(party: Party, channel: Channel) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        session = Session(party, Dealer(party), channel, watch=lambda *opened: seen[party].append(opened))
        values = [(value[party], mask[party]) for value, mask in ring]
        bits = [(value[party], mask[party]) for value, mask in packed]
        return session.run(open_masked(session, values, bits))

    outcome = run_two(play)
    for values, bits in outcome.results:
        assert [torch.equal(*pair) for pair in zip(values, (x - mx, y - my), strict=True)] == [True, True]
        assert torch.equal(bits[0], b ^ mb)
    assert [channel.stats.rounds for channel in outcome.channels] == [1, 1]
    assert [channel.stats.bytes_sent for channel in outcome.channels] == [16 + 8 * (12 + 5 + 2)] * 2
    assert [[step for step, _ in opened] for opened in seen] == [["open"] * 3] * 2


def test_swap_gives_the_masked_bits_of_the_other() -> None:
    own = [uniform(*RING, 4, seed=party) for party in Party]
    masks = [uniform(*RING, 4, seed=10 + party) for party in Party]

    def play(party: Party, channel: Channel) -> list[torch.Tensor]:
        session = Session(party, Dealer(party), channel)
        return session.run(swap_masked_bits(session, [(own[party], masks[party])]))

    for party, (theirs,) in zip(Party, run_two(play).results, strict=True):
        assert torch.equal(theirs, own[party.other] ^ masks[party.other])


def test_swap_of_values_gives_each_its_own_and_the_other_s() -> None:
    own, mask = [uniform(*RING, 5, seed=party) for party in Party], uniform(*RING, 5, seed=7)

    def play(party: Party, channel: Channel) -> tuple[torch.Tensor, torch.Tensor]:
        session = Session(party, Dealer(party), channel)
        return session.run(swap_masked(session, own[party], mask))

    outcome = run_two(play)
    for party, (mine, theirs) in zip(Party, outcome.results, strict=True):
        assert torch.equal(mine, own[party] - mask) and torch.equal(theirs, own[party.other] - mask)
    assert [channel.stats.rounds for channel in outcome.channels] == [1, 1]


def test_corrections_arrive_under_their_pad() -> None:
    values, pad = uniform(*RING, 2, 3), uniform(*RING, 2, 3, seed=1)
    seen: Opened = []

    def play(party: Party, channel: Channel) -> torch.Tensor:
        session = Session(party, Dealer(party), channel, watch=lambda *opened: seen.append(opened))
        if party is Party.P0:
            session.run(send_corrections(session, values, pad))
            return values
        return session.run(receive_corrections(session, values))

    assert torch.equal(run_two(play).results[1], values + pad)
    assert [step for step, _ in seen] == ["corrections"]


@pytest.mark.parametrize("party", Party)
def test_openings_send_nothing_while_a_plan_is_recorded(party: Party) -> None:
    session, recorder = recording_session(party)
    shape_only = torch.empty(3, 2, dtype=torch.int64, device="meta")
    values, bits = session.run(open_masked(session, [(shape_only, shape_only)], [(shape_only, shape_only)]))
    assert [tuple(value.shape) for value in (*values, *bits)] == [(3, 2), (3, 2)]
    assert len(session.run(swap_masked_bits(session, [(shape_only.reshape(-1), shape_only.reshape(-1))]))) == 1
    session.run(send_corrections(session, shape_only, shape_only))
    assert session.run(receive_corrections(session, shape_only)).is_meta
    assert not recorder.requests
