"""The network in torch: its tensors come back as they were, and training mode is that of torch's layers."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from common.errors import BadBundle
from desktop_client.reveal.combine import Model
from desktop_client.reveal.network import Network, build_network, forward
from desktop_client.reveal.torch_network import TorchNetwork
from tests.unit.desktop_reveal.models import architecture, random_model


def network(head: str = "custom") -> Network:
    return build_network(random_model(architecture("square", head, "unit", 2)))


@pytest.mark.parametrize("head", ["custom", "resnet", "mlp"])
def test_tensors_are_those_of_the_model_file(head: str) -> None:
    found = network(head)
    again = TorchNetwork(found, torch.float64).tensors()
    assert list(again) == list(found.tensors) == list(found.architecture.tensors)
    for name, tensor in found.tensors.items():
        np.testing.assert_array_equal(again[name], tensor)


def test_double_precision_is_that_of_the_plain_evaluation() -> None:
    found = network()
    images = np.random.default_rng(1).integers(0, 256, (3, *found.shape), np.uint8)
    with torch.no_grad():
        logits = TorchNetwork(found, torch.float64)(torch.from_numpy(images).double()).numpy()
    np.testing.assert_allclose(logits, forward(found, images), rtol=1e-10, atol=1e-10)


def test_training_does_not_change_the_tensors_it_was_made_of() -> None:
    found = network()
    before = copy.deepcopy(found.tensors)
    module = TorchNetwork(found, torch.float64).train()
    with torch.no_grad():
        module(torch.rand((4, *found.shape), dtype=torch.float64))
        for parameter in module.parameters():
            parameter.add_(1.0)
    for name, tensor in before.items():
        np.testing.assert_array_equal(found.tensors[name], tensor)


def test_dropout_keeps_what_it_is_told_and_only_in_training() -> None:
    module = TorchNetwork(network(), torch.float64)
    dropout = module.nodes["dropout0"]
    values, kept = torch.arange(1.0, 5.0, dtype=torch.float64), torch.tensor([1, 0, 1, 0])
    module.set_kept("dropout0", kept)
    assert dropout(values).tolist() == [1.0, 2.0, 3.0, 4.0]
    module.train()
    assert dropout(values).tolist() == [256 / 192, 0.0, 3 * 256 / 192, 0.0]


def test_variance_below_zero_is_a_rounded_zero() -> None:
    found = network()
    name = next(name for name in found.tensors if name.endswith("variance"))
    found.tensors[name][:] = -1 / 65536
    images = np.random.default_rng(1).integers(0, 256, (2, *found.shape), np.uint8)
    with torch.no_grad():
        logits = TorchNetwork(found, torch.float64)(torch.from_numpy(images).double()).numpy()
    assert np.isfinite(logits).all()
    np.testing.assert_allclose(logits, forward(found, images), rtol=1e-8)


def test_node_with_a_name_that_torch_keeps_for_itself_is_refused() -> None:
    body = architecture("average-pool", "logistic", "unit", 1)
    body["nodes"][-1]["id"] = "keys"
    model = random_model(body)
    with pytest.raises(BadBundle, match="keys"):
        TorchNetwork(build_network(Model(model.header, model.tensors)))
