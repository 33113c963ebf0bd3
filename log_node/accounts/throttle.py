"""A limit on attempts per minute, for each name and each address, within this process."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from common.errors import RateLimited

_WINDOW: Final = 60.0
_MAX_KEYS: Final = 10_000


class Throttle:
    """Counts attempts in the last minute; the oldest keys are forgotten when there are too many."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute, self._clock = per_minute, clock
        self._attempts: OrderedDict[str, deque[float]] = OrderedDict()

    def attempt(self, *keys: str) -> None:
        """Count one attempt under each key.

        Raises:
            RateLimited: one of them had as many attempts as allowed; nothing is counted then.
        """
        now = self._clock()
        recent = [self._recent(key, now) for key in keys]
        if any(len(times) >= self._per_minute for times in recent):
            raise RateLimited("Too many attempts.")
        for key, times in zip(keys, recent, strict=True):
            times.append(now)
            self._attempts[key] = times
            self._attempts.move_to_end(key)
        while len(self._attempts) > _MAX_KEYS:
            self._attempts.popitem(last=False)

    def _recent(self, key: str, now: float) -> deque[float]:
        """Nothing is kept for attempts that are refused: with them, one address could push the others out."""
        times = self._attempts.get(key, deque())
        while times and times[0] <= now - _WINDOW:
            times.popleft()
        return times
