"""The order in which waiting jobs get their turn: fair between organisations, first come first served within one.

The next place goes to the organisation that has the fewest jobs running; among equals to the one that waited longest
since its last turn. A job may be put off for a while, or come back after it was given a turn: it keeps its place in
the line.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from common.ids import JobId

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


@dataclass
class _Waiting:
    organisation: str
    came: int
    not_before: float = 0.0
    pause: float = 0.0


class FairQueue:
    """Waiting jobs; ``clock`` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: dict[JobId, _Waiting] = {}
        self._turns: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, job: object) -> bool:
        return job in self._waiting

    def add(self, job: JobId, organisation: str, came: int = 0) -> None:
        """Put a job behind those of its organisation that ``came`` no later; one that waits already stays as it is."""
        self._waiting.setdefault(job, _Waiting(organisation, came))

    def put_off(self, job: JobId, organisation: str, pause: float, came: int = 0) -> float:
        """Let a job wait at least ``pause`` seconds, then twice as long each time; returns for how long."""
        found = self._waiting.setdefault(job, _Waiting(organisation, came))
        found.pause = min(max(2 * found.pause, pause, _FIRST_PAUSE), _LONGEST_PAUSE)
        found.not_before = self._clock() + found.pause
        return found.pause

    def remove(self, job: JobId) -> None:
        """Forget a job that goes on, or never will."""
        self._waiting.pop(job, None)

    def organisation(self, job: JobId) -> str:
        """Whose job it is; it must be waiting."""
        return self._waiting[job].organisation

    def next(self, running: Mapping[JobId, str]) -> JobId | None:
        """The job whose turn it is, given the organisation of each that has a place; it stays in the line."""
        now = self._clock()
        due = [job for job, one in self._waiting.items() if one.not_before <= now and job not in running]
        counts = list(running.values())
        best = min(due, key=lambda job: self._rank(self._waiting[job], counts), default=None)
        if best is not None:
            self._turns[self._waiting[best].organisation] = now
        return best

    def seconds_until_due(self) -> float | None:
        """When the next one that was put off may be asked for; None without one."""
        now = self._clock()
        later = [one.not_before - now for one in self._waiting.values() if one.not_before > now]
        return min(later, default=None)

    def _rank(self, one: _Waiting, running: list[str]) -> tuple[int, float, int]:
        return running.count(one.organisation), self._turns.get(one.organisation, float("-inf")), one.came
