"""From what was counted and measured at this server, and the way to the other one, to seconds and bytes by stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common.pipeline import Stage
from server_node.estimate.outcome import Effort, Outcome


@dataclass(frozen=True)
class Way:
    """The network between both servers, as it was measured: seconds there and back, and bytes a second each way."""

    round_trip: float
    bytes_per_second: float


def seconds_of(effort: Effort, outcome: Outcome, way: Way | None) -> float:
    """How long a stage takes with its waiting; without a way both servers are one machine.

    What a stage takes on one machine has what its bytes and rounds take there; a network is waited for beyond that,
    where nothing is made meanwhile. In a round both servers send at once, so it takes half of the way there and back.
    """
    if way is None:
        return effort.seconds
    there, size = way.round_trip / 2, effort.bytes_sent + effort.waited_bytes - effort.ahead_bytes
    beside = max(effort.seconds, effort.ahead_bytes / way.bytes_per_second, effort.steps * there)
    return beside + effort.rounds * there + max(0.0, size / way.bytes_per_second - size * outcome.link_seconds)


def stage_seconds(efforts: Sequence[Effort], outcome: Outcome, way: Way | None) -> dict[Stage, float]:
    """How long each stage takes in a job that prepares an epoch while it uses one before it.

    Where the machine has no core for each of the two they slow each other down for as long as both go on.
    """
    seconds = {effort.stage: seconds_of(effort, outcome, way) for effort in efforts}
    cores = {effort.stage: effort.cores for effort in efforts}
    prepare, use = _two(seconds)
    if not outcome.lanes or not prepare or not use:
        return seconds
    both = min(prepare, use) * (outcome.epochs - 1) / outcome.epochs
    wanted = cores[Stage.PREPARE] + max(cores[stage] for stage in cores if stage is not Stage.PREPARE)
    lost = both * max(0.0, wanted / outcome.cores - 1)
    return {stage: one + lost * (1.0 if stage is Stage.PREPARE else one / use) for stage, one in seconds.items()}


def whole_seconds(efforts: Sequence[Effort], outcome: Outcome, way: Way | None) -> float:
    """From the start to the end of a job.

    Never less than the processor needs for all stages together, or the network.
    """
    prepare, use = _two(stage_seconds(efforts, outcome, way))
    computing = sum(effort.seconds * effort.cores for effort in efforts) / outcome.cores
    sending = sum(effort.bytes_sent for effort in efforts) / way.bytes_per_second if way else 0.0
    return outcome.start_seconds + max(_one_by_one(prepare, use, outcome), computing, sending)


def source_answers(outcome: Outcome, way: Way | None, refusals: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """For each source its stages and the whole; ``refusals`` says why a source cannot be used here, or None."""
    found = []
    for name, efforts in outcome.sources.items():
        seconds = stage_seconds(efforts, outcome, way)
        stages = [
            {
                "stage": effort.stage.value,
                "seconds": round(seconds[effort.stage], 3),
                "bytes_sent": effort.bytes_sent,
                "rounds": effort.rounds,
                "disk_bytes": effort.disk_bytes,
            }
            for effort in efforts
        ]
        whole = round(whole_seconds(efforts, outcome, way), 3)
        found.append({"name": name, "refusal": refusals.get(name), "seconds": whole, "stages": stages})
    return found


def _two(seconds: Mapping[Stage, float]) -> tuple[float, float]:
    """Preparing, and everything after it."""
    prepare = seconds.get(Stage.PREPARE, 0.0)
    return prepare, sum(seconds.values()) - prepare


def _one_by_one(prepare: float, use: float, outcome: Outcome) -> float:
    """Epochs are used in order, each once it is prepared; lanes prepare them in turn."""
    if not outcome.lanes:
        return prepare + use
    clock, planned = 0.0, min(prepare, outcome.plan_seconds)
    for epoch in range(outcome.epochs):
        ready = planned + (epoch // outcome.lanes + 1) * (prepare - planned) / outcome.epochs
        clock = max(clock, ready) + use / outcome.epochs
    return clock
