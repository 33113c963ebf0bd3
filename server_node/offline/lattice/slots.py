"""Shares of products element by element: 8192 of them in the slots of a polynomial modulo a plain prime.

A product of two numbers below 2^w is a number below 2^(2 w), the same over the integers and modulo the product P of a
few plain primes. The receiver of a reply sees it plus a mask uniform in a range of P less at least 2^(2 w), so shares
modulo 2^w are what it decrypts and minus the mask. *Rounds* 2. *Leaks* how many there are; statistically less than
2^-41 of a product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from server_node.kernels.compiled import compiled, sample
from server_node.offline.lattice.panels import wide_product
from server_node.offline.lattice.ring import transform
from server_node.offline.lattice.ring.parameters import DEGREE, PLAIN_PRIMES, PRIME_BITS
from server_node.offline.lattice.session import LatticeSession

Words = npt.NDArray[np.uint64]

_HIDING: Final = 41
_AHEAD: Final = 16
"""Blocks of 8192 that are asked for before the first of them is answered."""
_PLACES: Final = np.arange(DEGREE, dtype=np.int64)


def plain_primes(bits: int) -> tuple[int, ...]:
    """The plain primes for products of numbers of ``bits`` bits."""
    return PLAIN_PRIMES[: -(-(2 * bits + _HIDING) // (PRIME_BITS - 1))]


@dataclass(frozen=True)
class _Block:
    """Up to 8192 products in each direction: factors to encrypt and factors for the other's, and the shares of both."""

    encrypted: Words
    plain: Words
    as_owner: Words
    as_evaluator: Words


class SlotProducts:
    """Makes shares of products of this party's numbers and the other one's, as many in each direction."""

    def __init__(self, session: LatticeSession) -> None:
        self._session = session

    def run(self, encrypted: Words, plain: Words, bits: int) -> tuple[Words, Words]:
        """Shares [e] modulo 2^bits of the own ``encrypted`` times the other party's ``plain``, element by element, and
        of its ``encrypted`` times the own ``plain``. All four are equally long."""
        primes = plain_primes(bits)
        as_owner, as_evaluator = np.empty(len(encrypted), np.uint64), np.empty(len(plain), np.uint64)
        below = np.uint64((1 << bits) - 1)
        blocks = [
            _Block(encrypted[part] & below, plain[part] & below, as_owner[part], as_evaluator[part])
            for part in (slice(first, first + DEGREE) for first in range(0, len(encrypted), DEGREE))
        ]
        for first in range(0, len(blocks), _AHEAD):
            part = blocks[first : first + _AHEAD]
            for block in part:
                self._ask(block, primes)
            requests = [[self._session.asked(1, 1) for _ in primes] for _ in part]
            for block, request in zip(part, requests, strict=True):
                self._answer(block, request, primes)
            for block in part:
                self._finish(block, primes)
        return as_owner, as_evaluator

    def _ask(self, block: _Block, primes: tuple[int, ...]) -> None:
        for prime in primes:
            self._session.ask(_polynomial(block.encrypted, prime)[None, None], prime)

    def _answer(self, block: _Block, requests: list[Words], primes: tuple[int, ...]) -> None:
        """Answer the other party's block."""
        evaluator = self._session.evaluator
        masks = np.empty((len(primes), DEGREE), np.uint64)
        added = np.empty(DEGREE, np.uint64)
        _draw(evaluator.words(len(primes), 2, DEGREE), np.array(primes, np.uint64), masks, added)
        for level, prime in enumerate(primes):
            right = evaluator.plains(_polynomial(block.plain, prime)[None, None], prime)
            transform.backward(masks[level][None], prime)
            self._session.answer(evaluator.replies(requests[level], right, masks[level][None, None], _PLACES, prime))
        np.negative(added[: len(block.plain)], out=block.as_evaluator)

    def _finish(self, block: _Block, primes: tuple[int, ...]) -> None:
        """Decrypt the reply to the own block."""
        found = np.empty((len(primes), DEGREE), np.uint64)
        for level, prime in enumerate(primes):
            replies = self._session.answers(prime, 1, 1, DEGREE)
            found[level] = self._session.owner.decrypt(replies, _PLACES, prime)[0, 0]
            transform.forward(found[level][None], prime)
        whole = np.empty(DEGREE, np.uint64)
        _join(found, np.array(primes, np.uint64), _inverses(primes), whole)
        block.as_owner[:] = whole[: len(block.as_owner)]


