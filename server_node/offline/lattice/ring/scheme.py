"""What encryption, replies and decryption are made of, one polynomial at a time.

A ciphertext (c0, c1) of a message m modulo t under a secret s has c0 + c1 s = Q m / t + a small error. Its owner
encrypts; the other party adds up products with its own polynomials, and answers with fractions of Q: it hides its
polynomials in c1 by an encryption of zero, and in the noise of c0 by flooding. See docs/decisions/0026-ring-lwe.md.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from common.crypto.rng import SystemRandom
from server_node.kernels.compiled import sample
from server_node.offline.lattice.ring import transform
from server_node.offline.lattice.ring.kernels import coefficients
from server_node.offline.lattice.ring.modulus import OFFSETS, cofactor, fraction_limbs, shoup
from server_node.offline.lattice.ring.parameters import (
    DEGREE,
    FLOODINGS,
    MODULUS,
    PLAIN_PRIMES,
    PRIMES,
    flood_bits,
    message_bits,
    reply_bytes,
)
from server_node.offline.lattice.ring.sampling import Secrets
from server_node.offline.lattice.ring.transform import Words

Bytes = npt.NDArray[np.uint8]
Signed = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]

DECRYPTION = PRIMES[:2]
"""Modulo these c1 of a reply, below 2^80, is multiplied by a secret: the product stays below half of their product."""


def lift(messages: Words, t: int) -> Words:
    """Values [r, 4, n] of polynomials modulo t [r, n], each coefficient taken as the number nearest to zero.

    Raises ``ValueError`` for messages of another shape or not below t.
    """
    _check(messages, t)
    out = np.empty((len(messages), len(PRIMES), DEGREE), np.uint64)
    for row, target in zip(messages, out, strict=True):
        if t in PLAIN_PRIMES:
            coefficients.lift_small(row, np.uint64(t), OFFSETS, target)
        else:
            coefficients.lift_powers(row, message_bits(t), OFFSETS, target)
    transform.to_values(out, PRIMES)
    return out


def small(polynomials: Signed) -> Words:
    """Values [r, 4, n] of polynomials [r, n] with small coefficients."""
    out = np.empty((len(polynomials), len(PRIMES), DEGREE), np.uint64)
    for row, target in zip(polynomials, out, strict=True):
        coefficients.spread_signed(row, OFFSETS, target)
    transform.to_values(out, PRIMES)
    return out


def noisy(messages: Words, t: int, draws: Secrets) -> Words:
    """Values [r, 4, n] of Q m / t plus an error, for messages [r, n] modulo t: c0 but for the uniform part.

    Raises ``ValueError`` for messages of another shape or not below t.
    """
    _check(messages, t)
    out = np.empty((len(messages), len(PRIMES), DEGREE), np.uint64)
    for row, target in zip(messages, out, strict=True):
        error, words = draws.error()
        coefficients.spread_signed(error, OFFSETS, target)
        encode(row, words, t, target)
    transform.to_values(out, PRIMES)
    return out


def encode(message: Words, words: Words, t: int, rows: Words) -> None:
    """Add Q m / t to residues ``rows`` [4, n], rounded as the upper 22 bits of ``words`` say."""
    if t in PLAIN_PRIMES:
        coefficients.encode_prime(message, words, *_prime_encoding(t), rows)
    else:
        coefficients.encode_powers(message, words, message_bits(t), _power_encoding(t), rows)


def reply_uniform(values: Words, draws: Secrets, out: Bytes) -> None:
    """c1 of a reply from a sum [4, n], which already holds a multiple of a public key; overwrites ``values``.

    Adds the error that makes that multiple an encryption of zero; ``out`` [w1, n] gets the bytes of each coefficient.
    """
    transform.to_coefficients(values[None], PRIMES, _cofactors())
    factors = np.array(_cofactors(), np.uint64)
    coefficients.add_errors(draws.error()[0], factors, OFFSETS, values)
    limbs = np.zeros((3, DEGREE), np.uint64)
    transform.fractions(values, _fractions(), limbs)
    coefficients.round_fractions(limbs, len(out), out)


def reply_messages(values: Words, places: Places, masks: Words, t: int, draws: Secrets) -> Bytes:
    """The coefficients at ``places`` of c0 of a reply [w0, places] from a sum [4, n], which is overwritten.

    *Leaks* to the owner of the key the messages plus ``masks`` modulo t, and what :mod:`.noise` bounds of all else.
    """
    transform.to_coefficients(values[None], PRIMES, _cofactors())
    limbs = np.zeros((3, len(places)), np.uint64)
    transform.fractions(_picked(values, places), _fractions(), limbs)
    if t in PLAIN_PRIMES:
        transform.fractions(masks[None], _plain_fraction(t), limbs)
    else:
        coefficients.add_mask(masks, message_bits(t), limbs)
    for _ in range(FLOODINGS):
        coefficients.add_flood(draws.words(2, len(places)), flood_bits(t), limbs)
    out = np.empty((reply_bytes(t)[0], len(places)), np.uint8)
    coefficients.round_fractions(limbs, len(out), out)
    return out


def open_uniform(c1: Bytes) -> Words:
    """Values [2, n] of c1 [w1, n] of a reply, modulo the primes of ``DECRYPTION``."""
    words = np.empty((2, DEGREE), np.uint64)
    coefficients.gather(c1, words)
    rows = np.empty((len(DECRYPTION), DEGREE), np.uint64)
    coefficients.reduce_wide(words, OFFSETS[: len(DECRYPTION)], rows)
    transform.to_values(rows[None], DECRYPTION)
    return rows


def decode(product: Words, c0: Bytes, places: Places, t: int) -> Words:
    """The messages modulo t at ``places`` of a reply; overwrites ``product``.

    ``product`` [2, n] is :func:`open_uniform` times the secret, ``c0`` [w0, places] as :func:`reply_messages` made it.
    """
    transform.to_coefficients(product[None], DECRYPTION)
    phases, rest = np.empty((2, len(places)), np.uint64), np.empty((2, len(places)), np.uint64)
    coefficients.join(_picked(product, places), _joining(), phases)
    coefficients.gather(c0, rest)
    out: Words = np.empty(len(places), np.uint64)
    plain = np.uint64(t if t in PLAIN_PRIMES else 0)
    coefficients.decode(phases, rest, reply_bytes(t), (message_bits(t), plain), out)
    return out


def _picked(rows: Words, places: Places) -> Words:
    """Some columns, in one run of memory each."""
    picked: Words = np.take(rows, places, axis=1)
    return picked


def _check(messages: Words, t: int) -> None:
    message_bits(t)
    if messages.ndim != 2 or messages.shape[1] != DEGREE or messages.dtype != np.uint64:
        raise ValueError("messages are rows of 8192 words")
    if t < 1 << 64 and messages.size and int(messages.max()) >= t:
        raise ValueError("a message is not below its modulus")


@functools.cache
def _power_encoding(t: int) -> Words:
    rows = [(p, MODULUS % t, *shoup(pow(t, -1, p), p, 64)) for p in PRIMES]
    return np.array(rows, np.uint64)


@functools.cache
def _prime_encoding(t: int) -> tuple[Words, Words]:
    rows = [(p, 0, *shoup(pow(t, -1, p), p, 64)) for p in PRIMES]
    return np.array([t, *shoup(MODULUS % t, t, 64)], np.uint64), np.array(rows, np.uint64)


@functools.cache
def _cofactors() -> tuple[int, ...]:
    return tuple(cofactor(prime) for prime in PRIMES)


@functools.cache
def _fractions() -> Words:
    return np.array([fraction_limbs(prime) for prime in PRIMES], np.uint64)


@functools.cache
def _plain_fraction(t: int) -> Words:
    return np.array([fraction_limbs(t)], np.uint64)


@functools.cache
def _joining() -> Words:
    first, second = DECRYPTION
    return np.array([first, second, *shoup(pow(first, -1, second), second, 64)], np.uint64)


_PRIMES = np.array(PRIMES, np.uint64)


@sample
def _every_step() -> None:
    draws = Secrets(SystemRandom())
    for t in (1 << 64, PLAIN_PRIMES[0]):
        messages, places = np.zeros((1, DEGREE), np.uint64), np.arange(9)
        values = noisy(messages, t, draws)[0] + lift(messages, t)[0] + small(draws.ternary()[None])[0]
        c1 = np.empty((reply_bytes(t)[1], DEGREE), np.uint8)
        reply_uniform(values % _PRIMES[:, None], draws, c1)
        c0 = reply_messages(values % _PRIMES[:, None], places, messages[0, :9], t, draws)
        decode(open_uniform(c1), c0, places, t)
