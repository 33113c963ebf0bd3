"""The training the demo compares with is exact: gradients and steps are torch's, mixtures are the schedule's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from common.architecture import build_architecture, initial_tensors
from common.architecture.named import model_layers
from common.architecture.nodes import NORM_EPSILON
from common.schedule import batch_order, dropout_plan, hold_back, learning_rates, mix_plan
from common.specification import Specification, Training
from desktop_client.demo import clear
from desktop_client.reveal.evaluate import predict
from desktop_client.reveal.network import run_nodes
from desktop_client.reveal.sequential import build_sequential
from server_node.train import optimizer
from server_node.train.layers import normalisation
from tests.helpers.jobs.clear import Fixed, same_training_in_clear
from tests.helpers.jobs.images import halves
from tests.helpers.jobs.projects import model_of, specification

SEED = b"clear training".ljust(32)
CLASSES = ("class 0", "class 1", "class 2")


def spec_of(head: str = "mlp", **sections: Any) -> Specification:
    training = {"epochs": 2, "batch": 16, "learning_rate": "0.25", "validation": 20}
    return specification(**{"model": model_of(head, 6), "training": training, **sections})


def torch_training(spec: Specification, images: Any, labels: Any, counts: list[int], seed: bytes) -> dict[str, Any]:
    """The same from public parts alone: the schedule, the extractor in numpy, torch's own layers, rules written out."""
    network = build_architecture(spec, images.shape[1:], 8, list(CLASSES))
    module = build_sequential(model_layers(spec.model, 3), network.shapes[network.features], 3).double().train()
    load(module, [value / 65536 for value in initial_tensors(network, seed, 16).values()])
    update = Rule(list(module.parameters()), spec.training)
    training, _ = hold_back(counts, spec.training.validation)
    batch = spec.training.batch
    steps = len(training) // batch
    rates = learning_rates(spec.training, steps * spec.training.epochs)
    for epoch in range(spec.training.epochs):
        plan = mix_plan(seed, epoch, len(training), spec.hiding.k)
        share = plan.weights / 256
        pixels = network.pixels.values(images[training])
        parts = [pixels[plan.sources[:, j]] * share[:, j, None, None, None] for j in range(spec.hiding.k)]
        mixed = np.sum(parts, axis=0)
        signs = np.random.default_rng(epoch).integers(0, 2, mixed.shape) * 2 - 1 if spec.hiding.mask else 1
        features = torch.from_numpy(run_nodes(network.extractor, (mixed * signs).transpose(0, 3, 1, 2), {}))
        one_hot = np.eye(len(CLASSES))[labels[training]]
        mixed_labels = [one_hot[plan.sources[:, j]] * share[:, j, None] for j in range(spec.hiding.k)]
        targets = torch.from_numpy(np.sum(mixed_labels, axis=0))
        order = batch_order(seed, epoch, len(training))
        for step in range(steps):
            rows = order[step * batch : (step + 1) * batch]
            module.zero_grad()
            torch.autograd.backward(LOSSES[spec.training.loss](module(features[rows]), targets[rows]) / batch)
            update(rates[epoch * steps + step] / 65536)
    return {name: value.detach().numpy() for name, value in module.state_dict().items() if "num_b" not in name}


LOSSES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "softmax": lambda z, t: -(t * torch.log_softmax(z, 1)).sum(),
    "logistic": lambda z, t: -(t * torch.log(torch.sigmoid(z)) + (1 - t) * torch.log(1 - torch.sigmoid(z))).sum(),
    "squared": lambda z, t: 0.5 * (z - t).square().sum(),
}


def load(module: torch.nn.Module, values: list[Any]) -> None:
    """Tensors of a model file into torch's layers, in order."""
    slots = [slot for name, slot in module.state_dict().items() if "num_batches" not in name]
    for slot, value in zip(slots, values, strict=True):
        slot.copy_(torch.from_numpy(value.transpose({1: (0,), 2: (1, 0), 4: (3, 2, 0, 1)}[value.ndim])))


