"""What the process of an estimate says about a small job."""

from __future__ import annotations

from typing import Final

from common.pipeline import Stage
from server_node.estimate.outcome import Effort, Outcome

PREPARE: Final = Effort(Stage.PREPARE, 10.0, 0.75, 1_000_000, 200_000, 400_000, 100, 5, 5000)
TRAIN: Final = Effort(Stage.TRAIN, 2.0, 1.0, 500_000, 0, 0, 1000, 0, 60)
OUTCOME: Final = Outcome(
    images=20, trained=16, steps=4, epochs=2, lanes=1, cores=2.0, start_seconds=3.0, plan_seconds=0.0,
    link_seconds=1e-6, calibrated=1_700_000_000, sources={"cot": (PREPARE, TRAIN), "helper": (PREPARE, TRAIN)},
)  # fmt: skip
"""20 images, 16 of them trained on in 4 steps of 2 epochs; a byte takes a microsecond without a network."""
