"""Encryption by the key's owner, sums of products with the other party's polynomials, and replies that hide these.

The owner of the key encrypts polynomials modulo t, the other party multiplies them by its own, adds up, and answers:
a mask is added to the message, an encryption of zero to hide its polynomials in c1, and flooding to hide them in the
noise of c0. See docs/decisions/0026-ring-lwe.md.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from common.crypto.rng import RandomSource
from server_node.offline.lattice.ring import transform
from server_node.offline.lattice.ring.kernels import coefficients
from server_node.offline.lattice.ring.modulus import OFFSETS, cofactor, fraction_limbs, offset, shoup
from server_node.offline.lattice.ring.parameters import (
    DEGREE,
    ERROR_BOUND,
    MODULUS,
    PLAIN_PRIMES,
    PRIMES,
    SEED_BYTES,
    flood_bits,
    message_bits,
    reply_bytes,
)
from server_node.offline.lattice.ring.sampling import Secrets, expand, residues
from server_node.offline.lattice.ring.transform import Terms, Words

Bytes = npt.NDArray[np.uint8]

LEVELS = len(PRIMES)
_DECRYPTION = PRIMES[:2]


@dataclass(frozen=True)
class Ciphertexts:
    """What is sent of encryptions: c1 are the uniform polynomials of ``seed``, ``c0`` [c, 4, n] values."""

    seed: bytes
    c0: Words

    def pairs(self) -> Words:
        """Both halves, [c, 2, 4, n]."""
        return np.stack([self.c0, expand(self.seed, len(self.c0))], axis=1)


@dataclass(frozen=True)
class Reply:
    """Sums under encryption: byte b of coefficient j of half h is ``ch[o, b, j]``; see ``reply_bytes``."""

    c0: Bytes
    c1: Bytes


def lift(plaintexts: Words, t: int) -> Words:
    """Values [p, 4, n] of polynomials modulo t [p, n], each coefficient taken as the number nearest to zero."""
    out = np.empty((len(plaintexts), LEVELS, DEGREE), np.uint64)
    for row, target in zip(_reduced(plaintexts, t), out, strict=True):
        if t in PLAIN_PRIMES:
            coefficients.lift_small(row, np.uint64(t), OFFSETS, target)
        else:
            coefficients.lift_powers(row, message_bits(t), OFFSETS, target)
        _forward(target)
    return out


def accumulate(pairs: Words, plaintexts: Words, terms: Terms) -> Words:
    """Sums [o, 2, 4, n] over k of ``pairs[x] * plaintexts[y]`` for (x, y) = terms[o, k].

    ``pairs`` [c, 2, 4, n] of :meth:`Ciphertexts.pairs`, ``plaintexts`` [p, 4, n] of :func:`lift`, ``terms`` [o, k, 2].
    Raises ``ValueError`` for shapes or indices that do not fit.
    """
    return transform.accumulate(pairs, plaintexts, terms, PRIMES)


class SecretKey:
    """A key for one session, with what its owner does. *Leaks* nothing that whoever lacks it can tell from noise."""

    def __init__(self, rng: RandomSource) -> None:
        self._rng = rng
        self._secrets = Secrets(rng)
        self._values = residues(self._secrets.ternary())
        _forward(self._values)

    def public(self) -> Ciphertexts:
        """An encryption of zero, with which the other party makes others."""
        return self._encrypt(np.zeros((1, DEGREE), np.uint64), PLAIN_PRIMES[0], is_zero=True)

    def encrypt(self, plaintexts: Words, t: int) -> Ciphertexts:
        """Encryptions of polynomials [c, n] modulo t."""
        return self._encrypt(_reduced(plaintexts, t), t)

    def _encrypt(self, plaintexts: Words, t: int, is_zero: bool = False) -> Ciphertexts:
        seed = self._rng.token(SEED_BYTES)
        out = np.empty((len(plaintexts), LEVELS, DEGREE), np.uint64)
        for index, plaintext in enumerate(plaintexts):
            errors, words = self._secrets.error()
            rows = residues(errors)
            if not is_zero:
                _encode(plaintext, words, t, rows)
            _forward(rows)
            out[index] = _subtract(rows, transform.product(expand(seed, 1, index), self._values, PRIMES)[0])
        return Ciphertexts(seed, out)

    def decrypt(self, reply: Reply, t: int) -> Words:
        """The polynomials [o, n] modulo t of replies.

        Raises ``ValueError`` for a reply of another shape.
        """
        bits, widths = message_bits(t), reply_bytes(t)
        count = len(reply.c0)
        if reply.c0.shape != (count, widths[0], DEGREE) or reply.c1.shape != (count, widths[1], DEGREE):
            raise ValueError("a reply has another shape")
        out = np.empty((count, DEGREE), np.uint64)
        c0, c1 = np.empty((2, DEGREE), np.uint64), np.empty((2, DEGREE), np.uint64)
        plain = np.uint64(t if t in PLAIN_PRIMES else 0)
        for index in range(count):
            coefficients.gather(reply.c0[index], c0)
            coefficients.gather(reply.c1[index], c1)
            coefficients.decode(self._turned(c1), c0, widths, (bits, plain), out[index])
        return out

    def _turned(self, c1: Words) -> Words:
        """c1 times the secret, modulo 2^128, for a c1 below 2^80."""
        rows = np.empty((len(_DECRYPTION), DEGREE), np.uint64)
        coefficients.reduce_wide(c1, OFFSETS[: len(_DECRYPTION)], rows)
        for row, prime in zip(rows, _DECRYPTION, strict=True):
            transform.forward(row[None], prime)
        rows = transform.product(rows[None], self._values[: len(_DECRYPTION)], _DECRYPTION)[0]
        for row, prime in zip(rows, _DECRYPTION, strict=True):
            transform.backward(row[None], prime)
        joined = np.empty((2, DEGREE), np.uint64)
        coefficients.join(rows, _joining(), joined)
        return joined

    def wipe(self) -> None:
        """Overwrite the key; it cannot be used any more."""
        self._values[:] = 0


class Replier:
    """The other party's side: answers with sums that tell nothing but the masked messages."""

    def __init__(self, public: Ciphertexts, rng: RandomSource) -> None:
        self._public = public.pairs()
        self._secrets = Secrets(rng)

    def finish(self, sums: Words, masks: Words, t: int) -> Reply:
        """Replies with the messages of ``sums`` [o, 2, 4, n] plus ``masks`` [o, n], modulo t; overwrites ``sums``.

        *Leaks* to the owner of the key what :mod:`.noise` bounds, statistically.
        """
        widths, count = reply_bytes(t), len(sums)
        c0 = np.empty((count, widths[0], DEGREE), np.uint8)
        c1 = np.empty((count, widths[1], DEGREE), np.uint8)
        for index, mask in enumerate(_reduced(masks, t)):
            first, second = self._hidden(sums[index])
            self._disturb(first, mask, t)
            coefficients.round_fractions(first, widths[0], c0[index])
            coefficients.round_fractions(second, widths[1], c1[index])
        return Reply(c0, c1)

    def _hidden(self, pair: Words) -> tuple[Words, Words]:
        """Both halves plus an encryption of zero, as fractions of Q."""
        chooser = residues(self._secrets.ternary())
        _forward(chooser)
        zero = transform.accumulate(self._public, chooser[None], np.zeros((1, 1, 2), np.int64), PRIMES)[0]
        halves = []
        for half in range(2):
            rows = _add(pair[half], zero[half])
            for row, prime in zip(rows, PRIMES, strict=True):
                transform.backward(row[None], prime, cofactor(prime))
            halves.append(rows)
        halves[1] = _add(halves[1], _scaled_errors()[:, self._secrets.error()[0] + ERROR_BOUND])
        limbs = np.zeros((2, 3, DEGREE), np.uint64)
        for half in range(2):
            transform.fractions(halves[half], _fractions(), limbs[half])
        return limbs[0], limbs[1]

    def _disturb(self, limbs: Words, mask: Words, t: int) -> None:
        """Add the mask and the flooding to c0."""
        if t in PLAIN_PRIMES:
            transform.fractions(mask[None], _plain_fraction(t), limbs)
        else:
            coefficients.add_mask(mask, message_bits(t), limbs)
        coefficients.add_flood(self._secrets.words(3, DEGREE), flood_bits(t), limbs)


