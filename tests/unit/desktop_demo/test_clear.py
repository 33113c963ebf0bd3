"""The training the demo compares with is exact: gradients and steps are torch's, mixtures are the schedule's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from common.architecture import build_architecture
from common.ids import Party
from common.schedule import batch_order, hold_back, learning_rates, mix_plan
from common.specification import Specification
from desktop_client.demo import clear
from desktop_client.reveal.evaluate import predict
from desktop_client.reveal.network import run_nodes
from server_node.train.head import initial_state
from tests.helpers.jobs.clear import Fixed, same_training_in_clear
from tests.helpers.jobs.images import halves
from tests.helpers.jobs.projects import model_of, specification

SEED = b"clear training".ljust(32)
CLASSES = ("class 0", "class 1", "class 2")


def spec_of(head: str = "mlp", **sections: Any) -> Specification:
    training = {"epochs": 2, "batch": 16, "learning_rate": "0.25", "validation": 20}
    return specification(**{"model": model_of(head, 6), "training": training, **sections})


def torch_training(spec: Specification, images: Any, labels: Any, counts: list[int], seed: bytes) -> list[torch.Tensor]:
    """The same from public parts alone: the schedule, the extractor in numpy, autograd and torch's SGD."""
    network = build_architecture(spec, images.shape[1:], 8, list(CLASSES))
    start = initial_state(Party.P0, 16, network, seed).weights
    weights = [(value.double() / 65536).requires_grad_() for value in start.values()]
    optimizer = torch.optim.SGD(weights, lr=1.0, momentum=spec.training.momentum)
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
        signs = np.random.default_rng(epoch).integers(0, 2, mixed.shape) * 2 - 1
        features = torch.from_numpy(run_nodes(network.extractor, (mixed * signs).transpose(0, 3, 1, 2), {}))
        one_hot = np.eye(len(CLASSES))[labels[training]]
        mixed_labels = [one_hot[plan.sources[:, j]] * share[:, j, None] for j in range(spec.hiding.k)]
        targets = torch.from_numpy(np.sum(mixed_labels, axis=0))
        order = batch_order(seed, epoch, len(training))
        for step in range(steps):
            rows = order[step * batch : (step + 1) * batch]
            x = features[rows]
            for weight in weights[:-1]:
                x = torch.relu(x @ weight)
            loss = torch.nn.functional.cross_entropy(x @ weights[-1], targets[rows])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.param_groups[0]["lr"] = rates[epoch * steps + step] / 65536
            optimizer.step()
    return [weight.detach() for weight in weights]


KINDS = [("average-pool", "unit", 4), ("filter-bank", "unit", 4), ("average-pool", "signed", 2)]


@pytest.mark.parametrize("head", ["logistic", "mlp"])
@pytest.mark.parametrize(("extractor", "scale", "k"), KINDS)
def test_clear_training_is_that_of_torch(head: str, extractor: str, scale: str, k: int) -> None:
    """The reference masks its mixtures with random signs; the square takes them away again."""
    spec = spec_of(head, features={"extractor": extractor}, hiding={"scale": scale, "k": k})
    images, labels = halves(100, 12, 3)
    found = same_training_in_clear(spec, images, labels, [60, 40], SEED)
    expected = torch_training(spec, images.astype(np.uint8), labels, [60, 40], SEED)
    for tensor, wanted in zip(found.tensors.values(), expected, strict=True):
        np.testing.assert_allclose(tensor, wanted.numpy(), rtol=1e-9, atol=1e-12)


def test_gradient_is_that_of_autograd() -> None:
    generator = np.random.default_rng(0)
    shapes = {"head.0.weight": (7, 5), "head.1.weight": (5, 3)}
    weights = {name: generator.normal(size=shape) for name, shape in shapes.items()}
    features, targets = generator.normal(size=(11, 7)), generator.dirichlet([1, 1, 1], 11)
    tensors = [torch.from_numpy(weight).requires_grad_() for weight in weights.values()]
    logits = torch.relu(torch.from_numpy(features) @ tensors[0]) @ tensors[1]
    torch.autograd.backward(torch.nn.functional.cross_entropy(logits, torch.from_numpy(targets)))
    gradients = getattr(clear, "_gradients")(weights, features, targets)
    assert list(gradients) == list(weights)
    for name, tensor in zip(weights, tensors, strict=True):
        assert tensor.grad is not None
        np.testing.assert_allclose(gradients[name], tensor.grad.numpy(), rtol=1e-12, atol=1e-14)


def test_gradient_of_large_logits_does_not_overflow() -> None:
    weights = {"head.0.weight": np.array([[1000.0, -1000.0], [0.0, 500.0]])}
    gradients = getattr(clear, "_gradients")(weights, np.eye(2), np.eye(2)[::-1])
    np.testing.assert_allclose(gradients["head.0.weight"], [[0.5, -0.5], [-0.5, 0.5]])


def test_clear_training_starts_where_the_servers_start() -> None:
    spec = spec_of("mlp")
    network = build_architecture(spec, (12, 12, 1), 8, list(CLASSES))
    found = getattr(clear, "_initial_weights")(network, SEED, 65536)
    for name, value in initial_state(Party.P0, 16, network, SEED).weights.items():
        np.testing.assert_array_equal(found[name], value.double().numpy() / 65536)


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
