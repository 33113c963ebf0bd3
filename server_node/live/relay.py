"""Wake-ups between the processes of a node: who waits for a job or for news in one hears what another one wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from server_node.live.state import RESYNC, LiveState, Subscription


class Relay:
    """Carries the names of what changed over one channel; ``wake`` gets each, or None if all should look again.

    A name is told once however often it changed meanwhile: who wakes up looks into the database.
    """

    def __init__(self, live: LiveState, channel: str, wake: Callable[[str | None], None]) -> None:
        self._live, self._channel, self._wake = live, channel, wake
        self._changed: dict[str, None] = {}
        self._is_changed = asyncio.Event()

    def tell(self, name: str) -> None:
        """Something changed here; the other processes hear of it soon."""
        self._changed[name] = None
        self._is_changed.set()

    async def run(self) -> None:
        """Carry until cancelled."""
        subscription = self._live.subscribe(self._channel)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._send())
                group.create_task(self._receive(subscription))
        finally:
            subscription.close()

    async def _send(self) -> None:
        while True:
            await self._is_changed.wait()
            self._is_changed.clear()
            changed, self._changed = self._changed, {}
            for name in changed:
                await self._live.publish(self._channel, name)

    async def _receive(self, subscription: Subscription) -> None:
        async for name in subscription:
            self._wake(None if name == RESYNC else name)
