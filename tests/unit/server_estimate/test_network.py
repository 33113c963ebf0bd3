"""The way to the other server: none on one machine, measured once an hour, patient with other measurements."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from common.errors import NodeUnreachable, RateLimited
from server_node.estimate import network
from server_node.estimate.network import FRESH_SECONDS, WAITING, Network
from server_node.monitor.link import LinkSpeed


class Link:
    """Says the same speed each time; is busy so often first."""

    def __init__(self, busy: int = 0) -> None:
        self.busy, self.asked = busy, 0

    async def measure(self) -> LinkSpeed:
        self.asked += 1
        if self.busy:
            self.busy -= 1
            raise RateLimited()
        return LinkSpeed(30.0, 40.0, 1 << 20)


@pytest.fixture
def other() -> Iterator[str]:
    """An address that takes connections."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"


async def test_network_of_one_machine_is_none() -> None:
    link = Link()
    found = Network("https://127.0.0.1:1", "https://127.0.0.1:2", link)
    assert found.is_shared
    assert await found.way() is None
    assert link.asked == 0


async def test_network_is_measured_once_an_hour(other: str) -> None:
    link, now = Link(), [0.0]
    found = Network("https://a.example:1", other, link, lambda: now[0])
    assert not found.is_shared
    first, second = await asyncio.gather(found.way(), found.way())
    assert first == second
    assert first is not None
    assert first.bytes_per_second == 40e6
    assert 0 < first.round_trip < 1
    assert link.asked == 1
    now[0] = FRESH_SECONDS
    await found.way()
    assert link.asked == 2


async def test_network_waits_for_others_who_measure(other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_PAUSE", 0.0)
    link = Link(busy=5)
    assert await Network("https://a.example:1", other, link).way() is not None
    assert link.asked == 6
    with pytest.raises(RateLimited):
        await Network("https://a.example:1", other, Link(busy=100)).way()


async def test_network_without_the_other_server_is_an_error() -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(NodeUnreachable):
            await Network("https://a.example:1", url, Link()).way()


async def test_network_lets_few_wait_for_a_server_that_is_away(other: str) -> None:
    gate = asyncio.Event()

    class Slow(Link):
        async def measure(self) -> LinkSpeed:
            await gate.wait()
            return await super().measure()

    link = Slow()
    found = Network("https://a.example:1", other, link)
    tasks = [asyncio.create_task(found.way()) for _ in range(WAITING + 2)]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert [type(one.exception()) for one in done] == [RateLimited]
    gate.set()
    ways = [one for one in await asyncio.gather(*tasks, return_exceptions=True) if not isinstance(one, RateLimited)]
    assert len(ways) == WAITING + 1 and len(set(ways)) == 1
    assert link.asked == 1
