"""How gradients change weights: SGD with momentum, or Adam; all tensors in the same rounds, as one long vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from common.schedule import RATE_BITS
from common.specification import Training
from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.online.truncation import multiples
from server_node.train.layers.layer import Gradient
from server_node.train.layers.values import GRADIENT_BITS, log2_of
from server_node.train.state import VELOCITY, ModelState


def slot_bits(kind: str, fraction_bits: int) -> int:
    """Logarithm of the bound of what is remembered of this kind, as it is shared."""
    return GRADIENT_BITS + fraction_bits


@dataclass(frozen=True)
class Vector:
    """All gradients one after the other: share mod 2^ring_bits of the mean times 2^(fraction_bits + surplus)."""

    share: torch.Tensor
    surplus: int
    ring_bits: int


@dataclass(frozen=True)
class Optimizer:
    """The settings of a training's updates.

    ``momentum`` and ``weight_decay`` act as in torch's SGD: the decay is added to the gradient, the velocity has no
    dampening.
    """

    momentum: float = 0.0
    weight_decay: float = 0.0

    @staticmethod
    def of(training: Training) -> Optimizer:
        return Optimizer(training.momentum, training.weight_decay)

    @property
    def slots(self) -> tuple[str, ...]:
        """Kinds of memory for every tensor."""
        return (VELOCITY,) if self.momentum else ()

    def update(
        self, session: Session, state: ModelState, gradients: Mapping[str, Gradient], batch: int, rate: int
    ) -> Steps[None]:
        """Change the state by gradients summed over a batch; ``rate`` over 2^16. *Rounds* 1."""
        names = list(gradients)
        gradient = self._decayed(state, joined(gradients, log2_of(batch)), names)
        yield from self._sgd(session, state, gradient, names, rate)
        state.steps += 1

    def _decayed(self, state: ModelState, gradient: Vector, names: list[str]) -> Vector:
        """The gradient plus ``weight_decay`` times the weight; the factor has the gradient's own places. Local."""
        factor = round(self.weight_decay * (1 << gradient.surplus))
        if not factor:
            return gradient
        return Vector(gradient.share + flat(state.weights, names) * factor, gradient.surplus, gradient.ring_bits)

    def _sgd(
        self, session: Session, state: ModelState, gradient: Vector, names: list[str], rate: int
    ) -> Steps[None]:
        """v <- momentum v + gradient and w <- w - rate v, both from one rounding."""
        grown = gradient.share
        if self.momentum:
            factor = round(self.momentum * (1 << RATE_BITS)) << (gradient.surplus - RATE_BITS)
            grown = grown + flat(state.slots[VELOCITY], names) * factor
        shift = gradient.surplus
        factors = [(rate, shift + RATE_BITS), (1, shift)][: 1 + bool(self.momentum)]
        step, *velocity = yield from multiples(session, grown, factors, gradient.ring_bits)
        subtract(state.weights, names, step)
        for fresh in velocity:
            put(state.slots[VELOCITY], names, fresh)


def joined(gradients: Mapping[str, Gradient], batch_bits: int) -> Vector:
    """All gradients as one vector, with the mean over the batch as further places; at least 16 surplus bits."""
    surplus = max(RATE_BITS, *(gradient.surplus for gradient in gradients.values()))
    parts = [gradient.share.reshape(-1) << (surplus - gradient.surplus) for gradient in gradients.values()]
    ring_bits = min(gradient.ring_bits for gradient in gradients.values())
    return Vector(torch.cat(parts), surplus + batch_bits, ring_bits)


def flat(tensors: Mapping[str, torch.Tensor], names: list[str]) -> torch.Tensor:
    """The named tensors as one vector."""
    return torch.cat([tensors[name].reshape(-1) for name in names])


def put(tensors: dict[str, torch.Tensor], names: list[str], values: torch.Tensor) -> None:
    """Give the named tensors the values of a vector, each in its shape."""
    start = 0
    for name in names:
        size, shape = tensors[name].numel(), tensors[name].shape
        tensors[name] = values[start : start + size].reshape(shape)
        start += size


def subtract(tensors: dict[str, torch.Tensor], names: list[str], step: torch.Tensor) -> None:
    """Lower the named tensors by a vector."""
    put(tensors, names, flat(tensors, names) - step)
