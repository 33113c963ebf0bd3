"""The pieces of work that are measured, W1 to W7: an operation on shares, its inputs, and what must come out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import torch

from common.architecture import Architecture
from server_node.online.comparison import relu
from server_node.online.linear import mask_values, matmul, multiply
from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.online.truncation import truncate
from server_node.train.layers.layer import Moment
from server_node.train.network import Network
from server_node.train.state import ModelState
from tests.helpers.networks.build import conv, fixed, layer, linear, network, random_images, random_labels
from tests.helpers.networks.reference import Reference, mean_loss
from tests.helpers.two_party.operations import Shares, share, uniform

FRACTION_BITS: Final = 16
ONE: Final = 1 << FRACTION_BITS
BATCH: Final = 128
STEP_ERROR: Final = ONE / 256
"""Of a weight after a step, in units of the last place: the error of softmax times the rate, and roundings."""
LOGIT_ERROR: Final = ONE / 256
Operation = Callable[..., Steps[Any]]


@dataclass(frozen=True)
class Work:
    """``operation(session, *inputs)``; ``error`` says how far its result is from the plain one, ``allowed`` at most."""

    operation: Operation
    inputs: list[Shares]
    error: Callable[[torch.Tensor], float]
    allowed: float


def _relu(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
    return (yield from relu(session, x))[0]


def _matrix_product(session: Session, x: torch.Tensor, y: torch.Tensor) -> Steps[torch.Tensor]:
    masked_x, masked_y = yield from mask_values(session, x, y)
    (out,) = yield from truncate(session, (matmul(session, masked_x, masked_y), FRACTION_BITS))
    return out


def _elementwise_product(session: Session, x: torch.Tensor, y: torch.Tensor) -> Steps[torch.Tensor]:
    masked_x, masked_y = yield from mask_values(session, x, y)
    (out,) = yield from truncate(session, (multiply(session, masked_x, masked_y), FRACTION_BITS))
    return out


def _distance(expected: torch.Tensor) -> Callable[[torch.Tensor], float]:
    """Largest difference in units of the last place."""
    return lambda found: float((found - expected).abs().max())


def relu_of(size: int) -> Work:
    """ReLU of values within +-2^15."""
    x = uniform(-(2**31), 2**31, size)
    return Work(_relu, [share(x)], _distance(x.clamp(min=0)), 0.0)


def matrix_product(rows: int, inner: int, columns: int) -> Work:
    """Two secret matrices with entries within +-2."""
    x, y = uniform(-2 * ONE, 2 * ONE, rows, inner), uniform(-2 * ONE, 2 * ONE, inner, columns, seed=1)
    return Work(_matrix_product, [share(x), share(y, 1)], _distance((x @ y) >> FRACTION_BITS), 1.0)


def elementwise_product(size: int) -> Work:
    """Two secret vectors with entries within +-16, with truncation."""
    x, y = uniform(-16 * ONE, 16 * ONE, size), uniform(-16 * ONE, 16 * ONE, size, seed=1)
    return Work(_elementwise_product, [share(x), share(y, 1)], _distance((x * y) >> FRACTION_BITS), 1.0)


def _logistic() -> Architecture:
    return network((1, 28, 28), linear(10), flat=True)


def _mlp() -> Architecture:
    relu_layer = layer("relu")
    return network((1, 28, 28), linear(128), relu_layer, linear(128), relu_layer, linear(10), flat=True)


def _lenet() -> Architecture:
    halve, relu_layer = layer("average-pool", size=2), layer("relu")
    convolutions = [conv(20, (5, 5)), relu_layer, halve, conv(50, (5, 5)), relu_layer, halve]
    return network((1, 28, 28), *convolutions, layer("flatten"), linear(500), relu_layer, linear(10))


NETWORKS: dict[str, Callable[[], Architecture]] = {"logistic": _logistic, "mlp": _mlp, "lenet": _lenet}


def _start(found: Architecture) -> dict[str, torch.Tensor]:
    """Weights as large as training starts with."""
    generator = torch.Generator().manual_seed(11)
    return {
        name: fixed((torch.rand(shape, generator=generator) * 2 - 1) * math.sqrt(3 / max(1, math.prod(shape[:-1]))))
        for name, shape in found.tensors.items()
    }


def training_step(found: Architecture) -> Work:
    """One step of SGD on softmax cross-entropy, rate 1/8."""
    weights, x, labels = _start(found), random_images(found, BATCH, low=0.0), random_labels(found, BATCH)
    runs, moment = Network(found), Moment(bytes(32), 0, 0)

    def operation(session: Session, x: torch.Tensor, labels: torch.Tensor, *own: torch.Tensor) -> Steps[torch.Tensor]:
        state = ModelState(dict(zip(found.tensors, own, strict=True)))
        yield from runs.train_step(session, state, x, labels, 1 << 13, moment)
        return torch.cat([value.reshape(-1) for value in state.weights.values()])

    plain = Reference.of(found, weights)
    loss = mean_loss("softmax", plain.logits(x.double() / ONE), labels.double() / ONE)
    gradients = torch.autograd.grad(loss, plain.trained)
    after = [value.detach() - gradient / 8 for value, gradient in zip(plain.trained, gradients, strict=True)]
    expected = torch.cat([value.reshape(-1) for value in after]) * ONE
    inputs = [share(x), share(labels, 1), *(share(value, 2 + i) for i, value in enumerate(weights.values()))]
    return Work(operation, inputs, _distance(expected), STEP_ERROR)


def inference(found: Architecture) -> Work:
    """Logits of a batch."""
    weights, x = _start(found), random_images(found, BATCH, low=0.0)
    runs = Network(found)

    def operation(session: Session, x: torch.Tensor, *own: torch.Tensor) -> Steps[torch.Tensor]:
        return (yield from runs.forward(session, x, ModelState(dict(zip(found.tensors, own, strict=True)))))

    with torch.no_grad():
        expected = Reference.of(found, weights).logits(x.double() / ONE) * ONE
    inputs = [share(x), *(share(value, 2 + i) for i, value in enumerate(weights.values()))]
    return Work(operation, inputs, _distance(expected), LOGIT_ERROR)


WORKS: dict[str, Callable[[], Work]] = {
    "W1": lambda: training_step(_logistic()),
    "W2": lambda: training_step(_mlp()),
    "W3": lambda: training_step(_lenet()),
    "W4mlp": lambda: inference(_mlp()),
    "W4lenet": lambda: inference(_lenet()),
    "W5": lambda: relu_of(1_000_000),
    "W6a": lambda: matrix_product(128, 784, 128),
    "W6b": lambda: matrix_product(1024, 1024, 1024),
    "W7": lambda: elementwise_product(1_000_000),
}
