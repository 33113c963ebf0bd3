"""What the process of an estimate says: work and bytes of every stage at this server, before the way between both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from common.pipeline import Stage


@dataclass(frozen=True)
class Effort:
    """Of one stage: seconds without a network, what is sent, how often an answer is awaited, what is kept."""

    stage: Stage
    seconds: float
    bytes_sent: int
    rounds: int
    disk_bytes: int


@dataclass(frozen=True)
class Outcome:
    """Everything about a job that does not depend on the network.

    ``preparations`` has a stage for each source by name; ``online`` are the stages after it. ``link_seconds`` is what a
    byte takes that is sent while one is received, without a network; the seconds of a stage have it in them.
    """

    images: int
    trained: int
    steps: int
    start_seconds: float
    link_seconds: float
    calibrated: int
    preparations: dict[str, Effort]
    online: tuple[Effort, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Outcome:
        """Raises:
        ValueError, KeyError, TypeError: not what the process says.
        """
        return cls(
            images=int(raw["images"]),
            trained=int(raw["trained"]),
            steps=int(raw["steps"]),
            start_seconds=float(raw["start_seconds"]),
            link_seconds=float(raw["link_seconds"]),
            calibrated=int(raw["calibrated"]),
            preparations={str(name): _effort(one) for name, one in raw["preparations"].items()},
            online=tuple(_effort(one) for one in raw["online"]),
        )


def _effort(raw: Mapping[str, Any]) -> Effort:
    return Effort(
        Stage(raw["stage"]), float(raw["seconds"]), int(raw["bytes_sent"]), int(raw["rounds"]), int(raw["disk_bytes"])
    )
