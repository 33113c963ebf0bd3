"""Batches that are asked for ahead, from silent transfers that run out between them."""

from __future__ import annotations

import numpy as np
import pytest

from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot import cots
from server_node.offline.ot.cots import CotEngine
from server_node.offline.ot.hashing import Words
from server_node.offline.ot.silent.ends import SilentEnds
from server_node.offline.ot.silent.parameters import Parameters
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two

SMALL = Parameters(600, 7, 3)
BATCH_WORDS, WORDS = 37, 400


@pytest.mark.parametrize("choosing", [(Party.P0, Party.P1), (Party.P1,)])
def test_parties_that_ask_ahead_refill_at_the_same_batch(
    choosing: tuple[Party, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cots, "_BATCH_OTS", 64 * BATCH_WORDS)
    rng = SeededRandom("batches")
    choices, values = (np.frombuffer(rng.token(16 * WORDS), np.uint64).reshape(2, 1, WORDS) for _ in range(2))

    def play(party: Party, channel: Channel) -> tuple[Words, Words]:
        engine = CotEngine(
            channel, party, SeededRandom(party.letter), b"session", SilentEnds(party, b"session", SMALL, SMALL)
        )
        is_choosing, is_giving = party in choosing, party.other in choosing
        mine = choices[party, 0] if is_choosing else choices[party, 0, :0]
        given = values[party] if is_giving else values[party, :, :0]
        return engine.bit_products(mine, given, peer_width=int(is_choosing))

    first, second = run_two(play, timeout=20.0).results
    for party in choosing:
        received, sent = (first[0], second[1]) if party is Party.P0 else (second[0], first[1])
        assert ((received ^ sent) == choices[party] & values[party.other]).all()
