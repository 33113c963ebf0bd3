"""Statistics on what a party sees: bytes that hide something must look uniform.

Thresholds are at six standard deviations (one false alarm in 10^9 looks), so a failure is a finding.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

DEVIATIONS = 6.0
WORD_BYTES = 8
MINIMUM = 256 * 20
"""Bytes below which a count per byte value says nothing."""


def chi_square(data: npt.NDArray[np.uint8]) -> float:
    """Pearson's statistic of the counts of the 256 byte values; 255 on average for uniform bytes."""
    expected = len(data) / 256
    counts = np.bincount(data, minlength=256)
    return float(((counts - expected) ** 2 / expected).sum())


def chi_square_limits(freedom: int) -> tuple[float, float]:
    """Lowest and highest believable value of the statistic (Wilson and Hilferty, PNAS 1931)."""
    step = 2 / (9 * freedom)
    low, high = (freedom * (1 - step + sign * DEVIATIONS * step**0.5) ** 3 for sign in (-1, 1))
    return low, high


def assert_uniform_bytes(data: bytes, about: str = "") -> None:
    """Every byte value equally often, in the whole and at each place in a 64-bit word, and every bit half the time."""
    values = np.frombuffer(data, np.uint8)
    assert len(values) >= MINIMUM, f"{about}: {len(values)} bytes are too few to judge"
    low, high = chi_square_limits(255)
    views = {"all": values}
    if len(values) >= MINIMUM * WORD_BYTES:
        views |= {f"place {place}": values[place::WORD_BYTES] for place in range(WORD_BYTES)}
    for name, view in views.items():
        statistic = chi_square(view)
        assert low < statistic < high, f"{about}: {name}: chi-square {statistic:.1f} is not in {low:.1f} to {high:.1f}"
    _assert_balanced_bits(values, about)


def _assert_balanced_bits(values: npt.NDArray[np.uint8], about: str) -> None:
    whole = len(values) // WORD_BYTES * WORD_BYTES
    ones = np.unpackbits(values[:whole].reshape(-1, WORD_BYTES), axis=1).sum(axis=0)
    count = whole // WORD_BYTES
    away = np.abs(ones - count / 2) / (count**0.5 / 2)
    assert away.max() < DEVIATIONS, f"{about}: bit {away.argmax()} of the words is {away.max():.1f} deviations off"


def assert_mean(values: npt.NDArray[np.float64], expected: float, deviations: float = 4.0) -> None:
    """The mean lies within so many standard errors of what it should be."""
    error = values.std(ddof=1) / len(values) ** 0.5
    away = abs(values.mean() - expected)
    assert away <= deviations * error + 1e-12, f"mean {values.mean():.9f} +- {error:.9f} is not {expected:.9f}"
