"""How a node sees the other one: reachable, with its own key, with what clock."""

from __future__ import annotations

from typing import Any

import pytest

from common.deployment import NodeEntry
from common.errors import NodeUnreachable
from common.monitoring.health import FRESH_SECONDS, Grade
from server_node.monitor.peer_watch import PeerWatch, check_age
from server_node.storage.context import to_text

NOW = 1_800_000_000.0
KEY = "ab" * 32
ENTRY = NodeEntry("b", "node-b", "https://127.0.0.1:1", KEY, "cd" * 32, "127.0.0.1", 1)


class Peer:
    """Answers with what it was told to, and counts."""

    def __init__(self, offset: int = 0, key: str = KEY, error: Exception | None = None) -> None:
        self.answer = {"time": to_text(int(NOW) + offset), "verify_key": key, "version": "1"}
        self.error, self.asked = error, 0

    async def info(self) -> dict[str, Any]:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.answer


def watch(peer: Peer, ticks: list[float] | None = None) -> PeerWatch:
    now = ticks or [0.0]
    return PeerWatch(peer, ENTRY, lambda: NOW + 0.5, lambda: now[0])


@pytest.mark.parametrize(("offset", "grade"), [(0, Grade.OK), (30, Grade.WARN), (-300, Grade.FAIL)])
async def test_the_clock_is_compared_with_the_other_servers(offset: int, grade: Grade) -> None:
    found = watch(Peer(offset))
    assert (await found.clock()).grade is grade
    assert (await found.look()).skew == offset
    assert (await found.reachable()).grade is Grade.OK


async def test_a_server_that_does_not_answer_is_a_finding_and_no_clock() -> None:
    found = watch(Peer(error=NodeUnreachable("The other server does not answer.")))
    assert (await found.reachable()).says == "The other server does not answer."
    assert (await found.reachable()).grade is Grade.FAIL
    assert (await found.clock()).grade is Grade.OK
    assert (await found.look()).skew is None


async def test_another_node_at_its_address_is_named() -> None:
    found = await watch(Peer(key="ef" * 32)).reachable()
    assert found.grade is Grade.FAIL and found.says.startswith("Another node")


async def test_an_answer_without_a_time_is_a_finding() -> None:
    peer = Peer()
    del peer.answer["time"]
    assert (await watch(peer).reachable()).grade is Grade.FAIL


async def test_it_is_asked_once_in_a_while() -> None:
    peer, ticks = Peer(), [0.0]
    found = watch(peer, ticks)
    await found.reachable()
    await found.clock()
    assert peer.asked == 1
    ticks[0] += FRESH_SECONDS
    await found.clock()
    assert peer.asked == 2


def test_a_clock_before_the_deployment_was_made_is_wrong() -> None:
    created = to_text(int(NOW))
    assert check_age(created, lambda: NOW) is None
    found = check_age(created, lambda: NOW - 10)
    assert found is not None and found.grade is Grade.FAIL
