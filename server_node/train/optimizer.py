"""How gradients change weights: SGD with momentum, or Adam; all tensors in the same rounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import torch

from common.schedule import RATE_BITS
from common.specification import Training
from server_node.online.circuits import multiply_bits
from server_node.online.linear import mask_values, multiply, square
from server_node.online.session import Session
from server_node.online.steps import Steps, together
from server_node.online.truncation import multiples
from server_node.train.bounds import within
from server_node.train.layers.layer import Gradient
from server_node.train.layers.values import GRADIENT_BITS, log2_of
from server_node.train.state import FIRST, SECOND, VELOCITY, ModelState
from server_node.train.vector import Vector, clipped, flat, joined, put, rounded, wide_inverse_root

FIRST_DECAY: Final = 0.9
SECOND_DECAY: Final = 0.999
FIRST_PLACES: Final = 24
SECOND_PLACES: Final = 44
EPSILON: Final = 2.0**-20
ADAM_BITS: Final = 5
"""Gradients for Adam lie below 2^5 in size, and are told from zero down to 2^-22.

Elsewhere they may be larger, so every step notes whether they were: the range check of the epoch asks for it.
"""
_MOVE_PLACES: Final = 29


def slot_bits(kind: str, fraction_bits: int) -> int:
    """Logarithm of the bound of what is remembered of this kind, as it is shared."""
    return {
        VELOCITY: GRADIENT_BITS + fraction_bits,
        FIRST: ADAM_BITS + FIRST_PLACES,
        SECOND: 2 * ADAM_BITS + SECOND_PLACES,
    }[kind]


@dataclass(frozen=True)
class Optimizer:
    """The settings of a training's updates.

    Args:
        name: ``sgd`` or ``adam``; they are those of torch, Adam with its usual decays 0.9 and 0.999.
        momentum: of SGD, without dampening.
        weight_decay: is added to the gradient times the weight (L2), after clipping.
        clip: the largest norm of all gradients together; 0 for any.
    """

    name: str = "sgd"
    momentum: float = 0.0
    weight_decay: float = 0.0
    clip: float = 0.0

    @staticmethod
    def of(training: Training) -> Optimizer:
        return Optimizer(training.optimizer, training.momentum, training.weight_decay, training.clip)

    @property
    def slots(self) -> tuple[str, ...]:
        """Kinds of memory for every tensor."""
        if self.name == "adam":
            return FIRST, SECOND
        return (VELOCITY,) if self.momentum else ()

    def update(
        self, session: Session, state: ModelState, gradients: Mapping[str, Gradient], batch: int, rate: int
    ) -> Steps[None]:
        """Change the state by gradients summed over a batch; ``rate`` over 2^16.

        *Rounds* 1 for SGD, 25 for Adam; clipping takes 34 more.
        """
        names = list(gradients)
        gradient = joined(gradients, log2_of(batch))
        if self.clip:
            gradient = yield from clipped(session, gradient, self.clip)
        gradient = self._decayed(state, gradient, names)
        state.steps += 1
        if self.name == "adam":
            step = yield from self._adam(session, state, gradient, names, rate)
        else:
            step = yield from self._sgd(session, state, gradient, names, rate)
        put(state.weights, names, flat(state.weights, names) - step)

    def _decayed(self, state: ModelState, gradient: Vector, names: list[str]) -> Vector:
        """The gradient plus ``weight_decay`` times the weight; the factor has the gradient's own places. Local."""
        factor = round(self.weight_decay * (1 << gradient.surplus))
        if not factor:
            return gradient
        return Vector(gradient.share + flat(state.weights, names) * factor, gradient.surplus, gradient.ring_bits)

    def _sgd(
        self, session: Session, state: ModelState, gradient: Vector, names: list[str], rate: int
    ) -> Steps[torch.Tensor]:
        """v <- momentum v + gradient; the step is rate v. Both from one rounding."""
        grown, shift = gradient.share, gradient.surplus
        if not self.momentum:
            (step,) = yield from multiples(session, grown, [(rate, shift + RATE_BITS)], gradient.ring_bits)
            return step
        factor = round(self.momentum * (1 << RATE_BITS)) << (shift - RATE_BITS)
        grown = grown + flat(state.slots[VELOCITY], names) * factor
        factors = [(rate, shift + RATE_BITS), (1, shift)]
        step, velocity = yield from multiples(session, grown, factors, gradient.ring_bits)
        put(state.slots[VELOCITY], names, velocity)
        return step

    def _adam(
        self, session: Session, state: ModelState, gradient: Vector, names: list[str], rate: int
    ) -> Steps[torch.Tensor]:
        """The step rate m / sqrt(v + EPSILON^2) of Kingma and Ba (ICLR 2015).

        The slots hold the bias-corrected moments: m <- m + (1 - b) / (1 - b^t) (g - m) is the same and needs no
        correction, nor does it lose the first steps' places.
        """
        fresh = yield from rounded(session, gradient, FIRST_PLACES)
        first, second = flat(state.slots[FIRST], names), flat(state.slots[SECOND], names)
        (masked,), (first_move,) = yield from together(
            mask_values(session, fresh),
            multiples(session, fresh - first, [_move(FIRST_DECAY, state.steps)]),
        )
        first = first + first_move
        more = 2 * FIRST_PLACES - SECOND_PLACES
        apart = square(session, masked) - (second << more)
        (second_move,) = yield from multiples(session, apart, [_move(SECOND_DECAY, state.steps, more)])
        second = second + second_move
        put(state.slots[FIRST], names, first)
        put(state.slots[SECOND], names, second)
        least = session.public(round(EPSILON * EPSILON * 2**SECOND_PLACES), second)
        reach = FIRST_PLACES + gradient.ring_bits - 2 - session.fraction_bits - gradient.surplus
        (masked_first,), (inverse, places), _ = yield from together(
            mask_values(session, first),
            wide_inverse_root(session, second + least, SECOND_PLACES),
            _note_range(session, state, fresh, reach),
        )
        (masked_inverse,) = yield from mask_values(session, inverse)
        product = multiply(session, masked_first, masked_inverse)
        shift = FIRST_PLACES + places + RATE_BITS - session.fraction_bits
        (step,) = yield from multiples(session, product, [(rate, shift)])
        return step


def _note_range(session: Session, state: ModelState, gradient: torch.Tensor, reach: int) -> Steps[None]:
    """Keep in the state whether these and all gradients before lie in the range of Adam. *Rounds* 7."""
    held = yield from within(session, gradient, ADAM_BITS + FIRST_PLACES, reach)
    before = session.public(-1, held) if state.within is None else state.within
    (state.within,) = yield from multiply_bits(session, [(before, held)])


def _move(decay: float, step: int, more: int = 0) -> tuple[int, int]:
    """How far a bias-corrected moment moves towards a new value with ``more`` places in a step, counted from 1."""
    return round((1 - decay) / (1 - decay**step) * (1 << _MOVE_PLACES)), _MOVE_PLACES + more
