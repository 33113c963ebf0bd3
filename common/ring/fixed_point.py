"""Real numbers as elements of Z_2^64: round(x * 2^f) in two's complement. Sums are numpy's own wrap-around sums."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from common.errors import RangeExceeded

RING_BITS = 64


def encode(values: npt.NDArray[np.float64], fraction_bits: int) -> npt.NDArray[np.uint64]:
    """Nearest ring elements (ties to even), same shape.

    Raises:
        RangeExceeded: a value is not finite or does not lie in [-2^(63 - f), 2^(63 - f)).
    """
    scaled = np.rint(np.asarray(values, np.float64) * 2.0**fraction_bits)
    limit = 2.0 ** (RING_BITS - 1)
    if not (np.isfinite(scaled).all() and (scaled >= -limit).all() and (scaled < limit).all()):
        raise RangeExceeded("A value does not fit into fixed point.", fraction_bits=fraction_bits)
    return scaled.astype(np.int64).view(np.uint64)


def decode(words: npt.NDArray[Any], fraction_bits: int) -> npt.NDArray[np.float64]:
    """Real values of ring elements (uint64 or int64), same shape; exact up to 53 bits."""
    return words.view(np.int64) / 2.0**fraction_bits
