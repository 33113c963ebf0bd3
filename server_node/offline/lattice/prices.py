"""What products under encryption cost, from public sizes alone: exact bytes, and work in the units of progress.

Both parties send the same number of bytes. What costs less by transfers is made by transfers: both parties decide
alike, because both compute the same prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from common.wire.framing import HEADER_BYTES
from server_node.offline.generate import groups
from server_node.offline.lattice.matrices import chunks
from server_node.offline.lattice.ring.parameters import DEGREE, SEED_BYTES, reply_bytes
from server_node.offline.lattice.slots import plain_primes
from server_node.offline.lattice.tiles import Cost, Shape, cost, pieces
from server_node.offline.lattice.wire import request_bytes
from server_node.offline.plan import Request, Segment

_UNIT: Final = 40
"""Nanoseconds of work that count like one transfer."""
_TRANSFER: Final = Cost(4, 20)
_BLOCK: Final = 800_000
"""Nanoseconds of one direction of 8192 products modulo one plain prime."""


@dataclass(frozen=True)
class Portion:
    """What of a segment is made under encryption.

    Args:
        bytes: what each party sends, without the session's seed and keys.
        units: work in units of progress.
        rows: secrets that are needed; what their keys cost is said by :func:`session_bytes`.
        transfers: the requests that are left to transfers, in the order of the segment.
    """

    bytes: int
    units: int
    rows: int
    transfers: Segment


def portion(requests: Segment) -> Portion:
    """How a segment is divided between encryption and transfers."""
    size, units, rows = 0, 0, 0
    taken: set[int] = set()
    for kind in ("product", "square", "private-values"):
        for group in groups(requests, kind):
            count, bits = slot_count([requests[i] for i in group]), 8 * requests[group[0]].width
            if slots_pay(count, bits):
                size, units, rows = size + slot_bytes(count, bits), units + slot_units(count, bits), max(rows, 1)
                taken.update(group)
    for index, request in enumerate(requests):
        shape = shape_of(request)
        if shape and matrix_pays(shape):
            size, units = size + matrix_bytes(shape), units + matrix_units(shape)
            rows = max(rows, matrix_rows(shape))
            taken.add(index)
    return Portion(size, units, rows, [r for index, r in enumerate(requests) if index not in taken])


def session_bytes(rows: int) -> int:
    """Bytes of a session's seed and of the keys of so many secrets, sent when they are first needed.

    Keys that are asked for in several steps cost a header more for each step; this is the price of one.
    """
    if rows == 0:
        return 0
    return 2 * HEADER_BYTES + SEED_BYTES + rows * request_bytes()


def shape_of(request: Request) -> Shape | None:
    """The product of matrices that a request is, if it is one."""
    if request.kind != "matmul":
        return None
    rows, columns = request.matrix
    return Shape(rows, request.inner, columns, 8 * request.width)


def slot_count(requests: Segment) -> int:
    """Products in each direction of a group of one kind: half of them where one cross term is all there is."""
    count = sum(request.size for request in requests)
    return count if requests[0].kind == "product" else (count + 1) // 2


def slot_bytes(count: int, bits: int) -> int:
    """Bytes each party sends for ``count`` products in each direction."""
    return _blocks(count) * sum(_slot_reply(prime) + request_bytes() + 2 * HEADER_BYTES for prime in plain_primes(bits))


def slot_units(count: int, bits: int) -> int:
    """Work of so many products."""
    return _slot_work(count, bits) // _UNIT


def slots_pay(count: int, bits: int) -> bool:
    """Whether encryption is the cheaper way for ``count`` products in each direction."""
    encrypted = Cost(2 * slot_bytes(count, bits), _slot_work(count, bits))
    return encrypted.total < _by_transfers(2 * count, 1, bits).total


def matrix_bytes(shape: Shape) -> int:
    """Bytes each party sends for both cross terms of a matrix product."""
    first, second = reply_bytes(1 << shape.bits)
    total = 0
    for piece in pieces(shape):
        tile = piece.tile
        total += tile.inner_tiles * (HEADER_BYTES + tile.row_tiles * request_bytes())
        for chunk in chunks(tile):
            each = second * DEGREE + first * tile.row_tiles * tile.useful
            total += HEADER_BYTES + (chunk.stop - chunk.start) * each
    return total


def matrix_units(shape: Shape) -> int:
    """Work of a matrix product."""
    return _matrix_work(shape) // _UNIT


def matrix_rows(shape: Shape) -> int:
    """Secrets that a matrix product takes."""
    return max(piece.tile.row_tiles for piece in pieces(shape))


def matrix_pays(shape: Shape) -> bool:
    """Whether encryption is the cheaper way."""
    inner, side, width = shape.inner, min(shape.rows, shape.columns), max(shape.rows, shape.columns)
    encrypted = Cost(2 * matrix_bytes(shape), _matrix_work(shape))
    return encrypted.total < _by_transfers(2 * inner * side, width, shape.bits).total


def _by_transfers(factors: int, width: int, bits: int) -> Cost:
    """Receivers' numbers of ``bits`` bits that meet ``width`` numbers each."""
    octets = bits // 8
    corrections = factors * width * 4 * octets * (octets + 1)
    transfers = factors * bits
    # A nanosecond for each byte of a correction.
    return Cost(transfers * _TRANSFER.bytes + corrections, transfers * _TRANSFER.work + corrections)


def _slot_work(count: int, bits: int) -> int:
    return 2 * _blocks(count) * len(plain_primes(bits)) * _BLOCK


def _matrix_work(shape: Shape) -> int:
    return sum(2 * cost(piece.shape, piece.tile).work for piece in pieces(shape))


def _blocks(count: int) -> int:
    return -(-count // DEGREE)


def _slot_reply(prime: int) -> int:
    return sum(reply_bytes(prime)) * DEGREE
