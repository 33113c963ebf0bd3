"""The revealed network computes what its architecture says, and every exported form computes the same."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest
import torch

from common.errors import BadBundle, BadInput, StoreDamaged
from desktop_client.reveal.combine import Model
from desktop_client.reveal.evaluate import evaluate, predict
from desktop_client.reveal.exports import checks, onnx_file, torch_file
from desktop_client.reveal.network import Network, build_network, forward
from desktop_client.reveal.torch_network import TorchNetwork
from tests.unit.desktop_reveal.models import CLASSES, architecture, random_model

FIELDS = ("weight", "bias", "mean", "variance")
KINDS = [
    ("average-pool", "logistic", "unit", 1, 8),
    ("average-pool", "mlp", "signed", 3, 16),
    ("filter-bank", "logistic", "signed", 1, 8),
    ("filter-bank", "mlp", "unit", 3, 8),
    ("none", "custom", "signed", 1, 8),
    ("square", "custom", "unit", 2, 16),
    ("average-pool", "resnet", "unit", 1, 8),
]


def _network(kind: tuple[str, str, str, int, int]) -> Network:
    return build_network(random_model(architecture(*kind)))


def _images(network: Network, count: int = 5) -> npt.NDArray[np.uint16]:
    rng = np.random.default_rng(7)
    return rng.integers(0, 1 << network.bits, (count, *network.shape), np.uint16)


def _slow_forward(network: Network, image: npt.NDArray[np.uint16]) -> npt.NDArray[np.float64]:
    """One image, node by node, pixel by pixel: the definition of each node and nothing else."""
    top = 1 << network.bits
    pixels = network.architecture.pixels
    first = {"unit": lambda p: p / top, "signed": lambda p: (2 * p + 1 - top) / top}[pixels.scale]
    values: dict[str, Any] = {"x": np.vectorize(first)(image.astype(float)).transpose(2, 0, 1)}
    for node in network.architecture.nodes:
        inputs = [values[name] for name in node["in"]]
        values[node["id"]] = _slow_node(node, inputs, network)
    result: npt.NDArray[np.float64] = values[network.architecture.nodes[-1]["id"]]
    return result


def _slow_node(node: dict[str, Any], inputs: list[Any], network: Network) -> Any:
    x, op = inputs[0], node["op"]
    if op == "square":
        return x**2
    if op == "relu":
        return np.where(x > 0, x, 0)
    if op == "scale":
        return x * node["numerator"] / 2 ** node["shift"]
    if op == "flatten":
        return np.array([v for channel in x for row in channel for v in row])
    if op == "concat":
        return np.array([v for one in inputs for v in one])
    if op == "add":
        return inputs[0] + inputs[1]
    if op == "dropout":
        return x
    if op == "global-average-pool":
        return np.array([channel.mean() for channel in x])
    if op in ("linear", "conv", "batch-norm"):
        tensors = {field: network.tensors[node[field]] for field in FIELDS if node.get(field) is not None}
        return {"linear": _slow_linear, "conv": _slow_trained, "batch-norm": _slow_norm}[op](node, x, tensors)
    return _slow_public(node, x)


def _slow_linear(node: dict[str, Any], x: Any, tensors: dict[str, Any]) -> Any:
    weight, bias = tensors["weight"], tensors.get("bias", np.zeros(node["outputs"]))
    return np.array([bias[o] + sum(x[i] * weight[i, o] for i in range(len(x))) for o in range(weight.shape[1])])


def _slow_norm(node: dict[str, Any], x: Any, tensors: dict[str, Any]) -> Any:
    rows = zip(x, *(tensors[field] for field in FIELDS), strict=True)
    return np.array([(values - m) / math.sqrt(v + 1e-5) * w + b for values, w, b, m, v in rows])


def _slow_trained(node: dict[str, Any], x: Any, tensors: dict[str, Any]) -> Any:
    """Output channel o sees the input channels of its group."""
    weight, bias = tensors["weight"], tensors.get("bias", np.zeros(node["outputs"]))
    kh, kw, inner, outputs = weight.shape
    step, edge = node["stride"], node["padding"]
    padded = np.pad(x, ((0, 0), (edge, edge), (edge, edge)))
    maps = []
    for o in range(outputs):
        start = o // (outputs // node["groups"]) * inner
        seen, kernel = padded[start : start + inner], weight[:, :, :, o].transpose(2, 0, 1)
        rows, columns = range(0, padded.shape[1] - kh + 1, step), range(0, padded.shape[2] - kw + 1, step)
        maps.append([[(seen[:, i : i + kh, j : j + kw] * kernel).sum() + bias[o] for j in columns] for i in rows])
    return np.array(maps)


def _slow_public(node: dict[str, Any], x: Any) -> Any:
    if node["op"] == "max-pool":
        size, step = node["size"], node["stride"]
        rows, columns = range(0, x.shape[1] - size + 1, step), range(0, x.shape[2] - size + 1, step)
        return np.array([[[c[i : i + size, j : j + size].max() for j in columns] for i in rows] for c in x])
    if node["op"] == "average-pool":
        s = node["size"]
        rows, columns = x.shape[1] // s, x.shape[2] // s
        return np.array(
            [[[c[i * s : i * s + s, j * s : j * s + s].mean() for j in range(columns)] for i in range(rows)] for c in x]
        )
    return _slow_convolution(node, x)


def _slow_convolution(node: dict[str, Any], x: Any) -> Any:
    step, edge = node["stride"], node["padding"]
    maps = []
    for channel in np.pad(x, ((0, 0), (edge, edge), (edge, edge))):
        for taps in node["taps"]:
            h, w = len(taps), len(taps[0])
            rows = range(0, channel.shape[0] - h + 1, step)
            columns = range(0, channel.shape[1] - w + 1, step)
            kernel = np.array(taps) / 2 ** node["shift"]
            maps.append([[float((channel[i : i + h, j : j + w] * kernel).sum()) for j in columns] for i in rows])
    return np.array(maps)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_network_computes_what_the_nodes_say(kind: tuple[str, str, str, int, int]) -> None:
    network = _network(kind)
    images = _images(network, 2)
    expected = np.stack([_slow_forward(network, image) for image in images])
    np.testing.assert_allclose(forward(network, images), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_exports_predict_the_same(kind: tuple[str, str, str, int, int], tmp_path: Path) -> None:
    network = _network(kind)
    onnx_file.export_onnx(tmp_path / "m.onnx", network)
    torch_file.export_torch(tmp_path / "m.pt", network)
    model = onnx.load(str(tmp_path / "m.onnx"))
    assert {p.key: p.value for p in model.metadata_props} == {"classes": "\n".join(CLASSES)}
    again = TorchNetwork(build_network(random_model(architecture(*kind), seed=9)))
    again.load_state_dict(torch.load(tmp_path / "m.pt", weights_only=True))
    images = _images(network)
    with torch.no_grad():
        found = again(torch.from_numpy(images.astype(np.float32))).numpy()
    np.testing.assert_allclose(found, predict(network, images), rtol=1e-3, atol=1e-3)


def test_export_that_predicts_something_else_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = _network(KINDS[0])
    for module in (onnx_file, torch_file):
        monkeypatch.setattr(module, "predict", lambda *given: predict(*given) + 1.0)
    for write, name in ((onnx_file.export_onnx, "m.onnx"), (torch_file.export_torch, "m.pt")):
        with pytest.raises(StoreDamaged):
            write(tmp_path / name, network)
    assert list(tmp_path.iterdir()) == []


def test_export_check_images_cover_the_pixels() -> None:
    images = checks.check_images(_network(KINDS[0]))
    assert len(np.unique(images)) == 256
    assert checks.check_images(_network(KINDS[1])).max() > 60_000


def test_network_is_not_changed_by_building_it() -> None:
    model = random_model(architecture(*KINDS[3]))
    before = copy.deepcopy(model.header)
    build_network(model)
    assert model.header == before


@pytest.mark.parametrize("change", [{"nodes": []}, {"classes": ["one"]}, {"input": [1, 2]}, {"more": 1}])
def test_network_of_another_architecture_is_refused(change: dict[str, Any]) -> None:
    model = random_model(architecture(*KINDS[0]))
    with pytest.raises(BadBundle):
        build_network(Model({**model.header, "architecture": {**model.architecture, **change}}, model.tensors))


def test_network_with_other_tensors_is_refused() -> None:
    model = random_model(architecture(*KINDS[0]))
    for tensors in ({}, {"head.0.weight": np.zeros((1, 3))}, {**model.tensors, "more": np.zeros(1)}):
        with pytest.raises(BadBundle):
            build_network(Model(model.header, tensors))


def test_predict_in_batches_gives_the_same_and_tells_its_progress() -> None:
    network = _network(KINDS[0])
    images = _images(network, 300)
    steps: list[tuple[int, int]] = []
    found = predict(network, images, lambda *step: steps.append(step))
    np.testing.assert_allclose(found, forward(network, images))
    assert steps == [(128, 300), (256, 300), (300, 300)]


def test_predict_images_of_another_shape_are_refused() -> None:
    network = _network(KINDS[0])
    for shape in ((2, 20, 16, 1), (2, 16, 20, 3), (16, 20, 1)):
        with pytest.raises(BadInput):
            predict(network, np.zeros(shape, np.uint8))


def test_evaluate_counts_right_and_wrong() -> None:
    network = _network(KINDS[0])
    labels = np.array([0, 0, 1, 1, 1])
    logits = np.eye(3)[[0, 1, 1, 1, 0]]
    found = evaluate(network, logits, labels)
    assert found.accuracy == 0.6
    assert found.confusion.tolist() == [[1, 1, 0], [1, 2, 0], [0, 0, 0]]
    assert [(s.count, s.precision, s.recall) for s in found.classes] == [
        (2, 0.5, 0.5),
        (3, 2 / 3, 2 / 3),
        (0, None, None),
    ]


@pytest.mark.parametrize("labels", [[], [3], [-1], [0, 0]])
def test_evaluate_labels_that_do_not_fit_are_refused(labels: list[int]) -> None:
    with pytest.raises(BadInput):
        evaluate(_network(KINDS[0]), np.zeros((1, 3)), np.array(labels, np.int64))
