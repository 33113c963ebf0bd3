"""ReLU, square, flatten, dropout and addition: outputs and gradients of torch."""

from __future__ import annotations

import pytest
import torch

from tests.helpers.networks.build import ONE, conv, layer, linear, network, random_images, random_tensors
from tests.helpers.networks.reference import Reference
from tests.helpers.networks.run import MOMENT, assert_like_torch, pass_back
from tests.helpers.two_party.operations import Source, uniform

BATCH = 4


def error_of(classes: int, batch: int = BATCH) -> torch.Tensor:
    return uniform(-ONE, ONE, batch, classes, seed=77)


@pytest.mark.parametrize("op", ["relu", "square"])
def test_layer_between_linear_layers_is_that_of_torch(source: Source, op: str) -> None:
    found = network((1, 3, 3), linear(6), layer(op), linear(3), flat=True)
    assert_like_torch(source, found, random_tensors(found), random_images(found, BATCH), error_of(3), (30, 60))


@pytest.mark.parametrize("op", ["relu", "square"])
def test_layer_between_convolutions_is_that_of_torch(dealer: Source, op: str) -> None:
    found = network((2, 5, 5), conv(3, padding=1), layer(op), conv(2), layer("flatten"), linear(2))
    assert_like_torch(dealer, found, random_tensors(found), random_images(found, BATCH), error_of(2), (120, 2000))


def test_relu_of_features_and_of_rounded_values(dealer: Source) -> None:
    """A ReLU that follows no product has nothing to round."""
    found = network((1, 3, 3), layer("relu"), linear(4), layer("relu"), layer("relu"), linear(3), flat=True)
    assert_like_torch(dealer, found, random_tensors(found), random_images(found, BATCH), error_of(3), (10, 20))


def test_no_gradient_passes_a_relu_that_is_off(dealer: Source) -> None:
    found = network((1, 3, 3), linear(6, bias=False), layer("relu"), linear(3), flat=True)
    tensors, x = random_tensors(found), random_images(found, BATCH, low=0.1)
    tensors["n0.weight"] = -tensors["n0.weight"].abs() - 1000
    got = pass_back(dealer, found, tensors, x, error_of(3))
    assert not got.gradients["n0.weight"].any() and not got.gradients["n2.weight"].any()
    assert torch.equal(got.logits, (tensors["n2.bias"].double() / ONE).expand(BATCH, 3))


def test_flatten_takes_channels_first_then_rows(dealer: Source) -> None:
    found = network((3, 2, 4), conv(3, (1, 1)), layer("flatten"), linear(2))
    assert_like_torch(dealer, found, random_tensors(found), random_images(found, BATCH), error_of(2), (30, 60))


@pytest.mark.parametrize("drop", [1, 64, 128, 192, 255])
def test_dropout_is_that_of_the_joint_toss(dealer: Source, drop: int) -> None:
    """The factor of what is kept is a power of two or has ten places."""
    found = network((1, 3, 3), linear(64), layer("dropout", drop=drop), linear(3), flat=True)
    tensors, x, error = random_tensors(found), random_images(found, BATCH), error_of(3)
    got = pass_back(dealer, found, tensors, x, error)
    reference = Reference.of(found, tensors)
    expected = reference.logits(x.double() / ONE, MOMENT)
    kept = 256 - drop
    factor = 0.0 if kept & (kept - 1) == 0 else 2.0**-11 * kept / 256
    rounding = 64 * 256 / kept / ONE
    allowed = rounding + factor * float(expected.detach().abs().max()) * 8
    assert float((got.logits - expected.detach()).abs().max()) <= allowed
    torch.autograd.backward((expected * (error.double() / ONE)).sum())
    gradient = reference.tensors["n0.weight"].grad
    assert gradient is not None and float((got.gradients["n0.weight"] - gradient).abs().max()) <= 8 * allowed


def test_dropout_of_images_and_none_outside_training(source: Source) -> None:
    found = network((2, 4, 4), conv(3), layer("dropout", drop=128), layer("flatten"), linear(2))
    assert_like_torch(source, found, random_tensors(found), random_images(found, 2), error_of(2, 2), (30, 60))


def test_residual_addition_is_that_of_torch(source: Source) -> None:
    """A product that was not rounded meets a value that was."""
    found = network(
        (2, 4, 4), conv(2, padding=1), layer("relu"), conv(2, padding=1), layer("add", **{"in": ["n2", "n1"]}),
        layer("relu"), layer("flatten"), linear(2),
    )  # fmt: skip
    assert_like_torch(source, found, random_tensors(found), random_images(found, 2), error_of(2, 2), (80, 600))


def test_value_that_goes_three_ways_gets_all_errors(dealer: Source) -> None:
    found = network(
        (1, 3, 3), linear(5), linear(5), layer("add", **{"in": ["n0", "n1"]}), layer("square"),
        layer("add", **{"in": ["n3", "n0"]}), linear(3), flat=True,
    )  # fmt: skip
    assert_like_torch(dealer, found, random_tensors(found), random_images(found, BATCH), error_of(3), (200, 500))
