"""Runs a network on shares and gives everything in the clear, as numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from common.architecture import Architecture
from common.schedule import RATE_BITS
from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.train.layers.layer import Moment
from server_node.train.layers.values import settled
from server_node.train.network import Network
from server_node.train.optimizer import Optimizer
from server_node.train.state import ModelState, trained_names
from tests.helpers.networks.build import ONE, Tensors
from tests.helpers.networks.reference import Floats, Reference, mean_loss
from tests.helpers.two_party.operations import Run, Source, share

MOMENT = Moment(b"joint toss".ljust(32), 1, 2)
Batch = tuple[torch.Tensor, torch.Tensor]
"""Features and labels in fixed point."""


@dataclass
class Backward:
    """What one pass forward and back gave."""

    logits: torch.Tensor
    gradients: Floats
    statistics: Floats
    run: Run[Any]


def shares_of(tensors: Sequence[torch.Tensor]) -> list[Any]:
    return [share(value, seed) for seed, value in enumerate(tensors)]


def signed(values: torch.Tensor, ring_bits: int) -> torch.Tensor:
    """Values mod 2^ring_bits as numbers with a sign."""
    return (values << (64 - ring_bits)) >> (64 - ring_bits)


def pass_back(
    source: Source, found: Architecture, tensors: Tensors, x: torch.Tensor, error: torch.Tensor
) -> Backward:
    """Forward in training and back from an error of the logits; gradients are sums over the batch."""
    network, names = Network(found), list(tensors)

    def operation(session: Session, x: torch.Tensor, error: torch.Tensor, *own: torch.Tensor) -> Steps[Any]:
        run = network.start(session, ModelState(dict(zip(names, own, strict=True))), MOMENT, len(x))
        logits = yield from settled(session, (yield from network.through(run, x)))
        gradients = yield from network.backward(run, error)
        return logits, gradients, run.statistics

    run = source.run(operation, *shares_of([x, error, *tensors.values()]))
    (logits0, gradients0, statistics0), (logits1, gradients1, statistics1) = run.results
    gradients = {
        name: signed(one.share + gradients1[name].share, one.ring_bits).double() / ONE / 2**one.surplus
        for name, one in gradients0.items()
    }
    statistics = {name: (one + statistics1[name]).double() / ONE for name, one in statistics0.items()}
    return Backward((logits0 + logits1).double() / ONE, gradients, statistics, run)


def assert_like_torch(
    source: Source, found: Architecture, tensors: Tensors, x: torch.Tensor, error: torch.Tensor, bounds: Sequence[float]
) -> Backward:
    """Logits and gradients are those of autograd, up to so many units of 2^-16: (of the logits, of the gradients)."""
    got = pass_back(source, found, tensors, x, error)
    reference = Reference.of(found, tensors)
    logits = reference.logits(x.double() / ONE, MOMENT)
    assert_units(got.logits, logits.detach(), bounds[0], "logits")
    torch.autograd.backward((logits * (error.double() / ONE)).sum())
    assert list(got.gradients) and set(got.gradients) == set(trained_names(found))
    for name, gradient in got.gradients.items():
        expected = reference.tensors[name].grad
        assert expected is not None and gradient.shape == expected.shape
        assert_units(gradient, expected, bounds[1], name)
    for name, value in got.statistics.items():
        assert_units(value, reference.tensors[name], bounds[0], name)
    return got


def assert_units(found: torch.Tensor, expected: torch.Tensor, units: float, about: str) -> None:
    error = float((found - expected).abs().max()) * ONE
    assert error <= units, f"{about}: off by {error:.2f} units, more than {units}"


def steps_on_shares(
    source: Source, network: Network, tensors: Tensors, batches: Sequence[Batch], rates: Sequence[float]
) -> tuple[Floats, Run[Any]]:
    """Tensors in the clear after one step for each batch."""
    names = list(tensors)

    def operation(session: Session, *own: torch.Tensor) -> Steps[dict[str, torch.Tensor]]:
        weights, data = dict(zip(names, own, strict=False)), own[len(names) :]
        slots = {
            kind: {name: torch.zeros_like(weights[name]) for name in network.trained} for kind in network.slots
        }
        state = ModelState(weights, slots)
        for number, rate in enumerate(rates):
            x, labels = data[2 * number : 2 * number + 2]
            yield from network.train_step(session, state, x, labels, round(rate * 2**RATE_BITS), MOMENT)
        return state.weights

    inputs = [*tensors.values(), *(part for one in batches for part in one)]
    run = source.run(operation, *shares_of(inputs))
    first, second = run.results
    return {name: (first[name] + second[name]).double() / ONE for name in names}, run


def steps_of_torch(
    found: Architecture,
    tensors: Tensors,
    batches: Sequence[Batch],
    rates: Sequence[float],
    make: Callable[[list[torch.Tensor]], torch.optim.Optimizer],
    loss: str = "softmax",
    clip: float = 0.0,
) -> Floats:
    """The same by torch."""
    reference = Reference.of(found, tensors)
    optimizer = make(reference.trained)
    for (x, labels), rate in zip(batches, rates, strict=True):
        for group in optimizer.param_groups:
            group["lr"] = round(rate * 2**RATE_BITS) / 2**RATE_BITS
        optimizer.zero_grad()
        logits = reference.logits(x.double() / ONE, MOMENT)
        torch.autograd.backward(mean_loss(loss, logits, labels.double() / ONE))
        if clip:
            torch.nn.utils.clip_grad_norm_(reference.trained, clip)
        optimizer.step()
    return {name: value.detach() for name, value in reference.tensors.items()}


def network_of(found: Architecture, loss: str = "softmax", **settings: Any) -> Network:
    """With settings of :class:`Optimizer`."""
    return Network(found, loss, Optimizer(**settings))
