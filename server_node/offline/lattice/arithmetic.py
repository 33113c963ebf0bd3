"""Products across the parties under encryption, or by transfers where these cost less."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import numpy as np

from common.ids import Party
from server_node.offline.arithmetic import Factors, OtArithmetic, halves
from server_node.offline.lattice import prices
from server_node.offline.lattice.matrices import MatrixProducts, shape_of
from server_node.offline.lattice.session import LatticeSession
from server_node.offline.lattice.slots import SlotProducts
from server_node.offline.ot.cots import CotEngine
from server_node.offline.plan import Words


class LatticeArithmetic:
    """Implements :class:`~server_node.offline.arithmetic.Arithmetic`; effort counts what a transfer takes as one."""

    def __init__(self, engine: CotEngine, session: LatticeSession) -> None:
        self._party = engine.party
        self._transfers = OtArithmetic(engine)
        self._slots, self._matrices = SlotProducts(session), MatrixProducts(session)
        self._units = 0

    @property
    def effort(self) -> int:
        return self._transfers.effort + self._units

    def products(self, a: Words, b: Words, bits: int) -> Words:
        if not prices.slots_pay(len(a), bits):
            return self._transfers.products(a, b, bits)
        self._units += prices.slot_units(len(a), bits)
        as_owner, as_evaluator = self._slots.run(a, b, bits)
        return as_owner + as_evaluator

    def values(self, own: Words, bits: int) -> Words:
        """P0 encrypts the first half of its numbers, P1 the second half."""
        first, second = halves(own)
        if not prices.slots_pay(len(first), bits):
            return self._transfers.values(own, bits)
        self._units += prices.slot_units(len(first), bits)
        if self._party is Party.P0:
            both = self._slots.run(first, second, bits)
        else:
            both = self._slots.run(second, first, bits)[::-1]
        return np.concatenate(both)[: len(own)]

    def matrices(self, factors: Iterable[Factors]) -> Iterator[Words]:
        """Runs of products that pay under encryption are asked for ahead; what is made by transfers waits for them."""
        for pays, run in groupby(factors, lambda pair: prices.matrix_pays(shape_of(pair))):
            if not pays:
                yield from self._transfers.matrices(run)
                continue
            for shape, share in self._matrices.run(run):
                self._units += prices.matrix_units(shape)
                yield share
