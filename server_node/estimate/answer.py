"""From what was counted and measured at this server, and the way to the other one, to seconds and bytes by stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server_node.estimate.outcome import Effort, Outcome


@dataclass(frozen=True)
class Way:
    """The network between both servers, as it was measured: seconds there and back, and bytes a second each way."""

    round_trip: float
    bytes_per_second: float


def seconds_of(effort: Effort, outcome: Outcome, way: Way | None) -> float:
    """How long a stage takes with its waiting; without a way both servers are one machine.

    What a stage takes on one machine has what its bytes and rounds take there; a network is waited for beyond that.
    """
    if way is None:
        return effort.seconds
    on_link = effort.bytes_sent * outcome.link_seconds
    waiting = max(0.0, effort.bytes_sent / way.bytes_per_second - on_link)
    return effort.seconds + effort.rounds * way.round_trip + waiting


def source_answers(outcome: Outcome, way: Way | None, refusals: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """For each source its stages and their sums; ``refusals`` says why a source cannot be used here, or None."""
    found = []
    for name, preparation in outcome.preparations.items():
        efforts = (preparation, *outcome.online)
        stages = [
            {
                "stage": effort.stage.value,
                "seconds": round(seconds_of(effort, outcome, way), 3),
                "bytes_sent": effort.bytes_sent,
                "rounds": effort.rounds,
                "disk_bytes": effort.disk_bytes,
            }
            for effort in efforts
        ]
        found.append({"name": name, "refusal": refusals.get(name), "stages": stages})
    return found
