"""Transforms and sums of products in plain loops, for every processor. Sizes are checked by callers.

The transforms are those of Longa and Naehrig (CANS 2016) with Harvey's lazy reductions: coefficients in their order,
values in bit-reversed order, value k of a polynomial being the one at root^(2 bitrev(k) + 1).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from server_node.kernels.compiled import compiled
from server_node.offline.lattice.ring.kernels.words import fold, high, multiply, once

Words = npt.NDArray[np.uint64]
Terms = npt.NDArray[np.int64]

QUOTIENT = 2
"""Which column of the tables has the quotients of these loops."""
QUOTIENT_BITS = 64


@compiled
def _forward_level(upper: Words, lower: Words, power: Words, prime: np.uint64) -> None:
    twice, factor, quotient = np.uint64(2) * prime, power[0], power[2]
    for j in range(len(upper)):
        x = once(upper[j], twice)
        y = multiply(lower[j], factor, quotient, prime)
        upper[j] = x + y
        lower[j] = x - y + twice


@compiled
def forward(rows: Words, powers: Words, prime: np.uint64) -> None:
    """Transform ``rows`` [r, n], words below 4 primes, in place; values come out reduced."""
    size = rows.shape[1]
    twice = np.uint64(2) * prime
    for r in range(rows.shape[0]):
        row = rows[r]
        blocks, half = 1, size // 2
        while half > 0:
            for i in range(blocks):
                middle = (2 * i + 1) * half
                _forward_level(row[middle - half : middle], row[middle : middle + half], powers[blocks + i], prime)
            blocks, half = 2 * blocks, half // 2
        for j in range(size):
            row[j] = once(once(row[j], twice), prime)


@compiled
def _backward_level(upper: Words, lower: Words, power: Words, prime: np.uint64) -> None:
    twice, factor, quotient = np.uint64(2) * prime, power[0], power[2]
    for j in range(len(upper)):
        x, y = upper[j], lower[j]
        upper[j] = once(x + y, twice)
        lower[j] = multiply(x - y + twice, factor, quotient, prime)


@compiled
def backward(rows: Words, inverses: Words, scale: Words, prime: np.uint64) -> None:
    """Undo :func:`forward` on ``rows`` [r, n] of reduced values, in place, times what ``scale`` stands for."""
    size = rows.shape[1]
    twice = np.uint64(2) * prime
    for r in range(rows.shape[0]):
        row = rows[r]
        blocks, half = size // 2, 1
        while blocks > 1:
            for i in range(blocks):
                middle = (2 * i + 1) * half
                _backward_level(row[middle - half : middle], row[middle : middle + half], inverses[blocks + i], prime)
            blocks, half = blocks // 2, 2 * half
        upper, lower = row[:half], row[half:]
        for j in range(half):
            x, y = upper[j], lower[j]
            upper[j] = once(multiply(x + y, scale[0, 0], scale[0, 1], prime), prime)
            lower[j] = once(multiply(x - y + twice, scale[1, 0], scale[1, 1], prime), prime)


@compiled
def _add_products(a: Words, b: Words, low: Words, upper: Words) -> None:
    """Add the products of numbers below 2^52 to sums of their lower 52 bits and of what is above."""
    mask, shift = np.uint64(0xFFFFFFFFFFFFF), np.uint64(6)
    for j in range(len(a)):
        low[j] += (a[j] * b[j]) & mask
        upper[j] += high(a[j] << shift, b[j] << shift)


@compiled
def _settle(low: Words, upper: Words, constants: Words, out: Words) -> None:
    """out = (upper 2^52 + low) modulo a prime; ``constants``: prime, offset, 2^52 modulo it and its quotient."""
    prime, offset, factor, quotient = constants[0], constants[1], constants[2], constants[3]
    for j in range(len(out)):
        total = multiply(upper[j], factor, quotient, prime) + fold(low[j], offset)
        out[j] = once(once(total, np.uint64(2) * prime), prime)


@compiled
def accumulate(ciphers: Words, plains: Words, terms: Terms, constants: Words, out: Words) -> None:
    """out[o, h, i] = sum over k of ciphers[x, h, i] * plains[y, i] for (x, y) = terms[o, k].

    ``ciphers`` [c, h, primes, n], ``plains`` [p, primes, n], ``constants`` [primes, 4] of :func:`_settle`.
    """
    run = 512
    low, upper = np.empty(run, np.uint64), np.empty(run, np.uint64)
    for o in range(out.shape[0]):
        for i in range(out.shape[2]):
            for start in range(0, out.shape[3], run):
                end = start + run
                for h in range(out.shape[1]):
                    low[:] = np.uint64(0)
                    upper[:] = np.uint64(0)
                    for k in range(terms.shape[1]):
                        x, y = terms[o, k, 0], terms[o, k, 1]
                        _add_products(ciphers[x, h, i, start:end], plains[y, i, start:end], low, upper)
                    _settle(low, upper, constants[i], out[o, h, i, start:end])


@compiled
def fractions(residues: Words, factors: Words, out: Words) -> None:
    """Add residues over their moduli to ``out`` [3, n], limbs of 52 bits of fractions, lowest first, not carried.

    ``residues`` [m, n] below 2^50, ``factors`` [m, 4] limbs of 2^208 / modulus. What is added is up to two of the
    smallest steps for each modulus too low.
    """
    mask, shift = np.uint64(0xFFFFFFFFFFFFF), np.uint64(6)
    for i in range(residues.shape[0]):
        for limb in range(3):
            row, target = residues[i], out[limb]
            below, above = factors[i, limb] << shift, factors[i, limb + 1]
            for j in range(out.shape[1]):
                target[j] += high(row[j] << shift, below) + ((row[j] * above) & mask)
