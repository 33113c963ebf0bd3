"""The revealed model in formats of other tools: ONNX and a torch state dictionary, each checked against our own result.

Nothing is kept unless the exported model gives the same predictions as :mod:`desktop_client.reveal.evaluate`.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from common.architecture import Node
from common.errors import StoreDamaged
from common.net.files import write_private
from desktop_client.reveal.combine import Tensor
from desktop_client.reveal.evaluate import predict
from desktop_client.reveal.network import Network, factor_of, kernels

OPSET: Final = 17
_IR_VERSION: Final = 8
_CHECK_IMAGES: Final = 32
# float32 keeps 24 bits; the sums of a few thousand products that a node forms stay far below this bound.
_TOLERANCE: Final = 1e-3


def export_onnx(path: Path, network: Network) -> None:
    """Write an ONNX model: input ``image`` float32 ``[n, h, w, c]`` with plain pixel values, output ``logits``.

    Raises:
        StoreDamaged: onnxruntime does not predict the same; nothing was written.
    """
    raw = _onnx_model(network).SerializeToString()
    images = check_images(network)
    (found,) = onnx_session(raw).run(["logits"], {"image": images.astype(np.float32)})
    _compare(predict(network, images), found, "onnxruntime")
    write_private(path, raw)


def export_torch(path: Path, network: Network) -> None:
    """Write the state dictionary of :class:`TorchNetwork`: tensors only, float32.

    Raises:
        StoreDamaged: torch does not predict the same; nothing was written.
    """
    module = TorchNetwork(network)
    images = check_images(network)
    with torch.no_grad():
        found = module(torch.from_numpy(images.astype(np.float32))).numpy()
    _compare(predict(network, images), found, "torch")
    buffer = io.BytesIO()
    torch.save(module.state_dict(), buffer)
    write_private(path, buffer.getvalue())


def onnx_session(model: bytes) -> Any:
    """An ONNX model ready to run, in a library that reports to nobody.

    Left to itself onnxruntime tells its makers over the network what it runs, a hash of the weights included. It reads
    the variable that forbids this when it is imported, so this is the only place that imports it.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


def check_images(network: Network) -> npt.NDArray[np.uint16]:
    """A fixed set of images ``[32, h, w, c]`` over the whole range of pixels, to compare two programs with."""
    height, width, channels = network.shape
    cells = np.arange(_CHECK_IMAGES * height * width * channels, dtype=np.uint64)
    # An odd multiplier modulo 2^32 scatters the values (Knuth, TAOCP 3, 6.4); the top bits are the scattered part.
    scattered = (cells * np.uint64(2654435761)) % np.uint64(1 << 32) >> np.uint64(32 - network.bits)
    return scattered.astype(np.uint16).reshape(_CHECK_IMAGES, height, width, channels)


class TorchNetwork(torch.nn.Module):
    """The same network in torch: float32 images ``[n, h, w, c]`` with plain pixel values to logits ``[n, classes]``.

    Its state dictionary has ``factor``, ``offset`` and ``nodes.<id>.weight`` for every linear and convolution node.
    """

    factor: torch.Tensor
    offset: torch.Tensor

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._list = network.architecture.nodes
        factor, offset = network.pixel_range
        self.register_buffer("factor", torch.tensor(factor))
        self.register_buffer("offset", torch.tensor(offset))
        self.nodes = torch.nn.ModuleDict()
        for node in self._list:
            if node["op"] == "linear":
                weight = network.tensors[node["weight"]].T
                self.nodes[node["id"]] = _loaded(torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False), weight)
            elif node["op"] == "conv2d":
                channels = int(network.architecture.shapes[node["in"][0]][0])
                self.nodes[node["id"]] = _torch_convolution(node, channels)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        values = {"x": images.permute(0, 3, 1, 2) * self.factor + self.offset}
        for node in self._list:
            values[node["id"]] = self._apply_node(node, [values[name] for name in node["in"]])
        return values[self._list[-1]["id"]]

    def _apply_node(self, node: Node, inputs: list[torch.Tensor]) -> torch.Tensor:
        first = inputs[0]
        match node["op"]:
            case "square":
                return first * first
            case "relu":
                return torch.relu(first)
            case "scale":
                return first * factor_of(node)
            case "flatten":
                return first.flatten(1)
            case "concat":
                return torch.cat(inputs, dim=-1)
            case "average-pool":
                return torch.nn.functional.avg_pool2d(first, node["size"])
        learned: torch.Tensor = self.nodes[node["id"]](first)
        return learned


