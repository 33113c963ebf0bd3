"""A network description from elsewhere is taken only if every part of it can be run."""

from __future__ import annotations

import re
from typing import Any, Final

from common.architecture.nodes import (
    INPUT,
    PUBLIC,
    TENSOR_FIELDS,
    TRAINED,
    Architecture,
    Node,
    Pixels,
    Shape,
    tensor_names,
    volume,
)
from common.architecture.shapes import bound_of, shape_of, tensors_of
from common.errors import SpecRefused
from common.layers import LIMITS, is_kernel

MAX_NODES: Final = 256
MAX_ELEMENTS: Final = 1 << 24
"""Values of one node for one image."""
MAX_PARAMETERS: Final = 1 << 25
"""Elements of all tensors of a network together."""
MAX_KERNELS: Final = 64
MAX_CLASSES: Final = 1000
_MAX_SIDE: Final = 65536
_LARGEST_TAP: Final = 4095
_NUMBERS: Final = {**LIMITS, "shift": (0, 16), "numerator": (-4096, 4096)}
_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
_TENSOR: Final = re.compile(r"[a-z][a-z0-9._-]{0,63}")


def parse_architecture(body: object) -> Architecture:
    """Check an architecture completely.

    Raises:
        SpecRefused: names the first thing that cannot be used.
    """
    frame = _check_frame(body)
    features = frame["features"]
    shapes: dict[str, Shape] = {INPUT: tuple(frame["input"])}
    bounds: dict[str, float] = {INPUT: 1.0}
    tensors: dict[str, Shape] = {}
    statistics: set[str] = set()
    kinds, reach = (TRAINED if features == INPUT else PUBLIC), {INPUT}
    for node in frame["nodes"]:
        _check_node(node, kinds, reach, shapes)
        name, inputs = node["id"], [shapes[source] for source in node["in"]]
        shapes[name] = shape_of(node, inputs)
        if min(shapes[name]) < 1 or volume(shapes[name]) > MAX_ELEMENTS:
            raise _refused(f"Node {name!r} has an impossible size; are the images too small?")
        if len(set(tensor_names(node)) - set(tensors)) != len(tensor_names(node)):
            raise _refused(f"Node {name!r} has a tensor twice, or that of another node.")
        tensors.update(tensors_of(node, inputs[0]))
        statistics.update(node[field] for field in ("mean", "variance") if field in node)
        bounds[name] = bound_of(node, [bounds[source] for source in node["in"]]) if kinds is PUBLIC else 0.0
        reach.add(name)
        if name == features:
            kinds, reach = TRAINED, {features}
    _check_whole(frame, shapes, tensors)
    return Architecture(
        nodes=tuple(frame["nodes"]),
        shape=shapes[INPUT],
        classes=tuple(frame["classes"]),
        pixels=Pixels(frame["pixels"]["scale"], int(frame["pixels"]["bits"])),
        features=features,
        tensors=tensors,
        statistics=frozenset(statistics),
        shapes=shapes,
        bounds=bounds,
    )


def _check_frame(body: object) -> dict[str, Any]:
    """Everything of a description but its nodes."""
    if not isinstance(body, dict) or set(body) != {"nodes", "input", "classes", "pixels", "features"}:
        raise _refused("This is not a network description.")
    nodes, classes, pixels = body["nodes"], body["classes"], body["pixels"]
    if not isinstance(nodes, list) or not 1 <= len(nodes) <= MAX_NODES:
        raise _refused(f"A network has 1 to {MAX_NODES} nodes.")
    names = isinstance(classes, list) and 2 <= len(classes) <= MAX_CLASSES and all(isinstance(c, str) for c in classes)
    if not names:
        raise _refused(f"A network has the names of 2 to {MAX_CLASSES} classes.")
    if not _is_shape(body["input"]) or not isinstance(body["features"], str):
        raise _refused("A network needs an input shape and a features node.")
    if not isinstance(pixels, dict) or set(pixels) != {"scale", "bits"}:
        raise _refused("A network says how pixels become its input.")
    if pixels["scale"] not in ("unit", "signed") or pixels["bits"] not in (8, 16):
        raise _refused("Pixels have 8 or 16 bits and the scale unit or signed.")
    return body


