"""What the process of an estimate is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.architecture import check_project
from common.ids import Party
from common.specification import parse_specification
from server_node.estimate.counting.preparing import Terms
from server_node.estimate.counting.recording import Work
from server_node.estimate.measuring.link import LinkCost
from server_node.offline.ot.choice import Link


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


def terms_of(asked: Mapping[str, Any], loopback: LinkCost) -> Terms:
    """How the job will be prepared; its link is never faster than this machine's own."""
    round_trip, byte, network = 2 * loopback.round, loopback.byte, asked["network"]
    if network is not None:
        round_trip += float(network["round_trip"])
        byte = max(byte, 1 / float(network["bytes_per_second"]))
    return Terms(int(asked["lanes"]), Link(round_trip, byte))
