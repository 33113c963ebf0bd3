"""Shares of products across the two parties: of what one party knows with what the other knows.

What a source decides is how these are made; everything bitwise is made by oblivious transfer at every source that needs
nobody else. ``a0`` is P0's part of a mask ``a = a0 + a1``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from common.ids import Party
from server_node.offline.ot.cots import CotEngine
from server_node.offline.plan import Words


@dataclass(frozen=True)
class Factors:
    """This party's parts of two matrices [m, k] and [k, n]; their product counts mod 2^bits, a multiple of 8."""

    left: Words
    right: Words
    bits: int


class Arithmetic(Protocol):
    """Both parties call the same methods in the same order with arrays of the same shapes."""

    @property
    def effort(self) -> int:
        """What was spent so far, in the units of the source."""
        ...

    def products(self, a: Words, b: Words, bits: int) -> Words:
        """Share mod 2^bits of a0 b1 + a1 b0, element by element, [e]."""
        ...

    def values(self, own: Words, bits: int) -> Words:
        """Share mod 2^bits of own value of P0 times own value of P1, element by element, [e]."""
        ...

    def matrices(self, factors: Iterable[Factors]) -> Iterator[Words]:
        """For each pair of matrices, in order, a share [m, n] mod 2^bits of a0 @ b1 + a1 @ b0.

        Pairs are taken from ``factors`` when they are needed, which may be some before their share is there.
        """
        ...


class OtArithmetic:
    """Gilboa products: one transfer for each bit of the receiver's factor; the effort is in transfers."""

    def __init__(self, engine: CotEngine) -> None:
        self._engine = engine

    @property
    def effort(self) -> int:
        return self._engine.count

    def products(self, a: Words, b: Words, bits: int) -> Words:
        received, sent = self._engine.ring_products(a, b, bits)
        return received + sent

    def values(self, own: Words, bits: int) -> Words:
        """Half of the elements in each direction."""
        first, second = halves(own)
        mine, values = (first, second) if self._engine.party is Party.P0 else (second, first)
        # The choices of one half meet the values of the same half on the other side.
        cross = self._engine.ring_products(mine, values, bits)
        received, sent = cross if self._engine.party is Party.P0 else cross[::-1]
        return np.concatenate([received, sent])[: len(own)]

    def matrices(self, factors: Iterable[Factors]) -> Iterator[Words]:
        for pair in factors:
            is_wide = pair.right.shape[1] > pair.left.shape[0]
            left, right = (pair.right.T, pair.left.T) if is_wide else (pair.left, pair.right)
            made = self._matrix(left, right, pair.bits)
            yield made.T if is_wide else made

    def _matrix(self, a: Words, b: Words, bits: int) -> Words:
        """b's elements choose, a's columns are sent."""
        return self._engine.matrix_products(np.ascontiguousarray(b), np.ascontiguousarray(a.T), bits).T


def halves(own: Words) -> tuple[Words, Words]:
    """Two equally long parts of a vector, filled up with a zero if need be."""
    half = (len(own) + 1) // 2
    padded = np.concatenate([own, np.zeros(2 * half - len(own), np.uint64)])
    return padded[:half], padded[half:]
