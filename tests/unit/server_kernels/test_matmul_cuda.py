"""What a GPU computes, step by step on the processor, and on a GPU where there is one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from server_node.kernels import matmul_cuda
from server_node.kernels.matmul import ring_matmul
from server_node.kernels.matmul_cuda import limb_matmul, product_at_once, product_by_places
from tests.helpers.seeded import SeededRandom

ALL_DIGITS_LOWEST = 0x7F7F7F7F7F7F7F80
EDGES = [-(2**63), 2**63 - 1, -1, ALL_DIGITS_LOWEST, 0x7F7F7F7F7F7F7F7F, -0x7F7F7F7F7F7F7F80]
Product = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


@pytest.fixture(params=[product_at_once, product_by_places, limb_matmul], ids=lambda way: str(way.__name__))
def way(request: pytest.FixtureRequest) -> Product:
    product: Product = request.param
    return product


def uniform(*shape: int) -> torch.Tensor:
    data = SeededRandom(f"limbs {shape}").token(8 * int(np.prod(shape)))
    return torch.from_numpy(np.frombuffer(data, np.int64).reshape(shape).copy())


def signed(number: int) -> int:
    return (number + 2**63) % 2**64 - 2**63


def expected(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(np.matmul(a.numpy(), b.numpy()))


@pytest.mark.parametrize("value", EDGES)
def test_digits_are_balanced_and_add_up_to_the_word(value: int) -> None:
    found = matmul_cuda._digits(torch.tensor([[value]])).flatten().tolist()
    assert (sum(digit * 256**place for place, digit in enumerate(found)) - value) % 2**64 == 0
    assert len(found) == 8


def test_the_lowest_digits_are_the_worst_case() -> None:
    assert set(matmul_cuda._digits(torch.tensor([[ALL_DIGITS_LOWEST]])).flatten().tolist()) == {-128}
    assert matmul_cuda._DEEPEST * 8 * 128 * 128 < 2**31


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 7, 3), (3, 7, 5), (17, 33, 9), (40, 50, 61), (65, 16, 80)], ids=str)
def test_products_of_limbs_are_exact(way: Product, shape: tuple[int, int, int]) -> None:
    m, k, n = shape
    for a, b in ((uniform(m, k), uniform(k, n)), (uniform(k, m).T, uniform(n, k).T)):
        assert torch.equal(way(a, b), expected(a, b))


@pytest.mark.parametrize("value", EDGES)
def test_sums_of_the_greatest_depth_do_not_overflow(way: Product, value: int) -> None:
    a = torch.full((1, matmul_cuda._DEEPEST), value)
    assert way(a, a.T).item() == signed(value * value * matmul_cuda._DEEPEST)


def test_deeper_products_are_added_up_in_parts() -> None:
    depth = 2 * matmul_cuda._DEEPEST + 3
    a = torch.full((2, depth), ALL_DIGITS_LOWEST)
    assert set(limb_matmul(a, a.T).flatten().tolist()) == {signed(ALL_DIGITS_LOWEST**2 * depth)}


@needs_gpu
@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 7, 3), (128, 784, 128), (300, 200, 290), (25, 40000, 20)], ids=str)
def test_a_gpu_computes_the_same(way: Product, shape: tuple[int, int, int]) -> None:
    m, k, n = shape
    a, b = uniform(m, k), uniform(k, n)
    if k <= matmul_cuda._DEEPEST or way is limb_matmul:
        assert torch.equal(way(a.cuda(), b.cuda()).cpu(), ring_matmul(a, b))


@needs_gpu
def test_ring_matmul_on_a_gpu_fills_and_adds() -> None:
    a, b, target = uniform(30, 20).cuda(), uniform(20, 40).cuda(), uniform(30, 40).cuda()
    before, product = target.cpu(), ring_matmul(a.cpu(), b.cpu())
    ring_matmul(a, b, out=target, accumulate=True)
    assert torch.equal(target.cpu(), before + product)
    ring_matmul(a, b, out=target)
    assert torch.equal(target.cpu(), product)
    assert torch.equal(ring_matmul(a.T.contiguous().T, b).cpu(), product)
