"""Products of shares against plain arithmetic mod 2^64."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from server_node.kernels.windows import Window, unfold
from server_node.kernels.windows import fold as fold_of
from server_node.offline.views import PLAIN, TRANSPOSED, Fold, View
from server_node.online import linear
from server_node.online.linear import mask_values, matmul, multiply, square
from server_node.online.session import Session
from server_node.online.steps import Steps
from tests.helpers.two_party.operations import DealerSource, Source, added, share, uniform
from tests.helpers.two_party.strategies import edges, ring_values

RING = (-(2**63), 2**63 - 1)


VIEWS = [
    (PLAIN, PLAIN, (5, 7), (7, 3)),
    (PLAIN, PLAIN, (1, 9), (9, 1)),
    (TRANSPOSED, PLAIN, (7, 5), (7, 3)),
    (PLAIN, TRANSPOSED, (5, 7), (3, 7)),
    (PLAIN, TRANSPOSED, (2, 1), (6, 1)),
    (PLAIN, PLAIN, (2, 3, 4), (4, 5)),
    (View(channels=(1, 3)), View(channels=(0, 2)), (6, 4), (2, 5)),
]


def product(session: Session, x: torch.Tensor, y: torch.Tensor) -> Steps[torch.Tensor]:
    masked_x, masked_y = yield from mask_values(session, x, y)
    return multiply(session, masked_x, masked_y)


def squared(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
    (masked,) = yield from mask_values(session, x)
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
    def run(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
        (masked,) = yield from mask_values(session, x)
        return square(session, masked, 40)

    x = edges(*RING)
    assert not ((added(source.run(run, share(x))) - x * x) << 24).any()


@given(x=ring_values(), seed=st.integers(0, 2**32))
def test_square_equals_product_with_itself(x: torch.Tensor, seed: int) -> None:
    def both(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
        (masked,) = yield from mask_values(session, x)
        return torch.stack([square(session, masked), multiply(session, masked, masked)])

    first, second = added(DealerSource(seed.to_bytes(8, "little")).run(both, share(x, seed)))
    assert torch.equal(first, x * x)
    assert torch.equal(second, x * x)


@pytest.mark.parametrize(("first", "second", "left", "right"), VIEWS)
def test_matmul_is_the_matrix_product_of_the_views(
    source: Source, first: View, second: View, left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    def run(session: Session, x: torch.Tensor, y: torch.Tensor) -> Steps[torch.Tensor]:
        masked_x, masked_y = yield from mask_values(session, x, y)
        return matmul(session, masked_x, masked_y, (first, second))

    x, y = uniform(*RING, *left), uniform(*RING, *right, seed=1)
    assert torch.equal(added(source.run(run, share(x), share(y, 1))), first.of(x) @ second.of(y))


@pytest.mark.parametrize("window", [Window((3, 2)), Window((2, 2), stride=2), Window((3, 3), padding=1)])
def test_matmul_of_windows_is_a_convolution_with_one_opening_of_the_image(source: Source, window: Window) -> None:
    """Forward and weight gradient use the same masked image."""
    x, w = uniform(*RING, 2, 5, 6, 2), uniform(*RING, 2 * window.kernel[0] * window.kernel[1], 3, seed=1)
    columns = unfold(x, window)
    error = uniform(*RING, len(columns), 3, seed=2)

    def run(session: Session, x: torch.Tensor, w: torch.Tensor, e: torch.Tensor) -> Steps[tuple[torch.Tensor, ...]]:
        masked_x, masked_w, masked_e = yield from mask_values(session, x, w, e)
        forward = matmul(session, masked_x, masked_w, (View(window=window), PLAIN))
        return forward, matmul(session, masked_x, masked_e, (View(window=window, transposed=True), PLAIN))

    both = source.run(run, share(x), share(w, 1), share(error, 2))
    out, gradient = (mine + other for mine, other in zip(*both.results, strict=True))
    assert torch.equal(out, columns @ w)
    assert torch.equal(gradient, columns.T @ error)
    assert [stats.rounds for stats in both.stats] == [1, 1]


@pytest.mark.parametrize("window", [Window((3, 2)), Window((2, 2), stride=2), Window((3, 3), padding=1)])
@pytest.mark.parametrize("piece", [1 << 20, 100, 1])
def test_folded_matmul_is_the_way_back_of_a_convolution(
    source: Source, window: Window, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What torch gives as the gradient of unfolding, whole or made in pieces of a few images."""
    monkeypatch.setattr(linear, "_FOLD_VALUES", piece)
    fold = Fold(window, (3, 5, 6, 2))
    x, w = uniform(*RING, fold.matrix[0], 4), uniform(*RING, fold.matrix[1], 4, seed=1)

    def run(session: Session, x: torch.Tensor, w: torch.Tensor) -> Steps[torch.Tensor]:
        masked_x, masked_w = yield from mask_values(session, x, w)
        return matmul(session, masked_x, masked_w, (PLAIN, TRANSPOSED), 64, fold)

    found = added(source.run(run, share(x), share(w, 1)))
    product = x @ w.T
    assert torch.equal(found, fold_of(product, window, fold.shape))
    image = uniform(*RING, *fold.shape, seed=3)
    assert int((found * image).sum()) == int((product * unfold(image, window)).sum()), "the transpose of unfolding"


def test_matmul_in_a_smaller_ring_is_exact_there(source: Source) -> None:
    def run(session: Session, x: torch.Tensor, y: torch.Tensor) -> Steps[torch.Tensor]:
        masked_x, masked_y = yield from mask_values(session, x, y)
        return matmul(session, masked_x, masked_y, (PLAIN, PLAIN), 40)

    x, y = uniform(*RING, 4, 7), uniform(*RING, 7, 3, seed=1)
    assert not ((added(source.run(run, share(x), share(y, 1))) - x @ y) << 24).any()


def test_one_masked_value_serves_several_products(source: Source) -> None:
    """Forward and backward pass of a layer: one opening of each tensor, three matrix products."""

    def layer(session: Session, x: torch.Tensor, w: torch.Tensor, g: torch.Tensor) -> Steps[tuple[torch.Tensor, ...]]:
        masked_x, masked_w = yield from mask_values(session, x, w)
        out = matmul(session, masked_x, masked_w)
        (masked_g,) = yield from mask_values(session, g)
        weight = matmul(session, masked_x, masked_g, (TRANSPOSED, PLAIN))
        return out, weight, matmul(session, masked_g, masked_w, (PLAIN, TRANSPOSED))

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

    def run(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
        (masked,) = yield from mask_values(session, x)
        (moved,) = yield from mask_values(session, x * factor)
        return torch.stack([multiply(session, masked, masked) * factor, multiply(session, masked, moved)])

    first, second = added(DealerSource().run(run, share(x)))
    assert torch.equal(first, second)
