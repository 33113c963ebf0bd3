"""Long work that a person watches: its label, how far it is, how fast, and how it ended. No Qt, no threads."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count

from common.errors import AppError, Cancelled

_numbers = count(1)
_SPAN_SECONDS = 8.0


class TaskState(StrEnum):
    """Where a task stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self is not TaskState.RUNNING


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` in ``unit`` (``bytes`` or a plural noun of the domain); ``total`` 0: nobody knows."""

    done: int = 0
    total: int = 0
    unit: str = ""
    stage: str = ""

    @property
    def share(self) -> float | None:
        """From 0 to 1, or None if it is not known."""
        return min(max(self.done, 0), self.total) / self.total if self.total > 0 else None


class Pace:
    """Speed over the last seconds, and from it the time that is left."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._points: list[tuple[float, int]] = []

    def add(self, done: int) -> None:
        now = self._clock()
        if self._points and done < self._points[-1][1]:
            self._points.clear()
        self._points.append((now, done))
        while len(self._points) > 2 and now - self._points[0][0] > _SPAN_SECONDS:
            self._points.pop(0)

    def per_second(self) -> float | None:
        """Units a second; None until two moments are known."""
        if len(self._points) < 2:
            return None
        (first, before), (last, after) = self._points[0], self._points[-1]
        return (after - before) / (last - first) if last > first else None

    def seconds_left(self, progress: Progress) -> float | None:
        speed = self.per_second()
        if not speed or progress.total <= 0:
            return None
        return max(progress.total - progress.done, 0) / speed


@dataclass(eq=False)
class Task:
    """One piece of long work; ``label`` is ready to be read, ``kind`` says to programs what it is."""

    kind: str
    label: str
    cancel: Callable[[], None] | None = None
    page: tuple[str, str] | None = None
    """Where a click on it leads: the page and what it shows."""
    number: int = field(default_factory=lambda: next(_numbers))
    state: TaskState = TaskState.RUNNING
    progress: Progress = Progress()
    error: AppError | None = None
    pace: Pace = field(default_factory=Pace)

    def move(self, progress: Progress) -> None:
        if (progress.stage, progress.unit) != (self.progress.stage, self.progress.unit):
            self.pace = Pace()
        self.progress = progress
        self.pace.add(progress.done)

    def end(self, error: AppError | None = None) -> None:
        """Done, or failed or cancelled with the error."""
        self.error = error
        if error is None:
            self.state = TaskState.DONE
        else:
            self.state = TaskState.CANCELLED if isinstance(error, Cancelled) else TaskState.FAILED
        self.cancel = None
