"""The ring and the constants of the ring-LWE scheme.

Polynomials modulo ``X^8192 + 1`` with coefficients modulo Q, the product of the four largest primes below 2^50 that are
1 modulo 16384. Homomorphic Encryption Standard (2018), table 1: with a ternary secret and an error of deviation 3.2, a
modulus of up to 218 bits at this degree has 128 bits of classical security; Q has 200.
"""

from __future__ import annotations

import math
from typing import Final

DEGREE: Final = 8192
PRIMES: Final = (2**50 - 16383, 2**50 - 212991, 2**50 - 1097727, 2**50 - 1490943)
MODULUS: Final = math.prod(PRIMES)
"""Q."""
PLAIN_PRIMES: Final = (2**50 - 1622015, 2**50 - 2162687, 2**50 - 2850815, 2**50 - 3014655)
"""Message moduli whose polynomials are vectors of 8192 slots: the next four primes of the same form."""
PRIME_BITS: Final = 50
SECURE_MODULUS_BITS: Final = 218

ERROR_BOUND: Final = 21
"""Errors are centred binomial: the sum of so many bits less the sum of as many others; variance half of it."""
DITHER_BITS: Final = 22
"""What is left of the 64-bit word of an error decides how the message's encoding is rounded."""

FRACTION_BITS: Final = 156
"""Replies are computed as fractions of Q, in three limbs of 52 bits."""
FLOODINGS: Final = 2
"""Uniform numbers that are added up as flooding: without steps at its ends it hides many coefficients far better."""
_FLOOD_MARGIN: Final = 154
_MOST_FLOOD_BITS: Final = 104
_SPARE_BITS: Final = (8, 16)
"""What c0 and c1 of a reply keep beyond the bits of a message; more than is needed for c0 alone."""

LEAST_MESSAGE_BITS: Final = 8
MOST_MESSAGE_BITS: Final = 64
SEED_BYTES: Final = 32
MOST_TERMS: Final = 4096
"""Products that are summed before one reduction: sums of numbers below 2^52 must stay below 2^64."""


def message_bits(modulus: int) -> int:
    """Bits of a message modulo ``modulus``, which is 2^l for 8 <= l <= 64 or one of ``PLAIN_PRIMES``.

    Raises ``ValueError`` for any other modulus.
    """
    bits = (modulus - 1).bit_length()
    is_power = modulus == 1 << bits and LEAST_MESSAGE_BITS <= bits <= MOST_MESSAGE_BITS
    if not is_power and modulus not in PLAIN_PRIMES:
        raise ValueError("messages are modulo 2^8 to 2^64 or one of the plain primes")
    return bits


def reply_bytes(modulus: int) -> tuple[int, int]:
    """Bytes of a coefficient of c0 and of c1 in a reply with messages modulo ``modulus``."""
    bits = message_bits(modulus)
    first, second = ((bits + spare + 7) // 8 for spare in _SPARE_BITS)
    return first, second


def flood_bits(modulus: int) -> int:
    """How many of the smallest steps of a fraction, as a power of two, each half of a reply's flooding is uniform on.

    The sum of both reaches at most a quarter of the distance of two messages to either side; a half takes two words.
    """
    return min(_MOST_FLOOD_BITS, _FLOOD_MARGIN - message_bits(modulus))
