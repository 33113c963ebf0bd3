"""Waits for products under encryption are counted as often as messages have to arrive before both can go on."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from queue import Queue

import numpy as np
import pytest

from common.crypto.rng import SystemRandom
from common.net.channel import Channel
from server_node.estimate.counting import lattice
from server_node.offline.arithmetic import Factors
from server_node.offline.lattice.matrices import MatrixProducts
from server_node.offline.lattice.session import LatticeSession
from server_node.offline.plan import PlanRecorder, Request

BITS = 48
Line = Queue[tuple[int, bytes]]


class Clocked(Channel):
    """A link on which every message takes one unit of time, and nothing else takes any."""

    def __init__(self, out: Line, into: Line) -> None:
        super().__init__()
        self.clock = 0
        self._out, self._into, self._left = out, into, memoryview(b"")

    def close(self) -> None:
        """Nothing is open."""

    def _write(self, header: bytes, bodies: Sequence[memoryview]) -> None:
        self._out.put((self.clock + 1, header + b"".join(bodies)))

    def _read(self, out: memoryview) -> None:
        filled = 0
        while filled < len(out):
            if not self._left:
                arrived, message = self._into.get(timeout=30)
                self.clock, self._left = max(self.clock, arrived), memoryview(message)
            count = min(len(out) - filled, len(self._left))
            out[filled : filled + count] = self._left[:count]
            filled, self._left = filled + count, self._left[count:]


def _request(shape: tuple[int, int, int]) -> Request:
    plan, (rows, inner, columns) = PlanRecorder(), shape
    plan.matmul(plan.mask((rows, inner)), plan.mask((inner, columns)), ring_bits=BITS)
    return plan.requests[-1]


def _waits(shape: tuple[int, int, int], count: int) -> list[int]:
    """Time at both parties from open keys to the last of so many products."""
    rows, inner, columns = shape
    factors = Factors(np.ones((rows, inner), np.uint64), np.ones((inner, columns), np.uint64), BITS)
    lines: tuple[Line, Line] = (Queue(), Queue())
    waits = [0, 0]

    def play(party: int) -> None:
        channel = Clocked(lines[party], lines[1 - party])
        products = MatrixProducts(LatticeSession(channel, SystemRandom()))
        list(products.run([factors]))
        before = channel.clock
        list(products.run([factors] * count))
        waits[party] = channel.clock - before

    threads = [threading.Thread(target=play, args=(party,)) for party in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits


@pytest.mark.parametrize(("shape", "count"), [((32, 64, 32), 1), ((32, 64, 32), 5), ((128, 784, 128), 2)])
def test_waits_for_matrices_are_those_of_the_protocol(shape: tuple[int, int, int], count: int) -> None:
    bill = lattice.matrix(_request(shape))
    assert bill is not None
    assert _waits(shape, count) == [lattice.FIRST_WAIT + count * bill.rounds] * 2
