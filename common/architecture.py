"""Networks as data: a public frozen extractor and a secret head, written as a short list of nodes.

Server and client build or read the same list: the servers run it on shares, the client runs, tests and exports it in
the clear. A node is ``{"id", "op", "in": [ids], ...}``; the input ``x`` [batch, c, h, w] is p / 2^bits for pixels p of
so many bits with the scale ``unit``, and (2 p + 1 - 2^bits) / 2^bits with ``signed``.

=============  ===========================  ============================================================
op             fields                       meaning
=============  ===========================  ============================================================
square                                      x * x
conv2d         taps, shift, stride,         cross-correlation of every channel with each [kh, kw] kernel of
               padding                      whole numbers, divided by 2^shift; output = channel * kernels + kernel
average-pool   size                         mean over size x size, size a power of two, remainder dropped
scale          numerator, shift             times numerator / 2^shift
flatten                                     [batch, c, h, w] to [batch, c * h * w]
concat                                      along the last axis of flat inputs
linear         weight                       x @ tensor [in, out]; the tensor is the secret part of the model
relu                                        max(x, 0)
=============  ===========================  ============================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.errors import SpecRefused
from common.schedule import hold_back
from common.specification import Specification

Node = dict[str, Any]
Shape = tuple[int, ...]
MAX_NODES: Final = 64
MAX_ELEMENTS: Final = 1 << 24
MAX_PIXELS: Final = 1 << 31
"""Pixels of all images of a job together: each is held as 8 bytes while it runs."""
MAX_METRIC_CELLS: Final = 1 << 17
MAX_BATCH_VALUES: Final = 1 << 20
_RANGE_BITS: Final = 61
_FIELDS: Final[dict[str, frozenset[str]]] = {
    "square": frozenset(),
    "conv2d": frozenset({"taps", "shift", "stride", "padding"}),
    "average-pool": frozenset({"size"}),
    "scale": frozenset({"numerator", "shift"}),
    "flatten": frozenset(),
    "concat": frozenset(),
    "linear": frozenset({"weight"}),
    "relu": frozenset(),
}
# Second derivative of a bell across a line, soft along it, in four directions; every kernel sums to zero.
_ACROSS: Final = [
    [5, 2, -2, -5, -2, 2, 5],
    [5, 3, -4, -8, -4, 3, 5],
    [7, 3, -6, -11, -6, 3, 7],
    [7, 3, -6, -12, -6, 3, 7],
    [7, 3, -6, -11, -6, 3, 7],
    [5, 3, -4, -8, -4, 3, 5],
    [5, 2, -2, -5, -2, 2, 5],
]
_SLANTED: Final = [
    [5, 7, 7, 4, 0, -2, -1],
    [7, 8, 5, -1, -6, -5, -2],
    [7, 5, -2, -9, -10, -6, 0],
    [4, -1, -9, -10, -9, -1, 4],
    [0, -6, -10, -9, -2, 5, 7],
    [-2, -5, -6, -1, 5, 8, 7],
    [-1, -2, 0, 4, 7, 7, 5],
]


@dataclass(frozen=True)
class Pixels:
    """How pixels become the input: ``scale`` is ``unit`` or ``signed``, ``bits`` is 8 or 16."""

    scale: str
    bits: int

    def values(self, pixels: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Unsigned pixels as network input, same shape."""
        numbers = pixels.astype(np.float64)
        if self.scale == "signed":
            numbers = 2 * numbers + 1 - (1 << self.bits)
        return numbers / (1 << self.bits)


@dataclass(frozen=True)
class Architecture:
    """A checked network. ``features`` is the id of the node the extractor ends with; ``tensors`` the secret weights."""

    nodes: tuple[Node, ...]
    shape: Shape
    classes: tuple[str, ...]
    pixels: Pixels
    features: str
    tensors: dict[str, Shape]
    shapes: dict[str, Shape]
    bounds: dict[str, float]

    @property
    def extractor(self) -> tuple[Node, ...]:
        """Nodes up to and including the features."""
        end = next(i for i, node in enumerate(self.nodes) if node["id"] == self.features)
        return self.nodes[: end + 1]

    @property
    def head(self) -> tuple[Node, ...]:
        return self.nodes[len(self.extractor) :]

    def as_json(self) -> dict[str, Any]:
        """The form that stands in a model file."""
        return {
            "nodes": list(self.nodes),
            "input": list(self.shape),
            "classes": list(self.classes),
            "pixels": {"scale": self.pixels.scale, "bits": self.pixels.bits},
            "features": self.features,
        }


