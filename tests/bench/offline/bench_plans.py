"""What preparing an epoch takes, from plans alone: ``python -m tests.bench.offline.bench_plans``. Nothing is timed.

For 2,000 images of two owners in batches of 64: multiplications of an image, transfers with ``cot`` and with
``hybrid``, bytes under encryption that both servers send with ``hybrid``, and bytes that a helper deals.
"""

from __future__ import annotations

import argparse
import json
from typing import Any, Final

from common.architecture import build_architecture, suited_preparation
from common.ids import Party
from desktop_client.demo.network import small_layers
from server_node.estimate.counting.helper import dealt_bytes
from server_node.estimate.counting.recording import Work, record
from server_node.offline.lattice.prices import portion
from server_node.offline.plan import Segment
from tests.helpers.jobs.projects import model_of, specification

IMAGES: Final = 1000
CLASSES: Final = 10
Case = tuple[int, str, dict[str, Any]]
CASES: Final[dict[str, Case]] = {
    "logistic, average-pool": (28, "average-pool", model_of("logistic")),
    "logistic, filter-bank": (28, "filter-bank", model_of("logistic")),
    "logistic, filter-bank, 64 x 64": (64, "filter-bank", model_of("logistic")),
    "mlp 128, 128, average-pool": (28, "average-pool", model_of("mlp", 128, 128)),
    "the network of the demo": (28, "square", model_of("custom", layers=list(small_layers(CLASSES)))),
    "lenet": (28, "square", model_of("lenet")),
}


def row(name: str) -> dict[str, Any]:
    """The figures of one network."""
    side, extractor, model = CASES[name]
    training = {"epochs": 1, "batch": 64, "validation": 128}
    spec = specification(model=model, features={"extractor": extractor}, training=training)
    network = build_architecture(spec, (side, side, 1), 8, [str(label) for label in range(CLASSES)])
    work = Work(Party.P0, spec, network, (IMAGES, IMAGES), 16)
    recorded = record(work)
    epoch: Segment = [request for turn, times in recorded.epoch.loops() for request in turn * times]
    divided = portion(epoch)
    suited = suited_preparation(network)
    return {
        "network": name,
        "side": side,
        "multiplications": suited.multiplications,
        "suited": suited.preparation,
        "cot_transfers": sum(request.ots for request in epoch),
        "hybrid_transfers": sum(request.ots for request in divided.transfers),
        "hybrid_encrypted_bytes": 2 * divided.bytes,
        "helper_bytes": sum(dealt_bytes(record(work, by_digits=False).epoch)),
    }


def main(arguments: list[str] | None = None) -> list[dict[str, Any]]:
    """Count what was asked for, and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.offline.bench_plans", description=__doc__)
    parser.add_argument("--only", choices=CASES, action="append", help="may be repeated")
    rows = [row(name) for name in parser.parse_args(arguments).only or CASES]
    for found in rows:
        print(json.dumps(found))
    return rows


def test_bench_plans_prints_its_figures() -> None:
    main(["--only", "logistic, average-pool"])


if __name__ == "__main__":
    main()
