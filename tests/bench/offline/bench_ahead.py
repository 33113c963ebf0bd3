"""What it brings to prepare beside a training: whole jobs at two workers as processes, with and without lanes.

Run it: ``python -m tests.bench.offline.bench_ahead [--source cot] [--lanes 0,1,2] [--job mlp] [--repeats 3]``, or
``make bench``. One line of JSON comes out. Without lanes everything is prepared before the job computes. Both parties
share the machine; compare medians of runs that took turns.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import resource
import statistics
import time
from pathlib import Path
from typing import Any, Final

from common.crypto.rng import SystemRandom
from common.ids import Party
from common.pipeline import Stage
from server_node.offline.preparation import Lanes
from server_node.offline.source import Source
from server_node.peer.connect import Links
from server_node.train.meter import StageCost
from server_node.worker.computation import Computation, Task
from tests.bench.two_processes import machine, run_linked
from tests.helpers.jobs.images import halves
from tests.helpers.jobs.projects import model_of, specification
from tests.helpers.jobs.runs import Notes, Work, make_work

CLASSES: Final = 10
JOBS: Final[dict[str, tuple[int, int, dict[str, Any]]]] = {
    "logistic": (1200, 28, {"model": model_of("logistic"), "training": {"epochs": 6, "batch": 64, "validation": 100}}),
    "mlp": (600, 16, {"model": model_of("mlp", 32, 16), "training": {"epochs": 6, "batch": 64, "validation": 40}}),
    "lenet": (
        160, 16,
        {"model": model_of("lenet"), "features": {"extractor": "square"},
         "training": {"epochs": 4, "batch": 32, "validation": 16}},
    ),
}  # fmt: skip
"""Images, their side, and sections of the specification: a demonstration in small."""


class Watched(Notes):
    """Notes when training began."""

    def __init__(self) -> None:
        super().__init__()
        self.began = time.perf_counter()
        self.first: float | None = None

    def progress(self, stage: Stage, cost: StageCost) -> None:
        super().progress(stage, cost)
        if stage is Stage.TRAIN and self.first is None:
            self.first = time.perf_counter() - self.began


def play(party: Party, links: Links, folder: Path, source: Source, *, job: str) -> dict[str, Any]:
    """One worker of a job, from its first word to the sealed model."""
    count, side, sections = JOBS[job]
    work: Work = make_work(specification(**sections), *halves(count, side, CLASSES))
    notes = Watched()
    task = Task(
        work.job, party, work.spec, work.architecture, work.shares[party], work.counts, folder, SystemRandom(),
        None, source, lanes=Lanes(links.lanes),
    )  # fmt: skip
    busy = time.process_time()
    Computation(task, links.main, notes).run()
    return {
        "seconds": time.perf_counter() - notes.began,
        "processor_seconds": time.process_time() - busy,
        "first_step_seconds": notes.first,
        "prepare_seconds": notes.costs[Stage.PREPARE].seconds,
        "train_seconds": sum(notes.costs[stage].seconds for stage in (Stage.HIDE, Stage.FEATURES, Stage.TRAIN)),
        "prepare_bytes": notes.costs[Stage.PREPARE].traffic.bytes_sent,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def measure(job: str, source: str, lanes: list[int], repeats: int) -> list[dict[str, Any]]:
    """A row for each number of lanes: medians of the slower party."""
    found: dict[int, list[dict[str, float]]] = {count: [] for count in lanes}
    for _ in range(repeats):
        for count in lanes:
            both = run_linked(functools.partial(play, job=job), source, lanes=count)
            found[count].append({name: max(one[name] for one in both) for name in both[0]})
    return [
        {"job": job, "source": source, "lanes": count, "repeats": repeats, "load": os.getloadavg()[0]}
        | {name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]}
        for count, runs in found.items()
    ]


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.offline.bench_ahead", description=__doc__)
    parser.add_argument("--job", default="mlp", choices=JOBS)
    parser.add_argument("--source", default="cot")
    parser.add_argument("--lanes", default="0,1,2")
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args(arguments)
    lanes = [int(count) for count in options.lanes.split(",")]
    return {
        "bench": "ahead",
        "machine": machine(),
        "rows": measure(options.job, options.source, lanes, options.repeats),
    }


def test_bench_ahead_prints_its_figures() -> None:
    print(json.dumps(main([])))


if __name__ == "__main__":
    print(json.dumps(main(), indent=1))
