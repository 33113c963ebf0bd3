"""What a node does to shapes, which tensors it has, and how large public values can become."""

from __future__ import annotations

from collections.abc import Sequence

from common.architecture.nodes import Node, Shape, volume
from common.errors import SpecRefused


def shape_of(node: Node, inputs: Sequence[Shape]) -> Shape:
    """Shape of a node's output for one image, channels first; a side below one is possible and must be refused.

    Raises:
        SpecRefused: the node cannot take inputs of these shapes.
    """
    _check_inputs(node, inputs)
    shape = inputs[0]
    match node["op"]:
        case "linear":
            return (int(node["outputs"]),)
        case "conv":
            return (int(node["outputs"]), *_sides(shape, node["kernel"], node["stride"], node["padding"]))
        case "conv2d":
            taps = node["taps"]
            kernel = [len(taps[0]), len(taps[0][0])]
            return (shape[0] * len(taps), *_sides(shape, kernel, node["stride"], node["padding"]))
        case "average-pool":
            return (shape[0], shape[1] // node["size"], shape[2] // node["size"])
        case "max-pool":
            return (shape[0], *_sides(shape, [node["size"]] * 2, node["stride"], 0))
        case "global-average-pool":
            return (shape[0],)
        case "flatten":
            return (volume(shape),)
        case "concat":
            return (sum(flat[0] for flat in inputs),)
    return shape


def tensors_of(node: Node, shape: Shape) -> dict[str, Shape]:
    """Shapes of the tensors of a node with an input of this shape, by name, in order.

    Raises:
        SpecRefused: the groups of a convolution do not divide its channels.
    """
    found: dict[str, Shape] = {}
    if node["op"] == "linear":
        found[node["weight"]] = (shape[0], node["outputs"])
    elif node["op"] == "conv":
        groups = node["groups"]
        if shape[0] % groups or node["outputs"] % groups:
            raise _refused(node, "has groups that do not divide its channels")
        found[node["weight"]] = (*node["kernel"], shape[0] // groups, node["outputs"])
    elif node["op"] == "batch-norm":
        return {str(node[field]): (shape[0],) for field in ("weight", "bias", "mean", "variance")}
    if found and node["bias"] is not None:
        found[node["bias"]] = (node["outputs"],)
    return found


def bound_of(node: Node, bounds: Sequence[float]) -> float:
    """Largest absolute value of a public node whose inputs have these bounds."""
    bound = max(bounds)
    match node["op"]:
        case "square":
            return bound * bound
        case "conv2d":
            largest = max(sum(abs(tap) for row in kernel for tap in row) for kernel in node["taps"])
            return float(bound * largest / (1 << node["shift"]))
        case "scale":
            return float(bound * abs(node["numerator"]) / (1 << node["shift"]))
    return bound


def _check_inputs(node: Node, inputs: Sequence[Shape]) -> None:
    op = node["op"]
    wanted = {"concat": None, "add": 2}.get(op, 1)
    if wanted is not None and len(inputs) != wanted:
        raise _refused(node, f"takes {'two inputs' if wanted == 2 else 'one input'}")
    if op in ("linear", "concat") and any(len(shape) != 1 for shape in inputs):
        raise _refused(node, "takes flat values; there must be a flatten or a global-average-pool before it")
    spatial = ("conv", "conv2d", "average-pool", "max-pool", "global-average-pool", "flatten")
    if op in spatial and len(inputs[0]) != 3:
        raise _refused(node, "takes images [channels, height, width], and gets flat values")
    if op == "add" and (inputs[0] != inputs[1] or node["in"][0] == node["in"][1]):
        raise _refused(node, "must add two different values of the same shape")


def _sides(shape: Shape, kernel: Sequence[int], stride: int, padding: int) -> list[int]:
    return [(side + 2 * padding - k) // stride + 1 for side, k in zip(shape[1:], kernel, strict=True)]


def _refused(node: Node, what: str) -> SpecRefused:
    return SpecRefused(f"Node {node['id']!r} ({node['op']}) {what}.", field="architecture")