class Rule:
    """Stochastic gradient descent with momentum, and Adam, as their papers have them."""

    def __init__(self, weights: list[torch.nn.Parameter], training: Training) -> None:
        self.weights, self.training, self.steps = weights, training, 0
        self.first = [torch.zeros_like(weight) for weight in weights]
        self.second = [torch.zeros_like(weight) for weight in weights]

    def __call__(self, rate: float) -> None:
        self.steps += 1
        keep, chosen = self.training.momentum, self.training
        gradients = [weight.grad for weight in self.weights if weight.grad is not None]
        norm = torch.stack([gradient.square().sum() for gradient in gradients]).sum().sqrt()
        short = min(1.0, chosen.clip / float(norm)) if chosen.clip else 1.0
        for place, (weight, gradient) in enumerate(zip(self.weights, gradients, strict=True)):
            slope = gradient * short + chosen.weight_decay * weight.detach()
            if chosen.optimizer == "sgd":
                self.first[place] = keep * self.first[place] + slope
                weight.data -= rate * self.first[place]
                continue
            self.first[place] = 0.9 * self.first[place] + 0.1 * slope
            self.second[place] = 0.999 * self.second[place] + 0.001 * slope.square()
            mean = self.first[place] / (1 - 0.9**self.steps)
            spread = self.second[place] / (1 - 0.999**self.steps)
            weight.data -= rate * mean / (spread.sqrt() + 2**-20)


def compare(spec: Specification, side: int = 12, counts: tuple[int, int] = (60, 40)) -> None:
    images, labels = halves(sum(counts), side, 3)
    found = same_training_in_clear(spec, images, labels, list(counts), SEED)
    expected = torch_training(spec, images.astype(np.uint8), labels, list(counts), SEED)
    for (name, tensor), wanted in zip(found.tensors.items(), expected.values(), strict=True):
        turned = tensor.transpose({1: (0,), 2: (1, 0), 4: (3, 2, 0, 1)}[tensor.ndim])
        np.testing.assert_allclose(turned, wanted, rtol=1e-6, atol=1e-9, err_msg=name)


KINDS = [("average-pool", "unit", 4), ("filter-bank", "unit", 4), ("average-pool", "signed", 2)]


@pytest.mark.parametrize("head", ["logistic", "mlp"])
@pytest.mark.parametrize(("extractor", "scale", "k"), KINDS)
def test_clear_training_is_that_of_torch(head: str, extractor: str, scale: str, k: int) -> None:
    """The reference masks its mixtures with random signs; the square takes them away again."""
    compare(spec_of(head, features={"extractor": extractor}, hiding={"scale": scale, "k": k}))


@pytest.mark.parametrize(
    "training",
    [
        {"loss": "logistic", "schedule": "step"},
        {"loss": "squared", "clip": "0.25", "schedule": "cosine"},
        {"weight_decay": "0.05", "clip": "0.5", "schedule": "constant"},
        {"optimizer": "adam", "learning_rate": "0.01", "weight_decay": "0.01"},
        {"optimizer": "adam", "learning_rate": "0.02", "momentum": "0.5", "clip": "0.1", "loss": "squared"},
    ],
    ids=lambda training: "-".join(training.values()),
)
def test_clear_training_follows_every_rule(training: dict[str, str]) -> None:
    budget = {"epochs": 2, "batch": 16, "validation": 20, "learning_rate": "0.25"}
    compare(spec_of("mlp", model=model_of("mlp", 6, 5, bias=True), training={**budget, **training}))


LAYERS: list[dict[str, Any]] = [
    {"layer": "conv", "outputs": 4, "kernel": [3, 2], "stride": 2, "padding": 1, "groups": 1, "bias": True},
    {"layer": "batch-norm"},
    {"layer": "relu"},
    {"layer": "residual", "layers": [
        {"layer": "conv", "outputs": 4, "kernel": [3, 3], "stride": 1, "padding": 1, "groups": 2, "bias": False},
        {"layer": "square"},
    ]},
    {"layer": "max-pool", "size": 3, "stride": 2},
    {"layer": "average-pool", "size": 2},
    {"layer": "flatten"},
    {"layer": "linear", "outputs": 5, "bias": True},
    {"layer": "batch-norm"},
    {"layer": "linear", "outputs": 3, "bias": True},
]  # fmt: skip


@pytest.mark.parametrize("extractor", ["none", "square", "average-pool"])
def test_clear_training_of_convolutions_is_that_of_torch(extractor: str) -> None:
    compare(
        spec_of(
            model=model_of("custom", layers=LAYERS),
            features={"extractor": extractor},
            hiding={"mask": extractor != "none", "k": 2},
            training={"epochs": 2, "batch": 16, "learning_rate": "0.05", "validation": 8},
        ),
        side=18,
        counts=(24, 16),
    )


