"""Counts of right and wrong: confusion matrix, scores by class, their averages, and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
_NORMAL_95: Final = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


@dataclass(frozen=True)
class ClassScore:
    """Scores of one class against all others; None where nothing was predicted, or nothing is there."""

    name: str
    count: int
    precision: float | None
    recall: float | None
    f1: float | None = None
    auc: float | None = None


@dataclass(frozen=True)
class Averages:
    """Macro averages: each class that is there or was predicted counts alike, and an undefined score counts as 0."""

    precision: float
    recall: float
    f1: float


def confusion_of(labels: npt.NDArray[Any], said: npt.NDArray[Any], classes: int) -> Counts:
    """``[classes, classes]``: entry ``[i, j]`` counts images of class i that were taken for class j."""
    flat = np.asarray(labels, np.int64) * classes + np.asarray(said, np.int64)
    return np.bincount(flat, minlength=classes * classes).reshape(classes, classes).astype(np.int64)


def class_scores(confusion: Counts, names: Sequence[str], areas: Sequence[float | None]) -> tuple[ClassScore, ...]:
    """A row for each class; ``areas`` are the areas under the ROC curves."""
    rows = []
    for index, (name, area) in enumerate(zip(names, areas, strict=True)):
        right, there, said = _counts(confusion, index)
        precision, recall = _part(right, said), _part(right, there)
        rows.append(ClassScore(name, there, precision, recall, _part(2 * right, there + said), area))
    return tuple(rows)


def averages(confusion: Counts) -> Averages:
    """Macro precision, recall and F1."""
    found = [_counts(confusion, index) for index in range(len(confusion))]
    taking_part = [(right, there, said) for right, there, said in found if there or said]
    count = max(1, len(taking_part))
    return Averages(
        sum(_part(right, said) or 0.0 for right, _, said in taking_part) / count,
        sum(_part(right, there) or 0.0 for right, there, _ in taking_part) / count,
        sum(_part(2 * right, there + said) or 0.0 for right, there, said in taking_part) / count,
    )


def wilson_interval(right: int, count: int) -> tuple[float, float]:
    """The 95 % confidence interval of a share of successes (Wilson, JASA 1927): honest for small numbers, too."""
    if count == 0:
        return 0.0, 1.0
    share, square = right / count, _NORMAL_95 * _NORMAL_95
    middle = share + square / (2 * count)
    half = _NORMAL_95 * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    whole = 1 + square / count
    low = 0.0 if right == 0 else (middle - half) / whole
    high = 1.0 if right == count else (middle + half) / whole
    return low, high


def _counts(confusion: Counts, index: int) -> tuple[int, int, int]:
    """Of a class: taken for it rightly, there, taken for it at all."""
    return int(confusion[index, index]), int(confusion[index].sum()), int(confusion[:, index].sum())


def _part(some: int, whole: int) -> float | None:
    return some / whole if whole else None
