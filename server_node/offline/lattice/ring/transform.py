"""The transform between coefficients and values of polynomials, in place, and fractions of Q.

Value k of a polynomial is the one at ``root^(2 bitrev(k) + 1)``; both ways to compute give the same words.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from types import ModuleType

import numpy as np
import numpy.typing as npt

from server_node.offline.lattice.ring.kernels import portable, wide, wide_fractions
from server_node.offline.lattice.ring.kernels.lanes import has_limb_products
from server_node.offline.lattice.ring.modulus import scale, tables
from server_node.offline.lattice.ring.parameters import DEGREE

Words = npt.NDArray[np.uint64]

_kernels: ModuleType = wide if has_limb_products() else portable


def to_values(rows: Words, primes: Sequence[int]) -> None:
    """Values of the polynomials ``rows`` [r, primes, n] (coefficients below 4 primes), in place, reduced.

    Raises ``ValueError`` for rows of another shape or layout.
    """
    _check(rows, len(primes))
    powers = _powers(_kernels, tuple(primes), False)
    _kernels.forward(rows, *powers, np.array(primes, np.uint64))


def to_coefficients(rows: Words, primes: Sequence[int], factors: Sequence[int] | None = None) -> None:
    """Coefficients of polynomials with the reduced values ``rows`` [r, primes, n], in place, reduced.

    Those modulo each prime come out times its factor, if there are ``factors``. Raises ``ValueError`` for rows of
    another shape or layout.
    """
    _check(rows, len(primes))
    powers = _powers(_kernels, tuple(primes), True)
    scales = _scales(_kernels, tuple(primes), tuple(factors or [1] * len(primes)))
    _kernels.backward(rows, *powers, scales, np.array(primes, np.uint64))


def forward(rows: Words, prime: int) -> None:
    """:func:`to_values` modulo a single prime, of rows [r, n]."""
    to_values(rows[:, None], (prime,))


def backward(rows: Words, prime: int, factor: int = 1) -> None:
    """:func:`to_coefficients` modulo a single prime, of rows [r, n]."""
    to_coefficients(rows[:, None], (prime,), (factor,))


def fractions(residues: Words, factors: Words, limbs: Words) -> None:
    """Add residues [m, n] over their moduli to fractions ``limbs`` [3, n]; see ``kernels.portable``."""
    (portable if _kernels is portable else wide_fractions).fractions(residues, factors, limbs)


@functools.cache
def _powers(kernels: ModuleType, primes: tuple[int, ...], is_inverse: bool) -> tuple[Words, ...]:
    column = 1 if kernels.QUOTIENT_BITS == 52 else 2
    both = [tables(prime) for prime in primes]
    chosen = [(one.inverses if is_inverse else one.powers)[:, [0, column]] for one in both]
    powers = np.ascontiguousarray(np.stack(chosen))
    if kernels is portable:
        return (powers,)
    return powers, np.stack([wide.lane_powers(one) for one in powers])


@functools.cache
def _scales(kernels: ModuleType, primes: tuple[int, ...], factors: tuple[int, ...]) -> Words:
    bits = kernels.QUOTIENT_BITS
    return np.stack([scale(factor, prime, bits) for factor, prime in zip(factors, primes, strict=True)])


def _check(rows: Words, primes: int) -> None:
    if rows.ndim != 3 or rows.shape[1:] != (primes, DEGREE) or rows.dtype != np.uint64 or not rows.flags.c_contiguous:
        raise ValueError("a transform takes rows of 8192 words for each prime")
