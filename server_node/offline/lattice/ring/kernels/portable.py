"""Transforms, and fractions of Q, in plain loops, for every processor. Sizes are checked by callers.

The transforms are those of Longa and Naehrig (CANS 2016) with Harvey's lazy reductions: coefficients in their order,
values in bit-reversed order, value k of a polynomial being the one at root^(2 bitrev(k) + 1).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from server_node.kernels.compiled import compiled
from server_node.offline.lattice.ring.kernels.words import high, multiply, once

Words = npt.NDArray[np.uint64]

QUOTIENT_BITS = 64
Pair = tuple[np.uint64, np.uint64]


@compiled
def _forward_pair(x: np.uint64, y: np.uint64, power: Words, prime: np.uint64) -> Pair:
    """x + power y and x - power y; all below 4 primes."""
    twice = np.uint64(2) * prime
    x, y = once(x, twice), multiply(y, power[0], power[1], prime)
    return x + y, x - y + twice


@compiled
def _backward_pair(x: np.uint64, y: np.uint64, power: Words, prime: np.uint64) -> Pair:
    """x + y and power (x - y); all below 2 primes."""
    twice = np.uint64(2) * prime
    return once(x + y, twice), multiply(x - y + twice, power[0], power[1], prime)


@compiled
def _forward_levels(rows: Words, upper: Words, lower: Words, prime: np.uint64) -> None:
    """Two levels over the columns of ``rows`` [4, m]: the power of the first one, the two of the second."""
    r0, r1, r2, r3 = rows[0], rows[1], rows[2], rows[3]
    for j in range(rows.shape[1]):
        a, c = _forward_pair(r0[j], r2[j], upper, prime)
        b, d = _forward_pair(r1[j], r3[j], upper, prime)
        r0[j], r1[j] = _forward_pair(a, b, lower[0], prime)
        r2[j], r3[j] = _forward_pair(c, d, lower[1], prime)


@compiled
def _backward_levels(rows: Words, upper: Words, lower: Words, prime: np.uint64) -> None:
    """Undo :func:`_forward_levels` with the inverse powers."""
    r0, r1, r2, r3 = rows[0], rows[1], rows[2], rows[3]
    for j in range(rows.shape[1]):
        a, b = _backward_pair(r0[j], r1[j], lower[0], prime)
        c, d = _backward_pair(r2[j], r3[j], lower[1], prime)
        r0[j], r2[j] = _backward_pair(a, c, upper, prime)
        r1[j], r3[j] = _backward_pair(b, d, upper, prime)


@compiled
def _forward_row(row: Words, powers: Words, prime: np.uint64) -> None:
    size = len(row)
    twice = np.uint64(2) * prime
    first = row[: size // 2], row[size // 2 :]
    for j in range(size // 2):
        first[0][j], first[1][j] = _forward_pair(first[0][j], first[1][j], powers[1], prime)
    blocks = 2
    while 4 * blocks < size:
        block = size // blocks
        for i in range(blocks):
            at, part = blocks + i, row[i * block : (i + 1) * block].reshape(4, block // 4)
            _forward_levels(part, powers[at], powers[2 * at : 2 * at + 2], prime)
        blocks *= 4
    for i in range(blocks):
        at, part = blocks + i, row[4 * i : 4 * i + 4]
        a, c = _forward_pair(part[0], part[2], powers[at], prime)
        b, d = _forward_pair(part[1], part[3], powers[at], prime)
        a, b = _forward_pair(a, b, powers[2 * at], prime)
        c, d = _forward_pair(c, d, powers[2 * at + 1], prime)
        part[0], part[1] = once(once(a, twice), prime), once(once(b, twice), prime)
        part[2], part[3] = once(once(c, twice), prime), once(once(d, twice), prime)


@compiled
def _backward_row(row: Words, powers: Words, scale: Words, prime: np.uint64) -> None:
    size = len(row)
    twice = np.uint64(2) * prime
    blocks = size // 4
    for i in range(blocks):
        at, part = blocks + i, row[4 * i : 4 * i + 4]
        a, b = _backward_pair(part[0], part[1], powers[2 * at], prime)
        c, d = _backward_pair(part[2], part[3], powers[2 * at + 1], prime)
        part[0], part[2] = _backward_pair(a, c, powers[at], prime)
        part[1], part[3] = _backward_pair(b, d, powers[at], prime)
    while blocks > 2:
        blocks //= 4
        block = size // blocks
        for i in range(blocks):
            at, part = blocks + i, row[i * block : (i + 1) * block].reshape(4, block // 4)
            _backward_levels(part, powers[at], powers[2 * at : 2 * at + 2], prime)
    upper, lower = row[: size // 2], row[size // 2 :]
    for j in range(size // 2):
        total, gap = upper[j] + lower[j], upper[j] - lower[j] + twice
        upper[j] = once(multiply(total, scale[0, 0], scale[0, 1], prime), prime)
        lower[j] = once(multiply(gap, scale[1, 0], scale[1, 1], prime), prime)


@compiled
def forward(rows: Words, powers: Words, primes: Words) -> None:
    """Transform ``rows`` [r, primes, n], words below 4 primes, in place; values come out reduced.

    ``powers`` [primes, n, 2] with quotients for 2^64; n is twice a power of four.
    """
    for i in range(len(primes)):
        for r in range(rows.shape[0]):
            _forward_row(rows[r, i], powers[i], primes[i])


@compiled
def backward(rows: Words, powers: Words, scales: Words, primes: Words) -> None:
    """Undo :func:`forward` on reduced values, in place, times what ``scales`` [primes, 2, 2] stand for."""
    for i in range(len(primes)):
        for r in range(rows.shape[0]):
            _backward_row(rows[r, i], powers[i], scales[i], primes[i])


@compiled
def add_fractions(residues: Words, factors: Words, first: int, out: Words) -> None:
    """:func:`fractions` of the coefficients from ``first`` on."""
    mask, shift = np.uint64(0xFFFFFFFFFFFFF), np.uint64(6)
    for i in range(residues.shape[0]):
        for limb in range(3):
            row, target = residues[i, first:], out[limb, first:]
            below, above = factors[i, limb] << shift, factors[i, limb + 1]
            for j in range(len(target)):
                target[j] += high(row[j] << shift, below) + ((row[j] * above) & mask)


@compiled
def fractions(residues: Words, factors: Words, out: Words) -> None:
    """Add residues over their moduli to ``out`` [3, n], limbs of 52 bits of fractions, lowest first, not carried.

    ``residues`` [m, n] below 2^50, ``factors`` [m, 4] limbs of 2^208 / modulus. What is added is up to three of the
    smallest steps for each modulus too low.
    """
    add_fractions(residues, factors, 0, out)
