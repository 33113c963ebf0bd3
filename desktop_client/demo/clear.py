"""The same network, the same hiding and the same budget without secret sharing: what the demo compares with."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from common.architecture import Architecture, build_architecture, initial_tensors
from common.crypto.rng import RandomSource
from common.schedule import RATE_BITS, WEIGHT_BITS, batch_order, dropout_plan, hold_back, learning_rates, mix_plan
from common.specification import Specification, Training
from desktop_client.reveal.combine import Tensor
from desktop_client.reveal.network import Network, run_nodes
from desktop_client.reveal.torch_network import TorchNetwork

ADAM_DECAYS: Final = (0.9, 0.999)
ADAM_EPSILON: Final = 2.0**-20
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
    one = 1 << spec.fraction_bits
    start = {name: value / one for name, value in initial_tensors(architecture, seed, spec.fraction_bits).items()}
    network = TorchNetwork(Network(architecture, start), torch.float64).train()
    optimizer = _optimizer(network, spec.training)
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
            _drop(network, batch, (seed, epoch, step))
            inputs, wanted = torch.from_numpy(features[chosen]), torch.from_numpy(targets[chosen])
            rate = rates[epoch * steps + step] / (1 << RATE_BITS)
            _step(network, optimizer, (inputs, wanted), (rate, spec.training))
    return Network(architecture, network.tensors())


def mean_loss(kind: str, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Loss of outputs ``[n, classes]`` for (mixed) labels, summed over classes, the mean over images."""
    if kind == "softmax":
        return cross_entropy(logits, targets)
    if kind == "logistic":
        return binary_cross_entropy_with_logits(logits, targets, reduction="sum") / len(logits)
    return ((logits - targets) ** 2).sum() / (2 * len(logits))


def _optimizer(network: TorchNetwork, training: Training) -> torch.optim.Optimizer:
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    if training.optimizer == "adam":
        return torch.optim.Adam(trained, betas=ADAM_DECAYS, eps=ADAM_EPSILON, weight_decay=training.weight_decay)
    return torch.optim.SGD(trained, lr=0.0, momentum=training.momentum, weight_decay=training.weight_decay)


def _step(
    network: TorchNetwork,
    optimizer: torch.optim.Optimizer,
    batch: tuple[torch.Tensor, torch.Tensor],
    budget: tuple[float, Training],
) -> None:
    """One step on features and labels, with a learning rate and the clipping of a training."""
    (inputs, targets), (rate, training) = batch, budget
    optimizer.zero_grad()
    architecture = network.architecture
    logits = network.run_nodes(architecture.head, architecture.features, inputs)
    torch.autograd.backward(mean_loss(training.loss, logits, targets))
    if training.clip:
        _clip([value.grad for value in network.parameters() if value.grad is not None], training.clip)
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()


def _clip(gradients: list[torch.Tensor], largest: float) -> None:
    """Shorten all gradients together to a norm of at most ``largest`` (Pascanu, Mikolov, Bengio, ICML 2013)."""
    norm = float(torch.stack([gradient.square().sum() for gradient in gradients]).sum().sqrt())
    if norm > largest:
        for gradient in gradients:
            gradient *= largest / norm


def _drop(network: TorchNetwork, batch: int, draw: tuple[bytes, int, int]) -> None:
    """Set what dropout keeps in this step; the plan has channels last, torch has them first."""
    architecture = network.architecture
    for node in architecture.head:
        if node["op"] == "dropout":
            shape = architecture.shapes[node["id"]]
            kept = torch.from_numpy(dropout_plan(*draw, node["id"], (batch, *shape[1:], shape[0]), node["drop"]))
            network.set_kept(node["id"], kept.movedim(-1, 1) if len(shape) > 1 else kept)


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