def _polynomial(values: Words, prime: int) -> Words:
    """The polynomial [n] whose values are ``values`` modulo a plain prime, then zeros."""
    out = np.zeros(DEGREE, np.uint64)
    out[: len(values)] = values % np.uint64(prime)
    transform.backward(out[None], prime)
    return out


def _inverses(primes: tuple[int, ...]) -> Words:
    """[i, j]: the inverse of prime j modulo prime i, for j < i, and its quotient for 2^64."""
    out = np.zeros((len(primes), len(primes), 2), np.uint64)
    for i, prime in enumerate(primes):
        for j, other in enumerate(primes[:i]):
            inverse = pow(other, -1, prime)
            out[i, j] = inverse, (inverse << 64) // prime
    return out


@compiled
def _draw(words: Words, primes: Words, residues: Words, low: Words) -> None:
    """Numbers with uniform digits in the mixed radix of the primes: ``residues`` [primes, n], and modulo 2^64.

    The last digit is not the largest, which leaves room for what the number is added to. ``words`` [primes, 2, n].
    """
    for index in range(len(primes)):
        bound = primes[index] - np.uint64(1 if index == len(primes) - 1 else 0)
        for j in range(len(low)):
            # floor(bound * 128 bits / 2^128)
            carried = wide_product(words[index, 0, j], bound)[1]
            part, digit = wide_product(words[index, 1, j], bound)
            digit += np.uint64(1) if part + carried < part else np.uint64(0)
            words[index, 0, j] = digit
    for index in range(len(primes)):
        prime = primes[index]
        for j in range(len(low)):
            value = words[len(primes) - 1, 0, j] % prime
            for lower in range(len(primes) - 2, -1, -1):
                # value * radix + digit modulo the prime.
                part, over = wide_product(value, primes[lower] % prime)
                value = _modulo(over, part, prime) + words[lower, 0, j] % prime
                value -= prime if value >= prime else np.uint64(0)
            residues[index, j] = value
    for j in range(len(low)):
        total = np.uint64(0)
        for index in range(len(primes) - 1, -1, -1):
            total = total * primes[index] + words[index, 0, j]
        low[j] = total


@compiled
def _modulo(high: np.uint64, low: np.uint64, prime: np.uint64) -> np.uint64:
    """high 2^64 + low modulo a prime of 50 bits, for a high below 2^36."""
    folded = high % prime
    for _ in range(4):
        folded = (folded << np.uint64(14)) % prime
    # 56 of 64 bits so far.
    folded = (folded << np.uint64(8)) % prime
    return (folded + low % prime) % prime


@compiled
def _join(residues: Words, primes: Words, inverses: Words, out: Words) -> None:
    """The numbers below the product of all primes with these residues [primes, n], modulo 2^64; changes them."""
    for j in range(len(out)):
        for i in range(1, len(primes)):
            prime, value = primes[i], residues[i, j]
            for k in range(i):
                value += np.uint64(2) * prime - residues[k, j] % prime
                value = value * inverses[i, k, 0] - wide_product(value, inverses[i, k, 1])[1] * prime
                value -= prime if value >= prime else np.uint64(0)
            residues[i, j] = value
        total = np.uint64(0)
        for i in range(len(primes) - 1, -1, -1):
            total = total * primes[i] + residues[i, j]
        out[j] = total


@sample
def _smallest_slots() -> None:
    primes, row = np.array(PLAIN_PRIMES[:2], np.uint64), np.zeros((2, 1), np.uint64)
    _draw(np.zeros((2, 2, 1), np.uint64), primes, row, row[0].copy())
    _join(row, primes, _inverses(PLAIN_PRIMES[:2]), row[0].copy())
