"""A network in torch: for exports, and for the training in the clear that a training on shares is compared with.

Its state dictionary has ``factor``, ``offset`` and for every node with tensors ``nodes.<id>.weight`` and whatever else
torch's own layer of that kind has: ``bias``, ``running_mean``, ``running_var``. Shapes are torch's too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import torch

from common.architecture import Architecture, Node
from common.architecture.nodes import DROP_WHOLE, INPUT, NORM_EPSILON
from common.errors import BadBundle
from desktop_client.reveal.combine import Tensor
from desktop_client.reveal.network import Network
from desktop_client.reveal.operations import factor_of, kernels


class TorchNetwork(torch.nn.Module):
    """Images ``[n, h, w, c]`` with plain pixel values in, logits ``[n, classes]`` out.

    In training mode a normalisation uses and notes the statistics of the batch, and dropout uses the positions that
    were set with :meth:`set_kept`.

    Raises:
        BadBundle: a node has a name that torch does not allow.
    """

    factor: torch.Tensor
    offset: torch.Tensor

    def __init__(self, network: Network, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.architecture = network.architecture
        factor, offset = network.pixel_range
        self.register_buffer("factor", torch.tensor(factor, dtype=dtype))
        self.register_buffer("offset", torch.tensor(offset, dtype=dtype))
        self.nodes = torch.nn.ModuleDict()
        for node in self.architecture.nodes:
            if node["op"] in _PLAIN:
                continue
            if hasattr(self.nodes, node["id"]):
                raise BadBundle(f"A node cannot have the name {node['id']!r} in torch.")
            self.nodes[node["id"]] = _layer(node, self.architecture, network.tensors).to(dtype)
        self.eval()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.run_nodes(self.architecture.nodes, INPUT, images.permute(0, 3, 1, 2) * self.factor + self.offset)

    def run_nodes(self, nodes: Sequence[Node], first: str, inputs: torch.Tensor) -> torch.Tensor:
        """Output of the last of ``nodes``, where ``inputs`` is the output of the node ``first``."""
        values, last = {first: inputs}, inputs
        for node in nodes:
            last = values[node["id"]] = self._apply_node(node, [values[name] for name in node["in"]])
        return last

    def set_kept(self, node: str, kept: torch.Tensor) -> None:
        """Which values ``[n, ...]`` a dropout node keeps from now on, 1 or 0, in the shape of its input."""
        setattr(self.nodes[node], "kept", kept)

    def tensors(self) -> dict[str, Tensor]:
        """All tensors by the names and in the shapes of the model file."""
        found: dict[str, Tensor] = {}
        for node in self.architecture.head:
            for field, own in (("weight", "weight"), ("bias", "bias"), *_STATISTICS.items()):
                if node.get(field) is not None:
                    value = getattr(self.nodes[node["id"]], own).detach().double().numpy()
                    found[node[field]] = np.ascontiguousarray(value.transpose(_FROM_TORCH[value.ndim]))
        return found

    def _apply_node(self, node: Node, inputs: list[torch.Tensor]) -> torch.Tensor:
        if node["op"] in _PLAIN:
            return _PLAIN[node["op"]](node, inputs)
        result: torch.Tensor = self.nodes[node["id"]](inputs[0])
        return result


class Dropout(torch.nn.Module):
    """Dropout (Srivastava et al., JMLR 2014) at given positions; what is kept grows so that sums stay the same."""

    def __init__(self, drop: int) -> None:
        super().__init__()
        self.growth = DROP_WHOLE / (DROP_WHOLE - drop)
        self.kept: torch.Tensor | None = None

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        if not self.training or self.kept is None:
            return values
        return values * self.kept * self.growth


_STATISTICS: Final = {"mean": "running_mean", "variance": "running_var"}
# Orders of axes by their number: a vector, a linear weight, a kernel.
_FROM_TORCH: Final = {1: (0,), 2: (1, 0), 4: (2, 3, 1, 0)}
_TO_TORCH: Final = {1: (0,), 2: (1, 0), 4: (3, 2, 0, 1)}
_PLAIN: Final[dict[str, Callable[[Node, list[torch.Tensor]], torch.Tensor]]] = {
    "square": lambda node, inputs: inputs[0] * inputs[0],
    "scale": lambda node, inputs: inputs[0] * factor_of(node),
    "relu": lambda node, inputs: torch.relu(inputs[0]),
    "flatten": lambda node, inputs: inputs[0].flatten(1),
    "concat": lambda node, inputs: torch.cat(inputs, dim=-1),
    "add": lambda node, inputs: inputs[0] + inputs[1],
    "average-pool": lambda node, inputs: torch.nn.functional.avg_pool2d(inputs[0], node["size"]),
    "max-pool": lambda node, inputs: torch.nn.functional.max_pool2d(inputs[0], node["size"], node["stride"]),
    "global-average-pool": lambda node, inputs: inputs[0].mean(dim=(2, 3)),
}
"""Nodes that are operations on tensors; the others are layers."""


def _layer(node: Node, architecture: Architecture, tensors: dict[str, Tensor]) -> torch.nn.Module:
    """The layer of a node that is not a plain operation, in float64."""
    match node["op"]:
        case "linear":
            inputs, outputs = architecture.tensors[node["weight"]]
            return _loaded(torch.nn.Linear(inputs, outputs, bias=node["bias"] is not None), node, tensors)
        case "conv":
            return _loaded(_convolution(node, architecture), node, tensors)
        case "conv2d":
            return _public_convolution(node, architecture)
        case "batch-norm":
            return _normalisation(node, architecture, tensors)
    return Dropout(node["drop"])


def _normalisation(node: Node, architecture: Architecture, tensors: dict[str, Tensor]) -> torch.nn.Module:
    """Batch normalisation with the statistics a model has; a variance a little below zero is a rounded zero."""
    shape = architecture.shapes[node["in"][0]]
    kind = torch.nn.BatchNorm2d if len(shape) > 1 else torch.nn.BatchNorm1d
    layer = _loaded(kind(shape[0], eps=NORM_EPSILON), node, tensors)
    layer.get_buffer("running_mean").copy_(_torch(tensors[node["mean"]]))
    layer.get_buffer("running_var").copy_(_torch(tensors[node["variance"]]).clamp(min=0))
    return layer


def _convolution(node: Node, architecture: Architecture) -> torch.nn.Conv2d:
    kh, kw, inner, outputs = architecture.tensors[node["weight"]]
    return torch.nn.Conv2d(
        inner * node["groups"],
        outputs,
        (kh, kw),
        stride=node["stride"],
        padding=node["padding"],
        groups=node["groups"],
        bias=node["bias"] is not None,
    )


def _public_convolution(node: Node, architecture: Architecture) -> torch.nn.Module:
    """Kernels that are not trained, each over every channel."""
    channels = architecture.shapes[node["in"][0]][0]
    weight = torch.from_numpy(kernels(node, channels))
    outputs, _, height, width = weight.shape
    convolution = torch.nn.Conv2d(
        channels,
        outputs,
        (height, width),
        stride=node["stride"],
        padding=node["padding"],
        groups=channels,
        bias=False,
    )
    convolution.double().load_state_dict({"weight": weight})
    return convolution.requires_grad_(False)


def _loaded(layer: torch.nn.Module, node: Node, tensors: dict[str, Tensor]) -> torch.nn.Module:
    """The layer with the tensors of its node, in float64."""
    values = {field: _torch(tensors[node[field]]) for field in ("weight", "bias") if node[field] is not None}
    layer.double().load_state_dict(values, strict=False)
    return layer


def _torch(tensor: Tensor) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(tensor.transpose(_TO_TORCH[tensor.ndim]), np.float64).copy())
