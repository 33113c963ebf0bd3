"""Errors of the three losses are the gradients of their definitions."""

from __future__ import annotations

import pytest
import torch

from server_node.online.nonlinear import SIGMOID_ERROR, SOFTMAX_ERROR
from server_node.train.layers.values import Scaled
from server_node.train.loss import loss_error
from tests.helpers.networks.build import ONE, layer, linear, network, random_images, random_labels, random_tensors
from tests.helpers.networks.reference import mean_loss
from tests.helpers.networks.run import network_of, steps_of_torch, steps_on_shares
from tests.helpers.two_party.operations import Source, added, share, uniform

BATCH = 8
ERRORS = {"softmax": SOFTMAX_ERROR, "logistic": SIGMOID_ERROR, "squared": 0.0}


@pytest.mark.parametrize("loss", ERRORS)
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_error_is_the_gradient_of_the_loss(source: Source, loss: str, classes: int) -> None:
    logits = uniform(-6 * ONE, 6 * ONE, BATCH, classes, seed=1)
    cuts = uniform(0, 257, BATCH, classes, seed=2).double()
    labels = (cuts / cuts.sum(dim=1, keepdim=True) * 256).to(torch.int64) << 8
    run = source.run(lambda session, z, t: loss_error(session, loss, Scaled(z), t), share(logits), share(labels, 1))
    values = (logits.double() / ONE).requires_grad_()
    # Softmax with labels that do not sum to one has another gradient: the last class makes them whole.
    labels[:, -1] += ONE - labels.sum(dim=1)
    torch.autograd.backward(BATCH * mean_loss(loss, values, labels.double() / ONE))
    assert values.grad is not None
    got = added(run).double() / ONE
    got[:, -1] -= (labels[:, -1] - share_of_last(cuts)).double() / ONE
    assert float((got - values.grad).abs().max()) <= ERRORS[loss] + 2 / ONE


def share_of_last(cuts: torch.Tensor) -> torch.Tensor:
    """The last label before it was made whole."""
    return (cuts / cuts.sum(dim=1, keepdim=True) * 256).to(torch.int64)[:, -1] << 8


@pytest.mark.parametrize("loss", ERRORS)
@pytest.mark.parametrize(("surplus", "ring_bits"), [(16, 48), (18, 48), (26, 56)])
def test_error_of_logits_that_were_not_rounded(dealer: Source, loss: str, surplus: int, ring_bits: int) -> None:
    """As they come out of a product, shared in a small ring: what lies above it means nothing."""
    logits = uniform(-6 * ONE, 6 * ONE, BATCH, 10, seed=1)
    labels = uniform(0, ONE, BATCH, 10, seed=2)
    plain, product = (
        added(dealer.run(lambda session, z, t, form=form: loss_error(session, loss, Scaled(z, *form), t), *inputs))
        for form, inputs in (
            ((0, 64), (share(logits), share(labels, 1))),
            ((surplus, ring_bits), (share((logits << surplus) + (5 << ring_bits)), share(labels, 1))),
        )
    )
    assert int((product - plain).abs().max()) <= 2 + 2 * ERRORS[loss] * ONE


@pytest.mark.parametrize("loss", ERRORS)
def test_training_with_the_loss_is_that_of_torch(dealer: Source, loss: str) -> None:
    found = network((1, 3, 3), linear(6), layer("relu"), linear(3), flat=True)
    start = random_tensors(found)
    batches = [(random_images(found, BATCH, seed), random_labels(found, BATCH, seed)) for seed in range(4)]
    rates = [0.1, 0.2, 0.1, 0.05]
    got, _ = steps_on_shares(dealer, network_of(found, loss, momentum=0.9), start, batches, rates)
    expected = steps_of_torch(
        found, start, batches, rates, lambda tensors: torch.optim.SGD(tensors, momentum=0.9), loss
    )
    for name, value in expected.items():
        assert float((got[name] - value).abs().max()) <= 0.001
