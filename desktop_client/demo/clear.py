"""The same network, the same hiding and the same budget without secret sharing: what the demo compares with."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.architecture import Architecture, build_architecture
from common.crypto.domains import WEIGHT_INIT_V1
from common.crypto.prg import Stream, derive_key
from common.crypto.rng import RandomSource
from common.schedule import RATE_BITS, WEIGHT_BITS, batch_order, hold_back, learning_rates, mix_plan
from common.specification import Specification
from desktop_client.reveal.combine import Tensor
from desktop_client.reveal.network import Network, run_nodes

_BLOCK: Final = 256


def train_in_clear(
    spec: Specification,
    images: npt.NDArray[Any],
    labels: npt.NDArray[np.int64],
    counts: list[int],
    classes: tuple[str, ...],
    rng: RandomSource,
) -> Network:
    """Train on images ``[n, h, w, c]`` of all owners together, in float64, with fresh draws of the public schedule."""
    bits = 8 * images.dtype.itemsize
    architecture = build_architecture(spec, images.shape[1:], bits, list(classes))
    seed = rng.token(32)
    weights = _initial_weights(architecture, seed, 1 << spec.fraction_bits)
    velocity = {name: np.zeros_like(value) for name, value in weights.items()}
    training, _ = hold_back(counts, spec.training.validation)
    pixels, one_hot = images[training], np.eye(len(classes))[labels[training]]
    batch = spec.training.batch
    steps = len(training) // batch
    rates = learning_rates(spec.training, steps * spec.training.epochs)
    for epoch in range(spec.training.epochs):
        features, targets = _hidden_features(architecture, spec, pixels, one_hot, (seed, epoch))
        order = batch_order(seed, epoch, len(training))
        for step in range(steps):
            chosen = order[step * batch : (step + 1) * batch]
            gradients = _gradients(weights, features[chosen], targets[chosen])
            rate = rates[epoch * steps + step] / (1 << RATE_BITS)
            for name, gradient in gradients.items():
                velocity[name] = spec.training.momentum * velocity[name] + gradient
                weights[name] = weights[name] - rate * velocity[name]
    return Network(architecture, weights)


def _initial_weights(architecture: Architecture, seed: bytes, one: int) -> dict[str, Tensor]:
    """The start the servers draw from the same seed, in multiples of 1 / ``one``; the last layer zero."""
    names = list(architecture.tensors)
    weights = {}
    for name in names:
        inputs, outputs = architecture.tensors[name]
        limit = 0 if name == names[-1] else round(float(np.sqrt(6 / inputs)) * one)
        words = Stream(derive_key(seed, WEIGHT_INIT_V1, name.encode())).words(inputs, outputs)
        weights[name] = ((words % np.uint64(2 * limit + 1)).astype(np.float64) - limit) / one
    return weights


def _hidden_features(
    architecture: Architecture,
    spec: Specification,
    pixels: npt.NDArray[Any],
    one_hot: Tensor,
    draw: tuple[bytes, int],
) -> tuple[Tensor, Tensor]:
    """Features and mixed labels of one epoch. The sign mask is left out: the first square removes it exactly."""
    plan = mix_plan(draw[0], draw[1], len(pixels), spec.hiding.k)
    shares = plan.weights / (1 << WEIGHT_BITS)
    features = []
    for start in range(0, len(pixels), _BLOCK):
        rows = slice(start, start + _BLOCK)
        values = architecture.pixels.values(pixels[plan.sources[rows]])
        mixed = np.einsum("nkhwc,nk->nchw", values, shares[rows], optimize=True)
        features.append(run_nodes(architecture.extractor, mixed, {}))
    return np.concatenate(features), np.einsum("nkc,nk->nc", one_hot[plan.sources], shares)


def _gradients(weights: dict[str, Tensor], features: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Mean gradients of softmax cross-entropy through the linear layers and the ReLUs between them."""
    inputs = [features]
    values = list(weights.values())
    for weight in values[:-1]:
        inputs.append(np.maximum(inputs[-1] @ weight, 0.0))
    logits = inputs[-1] @ values[-1]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    error = (powers / powers.sum(axis=1, keepdims=True) - targets) / len(features)
    gradients = []
    for position in reversed(range(len(values))):
        gradients.append(inputs[position].T @ error)
        if position:
            error = (error @ values[position].T) * (inputs[position] > 0)
    return dict(zip(weights, reversed(gradients), strict=True))
