"""What A and B toss together: which images are mixed, with which coefficients, in which order batches come.

Both servers know these; they say nothing about an image. Everything is whole-number arithmetic on an AES stream, so the
two machines agree to the last bit.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from common.crypto.domains import BATCH_PLAN_V1, JOINT_TOSS_V1, MIX_PLAN_V1
from common.crypto.prg import Stream, derive_key
from common.crypto.rng import RandomSource
from common.net.channel import Channel

WEIGHT_BITS: Final = 8
"""Mixing coefficients are multiples of 1/256."""
LARGEST_WEIGHT: Final = 166
"""No image may dominate a mixture: coefficients above 0.65 are drawn again."""
_MAIN_PARTS: Final = 3
Integers = npt.NDArray[np.int64]


def joint_seed(channel: Channel, rng: RandomSource) -> bytes:
    """32 bytes neither server chose alone. *Rounds* 1. *Bytes* 32 each way. *Leaks* nothing."""
    mine = np.frombuffer(rng.token(32), np.uint8)
    theirs = channel.exchange("joint-toss", mine)
    ordered = sorted([mine.tobytes(), theirs.tobytes()])
    return hashlib.sha256(JOINT_TOSS_V1.encode() + b"".join(ordered)).digest()


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
