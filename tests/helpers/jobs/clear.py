"""The product's training in the clear with draws that a test chooses, so that every mixture and batch is the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from common.specification import Specification
from desktop_client.demo.clear import train_in_clear
from desktop_client.reveal.network import Network


class Fixed:
    """Randomness that is one known token: the joint toss of the job to compare with."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    def token(self, size: int) -> bytes:
        assert size == len(self._seed)
        return self._seed


def same_training_in_clear(
    spec: Specification, images: npt.NDArray[Any], labels: npt.NDArray[np.int64], counts: list[int], seed: bytes
) -> Network:
    """float64 training with the mixtures, the order and the start that ``seed`` stands for; 8-bit pixels."""
    classes = tuple(f"class {index}" for index in range(int(labels.max()) + 1))
    return train_in_clear(spec, images.astype(np.uint8), labels, counts, classes, Fixed(seed))
