"""What a node may forget: who waits for news, how often somebody tried, values that expire.

Nothing depends on it for safety: what must not be lost stands in the database. A node with several processes shares it
through Redis, a node with one needs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

RESYNC: Final = ""
"""What a subscriber gets when texts may have been missed: look again at what the channel is about."""


class Subscription(Protocol):
    """An async iterator over the texts of one channel, from the moment it was asked for until it is closed."""

    def __aiter__(self) -> Subscription: ...

    async def __anext__(self) -> str: ...

    def close(self) -> None: ...


class LiveState(Protocol):
    """Channels, counters and short-lived values, all by name. No text is a secret in clear, and none is empty."""

    async def publish(self, channel: str, text: str) -> None:
        """Tell every subscriber, in this process at once and in the others soon. Never fails."""
        ...

    def subscribe(self, channel: str) -> Subscription:
        """What is published from now on; close it when nobody reads on."""
        ...

    async def attempt(self, key: str, limit: int, seconds: int) -> bool:
        """Count one attempt unless there were ``limit`` within the last ``seconds``; whether it was counted."""
        ...

    async def attempt_all(self, keys: Sequence[str], limit: int, seconds: int) -> bool:
        """One attempt under each key, or under none: False if one of them had as many as allowed."""
        ...

    async def put(self, key: str, value: str, seconds: int) -> None:
        """Keep a value for that long."""
        ...

    async def get(self, key: str) -> str | None:
        """The value, unless it expired, was deleted or was lost."""
        ...

    async def delete(self, key: str) -> None:
        """Forget a value."""
        ...

    async def check(self) -> str:
        """``ok``, or a sentence on what is wrong."""
        ...

    async def close(self) -> None:
        """End every subscription."""
        ...
