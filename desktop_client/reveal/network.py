"""A revealed model that can be run: the architecture's nodes in order, in float64, on images in the clear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from common.architecture import Architecture, Node, parse_architecture
from common.architecture.nodes import INPUT
from common.errors import BadBundle, SpecRefused
from desktop_client.reveal.combine import Model, Tensor
from desktop_client.reveal.operations import apply_node


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
    """Output of the last of ``nodes`` for network inputs ``[n, c, h, w]``; the inputs themselves if there are none."""
    values = {INPUT: inputs}
    last = inputs
    for node in nodes:
        last = values[node["id"]] = apply_node(node, [values[name] for name in node["in"]], tensors)
    return last
