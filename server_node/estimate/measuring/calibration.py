"""How fast this machine is at what preparing and talking take: measured once a day, kept in the node's folder."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from common.net.files import write_atomic
from common.net.identity import NodeIdentity
from server_node.estimate.measuring.dealer import MeasuredHelper
from server_node.estimate.measuring.link import LinkCost, measure_link
from server_node.estimate.measuring.pair import Pair
from server_node.estimate.measuring.probes import COT, DEALT, measure, units_of
from server_node.offline.source import CotSource

FILE_NAME: Final = "calibration.json"
VERSION: Final = 2
FRESH_SECONDS: Final = 24 * 3600
_MAX_BYTES: Final = 64 * 1024
_UNITS: Final = {probing.name: units_of(probing) for probing in (COT, DEALT)}


@dataclass(frozen=True)
class Calibration:
    """Seconds by source and unit of work, for two workers on this machine at once; ``cores`` is how many it has."""

    time: int
    cores: int
    costs: dict[str, dict[str, float]]
    link: LinkCost


def measure_machine(pair: Pair, identity: NodeIdentity, dealer_port: int, now: int) -> Calibration:
    """What every job on this machine takes; both processes of a pair call it."""
    costs = {
        COT.name: measure(pair, CotSource(), COT),
        DEALT.name: measure(pair, MeasuredHelper(identity, dealer_port), DEALT),
    }
    return Calibration(now, all_cores(), costs, measure_link(pair))


def fresh(folder: Path, now: float | None = None) -> Calibration | None:
    """The measurement of today, if there is one."""
    found = _read(folder / FILE_NAME)
    age = (time.time() if now is None else now) - (found.time if found else 0)
    return found if found and found.cores == all_cores() and 0 <= age < FRESH_SECONDS else None


def keep(folder: Path, measured: Calibration) -> None:
    """For the estimates of today."""
    write_atomic(folder / FILE_NAME, json.dumps({"version": VERSION, **asdict(measured)}).encode())


def all_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _read(path: Path) -> Calibration | None:
    """What was measured before, if that can be used."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            return None
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["version"] != VERSION or {name: set(units) for name, units in raw["costs"].items()} != _UNITS:
            return None
        link = LinkCost(_seconds(raw["link"]["round"]), _seconds(raw["link"]["byte"]))
        return Calibration(int(raw["time"]), int(raw["cores"]), _costs(raw["costs"]), link)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def _costs(raw: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    return {name: {unit: _seconds(one) for unit, one in units.items()} for name, units in raw.items()}


def _seconds(value: Any) -> float:
    found = float(value)
    if not 0 <= found < 1e3:
        raise ValueError("not seconds")
    return found
