"""Learning rates as whole multiples of 2^-16, computed once so that both servers can compare them."""

from __future__ import annotations

import math
from typing import Final

from common.specification import Training
from server_node.train.head import RATE_BITS

_WARM: Final = 0.2


def learning_rates(training: Training, steps: int) -> list[int]:
    """One rate for each of ``steps`` steps: constant, or a linear rise over a fifth and a cosine fall (one cycle)."""
    peak = training.learning_rate * (1 << RATE_BITS)
    if training.schedule == "constant":
        return [round(peak)] * steps
    warm = max(1, int(_WARM * steps))
    rising = [peak * (step + 1) / warm for step in range(min(warm, steps))]
    length = max(1, steps - warm)
    falling = [peak * 0.5 * (1 + math.cos(math.pi * step / length)) for step in range(steps - len(rising))]
    return [max(1, round(rate)) for rate in rising + falling]
