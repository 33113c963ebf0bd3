"""The secret head: linear layers with ReLU between them, forward, backward and SGD with momentum on shares.

Layers have no bias: mixtures are about half as bright as clean images, and a bias would learn that difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from common.architecture import Architecture
from common.crypto.domains import WEIGHT_INIT_V1
from common.crypto.prg import Stream, derive_key
from common.ids import Party
from common.schedule import RATE_BITS
from server_node.offline.views import PLAIN, TRANSPOSED
from server_node.online.comparison import relu, select
from server_node.online.linear import Masked, mask_values, matmul
from server_node.online.nonlinear import softmax
from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.online.truncation import truncate

_VALUE_RING: Final = 48
"""Products of activations, errors and weights stay below 2^14 in size with 32 fractional bits."""
_GRADIENT_RING: Final = 56
"""Mean gradients and velocities stay below 2^10 with 32 fractional bits and up to 12 for the batch."""


@dataclass
class HeadState:
    """Shares of weights and of velocities, by tensor name in network order, in fixed point."""

    weights: dict[str, torch.Tensor]
    velocity: dict[str, torch.Tensor]


@dataclass
class _Trace:
    """What the forward pass leaves for the backward pass."""

    inputs: list[Masked]
    weights: list[Masked]
    active: list[torch.Tensor]
    logits: torch.Tensor


def initial_state(
    party: Party, fraction_bits: int, architecture: Architecture, seed: bytes, device: torch.device | None = None
) -> HeadState:
    """Public random start (the last layer zero), held by party 0; it becomes secret with the first step."""
    names = list(architecture.tensors)
    weights = {}
    for name in names:
        inputs, outputs = architecture.tensors[name]
        limit = 0 if name == names[-1] else round(math.sqrt(6 / inputs) * (1 << fraction_bits))
        words = Stream(derive_key(seed, WEIGHT_INIT_V1, name.encode())).words(inputs, outputs)
        drawn = torch.from_numpy((words % np.uint64(2 * limit + 1)).astype(np.int64) - limit).to(device)
        weights[name] = drawn if party is Party.P0 else torch.zeros_like(drawn)
    return HeadState(weights, {name: torch.zeros_like(value) for name, value in weights.items()})


def forward(session: Session, features: torch.Tensor, state: HeadState) -> Steps[torch.Tensor]:
    """Share of the logits [batch, classes] of features [batch, f]."""
    return (yield from _forward(session, features, list(state.weights.values()))).logits


def train_step(
    session: Session, state: HeadState, features: torch.Tensor, labels: torch.Tensor, rate: int, momentum: int
) -> Steps[None]:
    """One step of softmax cross-entropy on a batch of a power-of-two size; ``rate`` and ``momentum`` over 2^16."""
    trace = yield from _forward(session, features, list(state.weights.values()))
    error = (yield from softmax(session, trace.logits)) - labels
    gradients = yield from _backward(session, trace, error)
    yield from _update(session, state, gradients, features.shape[0], (rate, momentum))


def _forward(session: Session, features: torch.Tensor, weights: list[torch.Tensor]) -> Steps[_Trace]:
    masked, *masked_weights = yield from mask_values(session, features, *weights)
    trace = _Trace([masked], masked_weights, [], features)
    for index, weight in enumerate(masked_weights):
        product = matmul(session, masked, weight, ring_bits=_VALUE_RING)
        (out,) = yield from truncate(session, (product, session.fraction_bits), ring_bits=_VALUE_RING)
        if index == len(masked_weights) - 1:
            trace.logits = out
            break
        activated, positive = yield from relu(session, out)
        (masked,) = yield from mask_values(session, activated)
        trace.active.append(positive)
        trace.inputs.append(masked)
    return trace


def _backward(session: Session, trace: _Trace, error: torch.Tensor) -> Steps[list[torch.Tensor]]:
    """Gradients summed over the batch mod 2^56, with twice the fractional bits, in network order."""
    gradients: list[torch.Tensor] = []
    for index in reversed(range(len(trace.weights))):
        (masked,) = yield from mask_values(session, error)
        gradients.append(matmul(session, trace.inputs[index], masked, (TRANSPOSED, PLAIN), _GRADIENT_RING))
        if index:
            product = matmul(session, masked, trace.weights[index], (PLAIN, TRANSPOSED), _VALUE_RING)
            (back,) = yield from truncate(session, (product, session.fraction_bits), ring_bits=_VALUE_RING)
            error = yield from select(session, trace.active[index - 1], back)
    return gradients[::-1]


def _update(
    session: Session, state: HeadState, gradients: list[torch.Tensor], batch: int, rates: tuple[int, int]
) -> Steps[None]:
    """v <- momentum v + mean gradient; w <- w - rate v. The mean over a power of two is part of the rounding."""
    rate, momentum = rates
    bits = batch.bit_length() - 1
    align = session.fraction_bits - RATE_BITS
    grown = [
        ((velocity * momentum) << (bits + align)) + gradient
        for velocity, gradient in zip(state.velocity.values(), gradients, strict=True)
    ]
    shift = session.fraction_bits + bits
    fresh = yield from truncate(session, *[(value, shift) for value in grown], ring_bits=_GRADIENT_RING)
    state.velocity = dict(zip(state.velocity, fresh, strict=True))
    steps = yield from truncate(session, *[(velocity * rate, RATE_BITS) for velocity in fresh])
    state.weights = {
        name: weight - step for (name, weight), step in zip(state.weights.items(), steps, strict=True)
    }
