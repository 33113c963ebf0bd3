"""Roots of unity and constants of one prime: 1 modulo twice the degree, just below 2^50."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from server_node.offline.lattice.ring.parameters import DEGREE, MODULUS, PRIME_BITS, PRIMES

Words = npt.NDArray[np.uint64]

_LEVELS = DEGREE.bit_length() - 1
_LIMB = (1 << 52) - 1


def is_prime(number: int) -> bool:
    """Miller and Rabin's test with bases that decide it for every number below 2^64 (Sorenson and Webster 2017)."""
    if number < 2 or number % 2 == 0:
        return number == 2
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(number == base or _is_witness_of_prime(number, base, odd, twos) for base in _BASES)


_BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


def _is_witness_of_prime(number: int, base: int, odd: int, twos: int) -> bool:
    power = pow(base, odd, number)
    if power in (1, number - 1):
        return True
    for _ in range(twos - 1):
        power = power * power % number
        if power == number - 1:
            return True
    return False


def root_of_unity(prime: int) -> int:
    """A root of ``X^8192 + 1``: the power (prime - 1) / 16384 of the smallest number for which it is one."""
    base = 2
    while pow(base, (prime - 1) // 2, prime) != prime - 1:
        base += 1
    return pow(base, (prime - 1) // (2 * DEGREE), prime)


def shoup(factor: int, prime: int, bits: int) -> tuple[int, int]:
    """A factor and the quotient that multiplies by it without a division: floor(factor 2^bits / prime)."""
    return factor, (factor << bits) // prime


@dataclass(frozen=True)
class Tables:
    """Powers of the root in the order of the transform, each with its quotient for 2^52 and 2^64.

    ``powers`` and ``inverses`` [n, 3]; entry m + i belongs to block i of the level that has m blocks.
    """

    prime: int
    powers: Words
    inverses: Words


@cache
def tables(prime: int) -> Tables:
    """The powers of ``prime``'s root of unity; made once."""
    root = root_of_unity(prime)
    return Tables(prime, _table(root, prime), _table(pow(root, -1, prime), prime))


def _table(root: int, prime: int) -> Words:
    powers = [1]
    for _ in range(DEGREE - 1):
        powers.append(powers[-1] * root % prime)
    rows = [powers[int(format(index, f"0{_LEVELS}b")[::-1], 2)] for index in range(DEGREE)]
    return np.array([(power, (power << 52) // prime, (power << 64) // prime) for power in rows], np.uint64)


def scale(factor: int, prime: int, bits: int) -> Words:
    """What the last level of the backward transform multiplies by, so that all is multiplied by ``factor``: [2, 2].

    ``factor / n`` and that times the last root, each with its quotient.
    """
    plain = factor * pow(DEGREE, -1, prime) % prime
    rotated = plain * int(tables(prime).inverses[1, 0]) % prime
    return np.array([shoup(plain, prime, bits), shoup(rotated, prime, bits)], np.uint64)


def fraction_limbs(prime: int) -> list[int]:
    """floor(2^208 / prime) in limbs of 52 bits, lowest first."""
    quotient = (1 << 208) // prime
    return [quotient >> 52 * limb & _LIMB for limb in range(4)]


def cofactor(prime: int) -> int:
    """The inverse of Q / prime modulo a prime of Q: residues times it, over their primes, add up to a fraction of Q."""
    return pow(MODULUS // prime, -1, prime)


def offset(prime: int) -> int:
    """2^50 - prime: what 2^50 is modulo it."""
    return (1 << PRIME_BITS) - prime


OFFSETS: Words = np.array([offset(prime) for prime in PRIMES], np.uint64)
