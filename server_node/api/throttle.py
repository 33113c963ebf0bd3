"""A limit on attempts per minute, for each name and each address, in all processes of a node together."""

from __future__ import annotations

from typing import Final

from common.errors import RateLimited
from server_node.live.state import LiveState

_SECONDS: Final = 60


class Throttle:
    """Counts attempts in the last minute."""

    def __init__(self, live: LiveState, per_minute: int) -> None:
        self._live, self._per_minute = live, per_minute

    async def attempt(self, *keys: str) -> None:
        """Count one attempt under each key.

        Raises:
            RateLimited: one of them had as many attempts as allowed; nothing is counted then.
        """
        if not await self._live.attempt_all(keys, self._per_minute, _SECONDS):
            raise RateLimited("Too many attempts.")
