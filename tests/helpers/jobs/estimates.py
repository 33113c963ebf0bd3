"""What the process of an estimate says about a small job."""

from __future__ import annotations

from typing import Final

from common.pipeline import Stage
from server_node.estimate.outcome import Effort, Outcome

PREPARE: Final = Effort(Stage.PREPARE, 10.0, 1_000_000, 100, 5000)
TRAIN: Final = Effort(Stage.TRAIN, 2.0, 500_000, 1000, 60)
OUTCOME: Final = Outcome(
    20, 16, 4, 3.0, 1e-6, 1_700_000_000, {"cot": PREPARE, "helper": PREPARE}, (TRAIN,)
)
"""20 images, 16 of them trained on in 4 steps; a byte takes a microsecond without a network."""
