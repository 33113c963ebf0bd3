"""Sums of products are exact with either set of kernels, to the largest number of terms."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest

from server_node.offline.lattice import panels
from server_node.offline.lattice.ring.kernels import plain_sums, sums
from server_node.offline.lattice.ring.kernels.lanes import has_limb_products
from server_node.offline.lattice.ring.kernels.sums import RUN
from server_node.offline.lattice.ring.parameters import PRIMES

Words = npt.NDArray[np.uint64]
MODULI = panels.constants(PRIMES)
COLUMN = np.array(PRIMES, object)[:, None]
SIZE = 2 * RUN
KERNELS = [plain_sums, *([sums] if has_limb_products() else [])]


@pytest.fixture(params=KERNELS, ids=lambda module: module.__name__.rpartition(".")[2])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.setattr(panels, "_kernels", request.param)
    yield request.param


def values(seed: int, *shape: int) -> Words:
    """Reduced values [*shape, primes, n]; the first few are the largest there are."""
    made = np.random.default_rng(seed).integers(0, 1 << 50, (*shape, len(PRIMES), SIZE), np.uint64)
    made %= np.array(PRIMES, np.uint64)[:, None]
    made[..., :4] = np.array(PRIMES, np.uint64)[:, None] - np.uint64(1)
    return made


def packed(rows: Words) -> Words:
    """As factor, from polynomials [width, terms, primes, n]."""
    out = panels.empty(len(PRIMES), SIZE, rows.shape[1], rows.shape[0])
    panels.pack(rows, out, (0, 0))
    return out


@pytest.mark.parametrize(("rows", "terms", "columns"), [(1, 1, 1), (5, 3, 3), (4, 2, 2), (7, 20, 1), (2, 1, 5)])
def test_sums_of_products_are_exact(kernels: ModuleType, rows: int, terms: int, columns: int) -> None:
    left, right = values(1, rows, terms), values(2, columns, terms)
    out = np.empty((rows, columns, len(PRIMES), SIZE), np.uint64)
    panels.multiply(packed(left), packed(right), MODULI, out)
    expected = (left[:, None].astype(object) * right[None].astype(object)).sum(axis=2) % COLUMN
    assert (out.astype(object) == expected).all()


def test_the_largest_sum_does_not_overflow(kernels: ModuleType) -> None:
    rows = np.empty((1, panels.MOST_TERMS, len(PRIMES), SIZE), np.uint64)
    rows[:] = np.array(PRIMES, np.uint64)[:, None] - np.uint64(1)
    out = np.empty((1, 1, len(PRIMES), SIZE), np.uint64)
    panels.multiply(packed(rows), packed(rows), MODULI, out)
    assert (out == panels.MOST_TERMS).all()


def test_single_products_are_exact(kernels: ModuleType) -> None:
    a, b, target = values(3), values(4), values(5)
    target[:, 0] = 0
    expected = (target.astype(object) - a.astype(object) * b.astype(object)) % COLUMN
    assert (panels.product(a, b, MODULI).astype(object) == a.astype(object) * b.astype(object) % COLUMN).all()
    panels.subtract_product(target, a, b, MODULI)
    assert (target.astype(object) == expected).all()


def test_polynomials_are_packed_in_several_steps() -> None:
    rows, out = values(6, 3, 4), panels.empty(len(PRIMES), SIZE, 4, 3)
    for k in range(4):
        panels.pack(rows[:1, k : k + 1], out, (k, 0))
        panels.pack(rows[1:, k : k + 1], out, (k, 1))
    assert np.array_equal(out, packed(rows))


def test_what_does_not_fit_is_refused() -> None:
    rows, out = values(7, 2, 3), panels.empty(len(PRIMES), SIZE, 3, 2)
    for first in ((1, 0), (0, 1)):
        with pytest.raises(ValueError, match="do not fit"):
            panels.pack(rows, out, first)
    panels.pack(rows, out, (0, 0))
    whole = np.empty((2, 2, len(PRIMES), SIZE), np.uint64)
    for left, right, target in (
        (out, packed(rows[:, :2]), whole),
        (out, out, whole[:1]),
        (out, out, np.empty((2, 2, len(PRIMES), RUN), np.uint64)),
    ):
        with pytest.raises(ValueError, match="not fit"):
            panels.multiply(left, right, MODULI, target)
    with pytest.raises(ValueError, match="not fit"):
        panels.product(rows[0, 0], rows[0, 0, :, : RUN], MODULI)
    apart = rows[:, 0, 0]
    with pytest.raises(ValueError, match="contiguous"):
        panels.product(apart, apart, MODULI)