@pytest.mark.parametrize("name", ["lenet", "resnet"])
def test_clear_training_of_named_networks_is_that_of_torch(name: str) -> None:
    training = {"epochs": 2, "batch": 8, "learning_rate": "0.05", "validation": 4}
    features, hiding = {"extractor": "none"}, {"mask": False, "k": 1}
    spec = spec_of(model=model_of(name, bias=True), features=features, hiding=hiding, training=training)
    compare(spec, side=16, counts=(12, 8))


def test_clear_training_has_the_constants_of_the_servers() -> None:
    assert (*clear.ADAM_DECAYS, clear.ADAM_EPSILON) == (
        optimizer.FIRST_DECAY, optimizer.SECOND_DECAY, optimizer.EPSILON,
    )  # fmt: skip
    assert NORM_EPSILON == normalisation.EPSILON


def test_running_statistics_move_by_a_tenth() -> None:
    """One step on one batch: from zero and one towards the mean and the variance of the features."""
    layers: list[dict[str, Any]] = [{"layer": "flatten"}, {"layer": "batch-norm"}]
    layers.append({"layer": "linear", "outputs": 2, "bias": False})
    spec = specification(
        model=model_of("custom", layers=layers), features={"extractor": "square"},
        hiding={"k": 1}, training={"epochs": 1, "batch": 8, "validation": 0},
    )  # fmt: skip
    images, labels = halves(8, 4, 2)
    found = same_training_in_clear(spec, images, labels, [8], SEED).tensors
    features = (images.reshape(8, 16) / 256) ** 2
    np.testing.assert_allclose(found["head.0.mean"], features.mean(axis=0) / 10)
    np.testing.assert_allclose(found["head.0.variance"], 0.9 + features.var(axis=0, ddof=1) / 10)


def test_dropout_drops_what_the_plan_says() -> None:
    """One step from zero weights: the gradient is that of the features that are kept, grown by 4 / 3."""
    layers: list[dict[str, Any]] = [{"layer": "dropout", "drop": 64}, {"layer": "flatten"}]
    layers.append({"layer": "linear", "outputs": 2, "bias": False})
    spec = specification(
        model=model_of("custom", layers=layers), features={"extractor": "square"}, hiding={"k": 1},
        training={"epochs": 1, "batch": 8, "validation": 0, "loss": "squared", "learning_rate": "1",
                  "schedule": "constant"},
    )  # fmt: skip
    pictures, labels = halves(8, 4, 2)
    images = np.concatenate([pictures, 255 - pictures], axis=3)
    found = same_training_in_clear(spec, images, labels, [8], SEED).tensors["head.0.weight"]
    kept = dropout_plan(SEED, 0, 0, "dropout0", (8, 4, 4, 2), 64)
    features = ((images / 256) ** 2)[batch_order(SEED, 0, 8)] * kept * 256 / 192
    targets = np.eye(2)[labels][batch_order(SEED, 0, 8)]
    np.testing.assert_allclose(found, features.transpose(0, 3, 1, 2).reshape(8, 32).T @ targets / 8)


def test_clear_training_learns() -> None:
    images, labels = halves(240, 12, 3)
    spec = spec_of("logistic", training={"epochs": 6, "batch": 16, "learning_rate": "0.5", "validation": 20})
    network = same_training_in_clear(spec, images, labels, [240], SEED)
    test_images, test_labels = halves(200, 12, 3, seed=5)
    logits = predict(network, test_images)
    assert (logits.argmax(axis=1) == test_labels).mean() > 0.95


def test_clear_training_leaves_validation_images_out() -> None:
    """Whatever they show, the model is the same."""
    spec = spec_of("logistic")
    images, labels = halves(100, 12, 3)
    changed = images.copy()
    changed[hold_back([100], 20)[1]] = 255 - changed[hold_back([100], 20)[1]]
    first, second = (same_training_in_clear(spec, one, labels, [100], SEED) for one in (images, changed))
    np.testing.assert_array_equal(first.tensors["head.0.weight"], second.tensors["head.0.weight"])


def test_clear_training_takes_deep_pixels() -> None:
    spec = spec_of("logistic")
    images, labels = halves(100, 12, 3)
    found = clear.train_in_clear(spec, images * np.uint16(257), labels, [100], CLASSES, Fixed(SEED))
    assert found.architecture.pixels.bits == 16
    shallow = same_training_in_clear(spec, images, labels, [100], SEED)
    np.testing.assert_allclose(found.tensors["head.0.weight"], shallow.tensors["head.0.weight"], rtol=0.02, atol=0.002)
