"""How a product of matrices becomes products of polynomials: coefficient packing with the tile that costs least.

Huang, Lu, Hong and Ding, "Cheetah" (USENIX Security 2022), section 3.1: a tile of ``rows`` by ``inner`` entries of the
encrypted matrix and one of ``inner`` by ``columns`` entries of the other are polynomials with

    left[i, j]   at  i * inner * columns + inner - 1 - j
    right[j, l]  at  l * inner + j
    product[i, l]  at  i * inner * columns + l * inner + inner - 1

of their product, where rows * inner * columns is at most the degree. Row tiles of one inner tile share the random half
of their ciphertexts, each under a secret of its own, so that what is computed and sent for that half is paid once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from server_node.offline.lattice.ring.parameters import DEGREE, PRIMES, reply_bytes
from server_node.offline.lattice.wire import request_bytes

Words = npt.NDArray[np.uint64]
MOST_SECRETS: Final = 16
MOST_REQUESTS: Final = 1 << 9
"""Ciphertexts of a piece, which its evaluator holds at once."""


@dataclass(frozen=True)
class Shape:
    """A product of [rows, inner] by [inner, columns] modulo 2^bits."""

    rows: int
    inner: int
    columns: int
    bits: int

    @property
    def flipped(self) -> Shape:
        """The product of the transposed matrices in the other order."""
        return Shape(self.columns, self.inner, self.rows, self.bits)


@dataclass(frozen=True)
class Tile:
    """The size of a tile, and how many of them each side of the product has."""

    rows: int
    inner: int
    columns: int
    row_tiles: int
    inner_tiles: int
    column_tiles: int

    @property
    def useful(self) -> int:
        """Coefficients of a product that are entries of the result."""
        return self.rows * self.columns

    @property
    def requests(self) -> int:
        """Ciphertexts one party sends."""
        return self.row_tiles * self.inner_tiles

    def places(self) -> npt.NDArray[np.int64]:
        """Where the useful coefficients are, in the order of the result's rows and columns."""
        return (np.arange(self.useful, dtype=np.int64) + 1) * self.inner - 1

    def encrypted(self, matrix: Words) -> Words:
        """The polynomials [inner tiles, row tiles, n] of the matrix that is sent encrypted."""
        whole = _padded(matrix, self.row_tiles * self.rows, self.inner_tiles * self.inner)
        parts = whole.reshape(self.row_tiles, self.rows, self.inner_tiles, self.inner).transpose(2, 0, 1, 3)
        out = np.zeros((self.inner_tiles, self.row_tiles, DEGREE), np.uint64)
        grid = out[..., : self.useful * self.inner].reshape(*out.shape[:2], self.rows, self.columns, self.inner)
        grid[..., 0, :] = parts[..., ::-1]
        return out

    def plain(self, matrix: Words, first: int, count: int) -> Words:
        """The polynomials [count, inner tiles, n] of some column tiles of the other matrix."""
        part = matrix[:, first * self.columns : (first + count) * self.columns]
        whole = _padded(part, self.inner_tiles * self.inner, count * self.columns)
        grid = whole.reshape(self.inner_tiles, self.inner, count, self.columns).transpose(2, 0, 3, 1)
        out = np.zeros((count, self.inner_tiles, DEGREE), np.uint64)
        out[..., : self.columns * self.inner] = grid.reshape(count, self.inner_tiles, -1)
        return out

    def result(self, useful: Words, columns: int) -> Words:
        """Rows [row tiles * rows, columns] of the result from useful coefficients [row tiles, column tiles, useful]."""
        grid = useful.reshape(*useful.shape[:2], self.rows, self.columns).transpose(0, 2, 1, 3)
        return grid.reshape(useful.shape[0] * self.rows, -1)[:, :columns]


@dataclass(frozen=True)
class Piece:
    """A part of a product that is made by itself: some rows and some of the inner side, packed by a tile.

    Args:
        shape: with the encrypted side first.
    """

    rows: slice
    inner: slice
    shape: Shape
    is_flipped: bool
    tile: Tile


@dataclass(frozen=True)
class Cost:
    """What one direction takes: bytes both parties send, and nanoseconds of work of an ordinary processor core.

    Whole numbers, since both parties must come to the same ones.
    """

    bytes: int
    work: int

    @property
    def total(self) -> int:
        """Both in one number: a byte counts as much as it takes on a link between the machine's own and a gigabit."""
        return self.work + self.bytes * _BYTE


