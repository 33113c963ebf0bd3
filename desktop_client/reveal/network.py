"""A revealed model that can be run: the architecture's nodes in order, in float64, on images in the clear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from common.architecture import Architecture, Node, parse_architecture
from common.errors import BadBundle, SpecRefused
from desktop_client.reveal.combine import Model, Tensor


@dataclass(frozen=True)
class Network:
    """A checked architecture with its tensors."""

    architecture: Architecture
    tensors: dict[str, Tensor]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of an image."""
        channels, height, width = self.architecture.shape
        return height, width, channels

    @property
    def classes(self) -> tuple[str, ...]:
        return self.architecture.classes

    @property
    def bits(self) -> int:
        return self.architecture.pixels.bits

    @property
    def pixel_range(self) -> tuple[float, float]:
        """Factor and offset that turn a pixel into the input of the first node."""
        zero, one = self.architecture.pixels.values(np.array([0, 1], np.uint16))
        return float(one - zero), float(zero)


def build_network(model: Model) -> Network:
    """Check the architecture, and that the tensors are those it names.

    Raises:
        BadBundle: they do not.
    """
    try:
        architecture = parse_architecture(model.architecture)
    except SpecRefused as error:
        raise BadBundle(f"The model cannot be run: {error}") from error
    shapes = {name: tensor.shape for name, tensor in model.tensors.items()}
    if shapes != architecture.tensors:
        raise BadBundle("The tensors of the model are not those its architecture names.")
    return Network(architecture, model.tensors)


def forward(network: Network, images: npt.NDArray[Any]) -> Tensor:
    """Logits ``[n, classes]`` for integer images ``[n, h, w, c]``."""
    inputs = network.architecture.pixels.values(images.transpose(0, 3, 1, 2))
    return run_nodes(network.architecture.nodes, inputs, network.tensors)


def run_nodes(nodes: Sequence[Node], inputs: Tensor, tensors: Mapping[str, Tensor]) -> Tensor:
    """Output of the last of ``nodes`` for network inputs ``[n, c, h, w]``."""
    values = {"x": inputs}
    for node in nodes:
        values[node["id"]] = _apply(node, [values[name] for name in node["in"]], tensors)
    return values[nodes[-1]["id"]]


def kernels(node: Node, channels: int) -> Tensor:
    """Weights of a ``conv2d`` node as ``[channels * kernels, 1, kh, kw]``, for a convolution in ``channels`` groups."""
    taps = np.array(node["taps"], np.float64) / (1 << node["shift"])
    return np.tile(taps[:, None], (channels, 1, 1, 1))


def factor_of(node: Node) -> float:
    """What a ``scale`` node multiplies with."""
    return int(node["numerator"]) / (1 << int(node["shift"]))


def _apply(node: Node, inputs: list[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
    values = inputs[0]
    match node["op"]:
        case "square":
            return values * values
        case "relu":
            return np.maximum(values, 0.0)
        case "scale":
            return values * factor_of(node)
        case "flatten":
            flat: Tensor = values.reshape(len(values), -1)
            return flat
        case "concat":
            return np.concatenate(inputs, axis=-1)
        case "linear":
            product: Tensor = values @ tensors[node["weight"]]
            return product
        case "average-pool":
            return _pool(values, node["size"])
        case "conv2d":
            return _convolve(values, node)
    raise BadBundle(f"This program cannot run a node {node['op']!r}.")


def _pool(values: Tensor, size: int) -> Tensor:
    n, channels, height, width = values.shape
    rows, columns = height // size, width // size
    cut = values[:, :, : rows * size, : columns * size]
    pooled: Tensor = cut.reshape(n, channels, rows, size, columns, size).mean(axis=(3, 5))
    return pooled


def _convolve(values: Tensor, node: Node) -> Tensor:
    edge = (node["padding"], node["padding"])
    padded = np.pad(values, ((0, 0), (0, 0), edge, edge))
    taps = kernels(node, 1)[:, 0]
    windows = np.lib.stride_tricks.sliding_window_view(padded, taps.shape[1:], axis=(2, 3))
    windows = windows[:, :, :: node["stride"], :: node["stride"]]
    result: Tensor = np.einsum("nchwij,kij->nckhw", windows, taps, optimize=True)
    n, channels, count, height, width = result.shape
    return result.reshape(n, channels * count, height, width)
