"""Shares of products element by element: 8192 of them in the slots of a polynomial modulo a plain prime.

A product of two numbers below 2^w is a number below 2^(2 w), the same over the integers and modulo the product P of a
few plain primes. The receiver of a reply sees it plus a mask uniform in a range of P less at least 2^(2 w), so shares
modulo 2^w are what it decrypts and minus the mask. *Rounds* 2. *Leaks* how many there are; statistically less than
2^-67 of a product, which is less than 2^-40 of all those of a job together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from server_node.kernels.compiled import compiled, sample
from server_node.offline.lattice.ring import transform
from server_node.offline.lattice.ring.kernels.words import high, multiply, once
from server_node.offline.lattice.ring.modulus import shoup
from server_node.offline.lattice.ring.parameters import DEGREE, PLAIN_PRIMES, PRIME_BITS
from server_node.offline.lattice.session import LatticeSession

Words = npt.NDArray[np.uint64]

_HIDING: Final = 64
"""Bits by which the range of masks exceeds products, at least; what is lost adds up over all products of a job."""
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
        _draw(evaluator.words(len(primes), 2, DEGREE), *_constants(primes, False), masks, added)
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
        _join(found, *_constants(primes, True), whole)
        block.as_owner[:] = whole[: len(block.as_owner)]


def _polynomial(values: Words, prime: int) -> Words:
    """The polynomial [n] whose values are ``values`` modulo a plain prime, then zeros."""
    out = np.zeros(DEGREE, np.uint64)
    out[: len(values)] = values % np.uint64(prime)
    transform.backward(out[None], prime)
    return out


@cache
def _constants(primes: tuple[int, ...], is_inverse: bool) -> tuple[Words, Words]:
    """The primes, and [i, j]: prime j, or its inverse, modulo prime i, with its quotient for 2^64."""
    out = np.zeros((len(primes), len(primes), 2), np.uint64)
    for i, prime in enumerate(primes):
        for j, other in enumerate(primes):
            if i != j:
                out[i, j] = shoup(pow(other, -1 if is_inverse else 1, prime), prime, 64)
    return np.array(primes, np.uint64), out


@compiled
def _draw(words: Words, primes: Words, factors: Words, residues: Words, low: Words) -> None:
    """Numbers with uniform digits in the mixed radix of the primes: ``residues`` [primes, n], and modulo 2^64.

    The last digit is not the largest, which leaves room for what the number is added to. ``words`` [primes, 2, n] are
    uniform and changed; ``factors`` [i, j] is prime j modulo prime i, with its quotient for 2^64.
    """
    count = len(primes)
    for index in range(count):
        bound = primes[index] - np.uint64(1 if index == count - 1 else 0)
        digits, rest = words[index, 0], words[index, 1]
        for j in range(len(low)):
            # bound times 128 uniform bits, over 2^128.
            carried, part = high(digits[j], bound), rest[j] * bound
            digits[j] = high(rest[j], bound) + np.uint64(part + carried < part)
    for index in range(count):
        prime, target = primes[index], residues[index]
        twice = np.uint64(2) * prime
        target[:] = words[count - 1, 0]
        for lower in range(count - 2, -1, -1):
            factor, quotient = factors[index, lower, 0], factors[index, lower, 1]
            digits = words[lower, 0]
            for j in range(len(low)):
                target[j] = once(multiply(target[j], factor, quotient, prime) + digits[j], twice)
        for j in range(len(low)):
            target[j] = once(once(target[j], twice), prime)
    low[:] = words[count - 1, 0]
    for index in range(count - 2, -1, -1):
        digits = words[index, 0]
        for j in range(len(low)):
            low[j] = low[j] * primes[index] + digits[j]


@compiled
def _join(residues: Words, primes: Words, inverses: Words, out: Words) -> None:
    """The numbers below the product of all primes with these residues [primes, n], modulo 2^64; changes them.

    ``inverses`` [i, j] is the inverse of prime j modulo prime i, with its quotient for 2^64.
    """
    count = len(primes)
    for i in range(1, count):
        prime, row = primes[i], residues[i]
        twice = np.uint64(2) * prime
        for k in range(i):
            other, factor, quotient = residues[k], inverses[i, k, 0], inverses[i, k, 1]
            for j in range(len(out)):
                row[j] = multiply(row[j] + twice - other[j], factor, quotient, prime)
        for j in range(len(out)):
            row[j] = once(row[j], prime)
    out[:] = residues[count - 1]
    for i in range(count - 2, -1, -1):
        for j in range(len(out)):
            out[j] = out[j] * primes[i] + residues[i, j]


@sample
def _smallest_slots() -> None:
    primes, rows = PLAIN_PRIMES[:2], np.zeros((2, 1), np.uint64)
    _draw(np.zeros((2, 2, 1), np.uint64), *_constants(primes, False), rows, np.empty(1, np.uint64))
    _join(rows, *_constants(primes, True), np.empty(1, np.uint64))