def build_architecture(spec: Specification, shape: Shape, bits: int, classes: list[str]) -> Architecture:
    """The network of a specification for images [h, w, c] of ``bits`` bits a pixel.

    Raises:
        SpecRefused: images too small for the extractor, or values that would leave the fixed-point range.
    """
    nodes = _filter_bank() if spec.extractor == "filter-bank" else _average_pool()
    widths = [spec.hidden] if spec.head == "mlp" else []
    last = "features"
    for index in range(len(widths)):
        nodes.append({"id": f"linear{index}", "op": "linear", "in": [last], "weight": f"head.{index}.weight"})
        nodes.append({"id": f"relu{index}", "op": "relu", "in": [f"linear{index}"]})
        last = f"relu{index}"
    nodes.append({"id": "logits", "op": "linear", "in": [last], "weight": f"head.{len(widths)}.weight"})
    channels_first = (shape[2], shape[0], shape[1])
    body = {
        "nodes": nodes,
        "input": list(channels_first),
        "classes": classes,
        "pixels": {"scale": spec.hiding.scale, "bits": bits},
        "features": "features",
    }
    return parse_architecture(body, [*widths, len(classes)])


def parse_architecture(body: object, widths: list[int] | None = None) -> Architecture:
    """Check an architecture completely; ``widths`` gives the outputs of the linear nodes where tensors are not known.

    Raises:
        SpecRefused: names the first thing that cannot be used.
    """
    nodes, classes, shape, pixels = _check_frame(body)
    shapes: dict[str, Shape] = {"x": tuple(shape)}
    bounds: dict[str, float] = {"x": 1.0}
    tensors: dict[str, Shape] = {}
    outputs = iter(widths or [])
    for node in nodes:
        _check_node(node, shapes)
        name = node["id"]
        if node["op"] == "linear":
            if node["weight"] in tensors:
                raise SpecRefused(f"Two nodes have the tensor {node['weight']!r}.", field="architecture")
            source = shapes[node["in"][0]]
            width = next(outputs, None) or _declared_width(node)
            node["outputs"] = width
            tensors[node["weight"]] = (source[0], width)
            shapes[name], bounds[name] = (width,), 0.0
        else:
            shapes[name], bounds[name] = _propagate(node, shapes, bounds)
        if min(shapes[name]) < 1 or _volume(shapes[name]) > MAX_ELEMENTS:
            raise SpecRefused(f"Node {name!r} has an impossible size; are the images too small?", field="architecture")
    features = body["features"] if isinstance(body, dict) else ""
    if len(shapes.get(features, ())) != 1 or shapes[nodes[-1]["id"]] != (len(classes),):
        raise SpecRefused("The network must go from flat features to one output per class.", field="architecture")
    return Architecture(tuple(nodes), tuple(shape), tuple(classes), pixels, features, tensors, shapes, bounds)


def check_range(architecture: Architecture, fraction_bits: int) -> None:
    """Every public linear map must keep products inside the ring.

    Raises:
        SpecRefused: the specification could overflow.
    """
    for node in architecture.extractor:
        extra = {"square": fraction_bits, "conv2d": 16, "scale": 8, "average-pool": 8}.get(node["op"], 0)
        bits = max(1.0, architecture.bounds[node["id"]]).hex()
        exponent = int(bits.split("p")[1]) + 1
        if exponent + 2 * fraction_bits + extra > _RANGE_BITS:
            raise SpecRefused(f"Values at {node['id']!r} could leave the fixed-point range.", field="features")


