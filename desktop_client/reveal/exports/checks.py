"""Comparing two programs that run the same model: fixed images, and how far the results may be apart."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.errors import StoreDamaged
from desktop_client.reveal.combine import Tensor
from desktop_client.reveal.network import Network

_CHECK_IMAGES: Final = 32
# float32 keeps 24 bits; the sums of a few thousand products that a node forms stay far below this bound.
_TOLERANCE: Final = 1e-3


def check_images(network: Network) -> npt.NDArray[np.uint16]:
    """A fixed set of images ``[32, h, w, c]`` over the whole range of pixels, to compare two programs with."""
    height, width, channels = network.shape
    cells = np.arange(_CHECK_IMAGES * height * width * channels, dtype=np.uint64)
    # An odd multiplier modulo 2^32 scatters the values (Knuth, TAOCP 3, 6.4); the top bits are the scattered part.
    scattered = (cells * np.uint64(2654435761)) % np.uint64(1 << 32) >> np.uint64(32 - network.bits)
    return scattered.astype(np.uint16).reshape(_CHECK_IMAGES, height, width, channels)


def compare(ours: Tensor, theirs: npt.NDArray[Any], program: str) -> None:
    """Same values up to float32 rounding, so the same class wherever two logits are not that close.

    Raises:
        StoreDamaged: they are not.
    """
    scale = max(1.0, float(np.abs(ours).max()))
    if theirs.shape != ours.shape or float(np.abs(ours - theirs).max()) > _TOLERANCE * scale:
        raise StoreDamaged(f"The exported model does not predict the same in {program}; it was not written.")
