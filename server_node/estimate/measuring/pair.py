"""Two processes of this machine that stand for both workers: what they do together is timed as a job would take it.

Neither can be measured alone: one waits while the other has its turn, and both want the same caches, disk and cores.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from common.ids import Party
from common.net.channel import Channel

_RUNS: Final = 3
_ENOUGH_SECONDS: Final = 0.4
"""What takes longer altogether is not repeated any more."""


@dataclass(frozen=True)
class Pair:
    """One of the two, joined to the other. Both call the same methods in the same order."""

    channel: Channel
    party: Party

    def slower(self, seconds: Sequence[float]) -> list[float]:
        """Of each pair of times the longer one; equal at both."""
        mine = np.array(seconds, np.float64)
        found: list[float] = np.maximum(mine, self.channel.exchange("calibration-seconds", mine)).tolist()
        return found

    def timed(self, run: Callable[[], object]) -> float:
        """How long something takes from the moment that both are ready until both have done it."""
        self.channel.exchange("calibration-begin", np.zeros(1, np.uint8))
        began = time.perf_counter()
        run()
        return self.slower([time.perf_counter() - began])[0]

    def usual(self, run: Callable[[], object]) -> float:
        """The median of a few runs, after one that may still load code."""
        first, found = self.timed(run), list[float]()
        while len(found) < _RUNS and first + sum(found) < _ENOUGH_SECONDS:
            found.append(self.timed(run))
        return statistics.median(found or [first])
