"""Waits for products under encryption are counted as often as messages have to arrive before both can go on."""

from __future__ import annotations

import numpy as np
import pytest

from common.crypto.rng import SystemRandom
from common.ids import Party
from common.net.channel import Channel
from server_node.estimate.counting import lattice
from server_node.offline.arithmetic import Factors
from server_node.offline.lattice.matrices import MatrixProducts
from server_node.offline.lattice.session import LatticeSession
from server_node.offline.plan import PlanRecorder, Request
from tests.helpers.simulate import run_two
from tests.helpers.two_party.channels import Clocks

BITS = 48


def _request(shape: tuple[int, int, int]) -> Request:
    plan, (rows, inner, columns) = PlanRecorder(), shape
    plan.matmul(plan.mask((rows, inner)), plan.mask((inner, columns)), ring_bits=BITS)
    return plan.requests[-1]


def _waits(shape: tuple[int, int, int], count: int) -> list[int]:
    """Time at both parties from open keys to the last of so many products."""
    rows, inner, columns = shape
    factors = Factors(np.ones((rows, inner), np.uint64), np.ones((inner, columns), np.uint64), BITS)
    clocks = Clocks()

    def play(party: Party, channel: Channel) -> int:
        clocks.attach(party, channel)
        products = MatrixProducts(LatticeSession(channel, SystemRandom()))
        list(products.run([factors]))
        before = clocks.now[party]
        list(products.run([factors] * count))
        return clocks.now[party] - before

    return list(run_two(play).results)


@pytest.mark.parametrize(("shape", "count"), [((32, 64, 32), 1), ((32, 64, 32), 5), ((128, 784, 128), 2)])
def test_waits_for_matrices_are_those_of_the_protocol(shape: tuple[int, int, int], count: int) -> None:
    bill = lattice.matrix(_request(shape))
    assert bill is not None
    assert _waits(shape, count) == [lattice.FIRST_WAIT + count * bill.rounds] * 2
