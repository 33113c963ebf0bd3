"""What a preparation has cost so far: effort, time and traffic of all links together, whichever thread tells."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from common.net.channel import Channel, Stats

_REPORT_SECONDS: Final = 0.2


@dataclass(frozen=True)
class Cost:
    """``seconds`` is the time in which something was made, on one link or more; waits for room are none of it."""

    done: int
    total: int
    seconds: float
    traffic: Stats


Report = Callable[[Cost], None]


class Meter:
    """Adds up what all threads of a preparation spend and reports it a few times a second, in order."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._lock = threading.RLock()
        self._done = self._total = 0
        self._last = 0.0
        self._busy, self._since, self._seconds = 0, 0.0, 0.0
        self._past = Stats()
        self._links: dict[Channel, Stats] = {}

    def expect(self, effort: int) -> None:
        """There is so much more to do."""
        with self._lock:
            self._total += effort

    def add(self, effort: int) -> None:
        """So much more was done."""
        with self._lock:
            self._done += effort
            if time.monotonic() - self._last > _REPORT_SECONDS:
                self._last = time.monotonic()
                self._report(self.cost())

    def finish(self) -> None:
        """All that was expected is done."""
        with self._lock:
            self._done = self._total
            self._report(self.cost())

    @contextmanager
    def spend(self, channel: Channel) -> Iterator[None]:
        """Charge what happens inside, on this thread and this link."""
        with self._lock:
            self._links[channel] = channel.stats.copy()
            self._begin()
        try:
            yield
        finally:
            with self._lock:
                self._end()
                self._past = _sum(self._past, channel.stats.since(self._links.pop(channel)))

    @contextmanager
    def rest(self) -> Iterator[None]:
        """Nothing is made meanwhile on this thread."""
        with self._lock:
            self._end()
        try:
            yield
        finally:
            with self._lock:
                self._begin()

    def cost(self) -> Cost:
        """All of it until now."""
        with self._lock:
            running = time.monotonic() - self._since if self._busy else 0.0
            traffic = self._past
            for channel, before in self._links.items():
                traffic = _sum(traffic, channel.stats.since(before))
            return Cost(min(self._done, self._total), self._total, self._seconds + running, traffic)

    def _begin(self) -> None:
        if not self._busy:
            self._since = time.monotonic()
        self._busy += 1

    def _end(self) -> None:
        self._busy -= 1
        if not self._busy:
            self._seconds += time.monotonic() - self._since


def _sum(one: Stats, other: Stats) -> Stats:
    return Stats(
        one.bytes_sent + other.bytes_sent, one.bytes_received + other.bytes_received, one.rounds + other.rounds
    )
