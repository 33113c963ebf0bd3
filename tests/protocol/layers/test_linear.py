"""Linear layers and convolutions on shares: outputs and gradients of torch, up to counted roundings."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from common.ids import Party
from server_node.online.session import recording_session
from server_node.train.network import Network
from server_node.train.state import ModelState
from tests.helpers.networks.build import ONE, conv, layer, linear, network, random_images, random_tensors
from tests.helpers.networks.run import MOMENT, assert_like_torch, pass_back
from tests.helpers.two_party.operations import DealerSource, Source, uniform

BATCH = 4


def error_of(classes: int, batch: int = BATCH) -> torch.Tensor:
    return uniform(-ONE, ONE, batch, classes, seed=77)


@pytest.mark.parametrize("bias", [True, False])
def test_linear_layer_is_that_of_torch(source: Source, bias: bool) -> None:
    """One product: the logits are rounded once, the gradients of a last layer not at all."""
    found = network((1, 3, 3), linear(3, bias), flat=True)
    assert_like_torch(source, found, random_tensors(found), random_images(found, BATCH), error_of(3), (1, 0.001))


def test_linear_layers_pass_errors_back(source: Source) -> None:
    """An error that was rounded enters every gradient once for each image, times an input of at most one."""
    found = network((1, 3, 3), linear(5), linear(4), linear(3), flat=True)
    bounds = (1 + 4 / 2 + 5 * 4 / 4, BATCH * 4)
    assert_like_torch(source, found, random_tensors(found), random_images(found, BATCH), error_of(3), bounds)


CONVOLUTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "padding": {"padding": 1},
    "wide padding": {"padding": 3},
    "stride": {"stride": 2},
    "stride and padding": {"stride": 3, "padding": 2},
    "groups": {"groups": 2},
    "depthwise": {"groups": 4, "padding": 1},
    "oblong": {"kernel": (2, 3)},
    "points": {"kernel": (1, 1)},
    "without bias": {"bias": False},
}


@pytest.mark.parametrize("kind", CONVOLUTIONS)
def test_convolution_is_that_of_torch(dealer: Source, kind: str) -> None:
    """As the first trained layer, and as one that passes errors back."""
    options = CONVOLUTIONS[kind]
    found = network((3, 7, 6), conv(4, (1, 1)), conv(4, **options), layer("flatten"), linear(3))
    positions = found.shapes["n1"][1] * found.shapes["n1"][2]
    # An output is off by a unit for each of its inputs and one for itself; a gradient sums over images and positions.
    bounds = (1 + 4 * positions * 18 / 2, BATCH * 42 * 2)
    assert_like_torch(dealer, found, random_tensors(found), random_images(found, BATCH), error_of(3), bounds)


@pytest.mark.parametrize("kind", ["plain", "stride and padding", "groups"])
def test_convolution_with_prepared_correlations_is_the_same(source: Source, kind: str) -> None:
    found = network((2, 5, 4), conv(2, **CONVOLUTIONS[kind]), layer("flatten"), linear(2))
    x = random_images(found, 2)
    assert_like_torch(source, found, random_tensors(found), x, error_of(2, 2), (12, 2 * 20))


def test_typical_error_of_a_gradient_is_far_below_its_bound(dealer: Source) -> None:
    """Roundings are fair, so they add up like a random walk."""
    found = network((1, 12, 12), conv(8), conv(8), layer("flatten"), linear(3))
    tensors, x = random_tensors(found), random_images(found, 16)
    first, second = (
        pass_back(one, found, tensors, x, error_of(3, 16)).gradients["n0.weight"]
        for one in (dealer, DealerSource(b"other masks"))
    )
    spread = float((first - second).square().mean().sqrt()) * ONE
    assert 1 < spread < 4 * (16 * 100) ** 0.5


@pytest.mark.parametrize("scale", [30, 4000])
def test_large_values_stay_exact_up_to_their_bound(dealer: Source, scale: int) -> None:
    """An output just below 2^12."""
    found = network((1, 2, 2), linear(2, bias=False), flat=True)
    tensors = {"n0.weight": torch.full((4, 2), ONE // 4)}
    x = torch.full((2, 4), scale * ONE)
    got = pass_back(dealer, found, tensors, x, error_of(2, 2))
    assert float((got.logits - scale).abs().max()) * ONE <= 1


def test_input_is_masked_once_for_forward_and_backward(dealer: Source) -> None:
    """Opened are: the input and both weights, the hidden value, and the two errors."""
    found = network((1, 3, 3), linear(5), linear(3), flat=True)
    got = pass_back(dealer, found, random_tensors(found), random_images(found, BATCH), error_of(3))
    sizes = [value.numel() for step, value in got.run.opened[0] if step == "open"]
    assert sizes == [BATCH * 9, 9 * 5, 5 * 3, BATCH * 5, BATCH * 3, BATCH * 5]


def test_first_trained_layer_passes_nothing_back(dealer: Source) -> None:
    """One product forward and one for the gradient; the layer above has a third."""
    found = network((2, 5, 5), conv(2), layer("flatten"), linear(2))
    tensors, x = random_tensors(found), random_images(found, BATCH)
    plan = products(found, tensors, x)
    assert plan == [(BATCH * 9, 2), (BATCH, 2), (18, 2), (BATCH, 18), (18, 2)]


def products(found: Any, tensors: dict[str, torch.Tensor], x: torch.Tensor) -> list[tuple[int, ...]]:
    """Shapes of the matrix products of a pass forward and back."""
    session, recorder = recording_session(Party.P0)
    shapes = {name: torch.empty_like(value, device="meta") for name, value in tensors.items()}
    net = Network(found)
    run = net.start(session, ModelState(shapes), MOMENT, len(x))
    session.run(net.through(run, torch.empty_like(x, device="meta")))
    session.run(net.backward(run, torch.empty((len(x), len(found.classes)), dtype=torch.int64, device="meta")))
    return [request.shape for request in recorder.requests if request.kind == "matmul"]
