"""Packing of matrices into polynomials is exact for every tile, and the tile that is chosen fits."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from server_node.offline.lattice import tiles
from server_node.offline.lattice.ring.parameters import DEGREE
from server_node.offline.lattice.tiles import MOST_REQUESTS, MOST_SECRETS, Shape, Tile, best, cost, pieces

Numbers = npt.NDArray[Any]
SHAPES = [
    (1, 1, 1),
    (3, 5, 2),
    (7, 300, 9),
    (300, 2, 7),
    (1, 9000, 1),
    (9000, 1, 1),
    (128, 784, 128),
    (73728, 25, 20),
    (25, 73728, 20),
    (8192, 500, 50),
    (8192, 50, 500),
]


def numbers(seed: int, *shape: int) -> npt.NDArray[np.uint64]:
    return np.random.default_rng(seed).integers(0, 1 << 64, shape, np.uint64)


def negacyclic(a: Numbers, b: Numbers) -> Numbers:
    """Product of two polynomials modulo X^n + 1 and 2^64, from the few coefficients that are not zero."""
    out = np.zeros(len(a), np.uint64)
    for place in np.flatnonzero(a):
        turned = np.concatenate([-b[len(b) - place :], b[: len(b) - place]]) if place else b
        out += a[place] * turned
    return out


@pytest.mark.parametrize(
    ("rows", "inner", "columns", "tile"),
    [
        (5, 7, 3, Tile(5, 7, 3, 1, 1, 1)),
        (5, 7, 3, Tile(2, 3, 2, 3, 3, 2)),
        (3, 4, 5, Tile(3, 1, 5, 1, 4, 1)),
        (3, 4, 5, Tile(1, 4, 1, 3, 1, 5)),
        (2, 9, 2, Tile(2, 2048, 2, 1, 1, 1)),
        (4, 3, 2, Tile(4, 2, 1024, 1, 2, 1)),
    ],
)
def test_sums_of_products_of_polynomials_hold_the_product_of_matrices(
    rows: int, inner: int, columns: int, tile: Tile
) -> None:
    left, right = numbers(1, rows, inner), numbers(2, inner, columns)
    encrypted, plain = tile.encrypted(left), tile.plain(right, 0, tile.column_tiles)
    useful = np.empty((tile.row_tiles, tile.column_tiles, tile.useful), np.uint64)
    for i in range(tile.row_tiles):
        for j in range(tile.column_tiles):
            terms = [negacyclic(encrypted[k, i], plain[j, k]) for k in range(tile.inner_tiles)]
            useful[i, j] = np.stack(terms).sum(axis=0, dtype=np.uint64)[tile.places()]
    assert np.array_equal(tile.result(useful, columns)[:rows], left @ right)


def test_columns_are_packed_alike_whatever_part_of_them_is_asked_for() -> None:
    tile, right = Tile(2, 3, 2, 1, 2, 4), numbers(3, 5, 7)
    whole = tile.plain(right, 0, 4)
    assert np.array_equal(np.concatenate([tile.plain(right, 0, 1), tile.plain(right, 1, 3)]), whole)


@pytest.mark.parametrize(("rows", "inner", "columns"), SHAPES)
def test_chosen_tiles_cover_the_product_and_fit_the_ring(rows: int, inner: int, columns: int) -> None:
    for piece in pieces(Shape(rows, inner, columns, 48)):
        tile, shape = piece.tile, piece.shape
        assert tile.rows * tile.inner * tile.columns <= DEGREE
        assert tile.row_tiles <= MOST_SECRETS
        assert tile.requests <= MOST_REQUESTS
        for size, count, side in (
            (tile.rows, tile.row_tiles, shape.rows),
            (tile.inner, tile.inner_tiles, shape.inner),
            (tile.columns, tile.column_tiles, shape.columns),
        ):
            assert (count - 1) * size < side <= count * size


def test_the_encrypted_side_is_the_one_that_costs_less() -> None:
    tall, flat = Shape(73728, 25, 20, 48), Shape(20, 25, 73728, 48)
    first, second = best(tall), best(flat)
    assert first is not None
    assert second is not None
    assert first[0]
    assert not second[0]
    assert first[1] == second[1]


def test_no_tile_costs_less_than_the_chosen_one() -> None:
    shape = Shape(40, 200, 30, 48)
    found = best(shape)
    assert found is not None
    chosen = cost(shape.flipped if found[0] else shape, found[1]).total
    others = [cost(turned, tile).total for turned in (shape, shape.flipped) for tile in tiles._tiles(turned)]
    assert chosen == min(others)


def test_what_is_too_large_is_cut_and_nothing_is_lost() -> None:
    shape = Shape(2000, 70000, 2000, 48)
    covered = np.zeros((2000, 70000), np.uint8)
    parts = pieces(shape)
    for piece in parts:
        covered[piece.rows, piece.inner] += 1
    assert len(parts) > 1
    assert (covered == 1).all()
