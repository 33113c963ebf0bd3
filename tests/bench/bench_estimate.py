"""How well a job's cost is foretold: small jobs at two workers as processes, beside what the estimate said before.

Run it: ``python -m tests.bench.bench_estimate``, or ``make bench``. One line of JSON comes out. Seconds are those of a
worker's clock and of its processor; an estimate knows nothing of other work on the machine, so compare them on a quiet
one. Bytes are those of server A.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from common.crypto.rng import SystemRandom
from common.deployment import HELPER
from common.ids import Party
from common.net.channel import Channel
from common.pipeline import Stage
from server_node.estimate.answer import source_answers
from server_node.estimate.images import Images
from server_node.estimate.process import asking
from server_node.offline.generate import SOURCE
from server_node.offline.source import Source
from server_node.worker.computation import Computation, Task
from tests.bench.two_processes import machine, run_sourced
from tests.helpers.jobs.images import halves
from tests.helpers.jobs.projects import model_of, specification
from tests.helpers.jobs.runs import Notes, Work, make_work
from tests.helpers.two_party.tls import make_deployment

CLASSES: Final = 10
CASES: Final[dict[str, tuple[int, int, dict[str, Any]]]] = {
    "logistic": (1000, 28, {"model": model_of("logistic"), "training": {"epochs": 3, "batch": 64, "validation": 100}}),
    "mlp": (600, 16, {"model": model_of("mlp", 32, 16), "training": {"epochs": 2, "batch": 64, "validation": 40}}),
    "lenet": (
        96,
        16,
        {
            "model": model_of("lenet"),
            "features": {"extractor": "square"},
            "training": {"epochs": 1, "batch": 16, "validation": 8},
        },
    ),
}
"""Images, their side, and sections of the specification."""


def work_of(name: str) -> Work:
    """A job of a case."""
    count, side, sections = CASES[name]
    return make_work(specification(**sections), *halves(count, side, CLASSES))


def play(party: Party, channel: Channel, folder: Path, source: Source, *, name: str) -> dict[str, Any]:
    """One worker of a job, from its first word to the sealed model."""
    work, notes = work_of(name), Notes()
    task = Task(
        work.job, party, work.spec, work.architecture, work.shares[party], work.counts, folder, SystemRandom(),
        None, source,
    )  # fmt: skip
    began, busy = time.perf_counter(), time.process_time()
    Computation(task, channel, notes).run()
    seconds, processor = time.perf_counter() - began, time.process_time() - busy
    stages = {stage.value: [round(cost.seconds, 3), cost.traffic.bytes_sent] for stage, cost in notes.costs.items()}
    return {"seconds": round(seconds, 3), "processor_seconds": round(processor, 3), "stages": stages}


async def foretell(name: str, folder: Path) -> dict[str, Any]:
    """What server A says about a case, by source."""
    work = work_of(name)
    count, side, _ = CASES[name]
    images = Images((count,), (side, side, 1), 8, CLASSES)
    question = {"specification": work.spec.body, "images": images.as_json(), "is_shared": True, "device": "cpu"}
    outcome = await asking(folder)(question)
    found = {}
    for source in source_answers(outcome, None, {}):
        stages = {stage["stage"]: [stage["seconds"], stage["bytes_sent"]] for stage in source["stages"]}
        found[source["name"]] = {"seconds": round(sum(one for one, _ in stages.values()), 3), "stages": stages}
    return found


def compare(name: str, folder: Path) -> list[dict[str, Any]]:
    """One row for each source."""
    foretold = asyncio.run(foretell(name, folder))
    rows = []
    for source in (SOURCE, HELPER):
        first, second = run_sourced(functools.partial(play, name=name), source)
        slower, busier = (max(first[one], second[one]) for one in ("seconds", "processor_seconds"))
        rows.append(
            {
                "job": name,
                "source": source,
                "foretold": foretold[source],
                "measured": first,
                "seconds_ratio": round(foretold[source]["seconds"] / slower, 2),
                "processor_ratio": round(foretold[source]["seconds"] / busier, 2),
                "prepare_bytes_ratio": round(
                    foretold[source]["stages"][Stage.PREPARE][1] / first["stages"][Stage.PREPARE][1], 4
                ),
                "load": os.getloadavg()[0],
            }
        )
    return rows


def main() -> dict[str, Any]:
    """Every case."""
    with tempfile.TemporaryDirectory() as name:
        make_deployment(Path(name), ("a", "b", "log"))
        rows = [row for case in CASES for row in compare(case, Path(name) / "a")]
    return {"bench": "estimate", "machine": machine(), "rows": rows}


def test_bench_estimate_prints_its_figures() -> None:
    print(json.dumps(main()))


if __name__ == "__main__":
    print(json.dumps(main()))
