"""What logits say: probabilities as the loss of the training has them, and scores to rank by."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.errors import BadInput

Values = npt.NDArray[np.float64]
SOFTMAX, LOGISTIC, SQUARED = "softmax", "logistic", "squared"
LOSSES: Final = (SOFTMAX, LOGISTIC, SQUARED)


def check_loss(loss: str) -> str:
    """Raises:
    BadInput: a loss that no model is trained with.
    """
    if loss not in LOSSES:
        raise BadInput(f"The loss of a model is one of {', '.join(LOSSES)}.", field="loss")
    return loss


def probabilities(logits: npt.NDArray[Any], loss: str) -> Values:
    """Probabilities ``[n, classes]`` of logits ``[n, classes]``.

    Softmax gives one distribution over all classes, logistic one answer for each class by itself. A model trained with
    the squared loss estimates the probability directly, and may leave the range by a little.

    Raises:
        BadInput: a loss that no model is trained with.
    """
    logits = np.asarray(logits, np.float64)
    if check_loss(loss) == SOFTMAX:
        powers = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float64)
    if loss == LOGISTIC:
        small = np.exp(-np.abs(logits))
        return np.asarray(np.where(logits >= 0, 1.0, small) / (1.0 + small), np.float64)
    return np.asarray(np.clip(logits, 0.0, 1.0), np.float64)


def ranking(logits: npt.NDArray[Any], loss: str) -> Values:
    """Scores ``[n, classes]`` in the order of the probabilities of each class, for ROC curves.

    For softmax they are the logarithms of the odds, which still differ where probabilities are rounded to 1.

    Raises:
        BadInput: a loss that no model is trained with.
    """
    logits = np.asarray(logits, np.float64)
    if check_loss(loss) != SOFTMAX or logits.size == 0 or logits.shape[1] < 2:
        return logits
    rows = np.arange(len(logits))
    best = logits.argmax(axis=1)
    largest = logits[rows, best][:, None]
    powers = np.exp(logits - largest)
    # A class that is not the largest: the others sum to at least 1, so nothing cancels.
    rest = np.maximum(powers.sum(axis=1, keepdims=True) - powers, 1.0)
    odds = logits - largest - np.log(rest)
    # The largest one: its others are summed relative to the second.
    others = logits.copy()
    others[rows, best] = -np.inf
    second = others.max(axis=1)
    odds[rows, best] = largest[:, 0] - second - np.log(np.exp(others - second[:, None]).sum(axis=1))
    return np.asarray(odds, np.float64)
