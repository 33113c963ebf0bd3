"""Two additive shares of a tensor in Z_2^64: each alone is uniform, the sum modulo 2^64 is the value."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from common.crypto.rng import RandomSource

Words = npt.NDArray[np.uint64]


def split(values: Words, rng: RandomSource) -> tuple[Words, Words]:
    """Shares ``(a, b)`` of a uint64 array of any shape, with ``a + b == values`` modulo 2^64.

    Raises:
        ValueError: the array is not uint64.
    """
    _check(values)
    raw = rng.token(8 * values.size)
    share_a = np.frombuffer(raw, dtype="<u8").astype(np.uint64).reshape(values.shape)
    return share_a, values - share_a


def combine(share_a: Words, share_b: Words) -> Words:
    """The value behind two shares of the same shape.

    Raises:
        ValueError: dtypes or shapes differ, so these cannot be two shares of one value.
    """
    _check(share_a)
    _check(share_b)
    if share_a.shape != share_b.shape:
        raise ValueError("two shares of one value have the same shape")
    return share_a + share_b


def _check(values: Words) -> None:
    if values.dtype != np.uint64:
        raise ValueError("shares in Z_2^64 are uint64 arrays")
