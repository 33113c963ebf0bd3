"""The public schedule of a training: what is mixed with which coefficients, in which order, at which rate, what drops.

The servers derive it from a seed they toss together; it says nothing about an image, and anybody can repeat it in the
clear. Mixing and order are whole-number arithmetic on an AES stream and rates are rounded to multiples of 2^-16, so
that two machines agree to the last bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from common.crypto.domains import BATCH_PLAN_V1, DROPOUT_V1, MIX_PLAN_V1
from common.crypto.prg import Stream, derive_key
from common.specification import Training

WEIGHT_BITS: Final = 8
"""Mixing coefficients are multiples of 1/256."""
LARGEST_WEIGHT: Final = 166
"""No image may dominate a mixture: coefficients above 0.65 are drawn again."""
RATE_BITS: Final = 16
"""Learning rates and momentum are multiples of 2^-16."""
_MAIN_PARTS: Final = 3
_WARM: Final = 0.2
_VALIDATION_CAP: Final = 5
"""At most a fifth of a data set is held back for validation."""
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class MixPlan:
    """Row i of an epoch is the sum over j of ``weights[i, j]`` / 256 times image ``sources[i, j]``; both [n, k]."""

    sources: Integers
    weights: Integers


def mix_plan(seed: bytes, epoch: int, count: int, k: int) -> MixPlan:
    """Fresh partners and coefficients: partners by k - 1 random permutations, coefficients Dirichlet(3, 1, ..., 1).

    Dirichlet with whole parameters is the gaps between sorted uniform cuts, so coefficients come out as exact 256ths.
    """
    stream = Stream(derive_key(seed, MIX_PLAN_V1, epoch.to_bytes(4, "little")))
    columns = [np.arange(count)] + [permutation(stream, count) for _ in range(k - 1)]
    return MixPlan(np.stack(columns, axis=1).astype(np.int64), _coefficients(stream, count, k))


def batch_order(seed: bytes, epoch: int, count: int) -> Integers:
    """Order of the samples of an epoch."""
    return permutation(Stream(derive_key(seed, BATCH_PLAN_V1, epoch.to_bytes(4, "little"))), count)


def permutation(stream: Stream, count: int) -> Integers:
    """Uniform permutation of ``count`` (up to a chance of count^2 / 2^65)."""
    return np.argsort(stream.words(count), kind="stable").astype(np.int64)


def dropout_plan(
    seed: bytes, epoch: int, step: int, node: str, shape: tuple[int, ...], drop: int
) -> npt.NDArray[np.uint8]:
    """Which values a dropout node keeps in one step: 1 or 0, each 0 with a chance of ``drop`` / 256 by itself.

    Args:
        step: number of the step in its epoch.
        shape: batch first; images channels last, so [b, h, w, c] or [b, f].
    """
    context = epoch.to_bytes(4, "little") + step.to_bytes(4, "little") + node.encode()
    drawn = Stream(derive_key(seed, DROPOUT_V1, context)).raw(math.prod(shape))
    return (drawn >= drop).astype(np.uint8).reshape(shape)


def _coefficients(stream: Stream, count: int, k: int) -> Integers:
    whole = 1 << WEIGHT_BITS
    if k == 1:
        return np.full((count, 1), whole, np.int64)
    weights = np.empty((count, k), np.int64)
    open_rows = np.arange(count)
    while len(open_rows):
        cuts = np.sort((stream.words(len(open_rows), k + 1) % np.uint64(whole + 1)).astype(np.int64), axis=1)
        ends = np.concatenate([cuts[:, _MAIN_PARTS - 1 :], np.full((len(cuts), 1), whole)], axis=1)
        drawn = np.diff(ends, axis=1, prepend=0)
        good = drawn.max(axis=1) <= LARGEST_WEIGHT
        weights[open_rows[good]] = drawn[good]
        open_rows = open_rows[~good]
    return weights


def hold_back(counts: list[int], validation: int) -> tuple[Integers, Integers]:
    """Indices for training and for validation: the first of each data set, whose order is random, in proportion."""
    total = sum(counts)
    validation_rows: list[int] = []
    start = 0
    for count in counts:
        share = min(validation * count // total, count // _VALIDATION_CAP)
        validation_rows.extend(range(start, start + share))
        start += count
    held_back = np.array(validation_rows, np.int64)
    return np.setdiff1d(np.arange(total), held_back), held_back


def sizes_of(counts: list[int], validation: int) -> tuple[int, int]:
    """How many images :func:`hold_back` leaves for training and takes for validation."""
    total = sum(counts)
    held_back = sum(min(validation * count // total, count // _VALIDATION_CAP) for count in counts)
    return total - held_back, held_back


def learning_rates(training: Training, steps: int) -> list[int]:
    """One rate for each of ``steps`` steps, over 2^16.

    ``constant``; ``cosine`` falls from the peak to 0 in half a cosine over all steps; ``step`` is a tenth of the peak
    from one half of the steps on and a hundredth from three quarters on; ``one-cycle`` rises in a line over a fifth of
    the steps and falls as a cosine over the others.
    """
    peak = training.learning_rate * (1 << RATE_BITS)
    if training.schedule == "constant":
        return [round(peak)] * steps
    if training.schedule == "cosine":
        rates = _falling(peak, steps)
    elif training.schedule == "step":
        rates = [peak / 10 ** ((2 * step >= steps) + (4 * step >= 3 * steps)) for step in range(steps)]
    else:
        warm = max(1, int(_WARM * steps))
        rising = [peak * (step + 1) / warm for step in range(min(warm, steps))]
        rates = rising + _falling(peak, steps - len(rising))
    return [max(1, round(rate)) for rate in rates]


def _falling(peak: float, steps: int) -> list[float]:
    return [peak * 0.5 * (1 + math.cos(math.pi * step / steps)) for step in range(steps)]
