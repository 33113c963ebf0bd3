"""Links that break, stall or turn messages: the job goes on or stops by name, and no correlation is ever wrong."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from common.errors import BadFrame, PeerGone
from common.ids import Party
from common.net.channel import Channel
from common.net.memory import MemoryChannel
from server_node.offline.preparation import Ahead
from tests.helpers.two_party.lanes import Beside, squares

PLAN = [squares(3), squares(5), squares(4), squares(6)]
LANES = 2
Link = tuple[Party, int]


def hook(channel: Channel, before: Callable[[bytes], bytes]) -> None:
    """Have every message that this end sends pass ``before``, which gets its header and may change it or raise."""
    plain: Any = getattr(channel, "_write")

    def writing(header: bytes, bodies: Sequence[memoryview]) -> None:
        plain(before(header), bodies)

    setattr(channel, "_write", writing)


def messages(root: Path) -> Counter[Link]:
    """How many a party sends on each link in an attempt that nothing disturbs; those of the job are link 0."""
    sent: Counter[Link] = Counter()

    def attach(party: Party, link: int, channel: Channel) -> None:
        def count(header: bytes) -> bytes:
            sent[party, link] += 1
            return header

        hook(channel, count)

    Beside(root, PLAN, (LANES, LANES)).run(attach=attach)
    return sent


def disturbed(beside: Beside, victim: Link, number: int, what: Callable[[Channel, bytes], bytes]) -> bool:
    """An attempt in which ``what`` happens to one message of one link; whether it came to its end all the same."""
    seen = 0

    def attach(party: Party, link: int, channel: Channel) -> None:
        def happen(header: bytes) -> bytes:
            nonlocal seen
            seen += 1
            return what(channel, header) if seen == number else header

        if (party, link) == victim:
            hook(channel, happen)

    try:
        beside.run("disturbed", attach=attach)
        return True
    except (PeerGone, BadFrame):
        return False


def cut(channel: Channel, header: bytes) -> bytes:
    channel.cut()
    raise PeerGone("The line was cut.")


def damage(channel: Channel, header: bytes) -> bytes:
    """Another label: as if a message had been lost, or had come on another lane."""
    return header[:4] + bytes([header[4] ^ 1]) + header[5:]


@pytest.mark.parametrize("link", range(LANES + 1))
@pytest.mark.parametrize("party", Party)
@pytest.mark.parametrize("what", [cut, damage])
def test_attempt_that_breaks_at_any_message_can_be_made_again(
    tmp_path: Path, party: Party, link: int, what: Callable[[Channel, bytes], bytes]
) -> None:
    total = messages(tmp_path / "counted")[party, link]
    assert total >= 7
    broken = 0
    for number in range(1, total + 1):
        beside = Beside(tmp_path / str(number), PLAN, (LANES, LANES))
        broken += not disturbed(beside, (party, link), number, what)
        beside.run("again")
        beside.check()
    # The last message of a lane says that its last segment is ready: the other server may need no more of it.
    assert broken >= total - 1


@pytest.mark.parametrize("slow", [1, 2])
def test_lanes_that_overtake_each_other_change_nothing(tmp_path: Path, slow: int) -> None:
    """Nothing passes one lane before the other one has come to its end."""
    done: dict[Party, threading.Event] = {party: threading.Event() for party in Party}

    def attach(party: Party, link: int, channel: Channel) -> None:
        def stall(header: bytes) -> bytes:
            assert done[party].wait(10.0)
            return header

        if link == slow:
            hook(channel, stall)

    plain = Ahead.announce

    def announcing(ahead: Ahead, index: int) -> None:
        plain(ahead, index)
        of_quick = set(range(2 - slow, len(PLAN), LANES))
        if of_quick <= set(getattr(ahead, "_state").ready):
            done[getattr(ahead, "_terms").side.party].set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ahead, "announce", announcing)
        beside = Beside(tmp_path, PLAN, (LANES, LANES))
        beside.run(attach=attach)
    beside.check()


def test_lane_that_stays_silent_is_given_up_by_name(tmp_path: Path) -> None:
    """Its messages go nowhere; the silence ends as it does on every link."""
    beside = Beside(tmp_path, PLAN, (LANES, LANES))

    def attach(party: Party, link: int, channel: Channel) -> None:
        assert isinstance(channel, MemoryChannel)
        if link == 2:
            setattr(channel, "_timeout", 0.1)
            setattr(channel, "_write", lambda header, bodies: None)

    with pytest.raises(PeerGone):
        beside.run(attach=attach)
    beside.run("again")
    beside.check()


def test_link_of_the_job_that_breaks_ends_the_lanes(tmp_path: Path) -> None:
    beside = Beside(tmp_path, PLAN, (LANES, LANES))

    def each(party: Party, ahead: Ahead, index: int, channel: Channel) -> None:
        if index == 1 and party is Party.P1:
            channel.cut()

    with pytest.raises(PeerGone):
        beside.run(each=each)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("imguard-lane")]
    beside.run("again")
    beside.check()
