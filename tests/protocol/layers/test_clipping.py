"""Clipping: the norm is right for every gradient that the engine may hold, small ones and exploding ones."""

from __future__ import annotations

import pytest
import torch

from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.train.layers.layer import Gradient
from server_node.train.layers.linear import gradient_ring
from server_node.train.layers.values import GRADIENT_BITS
from server_node.train.optimizer import Optimizer
from server_node.train.state import ModelState
from tests.helpers.two_party.operations import Source, added, share

BATCH, PLACES, SURPLUS = 64, 16, 26


def step(source: Source, gradient: torch.Tensor, clip: float) -> torch.Tensor:
    """What a step at rate 1 takes from the weights for this mean gradient."""

    def operation(session: Session, weights: torch.Tensor, own: torch.Tensor) -> Steps[torch.Tensor]:
        state = ModelState({"w": weights})
        ring_bits = gradient_ring(session, SURPLUS, BATCH)
        gradients = {"w": Gradient(own.clone(), SURPLUS, ring_bits)}
        yield from Optimizer(clip=clip).update(session, state, gradients, BATCH, 1 << PLACES)
        return state.weights["w"]

    ring = (gradient * BATCH * 2.0 ** (PLACES + SURPLUS)).round().to(torch.int64)
    run = source.run(operation, share(torch.zeros_like(ring), 1), share(ring, 2))
    moved: torch.Tensor = -added(run).double() / 2**PLACES
    return moved


def alternating(value: float, count: int) -> torch.Tensor:
    return torch.tensor([value, -value], dtype=torch.float64).repeat(count // 2)


@pytest.mark.parametrize("clip", [0.5, 100.0, 1000.0])
@pytest.mark.parametrize("value", [31.0, 60.0, 127.0, 2.0**GRADIENT_BITS - 0.01])
def test_exploding_gradients_have_the_largest_norm_and_their_direction(
    dealer: Source, value: float, clip: float
) -> None:
    """Norms around 2^11 and up to 2^14."""
    gradient = alternating(value, 4096)
    found = step(dealer, gradient, clip)
    expected = gradient * min(1.0, clip / float(gradient.norm()))
    # Weights have 16 places, so a step is off by one unit; the factor by one part in a thousand.
    assert float((found - expected).abs().max()) <= 1.1e-3 * float(expected.abs().max()) + 1.5 / 2**PLACES


@pytest.mark.parametrize("norm", [2.0**9, 1023.5, 1024.5, 2.0**11, 2.0**13])
def test_norms_where_both_ways_to_look_at_them_meet(dealer: Source, norm: float) -> None:
    """With a number of elements that is no multiple of anything."""
    gradient = torch.full((1601,), norm / 1601**0.5, dtype=torch.float64)
    gradient[0] = -gradient[0]
    found = step(dealer, gradient, 8.0)
    assert abs(float(found.norm()) / 8.0 - 1) <= 1.1e-3
    assert found[0] < 0 < float(found[1:].min())


@pytest.mark.parametrize("value", [0.0, 2.0**-16, 0.124])
def test_gradients_below_the_limit_stay_as_they_are(dealer: Source, value: float) -> None:
    gradient = alternating(value, 64)
    assert float((step(dealer, gradient, 1.0) - gradient).abs().max()) <= 1.5 / 2**PLACES


def test_exploding_gradient_is_clipped_with_real_correlations(source: Source) -> None:
    found = step(source, alternating(250.0, 128), 1.0)
    assert abs(float(found.norm()) - 1.0) <= 1.2e-3
