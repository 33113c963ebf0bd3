"""The trained part of a network: named models as lists of layers, and any list of layers as nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from common.architecture.nodes import Node
from common.layers import Layer
from common.specification import ModelChoice

LAST: Final = "logits"
_RELU: Final[Layer] = {"layer": "relu"}
_NORM: Final[Layer] = {"layer": "batch-norm"}
_FLATTEN: Final[Layer] = {"layer": "flatten"}
_HALVE: Final[Layer] = {"layer": "average-pool", "size": 2}


def model_layers(model: ModelChoice, classes: int) -> list[Layer]:
    """The layers of a model with one output per class; those of ``custom`` are taken as they are."""
    if model.name == "custom":
        return list(model.layers)
    makers: dict[str, Callable[[ModelChoice], list[Layer]]] = {
        "logistic": lambda choice: [],
        "mlp": _mlp,
        "lenet": _lenet,
        "resnet": _resnet,
    }
    return [*makers[model.name](model), _linear(classes, model.bias)]


def trained_nodes(layers: Sequence[Layer], features: str) -> list[Node]:
    """Layers as nodes, one after the other from the node ``features`` on; the last one is ``logits``.

    Nodes are called after their kind, tensors ``head.<number of the layer with tensors>.<what it is>``.
    """
    nodes: list[Node] = []
    kinds: Counter[str] = Counter()
    _append(layers, features, nodes, kinds)
    nodes[-1]["id"] = LAST
    return nodes


def _append(layers: Sequence[Layer], last: str, nodes: list[Node], kinds: Counter[str]) -> str:
    """Add the nodes of ``layers`` after the node ``last``; the id of the new last one."""
    for layer in layers:
        op = layer["layer"]
        if op == "residual":
            inside = _append(layer["layers"], last, nodes, kinds)
            nodes.append({"id": f"add{kinds['add']}", "op": "add", "in": [inside, last]})
            op = "add"
        else:
            nodes.append({"id": f"{op}{kinds[op]}", "op": op, "in": [last], **_fields(layer, kinds)})
        kinds[op] += 1
        last = nodes[-1]["id"]
    return last


def _fields(layer: Layer, kinds: Counter[str]) -> Node:
    """Fields of a layer with the names of its tensors in place of ``bias``."""
    op = layer["layer"]
    fields = {name: value for name, value in layer.items() if name not in ("layer", "bias")}
    head = f"head.{kinds['linear'] + kinds['conv'] + kinds['batch-norm']}"
    if op in ("linear", "conv"):
        return {"weight": f"{head}.weight", "bias": f"{head}.bias" if layer["bias"] else None, **fields}
    if op == "batch-norm":
        return {field: f"{head}.{field}" for field in ("weight", "bias", "mean", "variance")}
    return fields


def _mlp(model: ModelChoice) -> list[Layer]:
    return [layer for width in model.hidden for layer in (_linear(width, model.bias), _RELU)]


def _lenet(model: ModelChoice) -> list[Layer]:
    """LeCun, Bottou, Bengio, Haffner, Proc. IEEE 1998, in the size that secure training is compared with."""
    convolutions = [
        layer for outputs in (20, 50) for layer in (_conv(outputs, kernel=5, bias=model.bias), _RELU, _HALVE)
    ]
    return [*convolutions, _FLATTEN, _linear(500, model.bias), _RELU]


def _resnet(model: ModelChoice) -> list[Layer]:
    """Two residual blocks of 16 and 32 channels (He, Zhang, Ren, Sun, CVPR 2016); normalising needs no other bias."""
    layers: list[Layer] = []
    for outputs, stride in ((16, 1), (32, 2)):
        layers += [_conv(outputs, padding=1, stride=stride), _NORM, _RELU]
        block = [_conv(outputs, padding=1), _NORM, _RELU, _conv(outputs, padding=1), _NORM]
        layers += [{"layer": "residual", "layers": block}, _RELU]
    return [*layers, {"layer": "global-average-pool"}]


def _linear(outputs: int, bias: bool) -> Layer:
    return {"layer": "linear", "outputs": outputs, "bias": bias}


def _conv(outputs: int, kernel: int = 3, padding: int = 0, stride: int = 1, *, bias: bool = False) -> Layer:
    return {"layer": "conv", "outputs": outputs, "kernel": [kernel, kernel], "stride": stride, "padding": padding,
            "groups": 1, "bias": bias}  # fmt: skip
