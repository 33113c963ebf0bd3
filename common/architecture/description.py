"""From a specification to its network, and whether servers can run it at all."""

from __future__ import annotations

from typing import Final

from common.architecture.checks import parse_architecture
from common.architecture.named import model_layers, trained_nodes
from common.architecture.nodes import INPUT, Architecture, Node, Shape, volume
from common.architecture.public import FEATURES, extractor_nodes
from common.errors import SpecRefused
from common.schedule import sizes_of
from common.specification import Specification

MAX_PIXELS: Final = 1 << 31
"""Pixels of all images of a job together: each is held as 8 bytes while it runs."""
MAX_METRIC_CELLS: Final = 1 << 17
MAX_BATCH_VALUES: Final = 1 << 23
"""Values of one node for a whole batch."""
MAX_WINDOW_VALUES: Final = 1 << 27
"""Values of all windows of a convolution or of a pooling for a whole batch."""
MIN_NORMALISED: Final = 8
"""Fewest values a batch normalisation takes a mean over."""
_RANGE_BITS: Final = 61


def build_architecture(spec: Specification, shape: Shape, bits: int, classes: list[str]) -> Architecture:
    """The network of a specification for images [h, w, c] of ``bits`` bits a pixel.

    A model that begins with a linear or a flatten layer gets flat features.

    Raises:
        SpecRefused: images too small for the network, or layers that do not fit each other.
    """
    layers = model_layers(spec.model, len(classes))
    flat = layers[0]["layer"] in ("linear", "flatten")
    if layers[0]["layer"] == "flatten":
        layers = layers[1:]
    if not layers:
        raise SpecRefused("A network needs layers to train.", field="model.layers")
    public = extractor_nodes(spec.extractor, flat=flat)
    features = FEATURES if public else INPUT
    return parse_architecture(
        {
            "nodes": [*public, *trained_nodes(layers, features)],
            "input": [shape[2], shape[0], shape[1]],
            "classes": classes,
            "pixels": {"scale": spec.hiding.scale, "bits": bits},
            "features": features,
        }
    )


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
    if sum(counts) * volume(architecture.shape) > MAX_PIXELS:
        raise SpecRefused("These are more pixels than servers can hold; use fewer or smaller images.", field="datasets")
    training, validation = sizes_of(counts, spec.training.validation)
    if training < spec.training.batch:
        raise SpecRefused(f"{training} images are less than a batch of {spec.training.batch}.", field="training.batch")
    if validation * len(classes) > MAX_METRIC_CELLS:
        raise SpecRefused("Fewer images must be held back for so many classes.", field="training.validation")
    for node in architecture.head:
        _check_batch(architecture, node, spec.training.batch)
    return architecture


def _check_batch(architecture: Architecture, node: Node, batch: int) -> None:
    """A trained node must fit the memory for one batch, and a normalisation needs values to take a mean over."""
    source, result = architecture.shapes[node["in"][0]], architecture.shapes[node["id"]]
    if batch * max(volume(source), volume(result)) > MAX_BATCH_VALUES:
        raise SpecRefused(f"Layer {node['id']!r} is too large for batches of {batch}.", field="training.batch")
    window = 0
    if node["op"] in ("conv", "max-pool"):
        window = volume((*node.get("kernel", [node.get("size", 1)] * 2), source[0]))
    if batch * volume(result[1:]) * window > MAX_WINDOW_VALUES:
        raise SpecRefused(f"Layer {node['id']!r} is too large for batches of {batch}.", field="training.batch")
    if node["op"] == "batch-norm" and batch * volume(result[1:]) < MIN_NORMALISED:
        raise SpecRefused(f"Layer {node['id']!r} would normalise over fewer than {MIN_NORMALISED} values; "
                          "use larger batches.", field="training.batch")  # fmt: skip