_BYTE: Final = 12
_TRANSFORM: Final = 12_000
_MOVE: Final = 15_000
_TERM: Final = 2_500
_SAMPLE: Final = 60_000
_ENTRY: Final = 10
# Nanoseconds: a byte sent; a transform modulo one prime, moving a polynomial of one through memory, a product of two in
# a sum; the randomness of a ciphertext; an entry of the result.


def cost(shape: Shape, tile: Tile) -> Cost:
    """Bytes and work of one cross term, the encrypted side of ``shape`` first."""
    primes = len(PRIMES)
    first, second = reply_bytes(1 << shape.bits)
    products, replies = tile.inner_tiles * tile.column_tiles, tile.row_tiles * tile.column_tiles
    size = tile.requests * request_bytes() + tile.column_tiles * DEGREE * second + replies * first * tile.useful
    work = (tile.requests + products) * primes * (_TRANSFORM + _MOVE) + tile.requests * _SAMPLE
    work += products * (tile.row_tiles + 1) * primes * _TERM
    work += replies * (primes + 2) * (_TRANSFORM + _MOVE)
    work += tile.column_tiles * (3 * primes * _TRANSFORM + 2 * _SAMPLE) + shape.rows * shape.columns * _ENTRY
    return Cost(size, work)


@lru_cache(maxsize=1024)
def pieces(shape: Shape) -> tuple[Piece, ...]:
    """How both parties cut a product; it depends on the shape only."""
    return tuple(_cut(shape, slice(0, shape.rows), slice(0, shape.inner)))


def _cut(shape: Shape, rows: slice, inner: slice) -> Iterator[Piece]:
    """Halve what is too large for one piece: its inner side, or its rows where they have no tile."""
    part = Shape(rows.stop - rows.start, inner.stop - inner.start, shape.columns, shape.bits)
    found = best(part)
    if found:
        is_flipped, tile = found
        yield Piece(rows, inner, part.flipped if is_flipped else part, is_flipped, tile)
    elif part.inner >= part.rows:
        for half in _halves(inner):
            yield from _cut(shape, rows, half)
    else:
        for half in _halves(rows):
            yield from _cut(shape, half, inner)


def _halves(whole: slice) -> tuple[slice, slice]:
    middle = (whole.start + whole.stop + 1) // 2
    return slice(whole.start, middle), slice(middle, whole.stop)


@lru_cache(maxsize=4096)
def best(shape: Shape) -> tuple[bool, Tile] | None:
    """Whether the right matrix is the one that is encrypted, and the tile; none if there is too much for one piece."""
    found: tuple[int, bool, Tile] | None = None
    for is_flipped, turned in ((False, shape), (True, shape.flipped)):
        for tile in _tiles(turned):
            price = cost(turned, tile).total
            if found is None or price < found[0]:
                found = price, is_flipped, tile
    return found[1:] if found else None


def _tiles(shape: Shape) -> Iterator[Tile]:
    """Tiles worth a look: as few parts of each side as fit, and sizes that divide it evenly."""
    for rows in _sizes(shape.rows):
        row_tiles = _parts(shape.rows, rows)
        if row_tiles > MOST_SECRETS:
            continue
        for columns in _sizes(shape.columns):
            room = DEGREE // (rows * columns)
            if room == 0:
                break
            inner_tiles = _parts(shape.inner, min(room, shape.inner))
            if row_tiles * inner_tiles <= MOST_REQUESTS:
                inner = _parts(shape.inner, inner_tiles)
                yield Tile(rows, inner, columns, row_tiles, inner_tiles, _parts(shape.columns, columns))


@lru_cache(maxsize=256)
def _sizes(side: int) -> list[int]:
    """The sizes of equal parts of a side, ascending."""
    return sorted({_parts(side, count) for count in range(1, side + 1) if _parts(side, count) <= DEGREE})


def _parts(total: int, size: int) -> int:
    return -(-total // size)


def _padded(matrix: Words, rows: int, columns: int) -> Words:
    """The matrix with zeros below and to the right."""
    if matrix.shape == (rows, columns):
        return matrix
    out = np.zeros((rows, columns), np.uint64)
    out[: matrix.shape[0], : matrix.shape[1]] = matrix
    return out
