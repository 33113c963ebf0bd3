"""What each node of a network does in the clear, in float64, to images ``[n, c, h, w]`` or flat values ``[n, f]``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from common.architecture import Node
from common.architecture.nodes import NORM_EPSILON
from common.errors import BadBundle
from desktop_client.reveal.combine import Tensor

Tensors = Mapping[str, Tensor]


def apply_node(node: Node, inputs: list[Tensor], tensors: Tensors) -> Tensor:
    """Output of one node as a trained model has it: normalisation by the running statistics, nothing dropped.

    Raises:
        BadBundle: a kind of node that this program does not know.
    """
    operation = _OPERATIONS.get(node["op"])
    if operation is None:
        raise BadBundle(f"This program cannot run a node {node['op']!r}.")
    return operation(node, inputs, tensors)


def kernels(node: Node, channels: int) -> Tensor:
    """Weights of a ``conv2d`` node as ``[channels * kernels, 1, kh, kw]``, for a convolution in ``channels`` groups."""
    taps = np.array(node["taps"], np.float64) / (1 << node["shift"])
    return np.tile(taps[:, None], (channels, 1, 1, 1))


def factor_of(node: Node) -> float:
    """What a ``scale`` node multiplies with."""
    return int(node["numerator"]) / (1 << int(node["shift"]))


def channel_factors(node: Node, tensors: Tensors) -> tuple[Tensor, Tensor]:
    """A normalisation as factor and offset of each channel, both ``[c]``.

    A variance a little below zero is a rounded zero.
    """
    deviation = np.sqrt(np.maximum(tensors[node["variance"]], 0.0) + NORM_EPSILON)
    factor = tensors[node["weight"]] / deviation
    return factor, tensors[node["bias"]] - tensors[node["mean"]] * factor


def _average_pool(node: Node, inputs: list[Tensor], tensors: Tensors) -> Tensor:
    values, size = inputs[0], int(node["size"])
    n, channels, height, width = values.shape
    rows, columns = height // size, width // size
    cut = values[:, :, : rows * size, : columns * size]
    pooled: Tensor = cut.reshape(n, channels, rows, size, columns, size).mean(axis=(3, 5))
    return pooled


def _max_pool(node: Node, inputs: list[Tensor], tensors: Tensors) -> Tensor:
    largest: Tensor = _windows(inputs[0], (node["size"], node["size"]), node["stride"], 0).max(axis=(4, 5))
    return largest


def _public_convolution(node: Node, inputs: list[Tensor], tensors: Tensors) -> Tensor:
    channels = inputs[0].shape[1]
    weight = kernels(node, channels).transpose(2, 3, 1, 0)
    return _convolve(inputs[0], weight, (node["stride"], node["padding"], channels))


def _trained_convolution(node: Node, inputs: list[Tensor], tensors: Tensors) -> Tensor:
    result = _convolve(inputs[0], tensors[node["weight"]], (node["stride"], node["padding"], node["groups"]))
    return result if node["bias"] is None else result + tensors[node["bias"]][:, None, None]


def _convolve(values: Tensor, weight: Tensor, options: tuple[int, int, int]) -> Tensor:
    """Cross-correlation with ``weight`` ``[kh, kw, cin / groups, cout]``; options are stride, padding and groups."""
    stride, padding, groups = options
    kh, kw, inner, outputs = weight.shape
    windows = _windows(values, (kh, kw), stride, padding)
    n, _, rows, columns = windows.shape[:4]
    parts = []
    for group in range(groups):
        chosen = windows[:, group * inner : (group + 1) * inner].transpose(0, 2, 3, 4, 5, 1)
        flat = chosen.reshape(n * rows * columns, kh * kw * inner)
        width = outputs // groups
        part = weight[..., group * width : (group + 1) * width].reshape(kh * kw * inner, width)
        parts.append((flat @ part).reshape(n, rows, columns, width))
    return np.concatenate(parts, axis=3).transpose(0, 3, 1, 2)


def _windows(values: Tensor, kernel: tuple[int, int], stride: int, padding: int) -> Tensor:
    """Every window of an image, ``[n, c, rows, columns, kh, kw]``, without a copy."""
    edge = (padding, padding)
    padded = np.pad(values, ((0, 0), (0, 0), edge, edge))
    windows: Tensor = np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=(2, 3))
    return windows[:, :, ::stride, ::stride]


def _linear(node: Node, inputs: list[Tensor], tensors: Tensors) -> Tensor:
    product: Tensor = inputs[0] @ tensors[node["weight"]]
    return product if node["bias"] is None else product + tensors[node["bias"]]


def _normalise(node: Node, inputs: list[Tensor], tensors: Tensors) -> Tensor:
    shape = (-1,) + (1,) * (inputs[0].ndim - 2)
    factor, offset = channel_factors(node, tensors)
    return inputs[0] * factor.reshape(shape) + offset.reshape(shape)


def _flatten(node: Node, inputs: list[Tensor], tensors: Tensors) -> Tensor:
    return inputs[0].reshape(len(inputs[0]), -1)


def _global_average(node: Node, inputs: list[Tensor], tensors: Tensors) -> Tensor:
    mean: Tensor = inputs[0].mean(axis=(2, 3))
    return mean


_OPERATIONS: Final[dict[str, Callable[[Node, list[Tensor], Tensors], Tensor]]] = {
    "square": lambda node, inputs, tensors: inputs[0] * inputs[0],
    "conv2d": _public_convolution,
    "average-pool": _average_pool,
    "scale": lambda node, inputs, tensors: inputs[0] * factor_of(node),
    "flatten": _flatten,
    "concat": lambda node, inputs, tensors: np.concatenate(inputs, axis=-1),
    "linear": _linear,
    "conv": _trained_convolution,
    "batch-norm": _normalise,
    "relu": lambda node, inputs, tensors: np.maximum(inputs[0], 0.0),
    "add": lambda node, inputs, tensors: inputs[0] + inputs[1],
    "max-pool": _max_pool,
    "global-average-pool": _global_average,
    "dropout": lambda node, inputs, tensors: inputs[0],
}