def check_project(spec: Specification, counts: list[int], shape: Shape, bits: int, classes: list[str]) -> Architecture:
    """Whether a specification can be run on these data sets at all; asked before anybody consents and before a job.

    Args:
        counts: images of each data set, all of ``shape`` [h, w, c] and ``bits`` bits a pixel.

    Raises:
        SpecRefused: says in a sentence what does not fit.
    """
    architecture = build_architecture(spec, shape, bits, classes)
    check_range(architecture, spec.fraction_bits)
    training, validation = (len(rows) for rows in hold_back(counts, spec.training.validation))
    if training < spec.training.batch:
        raise SpecRefused(f"{training} images are less than a batch of {spec.training.batch}.", field="training.batch")
    if validation * len(classes) > MAX_METRIC_CELLS:
        raise SpecRefused("Fewer images must be held back for so many classes.", field="training.validation")
    if sum(counts) * _volume(architecture.shape) > MAX_PIXELS:
        raise SpecRefused("These are more pixels than servers can hold; use fewer or smaller images.", field="datasets")
    if spec.training.batch * max(width for _, width in architecture.tensors.values()) > MAX_BATCH_VALUES:
        raise SpecRefused("A layer is too wide for batches of this size.", field="training.batch")
    return architecture


def _average_pool() -> list[Node]:
    return [
        {"id": "energy", "op": "square", "in": ["x"]},
        {"id": "pooled", "op": "average-pool", "in": ["energy"], "size": 2},
        {"id": "raised", "op": "scale", "in": ["pooled"], "numerator": 2, "shift": 0},
        {"id": "features", "op": "flatten", "in": ["raised"]},
    ]


def _filter_bank() -> list[Node]:
    turned = [list(row) for row in zip(*_ACROSS, strict=True)]
    mirrored = [row[::-1] for row in _SLANTED]
    taps = [_ACROSS, _SLANTED, turned, mirrored]
    return [
        {"id": "energy", "op": "square", "in": ["x"]},
        {"id": "lines", "op": "conv2d", "in": ["energy"], "taps": taps, "shift": 5, "stride": 2, "padding": 3},
        {"id": "strength", "op": "square", "in": ["lines"]},
        {"id": "texture", "op": "average-pool", "in": ["strength"], "size": 2},
        {"id": "texture-flat", "op": "flatten", "in": ["texture"]},
        {"id": "light", "op": "average-pool", "in": ["energy"], "size": 4},
        {"id": "light-scaled", "op": "scale", "in": ["light"], "numerator": 3, "shift": 2},
        {"id": "light-flat", "op": "flatten", "in": ["light-scaled"]},
        {"id": "features", "op": "concat", "in": ["texture-flat", "light-flat"]},
    ]


def _check_frame(body: object) -> tuple[list[Node], list[str], list[int], Pixels]:
    """Everything of a description but its nodes."""
    if not isinstance(body, dict) or set(body) != {"nodes", "input", "classes", "pixels", "features"}:
        raise SpecRefused("This is not a network description.", field="architecture")
    nodes, classes, shape, pixels = body["nodes"], body["classes"], body["input"], body["pixels"]
    if not isinstance(nodes, list) or not 1 <= len(nodes) <= MAX_NODES:
        raise SpecRefused(f"A network has 1 to {MAX_NODES} nodes.", field="architecture")
    if not isinstance(classes, list) or not 2 <= len(classes) <= 1000 or not all(isinstance(c, str) for c in classes):
        raise SpecRefused("A network has the names of 2 to 1000 classes.", field="architecture")
    if not _is_shape(shape, 3) or not isinstance(body["features"], str):
        raise SpecRefused("A network needs an input shape and a features node.", field="architecture")
    if not isinstance(pixels, dict) or set(pixels) != {"scale", "bits"}:
        raise SpecRefused("A network says how pixels become its input.", field="architecture")
    if pixels["scale"] not in ("unit", "signed") or pixels["bits"] not in (8, 16):
        raise SpecRefused("Pixels have 8 or 16 bits and the scale unit or signed.", field="architecture")
    return nodes, classes, shape, Pixels(pixels["scale"], int(pixels["bits"]))


