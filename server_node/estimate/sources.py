"""The ways to prepare a job, each with its price: a new source is a new row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from common.deployment import HELPER
from common.ids import Party
from server_node.estimate.counting.bill import Bill
from server_node.estimate.counting.cot import price_cot
from server_node.estimate.counting.helper import price_helper
from server_node.estimate.counting.recording import Recorded
from server_node.estimate.measuring.calibration import Calibration
from server_node.estimate.measuring.probes import seconds_of
from server_node.offline.generate import SOURCE


@dataclass(frozen=True)
class Source:
    """``price`` gives what one party pays; ``seconds`` what its own processor does for it, or waits for a dealer's."""

    price: Callable[[Recorded, Party], Bill]
    seconds: Callable[[Bill, Calibration], float]


def _dealt(bill: Bill, calibration: Calibration) -> float:
    """A helper shares its work among all its cores, and is taken to be a machine like this one."""
    return seconds_of(bill, calibration.helper) / calibration.all_cores


SOURCES: Final[Mapping[str, Source]] = {
    SOURCE: Source(price_cot, lambda bill, calibration: seconds_of(bill, calibration.cot)),
    HELPER: Source(price_helper, _dealt),
}
