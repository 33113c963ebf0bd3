"""How much noise a sum of products has, whether its reply is still decrypted, and how well flooding hides it.

Bounds hold for every message and every polynomial of the other party, however they are chosen. ``terms`` is how many
products of a ciphertext by a polynomial are summed, ``t`` the modulus of messages.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from typing import Final

from server_node.offline.lattice.ring.parameters import (
    DEGREE,
    DITHER_BITS,
    ERROR_BOUND,
    FLOODINGS,
    FRACTION_BITS,
    MODULUS,
    MOST_TERMS,
    PRIMES,
    flood_bits,
    reply_bytes,
)

LEAST_MASKING_BITS: Final = 40
_ERROR_VARIANCE: Final = ERROR_BOUND / 2
_ROUNDING_VARIANCE: Final = 0.25
_STEPS_LOST: Final = 3
"""The most smallest steps by which what is computed for one modulus falls short of its fraction."""


def worst_noise(terms: int, t: int) -> int:
    """No coefficient of a sum has more noise, in units of 1 / Q, the encryption of zero included.

    A coefficient of a product adds up 8192 products of one coefficient of the polynomial, at most t / 2, with the error
    and rounding of a ciphertext, at most 21 and below 1; the encryption of zero adds two products of a ternary
    polynomial with an error.
    """
    return terms * DEGREE * (t // 2) * (ERROR_BOUND + 1) + 2 * DEGREE * ERROR_BOUND


def mean_noise(terms: int, t: int) -> float:
    """A bound on the root of the mean square of the noise of any one coefficient, and so on its expected size.

    Errors are independent of each other and of everything else. Rounding is unbiased but for the resolution of its
    dither.
    """
    largest = float(t // 2)
    spread = terms * DEGREE * largest**2 * (_ERROR_VARIANCE + _ROUNDING_VARIANCE) + 2 * DEGREE * _ERROR_VARIANCE
    return math.sqrt(spread) + terms * DEGREE * largest * 2.0**-DITHER_BITS


def decrypts(terms: int, t: int) -> bool:
    """Whether every reply is decrypted to the right messages, at the worst noise, flooding and roundings.

    What separates a message from its place must stay below half the distance 1 / t of two messages. The rounding of c1
    is multiplied by a ternary secret.
    """
    first, second = (Fraction(1, 1 << (8 * width + 1)) for width in reply_bytes(t))
    step = Fraction(1, 1 << FRACTION_BITS)
    lost = _STEPS_LOST * len(PRIMES) * step
    flooding = step * (FLOODINGS << (flood_bits(t) - 1))
    total = Fraction(worst_noise(terms, t), MODULUS) + flooding + first + lost + _STEPS_LOST * step
    return total + DEGREE * (second + lost) < Fraction(1, 2 * t)


def masking_bits(terms: int, t: int) -> float:
    """-log2 of the statistical distance of one coefficient of a reply from one that does not depend on the noise.

    At the worst noise: what two numbers uniform on 2^f steps add up to, and the same moved by d steps, are at distance
    d / 2^f at most.
    """
    moved = Fraction(worst_noise(terms, t) << FRACTION_BITS, MODULUS) + _STEPS_LOST * (len(PRIMES) + 1) + 1
    return flood_bits(t) - math.log2(moved)


def session_masking_bits(terms: int, t: int, coefficients: int) -> float:
    """-log2 of the statistical distance of so many coefficients together, over the randomness of the errors."""
    moved = math.ldexp(mean_noise(terms, t), FRACTION_BITS - MODULUS.bit_length()) * _ABOVE
    return distance_bits(1 << flood_bits(t), moved + _STEPS_LOST * (len(PRIMES) + 1) + 1, coefficients)


def distance_bits(width: int, moved: float, count: int) -> float:
    """-log2 of a bound on the distance of ``count`` sums of two numbers uniform on ``width``, and the same moved.

    ``moved`` is the root of the mean square of the moves, at least 1. For W numbers and a move of d, one sum is at
    distance d / W at most, and the square of Hellinger's distance is at most (d / W)^2 (1 + ln(W / d)): probabilities
    differ by d / W^2 at most, and k places from an end the larger one is k / W^2. Squares add up over independent
    sums; the distance of all is at most the root of twice the total.
    """
    one = math.log2(width) - math.log2(moved)
    together = 2 * one - math.log2(2 * count * (1 + one * math.log(2)))
    return max(one - math.log2(count), together / 2)


_ABOVE: Final = float(Fraction(1 << MODULUS.bit_length(), MODULUS))


@cache
def most_terms(t: int) -> int:
    """The largest number of products that may be summed: every reply is decrypted and hidden by 40 bits."""
    low, high = 0, MOST_TERMS
    while low < high:
        middle = (low + high + 1) // 2
        if decrypts(middle, t) and masking_bits(middle, t) >= LEAST_MASKING_BITS:
            low = middle
        else:
            high = middle - 1
    return low


def check_terms(terms: int, t: int) -> None:
    """Raises ``ValueError`` if sums of so many products have replies that may be wrong or hide too little."""
    if not 0 < terms <= most_terms(t):
        raise ValueError(f"at most {most_terms(t)} products are summed under encryption, not {terms}")
