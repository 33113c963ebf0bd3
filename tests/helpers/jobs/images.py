"""Image sets for jobs: extreme ones for privacy, separable ones for learning, and their shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from common.ids import Party
from server_node.hide.samples import SmallShares

Images = npt.NDArray[np.uint16]
Labels = npt.NDArray[np.int64]


def black(count: int, side: int) -> Images:
    return np.zeros((count, side, side, 1), np.uint16)


def white(count: int, side: int) -> Images:
    return np.full((count, side, side, 1), 255, np.uint16)


def checkerboard(count: int, side: int) -> Images:
    board = (np.add.outer(np.arange(side), np.arange(side)) % 2 * 255).astype(np.uint16)
    return np.repeat(board[None, :, :, None], count, axis=0)


EXTREMES: list[Callable[[int, int], Images]] = [black, white, checkerboard]


def alternating(count: int, classes: int = 2) -> Labels:
    return np.arange(count, dtype=np.int64) % classes


def halves(count: int, side: int, classes: int = 2, seed: int = 0) -> tuple[Images, Labels]:
    """A set that can be learnt: each class has its own bright band of rows, on noise."""
    generator = np.random.default_rng(seed)
    labels = alternating(count, classes)
    images = generator.integers(0, 60, (count, side, side, 1))
    band = side // classes
    for index, label in enumerate(labels):
        images[index, label * band : (label + 1) * band] += generator.integers(60, 190)
    order = generator.permutation(count)
    return images[order].astype(np.uint16), labels[order]


def share_small(images: npt.NDArray[Any], labels: Labels, classes: int, ring_bits: int = 16, seed: int = 1) -> Any:
    """Both parties' shares mod 2^ring_bits of pixels and one-hot labels."""
    flat = images.reshape(len(images), -1).astype(np.int64)
    full = np.concatenate([flat, np.eye(classes, dtype=np.int64)[labels]], axis=1)
    first = np.random.default_rng(seed).integers(0, 1 << ring_bits, full.shape, np.int64)
    parts = (first, (full - first) % (1 << ring_bits))
    return {p: SmallShares(torch.from_numpy(parts[p]), flat.shape[1], ring_bits) for p in Party}