def _check_node(node: object, kinds: dict[str, frozenset[str]], reach: set[str], known: dict[str, Shape]) -> None:
    """Fields of one node; ``reach`` are the nodes it may have as inputs: a trained one sees only the features."""
    if not isinstance(node, dict) or not isinstance(node.get("op"), str) or node["op"] not in PUBLIC | TRAINED:
        raise _refused("The network has a node of an unknown kind.")
    if node["op"] not in kinds:
        part = "public part" if kinds is PUBLIC else "trained part"
        raise _refused(f"A node of the kind {node['op']} cannot be in the {part} of a network.")
    if set(node) != kinds[node["op"]] | {"id", "op", "in"}:
        raise _refused(f"A {node['op']} node does not have the right fields.")
    if not isinstance(node["id"], str) or not _ID.fullmatch(node["id"]) or node["id"] in known:
        raise _refused("Nodes need different, valid names.")
    sources = node["in"]
    if not isinstance(sources, list) or not 1 <= len(sources) <= MAX_NODES:
        raise _refused(f"Node {node['id']!r} has no list of inputs.")
    if any(not isinstance(source, str) or source not in reach for source in sources):
        raise _refused(f"Node {node['id']!r} has an unknown input.")
    _check_values(node, kinds)


def _check_values(node: Node, kinds: dict[str, frozenset[str]]) -> None:
    for name, (low, high) in _NUMBERS.items():
        if name in node and (type(node[name]) is not int or not low <= node[name] <= high):
            raise _refused(f"{name} of node {node['id']!r} is out of range.")
    if kinds is PUBLIC and node["op"] == "average-pool" and node["size"] & (node["size"] - 1):
        raise _refused("Pooling sizes of the public part are powers of two.")
    if "kernel" in node and not is_kernel(node["kernel"]):
        raise _refused(f"The kernel of node {node['id']!r} is out of range.")
    if "taps" in node and not _is_kernels(node["taps"]):
        raise _refused("Kernels are equal rectangles of whole numbers.")
    for field in TENSOR_FIELDS:
        if field in node and not _is_tensor_name(node[field], node["op"], field):
            raise _refused(f"{field} of node {node['id']!r} is not the name of a tensor.")


def _check_whole(frame: dict[str, Any], shapes: dict[str, Shape], tensors: dict[str, Shape]) -> None:
    """What shows only when all nodes are known."""
    nodes, classes, features = frame["nodes"], frame["classes"], frame["features"]
    if features not in shapes or not tensors:
        raise _refused("A network goes from a features node through trained nodes.")
    if shapes[nodes[-1]["id"]] != (len(classes),):
        raise _refused(f"The last layer must give one output per class, which are {len(classes)}.")
    if nodes[-1]["op"] == "dropout":
        raise _refused("Dropout cannot be the last layer.")
    used = {source for node in nodes for source in node["in"]}
    idle = [node["id"] for node in nodes[:-1] if node["id"] not in used]
    if idle:
        raise _refused(f"Nothing uses the node {idle[0]!r}.")
    if sum(volume(shape) for shape in tensors.values()) > MAX_PARAMETERS:
        raise _refused(f"A network has at most {MAX_PARAMETERS} parameters.")


def _is_tensor_name(value: object, op: str, field: str) -> bool:
    if value is None:
        return field == "bias" and op in ("linear", "conv")
    return isinstance(value, str) and _TENSOR.fullmatch(value) is not None


def _is_kernels(taps: object) -> bool:
    if not isinstance(taps, list) or not 1 <= len(taps) <= MAX_KERNELS:
        return False
    if not all(isinstance(kernel, list) and kernel for kernel in taps):
        return False
    rows = [row for kernel in taps for row in kernel]
    sizes = {(len(kernel), len(row)) for kernel in taps for row in kernel if isinstance(row, list)}
    whole = all(isinstance(r, list) and all(type(v) is int and abs(v) <= _LARGEST_TAP for v in r) for r in rows)
    return whole and len(sizes) == 1 and is_kernel(list(next(iter(sizes))))


def _is_shape(value: object) -> bool:
    return isinstance(value, list) and len(value) == 3 and all(type(v) is int and 1 <= v <= _MAX_SIDE for v in value)


def _refused(sentence: str) -> SpecRefused:
    return SpecRefused(sentence, field="architecture")
