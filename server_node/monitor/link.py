"""How fast the two servers reach each other: bytes that the other one sends back."""

from __future__ import annotations

import asyncio
import hmac
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from common.crypto.rng import RandomSource
from common.errors import BadFrame, RateLimited

PIECE: Final = 1 << 20
"""Bytes that are echoed at once."""
_PIECES: Final = 16
_AT_ONCE: Final = 4
_PINGS: Final = 7
_PAUSE_SECONDS: Final = 10.0


class Echoes(Protocol):
    """What can have the other server send bytes back."""

    async def echo(self, data: bytes) -> bytes:
        """The bytes that came back."""
        ...


@dataclass(frozen=True)
class LinkSpeed:
    """Median of several round trips, and megabytes a second that went there and came back at the same time."""

    round_trip_ms: float
    mb_per_s: float
    bytes: int


class LinkProbe:
    """Measures the way to the other server; one measurement at a time and few of them."""

    def __init__(self, peer: Echoes, rng: RandomSource, ticks: Callable[[], float] = time.perf_counter) -> None:
        self._peer, self._rng, self._ticks = peer, rng, ticks
        self._next = 0.0
        self._is_busy = False

    async def measure(self) -> LinkSpeed:
        """Raises:
        RateLimited: a measurement is under way or was made just now.
        NodeUnreachable, UnknownCertificate: the other server does not answer as it should.
        BadFrame: other bytes came back than were sent.
        """
        if self._is_busy or self._ticks() < self._next:
            raise RateLimited("The link is or was just measured; try again in a few seconds.")
        self._is_busy = True
        try:
            trips = [await self._trip(self._rng.token(16)) for _ in range(_PINGS)]
            piece = self._rng.token(PIECE)
            began = self._ticks()
            for _ in range(_PIECES // _AT_ONCE):
                await asyncio.gather(*(self._trip(piece) for _ in range(_AT_ONCE)))
            seconds = max(self._ticks() - began, 1e-6)
        finally:
            self._is_busy = False
            self._next = self._ticks() + _PAUSE_SECONDS
        total = _PIECES * PIECE
        return LinkSpeed(round(1000 * statistics.median(trips), 2), round(total / seconds / 1e6, 1), total)

    async def _trip(self, data: bytes) -> float:
        began = self._ticks()
        if not hmac.compare_digest(await self._peer.echo(data), data):
            raise BadFrame("Other bytes came back from the other server than were sent.")
        return self._ticks() - began