def _encode(plaintext: Words, words: Words, t: int, rows: Words) -> None:
    """Add Q m / t, rounded as the unused bits of ``words`` say, to residues [4, n]."""
    if t in PLAIN_PRIMES:
        coefficients.encode_prime(plaintext, words, *_prime_encoding(t), rows)
    else:
        coefficients.encode_powers(plaintext, words, message_bits(t), _power_encoding(t), rows)


@functools.cache
def _power_encoding(t: int) -> Words:
    rows = [(p, offset(p), MODULUS % t, *shoup(pow(t, -1, p), p, 64)) for p in PRIMES]
    return np.array(rows, np.uint64)


@functools.cache
def _prime_encoding(t: int) -> tuple[Words, Words]:
    rows = [(p, offset(p), 0, *shoup(pow(t, -1, p), p, 64)) for p in PRIMES]
    return np.array([t, *shoup(MODULUS % t, t, 64)], np.uint64), np.array(rows, np.uint64)


@functools.cache
def _fractions() -> Words:
    return np.array([fraction_limbs(prime) for prime in PRIMES], np.uint64)


@functools.cache
def _scaled_errors() -> Words:
    """Every error, multiplied like what the backward transform of a reply gives."""
    errors = range(-ERROR_BOUND, ERROR_BOUND + 1)
    return np.array([[error * cofactor(prime) % prime for error in errors] for prime in PRIMES], np.uint64)


@functools.cache
def _plain_fraction(t: int) -> Words:
    return np.array([fraction_limbs(t)], np.uint64)


@functools.cache
def _joining() -> Words:
    first, second = _DECRYPTION
    return np.array([first, second, *shoup(pow(first, -1, second), second, 64)], np.uint64)


def _reduced(values: Words, t: int) -> Words:
    """Rows of messages; raises ``ValueError`` for another shape or values not below t."""
    message_bits(t)
    if values.ndim != 2 or values.shape[1] != DEGREE or values.dtype != np.uint64:
        raise ValueError("messages are rows of 8192 words")
    if t < 1 << 64 and values.size and int(values.max()) >= t:
        raise ValueError("a message is not below its modulus")
    return values


def _forward(rows: Words) -> None:
    for row, prime in zip(rows, PRIMES, strict=True):
        transform.forward(row[None], prime)


_COLUMN = np.array(PRIMES, np.uint64)[:, None]


def _add(a: Words, b: Words) -> Words:
    total: Words = a + b
    reduced: Words = np.minimum(total, total - _COLUMN)
    return reduced


def _subtract(a: Words, b: Words) -> Words:
    total: Words = a - b
    reduced: Words = np.minimum(total, total + _COLUMN)
    return reduced
