"""How well a job's cost is foretold: small jobs at two workers as processes, beside what the estimate said before.

Run it: ``python -m tests.bench.bench_estimate``, or ``make bench``. One line of JSON comes out. Seconds are those of a
worker's clock, and the whole is counted from the start of its process; an estimate knows nothing of other work on the
machine, so compare them on a quiet one: ``others`` is how many cores other programs kept busy while it was asked for,
and while the job ran. Bytes are those of server A.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from common.crypto.rng import SystemRandom
from common.deployment import HELPER, ROLES
from common.ids import Party
from common.pipeline import Stage
from server_node.estimate.answer import Way, source_answers
from server_node.estimate.images import Images
from server_node.estimate.process import asking
from server_node.estimate.sources import SOURCES
from server_node.offline.preparation import Lanes
from server_node.offline.source import Source
from server_node.peer.connect import Links
from server_node.worker.computation import Computation, Task
from tests.bench.links.slow import SlowLink
from tests.bench.two_processes import LOOPBACK, Place, machine, run_linked
from tests.helpers.jobs.images import halves
from tests.helpers.jobs.projects import model_of, specification
from tests.helpers.jobs.runs import Notes, Work, make_work
from tests.helpers.two_party.tls import make_deployment

CLASSES: Final = 10
LANES: Final = 1
SHORTEST: Final = 0.3
"""Seconds of a stage whose ratio says something."""
OWN, CHILDREN = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
Row = dict[str, Any]


@dataclass(frozen=True)
class Network:
    """Where the workers run and what joins them; no way is one machine."""

    place: Place
    way: Way | None = None


HERE: Final = Network(LOOPBACK)
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
    "digits": (
        2000,
        28,
        {"model": model_of("mlp", 128, 128), "training": {"epochs": 2, "batch": 128, "validation": 200}},
    ),
}
"""Images, their side, and sections of the specification."""
LONG: Final = {"digits": ("cot",)}
"""Sources with which a case takes too long to be run."""


def work_of(name: str) -> Work:
    """A job of a case."""
    count, side, sections = CASES[name]
    return make_work(specification(**sections), *halves(count, side, CLASSES))


def play(party: Party, links: Links, folder: Path, source: Source, *, name: str) -> dict[str, Any]:
    """One worker of a job, from its first word to the sealed model; ``whole`` from the start of its process."""
    work, notes = work_of(name), Notes()
    task = Task(
        work.job, party, work.spec, work.architecture, work.shares[party], work.counts, folder, SystemRandom(),
        None, source, lanes=Lanes(links.lanes),
    )  # fmt: skip
    busy = time.process_time()
    Computation(task, links.main, notes).run()
    processor = time.process_time() - busy
    stages = {stage.value: [round(cost.seconds, 3), cost.traffic.bytes_sent] for stage, cost in notes.costs.items()}
    whole = time.time() - psutil.Process().create_time()
    return {"whole": round(whole, 3), "processor_seconds": round(processor, 3), "stages": stages}


async def foretell(name: str, folder: Path, way: Way | None) -> dict[str, Any]:
    """What server A says about a case, by source."""
    work = work_of(name)
    count, side, _ = CASES[name]
    images = Images((count,), (side, side, 1), 8, CLASSES)
    question = {
        "specification": work.spec.body, "images": images.as_json(), "is_shared": True, "device": "cpu",
        "lanes": LANES, "network": None if way is None else asdict(way),
    }  # fmt: skip
    found = {}
    for source in source_answers(await asking(folder)(question), way, {}):
        stages = {stage["stage"]: [stage["seconds"], stage["bytes_sent"]] for stage in source["stages"]}
        found[source["name"]] = {"whole": source["seconds"], "stages": stages}
    return found


class Elsewhere:
    """How many cores were busy with what is not this process or a child of it that has ended."""

    def __init__(self) -> None:
        self._since, self._busy, self._own = time.perf_counter(), _busy(), _own()

    def cores(self) -> float:
        """Since this was made."""
        spent = _busy() - self._busy - (_own() - self._own)
        return round(spent / (time.perf_counter() - self._since), 2)


def _busy() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def _own() -> float:
    return sum(one.ru_utime + one.ru_stime for one in map(resource.getrusage, (OWN, CHILDREN)))


def compare(name: str, folder: Path, sources: Sequence[str], network: Network = HERE) -> list[Row]:
    """One row for each source."""
    began, elsewhere = time.perf_counter(), Elsewhere()
    foretold = asyncio.run(foretell(name, folder, network.way))
    asked, others = time.perf_counter() - began, elsewhere.cores()
    rows = []
    for source in [one for one in sources if one not in LONG.get(name, ())]:
        said, elsewhere = foretold[source], Elsewhere()
        both = run_linked(functools.partial(play, name=name), source, network.place, LANES)
        prepare = Stage.PREPARE.value
        rows.append(
            {
                "job": name,
                "source": source,
                "asked_seconds": round(asked, 1),
                "foretold": said,
                "measured": both[0],
                "whole_ratio": round(said["whole"] / max(one["whole"] for one in both), 2),
                "stage_ratios": {
                    stage: round(seconds / max(one["stages"][stage][0] for one in both), 2)
                    for stage, (seconds, _) in said["stages"].items()
                    if max(one["stages"][stage][0] for one in both) > SHORTEST
                },
                "prepare_bytes_ratio": round(said["stages"][prepare][1] / both[0]["stages"][prepare][1], 4),
                "others": [others, elsewhere.cores()],
            }
        )
    return rows


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Every case that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_estimate", description=__doc__)
    parser.add_argument("--only", default=",".join(CASES), help="jobs, with commas")
    parser.add_argument("--sources", default=",".join(SOURCES), help="sources, with commas")
    parser.add_argument(
        "--link", type=_slowed, dest="across", default=HERE, metavar="MS,MBIT", help="slow the workers' link down"
    )
    parser.add_argument(
        "--across", type=_network, default=HERE, metavar="SPACE-A,SPACE-B,ADDRESS-OF-A,MS,MBIT",
        help="network namespaces, and what joins them: milliseconds there and back, and 10^6 bits a second",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        make_deployment(Path(name), (*ROLES, HELPER))
        sources = options.sources.split(",")
        rows = [
            row for case in options.only.split(",") for row in compare(case, Path(name) / "a", sources, options.across)
        ]
    return {"bench": "estimate", "machine": machine(), "rows": rows}


def _network(text: str) -> Network:
    first, second, host, round_trip, rate = text.split(",")
    return Network(Place((first, second), host), Way(float(round_trip) / 1e3, float(rate) * 1e6 / 8))


def _slowed(text: str) -> Network:
    link = SlowLink.parse(text)
    return Network(Place(link=link), Way(link.round_trip_ms / 1e3, link.bytes_per_second))


def test_bench_estimate_prints_its_figures() -> None:
    print(json.dumps(main([])))


if __name__ == "__main__":
    print(json.dumps(main()))
