"""Live state of one process."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Final

from server_node.live.state import RESYNC, Subscription

_MAX_KEYS: Final = 10_000
_MAX_WAITING: Final = 1_000


class MemoryLive:
    """Keeps everything in this process; the oldest keys are forgotten when there are too many."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, max_keys: int = _MAX_KEYS) -> None:
        self._clock, self._max_keys = clock, max_keys
        self._subscribers: dict[str, set[_Queue]] = {}
        self._attempts: OrderedDict[str, deque[float]] = OrderedDict()
        self._values: OrderedDict[str, tuple[float, str]] = OrderedDict()

    async def publish(self, channel: str, text: str) -> None:
        self.deliver(channel, text)

    def deliver(self, channel: str, text: str) -> None:
        """As :meth:`publish`, at once."""
        for subscriber in list(self._subscribers.get(channel, ())):
            subscriber.add(text)

    def deliver_resync(self) -> None:
        """Have every subscriber look again."""
        for channel in list(self._subscribers):
            self.deliver(channel, RESYNC)

    def subscribe(self, channel: str) -> Subscription:
        queue = _Queue(lambda: self._forget(channel, queue))
        self._subscribers.setdefault(channel, set()).add(queue)
        return queue

    async def attempt(self, key: str, limit: int, seconds: int) -> bool:
        return self.count((key,), limit, seconds)

    async def attempt_all(self, keys: Sequence[str], limit: int, seconds: int) -> bool:
        return self.count(keys, limit, seconds)

    def count(self, keys: Sequence[str], limit: int, seconds: int) -> bool:
        """As :meth:`attempt_all`, at once. What is refused is not remembered: it would push out what counts."""
        now = self._clock()
        if any(self._recent(key, now - seconds) >= limit for key in keys):
            return False
        for key in keys:
            self._attempts.setdefault(key, deque()).append(now)
            self._attempts.move_to_end(key)
        while len(self._attempts) > self._max_keys:
            self._attempts.popitem(last=False)
        return True

    async def put(self, key: str, value: str, seconds: int) -> None:
        self._values.pop(key, None)
        self._values[key] = (self._clock() + seconds, value)
        while len(self._values) > self._max_keys:
            self._values.popitem(last=False)

    async def get(self, key: str) -> str | None:
        expires, value = self._values.get(key, (0.0, ""))
        if expires > self._clock():
            return value
        self._values.pop(key, None)
        return None

    async def delete(self, key: str) -> None:
        self._values.pop(key, None)

    async def check(self) -> str:
        return "ok"

    async def close(self) -> None:
        for queues in list(self._subscribers.values()):
            for queue in list(queues):
                queue.close()

    def _recent(self, key: str, since: float) -> int:
        """How many attempts there were; earlier ones are dropped."""
        times = self._attempts.get(key)
        if times is None:
            return 0
        while times and times[0] <= since:
            times.popleft()
        return len(times)

    def _forget(self, channel: str, queue: _Queue) -> None:
        queues = self._subscribers.get(channel, set())
        queues.discard(queue)
        if not queues:
            self._subscribers.pop(channel, None)


class _Queue:
    """What one subscriber has not read yet; one that lags too far behind is told to look again instead."""

    def __init__(self, on_close: Callable[[], None]) -> None:
        self._texts: deque[str] = deque()
        self._news = asyncio.Event()
        self._is_closed = False
        self._on_close = on_close

    def add(self, text: str) -> None:
        if len(self._texts) >= _MAX_WAITING:
            self._texts.clear()
            text = RESYNC
        self._texts.append(text)
        self._news.set()

    def close(self) -> None:
        self._is_closed = True
        self._on_close()
        self._news.set()

    def __aiter__(self) -> _Queue:
        return self

    async def __anext__(self) -> str:
        while not self._texts:
            if self._is_closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._texts.popleft()
