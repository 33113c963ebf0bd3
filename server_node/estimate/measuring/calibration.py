"""How fast this machine is at what preparing and talking take: measured once a day, kept in the node's folder."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from common.errors import EstimateFailed
from common.ids import Party
from common.net.files import write_atomic
from common.net.identity import NodeIdentity
from server_node.estimate.measuring.link import LinkCost, measure_link
from server_node.estimate.measuring.probes import COT_PROBES, HELPER_PROBES, measure_cot, measure_helper

FILE_NAME: Final = "calibration.json"
VERSION: Final = 1
FRESH_SECONDS: Final = 24 * 3600
_MAX_BYTES: Final = 64 * 1024
_UNITS: Final = {"base", *(probe.unit for probe in COT_PROBES)}, {probe.unit for probe in HELPER_PROBES}


@dataclass(frozen=True)
class Calibration:
    """Processor seconds by unit of work, with each source; ``cores`` is what one worker has for itself."""

    time: int
    cores: int
    is_shared: bool
    cot: dict[str, float]
    helper: dict[str, float]
    link: LinkCost

    @property
    def all_cores(self) -> int:
        """Cores of the whole machine."""
        return 2 * self.cores if self.is_shared else self.cores


def calibrate(
    folder: Path, identity: NodeIdentity, is_shared: bool, now: Callable[[], float] = time.time
) -> Calibration:
    """The measurement of today, or a new one.

    Raises:
        EstimateFailed: this machine cannot be measured.
    """
    found = _read(folder / FILE_NAME)
    cores = cores_of_a_worker(is_shared)
    if found is not None and found.is_shared == is_shared and found.cores == cores:
        if 0 <= now() - found.time < FRESH_SECONDS:
            return found
    party = Party.from_letter(identity.role)
    try:
        measured = Calibration(
            int(now()), cores, is_shared, dict(measure_cot(party)), dict(measure_helper()), measure_link(identity)
        )
    except OSError as error:
        raise EstimateFailed("This server's machine cannot be measured; see the log of the node.") from error
    write_atomic(folder / FILE_NAME, json.dumps({"version": VERSION, **asdict(measured)}).encode())
    return measured


def all_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cores_of_a_worker(is_shared: bool) -> int:
    """Cores that a worker has for itself, if the other server's computes on this machine, too, or on its own."""
    return max(1, all_cores() // 2) if is_shared else all_cores()


def _read(path: Path) -> Calibration | None:
    """What was measured before, if that can be used."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            return None
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["version"] != VERSION or (set(raw["cot"]), set(raw["helper"])) != _UNITS:
            return None
        link = LinkCost(_seconds(raw["link"]["round"]), _seconds(raw["link"]["byte"]))
        cot, helper = ({unit: _seconds(one) for unit, one in raw[name].items()} for name in ("cot", "helper"))
        return Calibration(int(raw["time"]), int(raw["cores"]), raw["is_shared"] is True, cot, helper, link)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def _seconds(value: Any) -> float:
    found = float(value)
    if not 0 <= found < 1e3:
        raise ValueError("not seconds")
    return found