def _torch_convolution(node: Node, channels: int) -> torch.nn.Module:
    weight = kernels(node, channels)
    out, _, height, width = weight.shape
    convolution = torch.nn.Conv2d(
        channels, out, (height, width), stride=node["stride"], padding=node["padding"], groups=channels, bias=False
    )
    return _loaded(convolution, weight)


def _loaded(module: torch.nn.Module, weight: Tensor) -> torch.nn.Module:
    module.load_state_dict({"weight": torch.from_numpy(np.ascontiguousarray(weight, np.float32))})
    return module


def _onnx_model(network: Network) -> onnx.ModelProto:
    nodes = network.architecture.nodes
    weights: dict[str, Any] = dict(zip(("factor", "offset"), network.pixel_range, strict=True))
    steps = [
        helper.make_node("Transpose", ["image"], ["pixels"], perm=[0, 3, 1, 2]),
        helper.make_node("Mul", ["pixels", "factor"], ["scaled"]),
        helper.make_node("Add", ["scaled", "offset"], [_value("x")]),
    ]
    for node in nodes:
        kind, inputs, attributes = _onnx_operator(node, network, weights)
        steps.append(helper.make_node(kind, inputs, [_value(node["id"])], **attributes))
    steps.append(helper.make_node("Identity", [_value(nodes[-1]["id"])], ["logits"]))
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", *network.shape])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(network.classes)])
    kept = [numpy_helper.from_array(np.asarray(value, np.float32), name) for name, value in weights.items()]
    graph = helper.make_graph(steps, "imageguard", [image], [logits], initializer=kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=_IR_VERSION)
    helper.set_model_props(model, {"classes": "\n".join(network.classes)})
    onnx.checker.check_model(model)
    return model


def _onnx_operator(node: Node, network: Network, weights: dict[str, Any]) -> tuple[str, list[str], Mapping[str, Any]]:
    """Kind, inputs and attributes of the operator for one node; what it needs besides is added to ``weights``."""
    first, own = _value(node["in"][0]), f"{node['id']}.weight"
    match node["op"]:
        case "square":
            return "Mul", [first, first], {}
        case "relu":
            return "Relu", [first], {}
        case "flatten":
            return "Flatten", [first], {"axis": 1}
        case "concat":
            return "Concat", [_value(name) for name in node["in"]], {"axis": -1}
        case "average-pool":
            return "AveragePool", [first], {"kernel_shape": [node["size"]] * 2, "strides": [node["size"]] * 2}
        case "scale":
            weights[own] = factor_of(node)
            return "Mul", [first, own], {}
        case "linear":
            weights[own] = network.tensors[node["weight"]]
            return "MatMul", [first, own], {}
    channels = int(network.architecture.shapes[node["in"][0]][0])
    weights[own] = kernels(node, channels)
    stride, edge = node["stride"], node["padding"]
    return "Conv", [first, own], {"strides": [stride] * 2, "pads": [edge] * 4, "group": channels}


def _value(name: str) -> str:
    """Name of a node's output in the graph; the prefix keeps it apart from our own names."""
    return f"node.{name}"


def _compare(ours: Tensor, theirs: npt.NDArray[Any], program: str) -> None:
    """Same values up to float32 rounding, so the same class wherever two logits are not that close."""
    scale = max(1.0, float(np.abs(ours).max()))
    if theirs.shape != ours.shape or float(np.abs(ours - theirs).max()) > _TOLERANCE * scale:
        raise StoreDamaged(f"The exported model does not predict the same in {program}; it was not written.")
