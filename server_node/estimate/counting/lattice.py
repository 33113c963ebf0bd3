"""What products under encryption take at the source ``hybrid``: bytes exactly, and units of work.

What is made by encryption and what by transfers is decided group by group, as ``offline/lattice`` decides it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from common.wire.framing import HEADER_BYTES
from server_node.estimate.counting.bill import Bill, in_table
from server_node.estimate.counting.groups import Group, grouped
from server_node.estimate.counting.recording import Repeated
from server_node.offline.lattice import prices
from server_node.offline.lattice.matrices import chunks
from server_node.offline.lattice.slots import plain_primes
from server_node.offline.lattice.tiles import Shape, pieces
from server_node.offline.plan import Request

TABLE: Final = "lattice"
ELEMENTWISE: Final = ("product", "square", "private-values")
_BLOCK: Final = 1 << 13
_BLOCKS_AHEAD: Final = 16
FIRST_WAIT: Final = 1
"""For the ciphertexts of the first products of matrices of a segment; those of others are there when needed."""
_CHUNKS_AHEAD: Final = 2


def slots(group: Group) -> Bill | None:
    """Products element by element, or None if transfers cost less."""
    count, bits = prices.slot_count([group.as_one]), 8 * group.example.width
    if not prices.slots_pay(count, bits):
        return None
    waits = 2 * -(-(-(-count // _BLOCK)) // _BLOCKS_AHEAD)
    units = Counter({"slots": -(-count // _BLOCK) * len(plain_primes(bits))})
    return Bill(prices.slot_bytes(count, bits), waits, units=in_table(TABLE, units))


def matrix(request: Request) -> Bill | None:
    """One product of matrices, or None if transfers cost less.

    A piece is answered to its end before the next one: of its chunks the second is under way while the first is waited
    for.
    """
    shape = prices.shape_of(request)
    if shape is None or not prices.matrix_pays(shape):
        return None
    units = Counter({"matrices": prices.matrix_units(shape)})
    waits = sum(-(-len(list(chunks(piece.tile))) // _CHUNKS_AHEAD) for piece in pieces(shape))
    return Bill(prices.matrix_bytes(shape), waits, units=in_table(TABLE, units))


@dataclass
class Keys:
    """The public keys of a session: more are sent whenever a product takes more rows than any before."""

    rows: int = 0
    steps: int = 0

    def need(self, rows: int) -> None:
        """A product takes so many rows."""
        if rows > self.rows:
            self.rows, self.steps = rows, self.steps + 1

    def follow(self, segment: Repeated, shapes: Iterator[Shape]) -> None:
        """A segment is made, elementwise products of masks first, then those of matrices."""
        groups = {kind: list(grouped(segment, kind)) for kind in ELEMENTWISE}
        if any(slots(group) for kind in ("product", "square") for group in groups[kind]):
            self.need(1)
        for shape in shapes:
            if prices.matrix_pays(shape):
                self.need(prices.matrix_rows(shape))
        if any(slots(group) for group in groups["private-values"]):
            self.need(1)

    @property
    def bill(self) -> Bill:
        """All of them, and the seeds."""
        if not self.rows:
            return Bill()
        size = prices.session_bytes(self.rows) + (self.steps - 1) * HEADER_BYTES
        return Bill(size, 1 + self.steps, units=in_table(TABLE, Counter({"opening": 1})))


def shapes_of(segment: Repeated) -> Iterator[Shape]:
    """The products of matrices in the order in which they are made."""
    for request, _ in sorted(segment, key=lambda pair: pair[0].option if pair[0].kind == "matmul" else ""):
        shape = prices.shape_of(request)
        if shape is not None:
            yield shape
