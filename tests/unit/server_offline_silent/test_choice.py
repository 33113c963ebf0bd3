"""The choice of an extension: what is quickest on a link, what both parties say about it, and what is refused."""

from __future__ import annotations

import time
from itertools import count

import numpy as np
import pytest

from common.errors import BadFrame
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot import choice
from server_node.offline.ot.choice import ALLOWED, DEFAULT, MEASURED, SILENT, SOFTSPOKEN, Extension, Link
from server_node.offline.ot.extension import SoftSpoken
from server_node.offline.ot.silent.ends import SilentEnds
from server_node.offline.ot.silent.parameters import SETS
from tests.helpers.simulate import run_two

LOOPBACK = Link(6e-5, 1 / 650e6)
MANY = 1 << 28


def test_choice_offers_three_block_sizes_and_every_set() -> None:
    offered = {(SOFTSPOKEN, 2), (SOFTSPOKEN, 4), (SOFTSPOKEN, 8)} | {(SILENT, depth) for depth in SETS}
    assert {(one.protocol, one.size) for one in ALLOWED} == offered


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (Link(1e-5, 0.0), Extension(SOFTSPOKEN, 2)),
        (LOOPBACK, Extension(SOFTSPOKEN, 4)),
        (Link(0.02, 1 / 87.5e6), Extension(SOFTSPOKEN, 4)),
        (Link(0.001, 1 / 60e6), Extension(SILENT, 11)),
        (Link(0.04, 1 / 5e6), Extension(SILENT, 12)),
        (Link(0.04, 1 / 1e6), Extension(SILENT, 13)),
    ],
)
def test_choice_is_the_quickest_on_the_link(link: Link, expected: Extension) -> None:
    assert choice.choose(MANY, link) == expected


def test_choice_of_few_transfers_does_not_pay_for_large_sets() -> None:
    """On a link with long waits and little else, rounds cost more than bytes."""
    assert choice.choose(MEASURED, Link(10.0, 1 / 1e9)).protocol == SOFTSPOKEN
    assert choice.choose(MEASURED, Link(1e-3, 1 / 1e5)).size < 13


@pytest.mark.parametrize(("extension", "row_bytes"), [((0, 2), 512), ((0, 4), 256), ((0, 8), 128), ((1, 12), 8)])
def test_choice_prices_rows(extension: tuple[int, int], row_bytes: int) -> None:
    assert Extension(*extension).row_bytes == row_bytes


def test_choice_opens_the_ends_it_names() -> None:
    assert Extension(SOFTSPOKEN, 8).ends(Party.P0, b"session of a test") == SoftSpoken(8)
    silent = Extension(SILENT, 11).ends(Party.P1, b"session of a test")
    assert silent == SilentEnds(Party.P1, b"session of a test", SETS[11])


def test_choice_of_few_transfers_is_made_without_a_word() -> None:
    outcome = run_two(lambda party, channel: choice.agree(channel, party, MEASURED - 1))
    assert outcome.results == (DEFAULT, DEFAULT)
    assert [channel.stats.bytes_sent for channel in outcome.channels] == [0, 0]
    assert choice.agreement_bytes(MEASURED - 1, Party.P0) == 0


def test_choice_is_p0s_and_both_have_it() -> None:
    outcome = run_two(lambda party, channel: choice.agree(channel, party, MEASURED))
    first, second = outcome.results
    assert first == second
    assert first in ALLOWED
    for party, channel in zip(Party, outcome.channels, strict=True):
        assert channel.stats.bytes_sent == choice.agreement_bytes(MEASURED, party)
    assert sum(choice.agreement_bytes(MEASURED, party) for party in Party) < MEASURED


def test_choice_takes_the_worse_of_both_measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    """With clocks that run alike for both, a slow link shows: each look at the clock is a tenth of a second later."""
    ticks = count(0, 100_000_000)
    monkeypatch.setattr(time, "perf_counter_ns", lambda: next(ticks))
    links: list[Link] = []
    plain = choice.choose

    def noting(transfers: int, link: Link) -> Extension:
        links.append(link)
        return plain(transfers, link)

    monkeypatch.setattr(choice, "choose", noting)
    outcome = run_two(lambda party, channel: choice.agree(channel, party, MEASURED))
    assert outcome.results[0] in ALLOWED - {DEFAULT, Extension(SOFTSPOKEN, 2)}
    assert outcome.results[1] == outcome.results[0]
    assert len(links) == 1
    assert links[0].round_trip >= 0.1
    # Three messages of 2^18 bytes in one tick or more, told in whole nanoseconds for 1 MiB.
    assert links[0].byte >= (0.1 * (1 << 20) / (3 << 18) - 1e-9) / (1 << 20)


@pytest.mark.parametrize("told", [(0, 1), (0, 3), (1, 9), (1, 14), (2, 4), (255, 255)])
def test_choice_that_is_not_offered_is_refused(told: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "choose", lambda transfers, link: Extension(*told))

    def play(party: Party, channel: Channel) -> Extension | None:
        if party is Party.P0:
            return choice.agree(channel, party, MEASURED)
        with pytest.raises(BadFrame, match="of a kind that this one does not make"):
            choice.agree(channel, party, MEASURED)
        return None

    run_two(play)


def test_choice_of_another_length_is_refused() -> None:
    def play(party: Party, channel: Channel) -> None:
        if party is Party.P0:
            choice._ping(channel, party)
            choice._flood(channel, choice._piece(MEASURED))
            channel.exchange("prepare-link", np.zeros(2, np.uint64))
            channel.send("prepare-choice", np.zeros(3, np.uint8))
        else:
            with pytest.raises(BadFrame, match="3 bytes instead of 2"):
                choice.agree(channel, party, MEASURED)

    run_two(play)


def test_link_whose_buffers_held_everything_is_not_endlessly_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "_ping", lambda channel, party: 1)
    monkeypatch.setattr(choice, "_flood", lambda channel, size: 1)
    outcome = run_two(lambda party, channel: choice.agree(channel, party, MEASURED))
    assert outcome.results == (DEFAULT, DEFAULT)
    assert choice.choose(MEASURED, Link(1e-9, 1e-15)) != DEFAULT
