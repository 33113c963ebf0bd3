"""The transform between coefficients and values of polynomials, prime by prime, in place."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from server_node.offline.lattice.ring.kernels import portable
from server_node.offline.lattice.ring.modulus import offset, scale, shoup, tables
from server_node.offline.lattice.ring.parameters import DEGREE, MOST_TERMS

Words = npt.NDArray[np.uint64]
Terms = npt.NDArray[np.int64]

_kernels = portable


def forward(rows: Words, prime: int) -> None:
    """Values of the polynomials ``rows`` [r, n] (coefficients below 4 primes), in place, reduced.

    Value k is the one at root^(2 bitrev(k) + 1). Raises ``ValueError`` for rows of another shape or layout.
    """
    _check(rows)
    _kernels.forward(rows, tables(prime).powers, np.uint64(prime))


def backward(rows: Words, prime: int, factor: int = 1) -> None:
    """Coefficients, times ``factor``, of polynomials with the reduced values ``rows`` [r, n], in place, reduced.

    Raises ``ValueError`` for rows of another shape or layout.
    """
    _check(rows)
    _kernels.backward(rows, tables(prime).inverses, _scale(factor, prime, _kernels.QUOTIENT_BITS), np.uint64(prime))


def accumulate(ciphers: Words, plains: Words, terms: Terms, primes: Sequence[int]) -> Words:
    """Sums of products [o, h, primes, n], reduced: over k of ``ciphers[x] * plains[y]`` for (x, y) = terms[o, k].

    ``ciphers`` [c, h, primes, n] and ``plains`` [p, primes, n] are reduced values. Raises ``ValueError`` for shapes
    or indices that do not fit, and for more than 4096 terms.
    """
    levels = (len(primes), DEGREE)
    if ciphers.ndim != 4 or ciphers.shape[2:] != levels or plains.ndim != 3 or plains.shape[1:] != levels:
        raise ValueError("polynomials have one row of 8192 words for each prime")
    if terms.ndim != 3 or terms.shape[2] != 2 or not 1 <= terms.shape[1] <= MOST_TERMS:
        raise ValueError("terms are pairs of indices, at most 4096 for each sum")
    if terms.size and not (0 <= terms.min() and (terms < [len(ciphers), len(plains)]).all()):
        raise ValueError("a term names a polynomial that is not there")
    out = np.empty((len(terms), ciphers.shape[1], *levels), np.uint64)
    _kernels.accumulate(ciphers, plains, terms, _settling(tuple(primes), _kernels.QUOTIENT_BITS), out)
    return out


def product(a: Words, b: Words, primes: Sequence[int]) -> Words:
    """Products [r, primes, n] of reduced values ``a`` [r, primes, n] and ``b`` [primes, n], reduced."""
    terms = np.zeros((len(a), 1, 2), np.int64)
    terms[:, 0, 0] = np.arange(len(a))
    return accumulate(a[:, None], b[None], terms, primes)[:, 0]


def fractions(residues: Words, factors: Words, limbs: Words) -> None:
    """Add residues over their moduli to fractions ``limbs`` [3, n]: see :func:`portable.fractions`."""
    _kernels.fractions(residues, factors, limbs)


@functools.cache
def _scale(factor: int, prime: int, bits: int) -> Words:
    return scale(factor, prime, bits)


@functools.cache
def _settling(primes: tuple[int, ...], bits: int) -> Words:
    rows = [(prime, offset(prime), *shoup((1 << 52) % prime, prime, bits)) for prime in primes]
    return np.array(rows, np.uint64)


def _check(rows: Words) -> None:
    if rows.ndim != 2 or rows.shape[1] != DEGREE or rows.dtype != np.uint64 or not rows.flags.c_contiguous:
        raise ValueError("a transform takes rows of 8192 words")
