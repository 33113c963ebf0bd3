"""Batch normalisation: outputs, gradients and running statistics of torch."""

from __future__ import annotations

import pytest
import torch

from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.train.network import Network
from server_node.train.state import ModelState
from tests.helpers.networks.build import (
    ONE,
    Tensors,
    conv,
    fixed,
    layer,
    linear,
    network,
    random_images,
    random_tensors,
)
from tests.helpers.networks.reference import Reference
from tests.helpers.networks.run import MOMENT, assert_units, pass_back, shares_of
from tests.helpers.two_party.operations import Source, added, uniform

NORM = layer("batch-norm")
IMAGES = network((2, 5, 5), conv(4, padding=1), NORM, layer("relu"), layer("flatten"), linear(3))
FLAT = network((1, 3, 3), linear(5), NORM, layer("relu"), linear(3), flat=True)


def error_of(classes: int, batch: int) -> torch.Tensor:
    return uniform(-ONE, ONE, batch, classes, seed=77)


def assert_close(source: Source, found: object, batch: int, tensors: Tensors, relative: float) -> None:
    """Each tensor's gradient and the logits, relative to the largest value of each, and 60 units."""
    assert isinstance(found, type(IMAGES))
    x, error = random_images(found, batch), error_of(3, batch)
    got = pass_back(source, found, tensors, x, error)
    reference = Reference.of(found, tensors)
    logits = reference.logits(x.double() / ONE, MOMENT)
    largest = float(logits.detach().abs().max()) * ONE
    assert_units(got.logits, logits.detach(), relative * largest + 60, "logits")
    torch.autograd.backward((logits * (error.double() / ONE)).sum())
    for name, gradient in got.gradients.items():
        expected = reference.tensors[name].grad
        assert expected is not None
        units = relative * float(expected.abs().max()) * ONE + 20 * batch
        assert_units(gradient, expected, units, name)
    for name, value in got.statistics.items():
        assert_units(value, reference.tensors[name], 2 + 2e-4 * ONE, name)


@pytest.mark.parametrize("batch", [8, 16])
def test_normalisation_of_images_is_that_of_torch(dealer: Source, batch: int) -> None:
    """The number of values of a channel is 25 times a power of two. The inverse root is good to one in a thousand."""
    assert_close(dealer, IMAGES, batch, random_tensors(IMAGES), 0.003)


def test_normalisation_of_flat_values_is_that_of_torch(source: Source) -> None:
    assert_close(source, FLAT, 16, random_tensors(FLAT), 0.004)


def test_normalisation_with_prepared_correlations_is_the_same(source: Source) -> None:
    found = network((1, 4, 4), conv(2), NORM, layer("relu"), layer("flatten"), linear(3))
    assert_close(source, found, 4, random_tensors(found), 0.006)


@pytest.mark.parametrize("scale", [0.05, 8.0])
def test_normalisation_of_narrow_and_wide_values(dealer: Source, scale: float) -> None:
    """Deviations of about 0.01 and of about ten."""
    tensors = random_tensors(IMAGES)
    tensors["n0.weight"] = fixed(tensors["n0.weight"].double() / ONE * scale)
    assert_close(dealer, IMAGES, 16, tensors, 0.02 if scale < 1 else 0.004)


def test_two_normalisations_and_a_residual(dealer: Source) -> None:
    found = network(
        (2, 6, 6), conv(4, padding=1), NORM, layer("relu"), conv(4, padding=1), NORM,
        layer("add", **{"in": ["n4", "n2"]}), layer("relu"), layer("global-average-pool"), linear(3),
    )  # fmt: skip
    assert_close(dealer, found, 16, random_tensors(found), 0.01)


def inferred(source: Source, found: object, tensors: Tensors, *images: torch.Tensor) -> torch.Tensor:
    """Logits of several batches, outside training."""
    assert isinstance(found, type(IMAGES))
    names, net = list(tensors), Network(found)

    def operation(session: Session, *own: torch.Tensor) -> Steps[torch.Tensor]:
        batches, weights = own[: len(images)], own[len(images) :]
        inference = net.inference(session, ModelState(dict(zip(names, weights, strict=True))))
        logits = []
        for one in batches:
            logits.append((yield from inference.logits(one)))
        return torch.cat(logits)

    return added(source.run(operation, *shares_of([*images, *tensors.values()]))).double() / ONE


@pytest.mark.parametrize("found", [IMAGES, FLAT], ids=["images", "flat"])
def test_outside_training_the_running_statistics_count(source: Source, found: object) -> None:
    assert isinstance(found, type(IMAGES))
    tensors, images = random_tensors(found), [random_images(found, 3, seed) for seed in range(2)]
    expected = torch.cat([Reference.of(found, tensors).logits(x.double() / ONE) for x in images]).detach()
    got = inferred(source, found, tensors, *images)
    assert float((got - expected).abs().max()) <= 0.002 * float(expected.abs().max()) + 60 / ONE


def test_weights_are_masked_once_for_all_batches(dealer: Source) -> None:
    """A second batch costs its own values only."""
    tensors = random_tensors(FLAT)
    names, net, x = list(tensors), Network(FLAT), random_images(FLAT, 3)

    def operation(session: Session, x: torch.Tensor, *own: torch.Tensor) -> Steps[list[int]]:
        inference = net.inference(session, ModelState(dict(zip(names, own, strict=True))))
        rounds = []
        for _ in range(3):
            yield from inference.logits(x)
            assert session.channel is not None
            rounds.append(session.channel.stats.rounds)
        return rounds

    first, second, third = dealer.run(operation, *shares_of([x, *tensors.values()])).results[0]
    assert third - second == second - first < first
