"""How far each stage of a job is and what it has cost so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from common.net.channel import Channel, Stats
from common.pipeline import Stage

_REPORT_SECONDS: Final = 0.25


@dataclass
class StageCost:
    """Totals of one stage at this party."""

    done: int = 0
    total: int = 0
    seconds: float = 0.0
    traffic: Stats = field(default_factory=Stats)


Report = Callable[[Stage, StageCost], None]


class Meter:
    """Adds up seconds, bytes and rounds by stage; reports a few times a second. ``channel`` None measures nothing."""

    def __init__(self, channel: Channel | None, report: Report) -> None:
        self._channel, self._report = channel, report
        self._stages: dict[Stage, StageCost] = {}
        self._last = 0.0

    def expect(self, stage: Stage, total: int) -> None:
        """Announce how much a stage will do."""
        self._cost(stage).total = total

    @contextmanager
    def spend(self, stage: Stage, done: int = 0) -> Iterator[None]:
        """Charge what happens inside to a stage and count ``done`` units when it is over."""
        if self._channel is None:
            yield
            return
        before, started = self._channel.stats.copy(), time.monotonic()
        yield
        cost = self._cost(stage)
        spent = self._channel.stats.since(before)
        cost.seconds += time.monotonic() - started
        cost.traffic.bytes_sent += spent.bytes_sent
        cost.traffic.bytes_received += spent.bytes_received
        cost.traffic.rounds += spent.rounds
        cost.done += done
        self._tell(stage, cost, force=cost.done >= cost.total)

    def show(self, stage: Stage, done: int, total: int, since: tuple[float, Stats]) -> None:
        """Report progress inside a stage that is charged as a whole; ``since`` is its start and traffic then."""
        if self._channel is not None:
            started, before = since
            spent = self._channel.stats.since(before)
            self._tell(stage, StageCost(done, total, time.monotonic() - started, spent), force=False)

    def _cost(self, stage: Stage) -> StageCost:
        return self._stages.setdefault(stage, StageCost())

    def _tell(self, stage: Stage, cost: StageCost, *, force: bool) -> None:
        now = time.monotonic()
        if force or now - self._last > _REPORT_SECONDS:
            self._last = now
            self._report(stage, cost)
