"""How good a revealed model is on images in the clear: class by class, on the owner's machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.errors import BadInput
from desktop_client.reveal.combine import Tensor
from desktop_client.reveal.network import Network, forward

BATCH: Final = 128
Step = Callable[[int, int], None]


@dataclass(frozen=True)
class ClassScore:
    """Precision and recall of one class; None where nothing was predicted, or nothing is there."""

    name: str
    count: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True)
class Evaluation:
    """Result on a labelled set; ``confusion[i, j]`` counts images of class i that were taken for class j."""

    accuracy: float
    classes: tuple[ClassScore, ...]
    confusion: npt.NDArray[np.int64]


def predict(network: Network, images: npt.NDArray[Any], step: Step | None = None) -> Tensor:
    """Logits ``[n, classes]`` for integer images ``[n, h, w, c]``, batch by batch.

    Raises:
        BadInput: images of another shape than the model was trained on.
    """
    if images.ndim != 4 or images.shape[1:] != network.shape:
        wanted = "x".join(map(str, network.shape))
        raise BadInput(f"The model takes images of {wanted}, not {'x'.join(map(str, images.shape[1:]))}.")
    parts = []
    for start in range(0, len(images), BATCH):
        parts.append(forward(network, images[start : start + BATCH]))
        if step is not None:
            step(min(start + BATCH, len(images)), len(images))
    return np.concatenate(parts) if parts else np.zeros((0, len(network.classes)))


def evaluate(network: Network, logits: Tensor, labels: npt.NDArray[np.int64]) -> Evaluation:
    """Compare predictions with labels ``[n]``.

    Raises:
        BadInput: no images, or a label that is no class of the model.
    """
    count = len(network.classes)
    if len(labels) == 0 or len(labels) != len(logits):
        raise BadInput("There are no labelled images to test with.")
    if labels.min() < 0 or labels.max() >= count:
        raise BadInput("A label is not one of the classes of the model.")
    confusion = np.zeros((count, count), np.int64)
    np.add.at(confusion, (labels, logits.argmax(axis=1)), 1)
    scores = tuple(_score(confusion, index, name) for index, name in enumerate(network.classes))
    return Evaluation(float(np.trace(confusion) / len(labels)), scores, confusion)


def _score(confusion: npt.NDArray[np.int64], index: int, name: str) -> ClassScore:
    right, there, said = (int(n) for n in (confusion[index, index], confusion[index].sum(), confusion[:, index].sum()))
    return ClassScore(name, there, right / said if said else None, right / there if there else None)
