"""The source cot with the extension that was given, or agreed on for the transfers of the segments."""

from __future__ import annotations

import numpy as np
import pytest

from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot.choice import MEASURED, SILENT, SOFTSPOKEN, Extension
from server_node.offline.plan import PlanRecorder
from server_node.offline.source import CotSource, EngineMaker, Making, open_engine
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two
from tests.helpers.two_party.channels import Transcript, listen
from tests.unit.server_offline_silent.silent_runs import words


def making(party: Party, channel: Channel) -> Making:
    return Making(channel, party, SeededRandom(party.letter), bytes(32), bytes(16))


@pytest.mark.parametrize(
    "extension", [Extension(SOFTSPOKEN, 2), pytest.param(Extension(SILENT, 10), marks=pytest.mark.slow)]
)
def test_source_engine_makes_transfers_as_told(extension: Extension) -> None:
    heard: dict[Party, Transcript] = {}

    def play(party: Party, channel: Channel) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.uint64]], ...]:
        heard[party] = listen(channel)
        engine = open_engine(making(party, channel), MEASURED, extension)
        return engine.ring_products(words(9, party.letter), words(9, party.letter))

    a, b = run_two(play).results
    product = words(9, Party.P0.letter) * words(9, Party.P1.letter)
    assert np.array_equal(a[0] + b[1], product)
    assert np.array_equal(a[1] + b[0], product)
    steps = {step for step, _ in heard[Party.P0]}
    assert ("ot-choices" in steps) is (extension.protocol == SILENT)
    assert "prepare-link" not in steps


@pytest.mark.parametrize(("ots", "is_measured"), [(1, False), (MEASURED // 2, True)])
def test_source_measures_for_many_transfers_only(ots: int, is_measured: bool) -> None:
    """A random transfer is one in each direction."""
    recorder = PlanRecorder()
    recorder.random_ots(ots)
    heard: dict[Party, Transcript] = {}

    def play(party: Party, channel: Channel) -> bool:
        heard[party] = listen(channel)
        plain = making(party, channel)
        whole = Making(channel, party, plain.rng, plain.plan, plain.nonce, [recorder.requests])
        with CotSource().open(whole) as maker:
            return isinstance(maker, EngineMaker)

    assert run_two(play).results == (True, True)
    for party in Party:
        steps = [step for step, _ in heard[party]]
        assert ("prepare-link" in steps) is is_measured
        assert steps.count("prepare-choice") == (is_measured and party is Party.P1)
