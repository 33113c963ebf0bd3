"""Whether a model that is 80 % sure is right in 80 of 100 cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

BINS: Final = 15


@dataclass(frozen=True)
class Bin:
    """Images whose prediction was given a probability in ``(low, high]``; both means are None where there are none."""

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Calibration:
    """Expected calibration error (Guo et al., ICML 2017, 15 bins of equal width) and the bins it is the mean of."""

    error: float
    bins: tuple[Bin, ...]


def calibrate(confidence: npt.NDArray[Any], is_right: npt.NDArray[np.bool_]) -> Calibration:
    """Compare the probability of each prediction, from 0 to 1, with whether it was right."""
    place = np.clip(np.ceil(np.asarray(confidence, np.float64) * BINS).astype(np.int64) - 1, 0, BINS - 1)
    counts = np.bincount(place, minlength=BINS)
    sums = np.bincount(place, weights=confidence, minlength=BINS)
    rights = np.bincount(place, weights=is_right.astype(np.float64), minlength=BINS)
    bins, error = [], 0.0
    for index in range(BINS):
        count = int(counts[index])
        mean, share = (float(sums[index]) / count, float(rights[index]) / count) if count else (None, None)
        bins.append(Bin(index / BINS, (index + 1) / BINS, count, mean, share))
        error += abs(float(rights[index]) - float(sums[index])) / max(1, len(place))
    return Calibration(error, tuple(bins))
