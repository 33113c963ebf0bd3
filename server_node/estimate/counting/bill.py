"""What a preparation takes at one party: bytes, waits, disk, and units of work that a calibration gives seconds to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Bill:
    """What is paid for something.

    Args:
        bytes_sent: what this party sends to the other server, with frames.
        rounds: how often a message has to arrive before the work can go on.
        steps: batches of work that is asked for one batch ahead, so that a message is on its way while one is made.
        ahead: of the bytes in both directions, those of such work.
        stored: bytes of correlations.
        units: work, by the name of a table of a calibration and that of a unit in it.
        dealt: what this party receives from a helper.
        received: transfers that this party receives; ``given`` are those that it sends.
        one_way: bytes that the other one sends while this one waits and says nothing.
    """

    bytes_sent: int = 0
    rounds: int = 0
    steps: int = 0
    ahead: int = 0
    stored: int = 0
    units: Counter[str] = field(default_factory=Counter)
    dealt: int = 0
    received: int = 0
    given: int = 0
    one_way: int = 0

    def add(self, other: Bill, times: int = 1) -> None:
        """Count something that is paid so often."""
        self.bytes_sent += other.bytes_sent * times
        self.rounds += other.rounds * times
        self.steps += other.steps * times
        self.ahead += other.ahead * times
        self.stored += other.stored * times
        self.dealt += other.dealt * times
        self.received += other.received * times
        self.given += other.given * times
        self.one_way += other.one_way * times
        for unit, count in other.units.items():
            self.units[unit] += count * times


def in_table(table: str, units: Counter[str]) -> Counter[str]:
    """Units under the name of a table."""
    return Counter({f"{table}/{unit}": count for unit, count in units.items()})
