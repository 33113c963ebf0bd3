"""How many segments a server lets lie on its disk."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from common.errors import BadFrame
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.preparation import Job, Side
from server_node.offline.preparation.agreement import Terms, agree, agree_on_lanes
from server_node.offline.preparation.making import make_all
from server_node.offline.preparation.meter import Meter
from server_node.offline.preparation.room import room_for
from server_node.offline.segments import file_size
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two
from tests.helpers.two_party.lanes import OpenSource, squares

PLAN = [squares(3), *[squares(50)] * 9]
LARGE = file_size(50 * 8)
Usage = namedtuple("Usage", "total used free")


def terms(root: Path, needed: frozenset[int], made: frozenset[int] = frozenset()) -> Terms:
    """A's, after some segments were made."""

    def play(party: Party, channel: Channel) -> Terms:
        side = Side(party, root / party.letter, SeededRandom(party.letter))
        first = agree(channel, side, Job(PLAN, made, source=OpenSource()))
        make_all(channel, first, Meter(lambda cost: None))
        return agree(channel, side, Job(PLAN, needed, source=OpenSource()))

    return run_two(play).results[0]


@pytest.mark.parametrize(
    ("allowed", "room"), [(1, 2), (2 * LARGE, 2), (3 * LARGE - 1, 2), (3 * LARGE, 3), (1 << 40, 10)]
)
def test_room_is_what_the_operator_allows(tmp_path: Path, allowed: int, room: int) -> None:
    assert room_for(terms(tmp_path, frozenset(range(10))), allowed) == room


def test_room_is_for_what_is_needed(tmp_path: Path) -> None:
    assert room_for(terms(tmp_path, frozenset(range(6, 10))), 1 << 40) == 4
    assert room_for(terms(tmp_path, frozenset()), 0) == 2


@pytest.mark.parametrize(("free", "room"), [(0, 2), (16 * LARGE, 4), (19 * LARGE, 4), (20 * LARGE, 5)])
def test_room_is_a_quarter_of_what_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, room: int
) -> None:
    found = terms(tmp_path, frozenset(range(10)))
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, free))
    assert room_for(found, 0) == room


def test_room_counts_what_is_kept_as_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an attempt that goes on would have less than the one before it."""
    found = terms(tmp_path, frozenset(range(10)), frozenset({1, 2}))
    assert found.kept == [1, 2]
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, 14 * LARGE))
    assert room_for(found, 0) == 4


@pytest.mark.parametrize("said", [(0, 5), (2, 0), (2, 1)])
def test_lanes_or_room_for_nothing_are_refused(said: tuple[int, int]) -> None:
    """Nobody waits for segments that no lane will ever make."""

    def play(party: Party, channel: Channel) -> None:
        if party is Party.P0:
            with pytest.raises(BadFrame, match="no lanes"):
                agree_on_lanes(channel, 2, 5)
        else:
            channel.exchange("prepare-lanes", np.array(said, "<u4"))

    run_two(play)


def test_lanes_and_room_are_the_smaller_ones() -> None:
    assert run_two(lambda party, channel: agree_on_lanes(channel, 2 + party, 9 - party)).results == ((2, 8), (2, 8))
