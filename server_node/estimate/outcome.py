"""What the process of an estimate says: work and bytes of every stage at this server, before the way between both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from common.pipeline import Stage


@dataclass(frozen=True)
class Effort:
    """What one stage takes.

    Args:
        seconds: without a network; ``cores`` of the processor are busy meanwhile.
        bytes_sent: by this server, and what a helper sends to it.
        waited_bytes: what the other server sends while this one is silent.
        ahead_bytes: of both, those that are under way while something is made.
        rounds: how often a message has to arrive before the work can go on.
        steps: messages that are asked for while the one before is used.
        disk_bytes: what is kept.
    """

    stage: Stage
    seconds: float
    cores: float
    bytes_sent: int
    waited_bytes: int
    ahead_bytes: int
    rounds: int
    steps: int
    disk_bytes: int


@dataclass(frozen=True)
class Outcome:
    """Everything about a job that does not depend on the network.

    Args:
        epochs: parts that are prepared one after the other; ``lanes`` links prepare while others are used.
        cores: of this machine, for each worker on it.
        plan_seconds: of the preparation, what comes before its first epoch.
        link_seconds: what a byte takes that is sent while one is received; the seconds of a stage have it in them.
        sources: the stages of a job with each of them.
    """

    images: int
    trained: int
    steps: int
    epochs: int
    lanes: int
    cores: float
    start_seconds: float
    plan_seconds: float
    link_seconds: float
    calibrated: int
    sources: dict[str, tuple[Effort, ...]]

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
            epochs=int(raw["epochs"]),
            lanes=int(raw["lanes"]),
            cores=float(raw["cores"]),
            start_seconds=float(raw["start_seconds"]),
            plan_seconds=float(raw["plan_seconds"]),
            link_seconds=float(raw["link_seconds"]),
            calibrated=int(raw["calibrated"]),
            sources={str(name): tuple(_effort(one) for one in efforts) for name, efforts in raw["sources"].items()},
        )


def _effort(raw: Mapping[str, Any]) -> Effort:
    return Effort(
        stage=Stage(raw["stage"]),
        seconds=float(raw["seconds"]),
        cores=float(raw["cores"]),
        bytes_sent=int(raw["bytes_sent"]),
        waited_bytes=int(raw["waited_bytes"]),
        ahead_bytes=int(raw["ahead_bytes"]),
        rounds=int(raw["rounds"]),
        steps=int(raw["steps"]),
        disk_bytes=int(raw["disk_bytes"]),
    )
