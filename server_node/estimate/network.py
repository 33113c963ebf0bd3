"""The way to the other server, measured when an estimate wants it and remembered for an hour."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final, Protocol
from urllib.parse import urlsplit

from common.errors import NodeUnreachable, RateLimited
from server_node.estimate.answer import Way
from server_node.monitor.link import LinkSpeed

FRESH_SECONDS: Final = 3600.0
_CONNECTIONS: Final = 3
_CONNECT_SECONDS: Final = 5.0
_TRIES: Final = 13
WAITING: Final = 4
"""Who may wait for a measurement while one is made: it takes long while the other server is away."""
_PAUSE: Final = 1.0
_HTTPS_PORT: Final = 443


class MeasuresLink(Protocol):
    """The measurement that operators make before they begin."""

    async def measure(self) -> LinkSpeed: ...


class Network:
    """How far the other server is; one measurement at a time."""

    def __init__(
        self, url: str, other_url: str, link: MeasuresLink, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._other, self._link, self._ticks = urlsplit(other_url), link, ticks
        self.is_shared = urlsplit(url).hostname == self._other.hostname
        self._found: tuple[float, Way] | None = None
        self._turn, self._waiting = asyncio.Lock(), 0

    async def way(self) -> Way | None:
        """None if both servers are on one machine.

        Raises:
            NodeUnreachable, UnknownCertificate: the other server does not answer as it should.
            RateLimited: others measure the link all the time, or too many wait for it.
        """
        if self.is_shared:
            return None
        if self._waiting > WAITING:
            raise RateLimited("Several estimates wait for the network to be measured; try again in a minute.")
        self._waiting += 1
        try:
            async with self._turn:
                return await self._fresh()
        finally:
            self._waiting -= 1

    async def _fresh(self) -> Way:
        if self._found is None or self._ticks() - self._found[0] >= FRESH_SECONDS:
            speed = await self._measure()
            # The round trip of a request holds the work of two programs; opening a connection is one trip alone.
            self._found = self._ticks(), Way(await self._connect(), speed.mb_per_s * 1e6)
        return self._found[1]

    async def _measure(self) -> LinkSpeed:
        for _ in range(_TRIES - 1):
            try:
                return await self._link.measure()
            except RateLimited:
                await asyncio.sleep(_PAUSE)
        return await self._link.measure()

    async def _connect(self) -> float:
        host, port = self._other.hostname or "", self._other.port or _HTTPS_PORT
        trips = []
        for _ in range(_CONNECTIONS):
            began = time.perf_counter()
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    _, writer = await asyncio.open_connection(host, port)
            except (OSError, TimeoutError) as error:
                raise NodeUnreachable("The other server does not answer.") from error
            trips.append(time.perf_counter() - began)
            writer.close()
            await writer.wait_closed()
        return min(trips)
