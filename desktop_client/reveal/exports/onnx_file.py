"""The revealed model as an ONNX file, checked against our own result before it is written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from common.architecture import Node
from common.architecture.nodes import NORM_EPSILON
from common.net.files import write_private
from desktop_client.reveal.evaluate import predict
from desktop_client.reveal.exports.checks import check_images, compare
from desktop_client.reveal.exports.libraries import named_library
from desktop_client.reveal.network import Network
from desktop_client.reveal.operations import factor_of, kernels

OPSET: Final = 17
_IR_VERSION: Final = 8
_PLAIN: Final = {"relu": "Relu", "add": "Add", "dropout": "Identity"}


def export_onnx(path: Path, network: Network) -> None:
    """Write an ONNX model: input ``image`` float32 ``[n, h, w, c]`` with plain pixel values, output ``logits``.

    Raises:
        LibraryMissing: onnxruntime is not installed.
        StoreDamaged: onnxruntime does not predict the same; nothing was written.
    """
    raw = _onnx_model(network).SerializeToString()
    images = check_images(network)
    (found,) = onnx_session(raw).run(["logits"], {"image": images.astype(np.float32)})
    compare(predict(network, images), found, "onnxruntime")
    write_private(path, raw)


def onnx_session(model: bytes) -> Any:
    """An ONNX model ready to run, in a library that reports to nobody.

    Left to itself onnxruntime tells its makers over the network what it runs, a hash of the weights included. It reads
    the variable that forbids this when it is imported, so this is the only place that imports it.

    Raises:
        LibraryMissing: it is not installed.
    """
    with named_library():
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


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
    inputs = [_value(name) for name in node["in"]]
    match node["op"]:
        case "square":
            return "Mul", inputs * 2, {}
        case "flatten":
            return "Flatten", inputs, {"axis": 1}
        case "concat":
            return "Concat", inputs, {"axis": -1}
        case "average-pool":
            return "AveragePool", inputs, {"kernel_shape": [node["size"]] * 2, "strides": [node["size"]] * 2}
        case "max-pool":
            return "MaxPool", inputs, {"kernel_shape": [node["size"]] * 2, "strides": [node["stride"]] * 2}
        case "global-average-pool":
            return "ReduceMean", inputs, {"axes": [2, 3], "keepdims": 0}
    if node["op"] in _PLAIN:
        return _PLAIN[node["op"]], inputs, {}
    own = _onnx_weights(node, network)
    names = [f"{node['id']}.{name}" for name in own]
    weights.update(zip(names, own.values(), strict=True))
    kind, attributes = _weighted(node, network)
    return kind, inputs + names, attributes


def _onnx_weights(node: Node, network: Network) -> dict[str, Any]:
    """The constants of a node by name, in the order and the shapes in which its operator takes them."""
    tensors = network.tensors
    match node["op"]:
        case "scale":
            return {"weight": factor_of(node)}
        case "conv2d":
            return {"weight": kernels(node, _channels(node, network))}
        case "batch-norm":
            order = ("weight", "bias", "mean", "variance")
            return {field: np.maximum(tensors[node[field]], 0.0) if field == "variance" else tensors[node[field]]
                    for field in order}  # fmt: skip
    weight = tensors[node["weight"]]
    own = {"weight": weight.transpose(3, 2, 0, 1) if node["op"] == "conv" else weight}
    return own if node["bias"] is None else {**own, "bias": tensors[node["bias"]]}


def _weighted(node: Node, network: Network) -> tuple[str, Mapping[str, Any]]:
    """Kind and attributes of an operator that has constants."""
    match node["op"]:
        case "scale":
            return "Mul", {}
        case "linear":
            return ("MatMul" if node["bias"] is None else "Gemm"), {}
        case "batch-norm":
            return "BatchNormalization", {"epsilon": NORM_EPSILON}
    groups = node["groups"] if node["op"] == "conv" else _channels(node, network)
    return "Conv", {"strides": [node["stride"]] * 2, "pads": [node["padding"]] * 4, "group": groups}


def _channels(node: Node, network: Network) -> int:
    return network.architecture.shapes[node["in"][0]][0]


def _value(name: str) -> str:
    """Name of a node's output in the graph; the prefix keeps it apart from our own names."""
    return f"node.{name}"
