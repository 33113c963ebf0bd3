"""The ways to prepare a job, each with its price: a new source is a new row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from common.deployment import HELPER
from common.ids import Party
from server_node.estimate.counting.bill import Bill
from server_node.estimate.counting.cot import price_cot
from server_node.estimate.counting.helper import price_helper
from server_node.estimate.counting.recording import Recorded
from server_node.offline.generate import SOURCE

SOURCES: Final[Mapping[str, Callable[[Recorded, Party], Bill]]] = {SOURCE: price_cot, HELPER: price_helper}
"""What one party pays for a whole preparation, by source; a calibration has the seconds of the units."""