def _check_node(node: object, known: dict[str, Shape]) -> None:
    if not isinstance(node, dict) or not isinstance(node.get("op"), str) or node["op"] not in _FIELDS:
        raise SpecRefused("The network has a node of an unknown kind.", field="architecture")
    fields = _FIELDS[node["op"]] | {"id", "op", "in"}
    if set(node) - {"outputs"} != fields or not isinstance(node["id"], str) or node["id"] in known:
        raise SpecRefused(f"A {node['op']} node does not have the right fields.", field="architecture")
    sources = node["in"]
    if not isinstance(sources, list) or not sources or any(not isinstance(s, str) or s not in known for s in sources):
        raise SpecRefused(f"Node {node['id']!r} has an unknown input.", field="architecture")
    if node["op"] != "concat" and len(sources) != 1:
        raise SpecRefused(f"Node {node['id']!r} takes one input.", field="architecture")
    flat = node["op"] in ("concat", "linear")
    spatial = node["op"] in ("conv2d", "average-pool", "flatten")
    if any((flat and len(known[s]) != 1) or (spatial and len(known[s]) != 3) for s in sources):
        raise SpecRefused(f"Node {node['id']!r} cannot take an input of that shape.", field="architecture")
    _check_numbers(node)


def _check_numbers(node: Node) -> None:
    limits = {"shift": (0, 16), "stride": (1, 16), "padding": (0, 32), "size": (1, 64), "numerator": (-4096, 4096)}
    for name, (low, high) in limits.items():
        if name in node and (type(node[name]) is not int or not low <= node[name] <= high):
            raise SpecRefused(f"{name} of node {node['id']!r} is out of range.", field="architecture")
    if node["op"] == "average-pool" and node["size"] & (node["size"] - 1):
        raise SpecRefused("Pooling sizes are powers of two.", field="architecture")
    if node["op"] == "linear" and not isinstance(node["weight"], str):
        raise SpecRefused("A linear node names its tensor.", field="architecture")
    if node["op"] == "conv2d" and not _is_kernels(node["taps"]):
        raise SpecRefused("Kernels are equal rectangles of whole numbers.", field="architecture")


def _is_kernels(taps: object) -> bool:
    if not isinstance(taps, list) or not 1 <= len(taps) <= 64 or not all(isinstance(k, list) and k for k in taps):
        return False
    rows = [row for kernel in taps for row in kernel]
    sizes = {(len(kernel), len(row)) for kernel in taps for row in kernel if isinstance(row, list)}
    whole = all(isinstance(r, list) and all(type(v) is int and abs(v) < 4096 for v in r) for r in rows)
    return whole and len(sizes) == 1 and all(1 <= side <= 64 for side in next(iter(sizes)))


def _propagate(node: Node, shapes: dict[str, Shape], bounds: dict[str, float]) -> tuple[Shape, float]:
    """Shape and largest absolute value of a node without secret weights."""
    shape, bound = shapes[node["in"][0]], bounds[node["in"][0]]
    if node["op"] == "square":
        return shape, bound * bound
    if node["op"] == "conv2d":
        largest = max(sum(abs(v) for row in kernel for v in row) for kernel in node["taps"])
        kernel = (len(node["taps"][0]), len(node["taps"][0][0]))
        sides = [(s + 2 * node["padding"] - k) // node["stride"] + 1 for s, k in zip(shape[1:], kernel, strict=True)]
        return (shape[0] * len(node["taps"]), *sides), bound * largest / (1 << node["shift"])
    if node["op"] == "average-pool":
        return (shape[0], shape[1] // node["size"], shape[2] // node["size"]), bound
    if node["op"] == "scale":
        return shape, bound * abs(node["numerator"]) / (1 << node["shift"])
    if node["op"] == "flatten":
        return (_volume(shape),), bound
    if node["op"] == "concat":
        return (sum(shapes[s][0] for s in node["in"]),), max(bounds[s] for s in node["in"])
    return shape, bound


def _declared_width(node: Node) -> int:
    width = node.get("outputs")
    if type(width) is not int or not 1 <= width <= 65536:
        raise SpecRefused(f"Node {node['id']!r} does not say how many outputs it has.", field="architecture")
    return width


def _is_shape(value: object, length: int) -> bool:
    return isinstance(value, list) and len(value) == length and all(type(v) is int and 1 <= v <= 65536 for v in value)


def _volume(shape: Shape) -> int:
    total = 1
    for length in shape:
        total *= length
    return total
