"""What a preparation takes at one party: bytes, rounds, disk, and units of work that a calibration gives seconds to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Bill:
    """``bytes_sent`` is what this party sends to the other server, ``dealt`` what it receives from a helper."""

    bytes_sent: int = 0
    rounds: int = 0
    stored: int = 0
    units: Counter[str] = field(default_factory=Counter)
    dealt: int = 0

    def add(self, other: Bill, times: int = 1) -> None:
        """Count something that is paid so often."""
        self.bytes_sent += other.bytes_sent * times
        self.rounds += other.rounds * times
        self.stored += other.stored * times
        self.dealt += other.dealt * times
        for unit, count in other.units.items():
            self.units[unit] += count * times
