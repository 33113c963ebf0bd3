"""Both sides of the scheme in the plainest way, for tests: one secret, products of single polynomials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from common.crypto.rng import RandomSource
from server_node.offline.lattice.ring import scheme, transform
from server_node.offline.lattice.ring.parameters import DEGREE, MODULUS, PRIMES, reply_bytes
from server_node.offline.lattice.ring.sampling import Secrets, expand

Words = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
PLACES = np.arange(DEGREE)


def times(a: Words, b: Words, primes: Sequence[int] = PRIMES) -> Words:
    """Products of values [primes, n], place by place."""
    column = np.array(primes, object)[:, None]
    made: Words = (a.astype(object) * b % column).astype(np.uint64)
    return made


def plus(a: Words, b: Words) -> Words:
    made: Words = (a + b) % np.array(PRIMES, np.uint64)[:, None]
    return made


def negacyclic(a: Sequence[int], b: Sequence[int]) -> list[int]:
    """a b modulo X^n + 1 over the integers, for numbers of up to 65 bits with sign, by one product of large numbers."""
    size, count = 20, len(a)
    one, other = (sum_of_digits(side, size) for side in (a, b))
    half = 1 << (8 * size - 1)
    # Every digit is made positive before the number is cut.
    shifted = one * other + sum_of_digits([half] * (2 * count), size)
    raw = shifted.to_bytes(2 * size * count + 1, "little")
    digits = [int.from_bytes(raw[size * j : size * (j + 1)], "little") - half for j in range(2 * count)]
    return [digits[j] - digits[j + count] for j in range(count)]


def sum_of_digits(values: Sequence[int], size: int) -> int:
    positive = b"".join(max(int(value), 0).to_bytes(size, "little") for value in values)
    negative = b"".join(max(-int(value), 0).to_bytes(size, "little") for value in values)
    return int.from_bytes(positive, "little") - int.from_bytes(negative, "little")


def centred(values: Words, t: int) -> list[int]:
    return [int(value) - t if int(value) >= (t + 1) // 2 else int(value) for value in values]


@dataclass
class Parties:
    """An owner with one secret and an evaluator; ``owner`` and ``evaluator`` give what each of them draws."""

    t: int
    owner: Secrets
    evaluator: Secrets
    seed: bytes

    def __post_init__(self) -> None:
        self.uniform = expand(self.seed, 8)
        self.secret = scheme.small(self.owner.ternary()[None])[0]
        self.public = self.encrypted(scheme.small(self.owner.error()[0][None])[0], 0)

    @classmethod
    def fresh(cls, t: int, rng: RandomSource) -> Parties:
        return cls(t, Secrets(rng), Secrets(rng), rng.token(32))

    def encrypted(self, values: Words, index: int) -> Words:
        """c0 [4, n] of encoded values under uniform polynomial ``index``."""
        rows = times(self.uniform[index], self.secret)
        return plus(values, np.array(PRIMES, np.uint64)[:, None] - rows)

    def encrypt(self, messages: Words) -> Words:
        """c0 [r, 4, n] under uniform polynomials 1, 2, ..."""
        noisy = scheme.noisy(messages, self.t, self.owner)
        return np.stack([self.encrypted(values, index + 1) for index, values in enumerate(noisy)])

    def sums(self, c0: Words, polynomials: Words) -> tuple[Words, Words]:
        """Both halves [4, n] of the sum of ciphertext r times polynomial r, and a multiple of the public key."""
        first, second = np.zeros((2, len(PRIMES), DEGREE), np.uint64)
        for index, values in enumerate(scheme.lift(polynomials, self.t)):
            first = plus(first, times(c0[index], values))
            second = plus(second, times(self.uniform[index + 1], values))
        chooser = scheme.small(self.evaluator.ternary()[None])[0]
        return plus(first, times(self.public, chooser)), plus(second, times(self.uniform[0], chooser))

    def reply(self, sums: tuple[Words, Words], masks: Words) -> tuple[Bytes, Bytes]:
        c1 = np.empty((reply_bytes(self.t)[1], DEGREE), np.uint8)
        scheme.reply_uniform(sums[1].copy(), self.evaluator, c1)
        return scheme.reply_messages(sums[0].copy(), PLACES, masks, self.t, self.evaluator), c1

    def decrypt(self, c0: Bytes, c1: Bytes) -> Words:
        product = times(scheme.open_uniform(c1), self.secret[:2], scheme.DECRYPTION)
        return scheme.decode(product, c0, PLACES, self.t)

    def phase(self, sums: tuple[Words, Words]) -> list[int]:
        """c0 + c1 s over the integers, modulo Q."""
        rows = plus(sums[0], times(sums[1], self.secret))
        transform.to_coefficients(rows[None], PRIMES)
        factors = [MODULUS // prime * pow(MODULUS // prime, -1, prime) for prime in PRIMES]
        return [sum(int(x) * factor for x, factor in zip(place, factors, strict=True)) % MODULUS for place in rows.T]
