"""Networks as data: the kinds of nodes there are, and a network that was checked.

Server and client build or read the same list: the servers run it on shares, the client runs, tests and exports it in
the clear. A node is ``{"id", "op", "in": [ids], ...}``. The input ``x`` [c, h, w] is p / 2^bits for pixels p of so many
bits with the scale ``unit``, and (2 p + 1 - 2^bits) / 2^bits with ``signed``.

The nodes up to the features are public and have nothing to train:

=====================  ==============================  ================================================================
op                     fields                          meaning
=====================  ==============================  ================================================================
square                                                 x * x
conv2d                 taps, shift, stride, padding    cross-correlation of every channel with each [kh, kw] kernel of
                                                       whole numbers, divided by 2^shift; output = channel * kernels +
                                                       kernel
average-pool           size                            mean over size x size, a power of two; remainder dropped
scale                  numerator, shift                times numerator / 2^shift
flatten                                                [c, h, w] to [c * h * w]
concat                                                 flat inputs one after the other
=====================  ==============================  ================================================================

The nodes after it are trained; their tensors, named by the nodes, are secret:

=====================  ==============================  ================================================================
op                     fields                          meaning
=====================  ==============================  ================================================================
linear                 weight, bias, outputs           x @ weight [in, out], plus bias [out] unless that is null
conv                   weight, bias, outputs, kernel,  cross-correlation with weight [kh, kw, cin / groups, cout], zeros
                       stride, padding, groups         around the image
batch-norm             weight, bias, mean, variance    (x - mean) / sqrt(variance + 0.00001) * weight + bias for each
                                                       channel; in training with mean and variance of the batch, which
                                                       move the running ones by a tenth
relu                                                   max(x, 0)
square, flatten                                        as above
add                                                    sum of two inputs of the same shape
average-pool           size                            mean over size x size; remainder dropped
max-pool               size, stride                    maximum over size x size; windows that do not fit are dropped
global-average-pool                                    [c, h, w] to [c], the mean of each channel
dropout                drop                            in training, zero with a chance of drop / 256, else times
                                                       256 / (256 - drop)
=====================  ==============================  ================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Node = dict[str, Any]
Shape = tuple[int, ...]
INPUT: Final = "x"
"""Id of the images themselves."""
PUBLIC: Final[dict[str, frozenset[str]]] = {
    "square": frozenset(),
    "conv2d": frozenset({"taps", "shift", "stride", "padding"}),
    "average-pool": frozenset({"size"}),
    "scale": frozenset({"numerator", "shift"}),
    "flatten": frozenset(),
    "concat": frozenset(),
}
TRAINED: Final[dict[str, frozenset[str]]] = {
    "linear": frozenset({"weight", "bias", "outputs"}),
    "conv": frozenset({"weight", "bias", "outputs", "kernel", "stride", "padding", "groups"}),
    "batch-norm": frozenset({"weight", "bias", "mean", "variance"}),
    "relu": frozenset(),
    "square": frozenset(),
    "flatten": frozenset(),
    "add": frozenset(),
    "average-pool": frozenset({"size"}),
    "max-pool": frozenset({"size", "stride"}),
    "global-average-pool": frozenset(),
    "dropout": frozenset({"drop"}),
}
TENSOR_FIELDS: Final = ("weight", "bias", "mean", "variance")
"""Fields that name a tensor, in the order in which a node's tensors stand in a model."""
NORM_EPSILON: Final = 1e-5
"""Added to a variance before its root is taken, as in torch."""
DROP_WHOLE: Final = 256
"""A dropout node drops ``drop`` of so many values."""


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
    """A checked network.

    ``features`` is the id of the node where the public part ends, ``x`` if there is none. ``tensors`` are the shapes of
    all secret tensors in network order, ``statistics`` the names of those that no gradient changes: running means and
    variances. ``shapes`` has the shape of every node for one image, channels first, and ``bounds`` the largest absolute
    value of every public one.
    """

    nodes: tuple[Node, ...]
    shape: Shape
    classes: tuple[str, ...]
    pixels: Pixels
    features: str
    tensors: dict[str, Shape]
    statistics: frozenset[str]
    shapes: dict[str, Shape]
    bounds: dict[str, float]

    @property
    def extractor(self) -> tuple[Node, ...]:
        """The public nodes, up to and including the features."""
        ends = [place + 1 for place, node in enumerate(self.nodes) if node["id"] == self.features]
        return self.nodes[: sum(ends)]

    @property
    def head(self) -> tuple[Node, ...]:
        """The trained nodes."""
        return self.nodes[len(self.extractor) :]

    @property
    def parameters(self) -> int:
        """Numbers that are trained."""
        return sum(volume(shape) for name, shape in self.tensors.items() if name not in self.statistics)

    def as_json(self) -> dict[str, Any]:
        """The form that stands in a model file."""
        return {
            "nodes": list(self.nodes),
            "input": list(self.shape),
            "classes": list(self.classes),
            "pixels": {"scale": self.pixels.scale, "bits": self.pixels.bits},
            "features": self.features,
        }


def volume(shape: Shape) -> int:
    """Elements of a tensor of this shape."""
    total = 1
    for length in shape:
        total *= length
    return total


def tensor_names(node: Node) -> list[str]:
    """Names of the tensors of a node, in order."""
    return [node[field] for field in TENSOR_FIELDS if node.get(field) is not None]
