"""What :mod:`.sums` does, in plain loops for every processor. Sizes are checked by callers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from server_node.kernels.compiled import compiled
from server_node.offline.lattice.ring.kernels.words import high

Words = npt.NDArray[np.uint64]


@compiled
def multiply(left: Words, right: Words, moduli: Words, out: Words) -> None:
    """out [i, j, primes, n] = sum over k of left [primes, blocks, k, i, run] * right [primes, blocks, k, j, run]."""
    primes, blocks, terms, rows, run = left.shape
    for r in range(primes):
        for block in range(blocks):
            for i in range(rows):
                for j in range(right.shape[3]):
                    target = out[i, j, r, run * block : run * (block + 1)]
                    for place in range(run):
                        low, upper = np.uint64(0), np.uint64(0)
                        for k in range(terms):
                            a, b = left[r, block, k, i, place], right[r, block, k, j, place]
                            part = a * b
                            low += part
                            upper += high(a, b) + np.uint64(low < part)
                        target[place] = _reduced(low, upper, moduli[r])


@compiled
def _reduced(low: Any, upper: Any, constants: Words) -> Any:
    """upper 2^64 + low modulo the prime, by what 2^64 is modulo it."""
    prime, power = constants[0], constants[5]
    total = low % prime
    while upper > np.uint64(0):
        part, upper = upper * power, high(upper, power)
        total += part % prime
    return total % prime


@compiled
def subtract_product(target: Words, a: Words, b: Words, moduli: Words) -> None:
    """Take the products of reduced values [primes, n], place by place, from ``target``, which stays reduced."""
    for r in range(target.shape[0]):
        row, prime = target[r], moduli[r, 0]
        for j in range(len(row)):
            rest = _single(a[r, j], b[r, j], moduli[r])
            row[j] += prime - rest
            row[j] -= prime if row[j] >= prime else np.uint64(0)


@compiled
def product(a: Words, b: Words, moduli: Words, out: Words) -> None:
    """Products of reduced values [primes, n], place by place, reduced."""
    for r in range(out.shape[0]):
        row = out[r]
        for j in range(len(row)):
            row[j] = _single(a[r, j], b[r, j], moduli[r])


@compiled
def _single(a: Any, b: Any, constants: Words) -> Any:
    """One product, reduced: Shoup's multiplication for its upper word, a fold at 2^50 for the lower one."""
    prime, power, quotient = constants[0], constants[5], constants[6]
    low, upper = a * b, high(a, b)
    rest = upper * power - high(upper, quotient) * prime
    rest += (low >> np.uint64(50)) * constants[7] + (low & np.uint64(0x3FFFFFFFFFFFF))
    rest -= prime * np.uint64(2) if rest >= prime * np.uint64(2) else np.uint64(0)
    return rest - prime if rest >= prime else rest
