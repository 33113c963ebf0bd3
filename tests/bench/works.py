"""The pieces of work that are measured, W1 to W7: an operation on shares, its inputs, and what must come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import torch

from server_node.online.comparison import relu
from server_node.online.linear import mask_values, matmul, multiply
from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.online.truncation import truncate
from tests.helpers.two_party.operations import Shares, share, uniform

FRACTION_BITS: Final = 16
ONE: Final = 1 << FRACTION_BITS
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


WORKS: dict[str, Callable[[], Work]] = {
    "W5": lambda: relu_of(1_000_000),
    "W6a": lambda: matrix_product(128, 784, 128),
    "W6b": lambda: matrix_product(1024, 1024, 1024),
    "W7": lambda: elementwise_product(1_000_000),
}
