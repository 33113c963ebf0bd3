"""Uniform polynomials from a public seed, and secret ones: ternary, errors, flooding."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from common.crypto.domains import LATTICE_REDRAW_V1, LATTICE_SECRET_V1, LATTICE_UNIFORM_V1
from common.crypto.prg import Stream, derive_key
from common.crypto.rng import RandomSource
from server_node.offline.lattice.ring.kernels import coefficients
from server_node.offline.lattice.ring.parameters import DEGREE, PRIME_BITS, PRIMES, SEED_BYTES

Words = npt.NDArray[np.uint64]
Signed = npt.NDArray[np.int64]

_BLOCKS = len(PRIMES) * DEGREE // 2
"""Blocks of the cipher that one polynomial takes, one word for each residue."""
_TERNARY_BYTES = 2048
_MASK = np.uint64((1 << PRIME_BITS) - 1)


def expand(seed: bytes, count: int, first: int = 0) -> Words:
    """Uniform polynomials ``first`` to ``first + count - 1`` of a seed as values [count, 4, n].

    The lower 50 bits of a word of the stream each, little-endian. In the place of those not below their prime come, in
    order, the first that are of a stream of the polynomial's own.
    """
    out = np.empty((count, len(PRIMES), DEGREE), np.uint64)
    Stream(derive_key(seed, LATTICE_UNIFORM_V1), first * _BLOCKS).fill(out)
    primes = np.array(PRIMES, np.uint64)
    for index in range(count):
        if not coefficients.cut(out[index], primes):
            _redraw(out[index], derive_key(seed, LATTICE_REDRAW_V1, (first + index).to_bytes(8, "little")))
    return out


def _redraw(rows: Words, key: bytes) -> None:
    stream = Stream(key)
    for level, prime in enumerate(PRIMES):
        for place in np.flatnonzero(rows[level] >= np.uint64(prime)):
            value = prime
            while value >= prime:
                value = int(stream.words(1)[0] & _MASK)
            rows[level, place] = value


class Secrets:
    """Secret polynomials from one fresh key of the operating system's randomness."""

    def __init__(self, rng: RandomSource) -> None:
        self._stream = Stream(derive_key(rng.token(SEED_BYTES), LATTICE_SECRET_V1))

    def ternary(self) -> Signed:
        """Coefficients [n], uniform in -1, 0, 1."""
        out = np.zeros(DEGREE, np.int64)
        filled = 0
        while filled < DEGREE:
            filled += coefficients.ternary(self._stream.raw(_TERNARY_BYTES), out[filled:])
        return out

    def error(self) -> tuple[Signed, Words]:
        """Centred binomial coefficients [n], and the words they come from: their upper 22 bits were not used."""
        words = self.words(DEGREE)
        out = np.empty(DEGREE, np.int64)
        coefficients.binomial(words, out)
        return out, words

    def words(self, *shape: int) -> Words:
        """Uniform words."""
        return self._stream.words(*shape)
