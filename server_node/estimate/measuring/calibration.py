"""How fast this machine is at what preparing and talking take: measured once a day, kept in the node's folder."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from common.net.files import write_atomic
from server_node.estimate.measuring.link import LinkCost
from server_node.estimate.measuring.probes import NEEDED_BEFORE, PROBINGS

FILE_NAME: Final = "calibration.json"
VERSION: Final = 2
FRESH_SECONDS: Final = 24 * 3600
_MAX_BYTES: Final = 64 * 1024


@dataclass(frozen=True)
class Calibration:
    """Seconds of units of work, for two workers on this machine at once; ``cores`` is how many it has."""

    time: int
    cores: int
    link: LinkCost
    costs: dict[str, float]

    def lacks(self, tables: Collection[str]) -> list[str]:
        """Tables that must be measured, in order, so that there are all of these."""
        wanted = {*tables, *(NEEDED_BEFORE[table] for table in tables if table in NEEDED_BEFORE)}
        missing = [table for table in sorted(wanted) if not PROBINGS[table].units <= set(self.costs)]
        return sorted(missing, key=lambda table: table in NEEDED_BEFORE)

    def extended(self, costs: Mapping[str, float]) -> Calibration:
        """With units that were measured just now."""
        return replace(self, costs={**self.costs, **costs})


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
        if raw["version"] != VERSION:
            return None
        link = LinkCost(_seconds(raw["link"]["round"]), _seconds(raw["link"]["byte"]))
        costs = {str(unit): _seconds(one) for unit, one in raw["costs"].items()}
        return Calibration(int(raw["time"]), int(raw["cores"]), link, costs)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def _seconds(value: Any) -> float:
    found = float(value)
    if not 0 <= found < 1e3:
        raise ValueError("not seconds")
    return found
