"""Sums of products of transformed polynomials: for every place of the transform a small product of matrices.

``out[i, j] = sum over k of left[i, k] * right[k, j]`` modulo each prime, place by place. Both factors are packed
first, so that a register tile finds all it needs of 32 places near by: these lie together, then left rows (or right
columns), then k. Sums are kept as low and high 52 bits and reduced once (IFMA); elsewhere as 128 bits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import ModuleType
from typing import Final

import numpy as np
import numpy.typing as npt

from server_node.kernels.compiled import compiled, sample
from server_node.offline.lattice.ring.kernels import plain_sums, sums
from server_node.offline.lattice.ring.kernels.lanes import has_limb_products
from server_node.offline.lattice.ring.kernels.sums import RUN

Words = npt.NDArray[np.uint64]

MOST_TERMS: Final = 1024
"""More would overflow a sum of high halves."""
_kernels: ModuleType = sums if has_limb_products() else plain_sums


def constants(primes: Sequence[int]) -> Words:
    """What sums are reduced with, [primes, 8]: the prime, 2^52 and 2^104 modulo it with their quotients for 2^52,
    2^64 with its quotient for 2^64, and 2^50."""
    rows = []
    for prime in primes:
        power, square, word = (pow(2, bits, prime) for bits in (52, 104, 64))
        limbs = [power, (power << 52) // prime, square, (square << 52) // prime]
        rows.append([prime, *limbs, word, (word << 64) // prime, (1 << 50) % prime])
    return np.array(rows, np.uint64)


def shape(primes: int, size: int, terms: int, width: int) -> tuple[int, ...]:
    """The shape of a factor of ``terms`` by ``width`` polynomials of ``size`` values."""
    return primes, size // RUN, terms, width, RUN


def empty(primes: int, size: int, terms: int, width: int) -> Words:
    """Room for a factor, left or right."""
    return np.empty(shape(primes, size, terms, width), np.uint64)


class Room:
    """Memory that is used again and again for one array after the other: fresh pages cost more than sums."""

    def __init__(self) -> None:
        self._words = np.empty(0, np.uint64)

    def of(self, *shape: int) -> Words:
        """An array of this shape; the one before must not be used any more."""
        size = math.prod(shape)
        if size > len(self._words):
            self._words = np.empty(size, np.uint64)
        return self._words[:size].reshape(shape)


def pack(rows: Words, out: Words, first: tuple[int, int]) -> None:
    """Put transformed polynomials [width, terms, primes, n] to their places in a factor of :func:`empty`.

    Args:
        first: the place of polynomial (0, 0) among the terms and in the width of ``out``.

    Raises ``ValueError`` for polynomials that have no place there.
    """
    count, inner, *levels = rows.shape
    primes, blocks, terms, width, _ = out.shape
    if [primes, blocks * RUN] != levels or first[0] + inner > terms or first[1] + count > width:
        raise ValueError("the polynomials do not fit the factor")
    _pack(rows, out, first[0], first[1])


def multiply(left: Words, right: Words, moduli: Words, out: Words) -> None:
    """``out`` [i, j, primes, n] from packed factors of i and j polynomials of each of k terms.

    Entries are below their primes, of 50 bits, before and after; k is at most ``MOST_TERMS``. Raises ``ValueError``
    for arrays that do not fit.
    """
    primes, blocks, terms, rows, _ = left.shape
    if right.shape != (primes, blocks, terms, right.shape[3], RUN) or left.shape[4] != RUN or len(moduli) != primes:
        raise ValueError("the factors do not fit each other")
    if out.shape != (rows, right.shape[3], primes, blocks * RUN) or not 1 <= terms <= MOST_TERMS:
        raise ValueError("the product does not fit its factors")
    _kernels.multiply(left, right, moduli, out)


def product(a: Words, b: Words, moduli: Words) -> Words:
    """Products of reduced values [primes, n], place by place, reduced."""
    out = np.empty(a.shape, np.uint64)
    _check(out, a, b, moduli)
    _kernels.product(a, b, moduli, out)
    return out


def subtract_product(target: Words, a: Words, b: Words, moduli: Words) -> None:
    """Take the products of values ``a`` and ``b`` [primes, n], place by place, from ``target``; all are reduced."""
    _check(target, a, b, moduli)
    _kernels.subtract_product(target, a, b, moduli)


def _check(target: Words, a: Words, b: Words, moduli: Words) -> None:
    if not target.shape == a.shape == b.shape or len(moduli) < len(a) or a.shape[1] % RUN:
        raise ValueError("the values do not fit each other")
    if not (target.flags.c_contiguous and a.flags.c_contiguous and b.flags.c_contiguous):
        raise ValueError("products are made of contiguous values")


@compiled
def _pack(rows: Words, out: Words, first_term: int, first_place: int) -> None:
    width, terms, primes, size = rows.shape
    for r in range(primes):
        for block in range(size // RUN):
            for k in range(terms):
                for i in range(width):
                    source = rows[i, k, r, RUN * block : RUN * (block + 1)]
                    target = out[r, block, first_term + k, first_place + i]
                    for place in range(RUN):
                        target[place] = source[place]


@sample
def _smallest_panels() -> None:
    moduli = constants([(1 << 50) - 27])
    rows, panel = np.zeros((1, 1, 1, RUN), np.uint64), empty(1, RUN, 1, 1)
    pack(rows, panel, (0, 0))
    multiply(panel, panel, moduli, np.empty((1, 1, 1, RUN), np.uint64))
    subtract_product(rows[0, 0], product(rows[0, 0], rows[0, 0], moduli), rows[0, 0], moduli)
