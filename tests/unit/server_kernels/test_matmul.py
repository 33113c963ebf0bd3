"""Ring products against numpy's wrapping ones, on every path of the processor."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
import torch

from server_node.kernels import matmul, portable, wide
from server_node.kernels.matmul import ring_matmul
from tests.helpers.seeded import SeededRandom

SMALLEST = torch.iinfo(torch.int64).min
Shape = tuple[int, int, int]


@pytest.fixture(params=[wide, portable], ids=["wide", "portable"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Each way to compute on the processor, whichever this machine would choose."""
    module: ModuleType = request.param
    monkeypatch.setattr(matmul, "_kernels", module)
    return module


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """As many threads as torch is told to use, even for the smallest product."""
    monkeypatch.setattr(matmul, "_LEAST_WORK", 0)
    monkeypatch.setattr(torch, "get_num_threads", lambda: request.param)
    return int(request.param)


def uniform(*shape: int, seed: str = "") -> torch.Tensor:
    data = SeededRandom(f"ring product {shape} {seed}").token(8 * int(np.prod(shape)))
    return torch.from_numpy(np.frombuffer(data, np.int64).reshape(shape).copy())


def expected(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(np.matmul(a.numpy(), b.numpy()))


@pytest.mark.usefixtures("path", "threads")
@pytest.mark.parametrize("rows", [1, 2, 5, 6, 9, 49])
@pytest.mark.parametrize("columns", [1, 4, 5, 8, 13, 31, 32, 71])
def test_products_of_every_tile_are_exact(rows: int, columns: int) -> None:
    for depth in (1, 3, 40):
        a, b = uniform(rows, depth), uniform(depth, columns)
        assert torch.equal(ring_matmul(a, b), expected(a, b))


@pytest.mark.usefixtures("path", "threads")
@pytest.mark.parametrize("shape", [(7, 1030, 5), (3, 600, 300), (1, 513, 1), (100, 1, 33)], ids=str)
def test_products_of_several_blocks_are_exact(shape: Shape) -> None:
    rows, depth, columns = shape
    a, b = uniform(rows, depth), uniform(depth, columns)
    assert torch.equal(ring_matmul(a, b), expected(a, b))


@pytest.mark.usefixtures("path", "threads")
def test_views_of_every_kind_are_read_where_they_lie() -> None:
    rows, depth, columns = 50, 9, 19
    lefts = [
        uniform(depth, rows).T,
        uniform(rows, 2 * depth)[:, ::2],
        uniform(depth, 2 * rows).T[::2],
        uniform(rows, 1).expand(rows, depth),
        uniform(rows, depth + 3)[:, 3:],
    ]
    rights = [
        uniform(columns, depth).T,
        uniform(2 * depth, columns)[1::2],
        uniform(depth, 3 * columns)[:, ::3],
        uniform(1, columns).expand(depth, columns),
    ]
    for a in lefts:
        for b in rights:
            assert torch.equal(ring_matmul(a, b), expected(a, b))


@pytest.mark.usefixtures("path", "threads")
@pytest.mark.parametrize("value", [SMALLEST, -1, SMALLEST + 1, -SMALLEST - 1])
def test_products_wrap_at_the_edges(value: int) -> None:
    a, b = torch.full((7, 3), value), torch.full((3, 12), value)
    assert set(ring_matmul(a, b).flatten().tolist()) == {(3 * value * value + 2**63) % 2**64 - 2**63}


@pytest.mark.usefixtures("path", "threads")
@pytest.mark.parametrize("shape", [(6, 33, 21), (1, 530, 2)], ids=str)
def test_a_given_target_is_filled_or_added_to_and_nothing_beside_it(shape: Shape) -> None:
    rows, depth, columns = shape
    a, b, around = uniform(rows, depth), uniform(depth, columns), uniform(rows + 2, columns + 5)
    before, target = around.clone(), around[1:-1, 2:-3]
    assert ring_matmul(a, b, target) is target
    assert torch.equal(target, expected(a, b))
    ring_matmul(a, b, out=target, accumulate=True)
    assert torch.equal(target, 2 * expected(a, b))
    target.copy_(before[1:-1, 2:-3])
    assert torch.equal(around, before)


@pytest.mark.usefixtures("path")
def test_a_target_with_columns_apart_is_filled_too() -> None:
    a, b, target = uniform(4, 5), uniform(5, 3), torch.zeros((3, 4), dtype=torch.int64).T
    ring_matmul(a, b, target)
    assert torch.equal(target, expected(a, b))
    ring_matmul(a, b, target, accumulate=True)
    assert torch.equal(target, 2 * expected(a, b))


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("shape", [(0, 3, 2), (2, 3, 0), (2, 0, 3), (0, 0, 0)], ids=str)
def test_empty_sides_give_empty_products_or_zeros(shape: Shape) -> None:
    rows, depth, columns = shape
    a, b = torch.ones((rows, depth), dtype=torch.int64), torch.ones((depth, columns), dtype=torch.int64)
    assert torch.equal(ring_matmul(a, b), torch.zeros((rows, columns), dtype=torch.int64))
    target = torch.ones((rows, columns), dtype=torch.int64)
    assert torch.equal(ring_matmul(a, b, target, accumulate=True), torch.ones_like(target))
    assert torch.equal(ring_matmul(a, b, target), torch.zeros_like(target))


def test_meta_tensors_answer_with_the_shape() -> None:
    a, b = torch.empty((3, 4), dtype=torch.int64, device="meta"), torch.empty((4, 5), dtype=torch.int64, device="meta")
    assert ring_matmul(a, b).shape == (3, 5)
    assert ring_matmul(a, b).is_meta


@pytest.mark.parametrize(
    ("a", "b", "out", "says"),
    [
        (torch.zeros(2, 3), torch.zeros(3, 2), None, "int64"),
        (torch.zeros((2, 3), dtype=torch.int64), torch.zeros((2, 3), dtype=torch.int64), None, "no matrix product"),
        (torch.zeros(3, dtype=torch.int64), torch.zeros((3, 2), dtype=torch.int64), None, "no matrix product"),
        (
            torch.zeros((2, 3), dtype=torch.int64),
            torch.zeros((3, 2), dtype=torch.int64),
            torch.zeros((2, 3), dtype=torch.int64),
            "does not fit",
        ),
        (
            torch.zeros((2, 3), dtype=torch.int64),
            torch.zeros((3, 2), dtype=torch.int64, device="meta"),
            None,
            "one device",
        ),
    ],
)
def test_what_does_not_fit_is_refused(a: torch.Tensor, b: torch.Tensor, out: torch.Tensor | None, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ring_matmul(a, b, out)
