"""How good a revealed model is on images in the clear: class by class, on the owner's machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.errors import BadInput
from desktop_client.reveal.combine import Tensor
from desktop_client.reveal.evaluation.result import Evaluation, evaluate_logits
from desktop_client.reveal.network import Network, forward

BATCH: Final = 128
Step = Callable[[int, int], None]


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


def evaluate(
    network: Network,
    logits: Tensor,
    labels: npt.NDArray[np.int64],
    loss: str = "softmax",
    names: Sequence[str] = (),
) -> Evaluation:
    """Compare predictions with labels ``[n]``; ``names`` are the files, if they are known.

    Raises:
        BadInput: no images, or a label that is no class of the model.
    """
    return evaluate_logits(network.classes, logits, labels, loss, names)
