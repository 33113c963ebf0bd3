"""Two processes of this machine that stand for both workers: what they do together is timed as a job would take it.

Neither can be measured alone: one waits while the other has its turn, and both want the same caches, disk and cores.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from common.errors import BadFrame
from common.ids import Party
from common.net.channel import Channel

_RUNS: Final = 3
_ENOUGH_SECONDS: Final = 0.3
"""What takes longer altogether is not repeated any more."""
_MOST_ORDERED: Final = 1 << 16


@dataclass
class Use:
    """How busy processors were: seconds that passed, and those that the process with more work computed."""

    passed: float = 0.0
    computed: float = 0.0

    @property
    def cores(self) -> float:
        """Processor cores that a worker keeps busy."""
        return self.computed / self.passed if self.passed else 1.0


@dataclass(frozen=True)
class Pair:
    """One of the two, joined to the other. Both call the same methods in the same order."""

    channel: Channel
    party: Party
    use: Use = field(default_factory=Use)

    def slower(self, seconds: Sequence[float]) -> list[float]:
        """Of each pair of times the longer one; equal at both."""
        mine = np.array(seconds, np.float64)
        found: list[float] = np.maximum(mine, self.channel.exchange("calibration-seconds", mine)).tolist()
        return found

    def timed(self, run: Callable[[], object]) -> float:
        """How long something takes from the moment that both are ready until both have done it."""
        self.channel.exchange("calibration-begin", np.zeros(1, np.uint8))
        began, busy = time.perf_counter(), time.process_time()
        run()
        taken, computed = self.slower([time.perf_counter() - began, time.process_time() - busy])
        self.use.passed += taken
        self.use.computed += computed
        return taken

    def usual(self, run: Callable[[], object]) -> tuple[float, float]:
        """Seconds of the first run, which may load code, and the median of a few runs after it."""
        first, found = self.timed(run), [self.timed(run)]
        while len(found) < _RUNS and sum(found) < _ENOUGH_SECONDS:
            found.append(self.timed(run))
        return first, statistics.median(found)

    def order(self, what: Mapping[str, Any]) -> None:
        """Tell the other process what both do next."""
        text = np.frombuffer(json.dumps(what).encode(), np.uint8)
        self.channel.send("calibration-order", np.array([len(text)], "<u4"))
        self.channel.send("calibration-order", text)

    def ordered(self) -> dict[str, Any]:
        """What the other process tells."""
        size = int(self.channel.receive("calibration-order", np.empty(1, "<u4"))[0])
        if size > _MOST_ORDERED:
            raise BadFrame("The other process says something longer than an order.", step="calibration-order")
        text = self.channel.receive("calibration-order", np.empty(size, np.uint8))
        found: dict[str, Any] = json.loads(text.tobytes())
        return found
