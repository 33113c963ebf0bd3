"""Shares of matrix products across the parties, both cross terms at once: each party encrypts its own matrix and
computes on the other's.

For a = a0 + a1 and b = b0 + b1, P0 encrypts a0 and P1 answers a0 @ b1 masked; P1 encrypts a1 and P0 answers. Which of
both matrices is encrypted and how they are packed is the same in both directions (:mod:`.tiles`). *Rounds* 2 for as
many products as :data:`_AHEAD` lets ask together. *Leaks* shapes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from server_node.offline.arithmetic import Factors
from server_node.offline.lattice.keys import Words
from server_node.offline.lattice.session import LatticeSession
from server_node.offline.lattice.tiles import Piece, Shape, Tile, pieces

_AHEAD: Final = 160
"""Ciphertexts that may be on their way to each party before the first of them is answered."""
_CHUNK: Final = 192
"""Polynomials of a right factor that are transformed and held at once."""
_COLUMNS: Final = 32
"""Column tiles that are answered in one message, at most."""


@dataclass
class Product:
    """One product that is being made: this party's factors, and its share as far as it is."""

    factors: Factors
    shape: Shape
    share: Words
    pieces: deque[Piece]


@dataclass
class _Open:
    """A piece for which ciphertexts were sent: the factor this party computes with, and what came from the other."""

    product: Product
    piece: Piece
    plain: Words
    left: Words | None = None

    @property
    def modulus(self) -> int:
        return 1 << self.product.factors.bits


class MatrixProducts:
    """Makes shares of products in the order in which they are asked for."""

    def __init__(self, session: LatticeSession) -> None:
        self._session = session

    def run(self, factors: Iterable[Factors]) -> Iterator[tuple[Shape, Words]]:
        """For each pair, in order, a share [m, n] of a0 @ b1 + a1 @ b0 modulo 2^bits; pairs are taken ahead."""
        waiting: deque[_Open] = deque()
        products: deque[Product] = deque()
        for product in map(_begin, factors):
            products.append(product)
            while product.pieces:
                waiting.append(self._ask(product))
                while sum(opened.piece.tile.requests for opened in waiting) > _AHEAD:
                    self._answer(waiting)
            yield from _made(products, waiting)
        while waiting:
            self._answer(waiting)
            yield from _made(products, waiting)

    def _ask(self, product: Product) -> _Open:
        piece = product.pieces.popleft()
        below = np.uint64((1 << product.factors.bits) - 1)
        left, right = product.factors.left[piece.rows, piece.inner] & below, product.factors.right[piece.inner] & below
        encrypted, plain = (right.T, left.T) if piece.is_flipped else (left, right)
        self._session.ask(piece.tile.encrypted(encrypted), 1 << product.factors.bits)
        return _Open(product, piece, plain)

    def _answer(self, waiting: deque[_Open]) -> None:
        """Both sides of the first piece: compute on what came, chunk by chunk, and decrypt what comes back.

        Messages are read in the order in which the other party sent them, so first come the ciphertexts of all.
        """
        evaluator = self._session.evaluator
        for each in waiting:
            if each.left is None:
                tile = each.piece.tile
                each.left = self._session.asked(tile.row_tiles, tile.inner_tiles)
        opened = waiting.popleft()
        left, tile = _received(opened), opened.piece.tile
        shares: deque[Words] = deque()
        ahead: deque[slice] = deque()
        for chunk in chunks(tile):
            plain = tile.plain(opened.plain, chunk.start, chunk.stop - chunk.start)
            masks = evaluator.masks(opened.modulus, tile.row_tiles, len(plain), tile.useful)
            right = evaluator.plains(plain, opened.modulus)
            self._session.answer(evaluator.replies(left, right, masks, tile.places(), opened.modulus))
            shares.append(masks)
            ahead.append(chunk)
            if len(ahead) > 1:
                self._finish(opened, ahead.popleft(), shares.popleft())
        while ahead:
            self._finish(opened, ahead.popleft(), shares.popleft())

    def _finish(self, opened: _Open, chunk: slice, masks: Words) -> None:
        """Decrypt a chunk of columns, and add this party's shares of both directions to the result."""
        piece, tile = opened.piece, opened.piece.tile
        count = chunk.stop - chunk.start
        replies = self._session.answers(opened.modulus, count, tile.row_tiles, tile.useful)
        both = self._session.owner.decrypt(replies, tile.places(), opened.modulus) - masks
        target = opened.product.share[piece.rows]
        if piece.is_flipped:
            target = target.T
        target = target[:, chunk.start * tile.columns : chunk.stop * tile.columns]
        target += tile.result(both, target.shape[1])[: len(target)]


def shape_of(factors: Factors) -> Shape:
    """What kind of product two matrices have."""
    (rows, inner), columns = factors.left.shape, factors.right.shape[1]
    return Shape(rows, inner, columns, factors.bits)


def _begin(factors: Factors) -> Product:
    shape = shape_of(factors)
    return Product(factors, shape, np.zeros((shape.rows, shape.columns), np.uint64), deque(pieces(shape)))


def _received(opened: _Open) -> Words:
    if opened.left is None:
        raise ValueError("nothing was received for this piece")
    return opened.left


def _made(products: deque[Product], waiting: deque[_Open]) -> Iterator[tuple[Shape, Words]]:
    """Hand over the first products as far as nothing of them is open."""
    while products and not (products[0].pieces or (waiting and waiting[0].product is products[0])):
        product = products.popleft()
        yield product.shape, product.share


def chunks(tile: Tile) -> Iterator[slice]:
    """Column tiles that are answered together; both parties cut alike."""
    step = max(2, min(_COLUMNS, _CHUNK // (tile.inner_tiles + tile.row_tiles)) // 2 * 2)
    for first in range(0, tile.column_tiles, step):
        yield slice(first, min(first + step, tile.column_tiles))
