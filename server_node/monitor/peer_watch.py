"""The other server as this one sees it: whether it answers with its own key, and how far its clock is off."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from common.deployment import NodeEntry
from common.errors import AppError
from common.monitoring.checks import grade_skew
from common.monitoring.health import FRESH_SECONDS, Finding, Grade
from server_node.storage.context import Clock, from_text

_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"
_ROUNDING: Final = 0.5
"""Times are whole seconds, cut off: half a second is what they differ by on average."""


class AsksInfo(Protocol):
    """What can ask the other server who it is."""

    async def info(self) -> dict[str, Any]:
        """Its answer to ``/v1/info``."""
        ...


@dataclass(frozen=True)
class Seen:
    """One look at the other server; ``skew`` is its clock minus ours, None where it did not answer."""

    finding: Finding
    skew: float | None
    version: str = ""


class PeerWatch:
    """Asks at most once in two seconds, whoever wants to know."""

    def __init__(
        self, peer: AsksInfo, entry: NodeEntry, clock: Clock, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._peer, self._entry, self._clock, self._ticks = peer, entry, clock, ticks
        self._turn = asyncio.Lock()
        self._last: tuple[float, Seen] | None = None

    async def look(self) -> Seen:
        """What was seen just now."""
        async with self._turn:
            now = self._ticks()
            if self._last is None or now - self._last[0] >= FRESH_SECONDS:
                self._last = now, await self._look()
            return self._last[1]

    async def reachable(self) -> Finding:
        """The check of the other server."""
        return (await self.look()).finding

    async def clock(self) -> Finding:
        """The check of this node's clock: by the other server, and never before the deployment was made."""
        seen = await self.look()
        if seen.skew is None:
            return Finding(Grade.OK, "Not compared: the other server does not answer.")
        return grade_skew(seen.skew, f"server {self._entry.role.upper()}")

    async def _look(self) -> Seen:
        began = self._clock()
        try:
            answer = await self._peer.info()
            theirs = from_text(answer.get("time"), "time") + _ROUNDING
        except AppError as error:
            return Seen(Finding(Grade.FAIL, str(error)), None)
        if not hmac.compare_digest(str(answer.get("verify_key")).encode(), self._entry.verify_key.encode()):
            return Seen(Finding(Grade.FAIL, "Another node than the one of the deployment answers."), None)
        skew = theirs - (began + self._clock()) / 2
        return Seen(Finding(Grade.OK, "It answers."), skew, str(answer.get("version"))[:40])


def check_age(created: str, clock: Clock) -> Finding | None:
    """A finding if the clock shows a time before the deployment was made."""
    made = datetime.strptime(created, _FORM).replace(tzinfo=UTC)
    if clock() >= made.timestamp() - _ROUNDING:
        return None
    return Finding(Grade.FAIL, f"The clock shows a time before {created}, when the deployment was made; set it.")
