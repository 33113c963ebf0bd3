"""Products of shares against plain arithmetic mod 2^64."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from server_node.offline.provider import Layout
from server_node.online.linear import mask_values, matmul, multiply, square
from server_node.online.session import Session
from tests.helpers.two_party.operations import DealerSource, Source, added, share, uniform
from tests.helpers.two_party.strategies import edges, ring_values

RING = (-(2**63), 2**63 - 1)


def product(session: Session, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return multiply(session, *mask_values(session, x, y))


def squared(session: Session, x: torch.Tensor) -> torch.Tensor:
    (masked,) = mask_values(session, x)
    return square(session, masked)


@pytest.mark.parametrize(
    ("left", "right"), [((9,), (9,)), ((5, 7), (5, 1)), ((5, 7), (7,)), ((4, 1), (1, 3)), ((1,), (1,))]
)
def test_multiply_is_the_product_with_broadcasting(
    source: Source, left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    x, y = uniform(*RING, *left), uniform(*RING, *right, seed=1)
    assert torch.equal(added(source.run(product, share(x), share(y, 1))), x * y)


def test_multiply_is_exact_at_the_edges_of_the_ring(source: Source) -> None:
    x = edges(*RING)
    y = x.flip(0)
    assert torch.equal(added(source.run(product, share(x), share(y, 1))), x * y)


def test_square_is_exact_at_the_edges_of_the_ring(source: Source) -> None:
    x = edges(*RING)
    assert torch.equal(added(source.run(squared, share(x))), x * x)


def test_square_in_a_smaller_ring_is_exact_there(source: Source) -> None:
    def run(session: Session, x: torch.Tensor) -> torch.Tensor:
        (masked,) = mask_values(session, x)
        return square(session, masked, 40)

    x = edges(*RING)
    assert not ((added(source.run(run, share(x))) - x * x) << 24).any()


@given(x=ring_values(), seed=st.integers(0, 2**32))
def test_square_equals_product_with_itself(x: torch.Tensor, seed: int) -> None:
    def both(session: Session, x: torch.Tensor) -> torch.Tensor:
        (masked,) = mask_values(session, x)
        return torch.stack([square(session, masked), multiply(session, masked, masked)])

    first, second = added(DealerSource(seed.to_bytes(8, "little")).run(both, share(x, seed)))
    assert torch.equal(first, x * x)
    assert torch.equal(second, x * x)


@pytest.mark.parametrize(
    ("layout", "left", "right"),
    [
        ("nn", (5, 7), (7, 3)),
        ("nn", (1, 9), (9, 1)),
        ("tn", (7, 5), (7, 3)),
        ("nt", (5, 7), (3, 7)),
        ("nt", (2, 1), (6, 1)),
    ],
)
def test_matmul_is_the_matrix_product(
    source: Source, layout: Layout, left: tuple[int, int], right: tuple[int, int]
) -> None:
    def run(session: Session, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        masked_x, masked_y = mask_values(session, x, y)
        return matmul(session, masked_x, masked_y, layout)

    x, y = uniform(*RING, *left), uniform(*RING, *right, seed=1)
    plain = (x.T if layout == "tn" else x) @ (y.T if layout == "nt" else y)
    assert torch.equal(added(source.run(run, share(x), share(y, 1))), plain)


def test_matmul_in_a_smaller_ring_is_exact_there(source: Source) -> None:
    def run(session: Session, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        masked_x, masked_y = mask_values(session, x, y)
        return matmul(session, masked_x, masked_y, "nn", 40)

    x, y = uniform(*RING, 4, 7), uniform(*RING, 7, 3, seed=1)
    assert not ((added(source.run(run, share(x), share(y, 1))) - x @ y) << 24).any()


def test_one_masked_value_serves_several_products(source: Source) -> None:
    """Forward and backward pass of a layer: one opening of each tensor, three matrix products."""

    def layer(session: Session, x: torch.Tensor, w: torch.Tensor, g: torch.Tensor) -> tuple[torch.Tensor, ...]:
        masked_x, masked_w = mask_values(session, x, w)
        out = matmul(session, masked_x, masked_w)
        (masked_g,) = mask_values(session, g)
        return out, matmul(session, masked_x, masked_g, "tn"), matmul(session, masked_g, masked_w, "nt")

    x, w, g = uniform(*RING, 6, 5), uniform(*RING, 5, 4, seed=1), uniform(*RING, 6, 4, seed=2)
    run = source.run(layer, share(x), share(w, 1), share(g, 2))
    out, grad_w, grad_x = (first + second for first, second in zip(*run.results, strict=True))
    assert torch.equal(out, x @ w)
    assert torch.equal(grad_w, x.T @ g)
    assert torch.equal(grad_x, g @ w.T)
    assert [stats.rounds for stats in run.stats] == [2, 2]
    assert [len(opened) for opened in run.opened] == [3, 3]


@settings(max_examples=15)
@given(data=st.data())
def test_products_are_linear_in_their_shares(data: st.DataObject) -> None:
    """Multiplying by a public number before or after masking gives the same secret."""
    x = data.draw(ring_values(max_size=9))
    factor = data.draw(st.integers(-(2**31), 2**31))

    def run(session: Session, x: torch.Tensor) -> torch.Tensor:
        (masked,) = mask_values(session, x)
        (moved,) = mask_values(session, x * factor)
        return torch.stack([multiply(session, masked, masked) * factor, multiply(session, masked, moved)])

    first, second = added(DealerSource().run(run, share(x)))
    assert torch.equal(first, second)
