"""Modules of torch become lists of layers and come back; what has no place in a project is refused by its name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from common.architecture import build_architecture
from common.errors import SpecRefused
from common.specification import parse_specification
from desktop_client.reveal.network import Network, run_nodes
from desktop_client.reveal.sequential import Residual, Square, build_sequential, describe_sequential
from desktop_client.reveal.torch_network import TorchNetwork
from tests.unit.desktop_reveal.models import CLASSES, LAYERS, random_model, specification


def convolution(outputs: int, kernel: list[int], **options: Any) -> dict[str, Any]:
    plain = {"layer": "conv", "outputs": outputs, "kernel": kernel, "stride": 1, "padding": 0, "groups": 1}
    return {**plain, "bias": True, **options}


def test_describe_names_every_supported_layer() -> None:
    module = nn.Sequential(
        nn.Conv2d(3, 12, (5, 3), stride=2, padding=1, groups=3, bias=False),
        nn.BatchNorm2d(12),
        nn.ReLU(inplace=True),
        nn.Identity(),
        nn.Sequential(nn.MaxPool2d(3, stride=2), nn.AvgPool2d((2, 2))),
        Residual(nn.Sequential(nn.Conv2d(12, 12, 3, padding=(1, 1)), Square())),
        nn.Dropout(0.1),
        nn.Dropout(0.0),
        nn.Conv2d(12, 4, 1, padding="valid"),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.BatchNorm1d(4),
        nn.Linear(4, 10),
    )
    assert describe_sequential(module) == [
        convolution(12, [5, 3], stride=2, padding=1, groups=3, bias=False),
        {"layer": "batch-norm"},
        {"layer": "relu"},
        {"layer": "max-pool", "size": 3, "stride": 2},
        {"layer": "average-pool", "size": 2},
        {"layer": "residual", "layers": [convolution(12, [3, 3], padding=1), {"layer": "square"}]},
        {"layer": "dropout", "drop": 26},
        convolution(4, [1, 1]),
        {"layer": "global-average-pool"},
        {"layer": "batch-norm"},
        {"layer": "linear", "outputs": 10, "bias": True},
    ]


@pytest.mark.parametrize(
    "layer",
    [
        nn.GELU(),
        nn.LSTM(3, 3),
        nn.ConvTranspose2d(3, 3, 3),
        nn.Conv2d(3, 3, 3, stride=(1, 2)),
        nn.Conv2d(3, 3, 3, padding=(1, 0)),
        nn.Conv2d(3, 3, 3, dilation=2),
        nn.Conv2d(3, 3, 3, padding="same"),
        nn.Conv2d(3, 3, 3, padding=1, padding_mode="reflect"),
        nn.AvgPool2d(3, stride=1),
        nn.AvgPool2d((2, 3)),
        nn.AvgPool2d(2, padding=1),
        nn.AvgPool2d(2, ceil_mode=True),
        nn.AvgPool2d(2, divisor_override=3),
        nn.MaxPool2d(2, padding=1),
        nn.MaxPool2d(2, dilation=2),
        nn.MaxPool2d(2, ceil_mode=True),
        nn.MaxPool2d(2, return_indices=True),
        nn.AdaptiveAvgPool2d(2),
        nn.AdaptiveAvgPool2d((1, None)),
        nn.BatchNorm2d(3, affine=False),
        nn.BatchNorm2d(3, track_running_stats=False),
        nn.Flatten(0),
        nn.Dropout2d(0.5),
        nn.Dropout(1.0),
    ],
    ids=str,
)
def test_describe_refuses_by_name_what_is_not_supported(layer: nn.Module) -> None:
    with pytest.raises(SpecRefused) as refusal:
        describe_sequential(nn.Sequential(nn.ReLU(), nn.Sequential(layer)))
    assert type(layer).__name__ in str(refusal.value)
    assert refusal.value.details["field"] == "model.layers"


def test_describe_refuses_a_module_without_layers() -> None:
    for module in (nn.Sequential(), Residual(nn.Sequential())):
        with pytest.raises(SpecRefused):
            describe_sequential(nn.Sequential(module))


def test_layers_come_back_from_the_module_they_stand_for() -> None:
    assert describe_sequential(build_sequential(LAYERS, (2, 16, 20), 3)) == LAYERS
    pooled = [convolution(4, [3, 3]), {"layer": "global-average-pool"}, {"layer": "linear", "outputs": 2, "bias": True}]
    assert describe_sequential(build_sequential(pooled, (1, 8, 8), 2)) == pooled


def test_module_computes_what_the_network_of_a_project_computes() -> None:
    """The same tensors in both, with running statistics and without dropout."""
    spec = parse_specification(specification("none", "custom"))
    architecture = build_architecture(spec, (16, 20, 2), 8, CLASSES)
    network = Network(architecture, random_model(architecture.as_json()).tensors)
    module = build_sequential(LAYERS, (2, 16, 20), 3).eval()
    given = [value for name, value in TorchNetwork(network).state_dict().items() if name not in ("factor", "offset")]
    slots = list(module.state_dict().values())
    for slot, value in zip(slots, given, strict=True):
        slot.copy_(value)
    images = np.random.default_rng(3).normal(size=(4, 2, 16, 20))
    with torch.no_grad():
        found = module(torch.from_numpy(images).float()).numpy()
    np.testing.assert_allclose(found, run_nodes(architecture.nodes, images, network.tensors), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("layers", "word"),
    [
        ([{"layer": "linear", "outputs": 2, "bias": True}], "flatten"),
        ([{"layer": "flatten"}, {"layer": "linear", "outputs": 3, "bias": True}], "one output per class"),
        ([convolution(2, [9, 9])], "too small"),
        ([convolution(2, [3, 3], groups=2)], "divide"),
        ([{"layer": "residual", "layers": [{"layer": "average-pool", "size": 2}]}], "keep the shape"),
        ([{"layer": "softmax"}], "kinds of layers"),
    ],
)
def test_build_refuses_layers_that_do_not_fit(layers: list[dict[str, Any]], word: str) -> None:
    with pytest.raises(SpecRefused, match=word):
        build_sequential(layers, (1, 8, 8), 2)
