"""What the process of an estimate is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.architecture import check_project
from common.ids import Party
from common.specification import parse_specification
from server_node.estimate.counting.recording import Work


def work_of(asked: Mapping[str, Any], party: Party) -> Work:
    """The job as one party sees it.

    Raises:
        SpecRefused: no server could run it.
    """
    spec, images = parse_specification(asked["specification"]), asked["images"]
    counts = [int(count) for count in images["counts"]]
    shape = (int(images["shape"][0]), int(images["shape"][1]), int(images["shape"][2]))
    architecture = check_project(spec, counts, shape, images["bits"], images["classes"])
    return Work(party, spec, architecture, tuple(counts), images["ring_bits"])
