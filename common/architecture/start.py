"""The values a training starts from, which both servers and the training in the clear draw from the same seed."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from common.architecture.nodes import Architecture, tensor_names, volume
from common.crypto.domains import WEIGHT_INIT_V1
from common.crypto.prg import Stream, derive_key


def initial_tensors(architecture: Architecture, seed: bytes, fraction_bits: int) -> dict[str, npt.NDArray[np.int64]]:
    """All tensors at the start, in network order and fixed point.

    Weights of linear and convolution nodes are uniform within sqrt(6 / inputs) (He et al., ICCV 2015), those of the
    last such node zero, and so are biases. A normalisation starts with scale and variance one, shift and mean zero.
    """
    found: dict[str, npt.NDArray[np.int64]] = {}
    weighted = [node["id"] for node in architecture.head if node["op"] in ("linear", "conv")]
    for node in architecture.head:
        for name in tensor_names(node):
            shape = architecture.tensors[name]
            found[name] = np.zeros(shape, np.int64)
            if node["op"] == "batch-norm" and name in (node["weight"], node["variance"]):
                found[name] += 1 << fraction_bits
            elif name == node["weight"] and node["op"] != "batch-norm" and node["id"] != weighted[-1]:
                found[name] = _uniform(seed, name, shape, fraction_bits)
    return found


def _uniform(seed: bytes, name: str, shape: tuple[int, ...], fraction_bits: int) -> npt.NDArray[np.int64]:
    """Every side but the last, which counts outputs, belongs to the inputs of one output."""
    limit = round(math.sqrt(6 / volume(shape[:-1])) * (1 << fraction_bits))
    words = Stream(derive_key(seed, WEIGHT_INIT_V1, name.encode())).words(*shape)
    return (words % np.uint64(2 * limit + 1)).astype(np.int64) - limit
