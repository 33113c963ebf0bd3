"""ROC curves, one class against the rest: exact areas, and few enough points to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

MAX_POINTS: Final = 256
MACRO_POINTS: Final = 201
_Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RocCurve:
    """True positives over false positives, both from 0 to 1 and never falling.

    The area is None, and there are no points, where a class is missing or alone: then nothing can be told apart.
    """

    name: str
    area: float | None
    false_positive: tuple[float, ...]
    true_positive: tuple[float, ...]


def roc_curve(name: str, scores: npt.NDArray[Any], is_class: npt.NDArray[np.bool_]) -> RocCurve:
    """The curve of scores ``[n]`` for images that are of the class, or not.

    Equal scores are one step, so the area is the chance that an image of the class scores higher than another one, with
    ties counted half (Hanley and McNeil, Radiology 1982). It is computed from all points, before any is left out.
    """
    total, positive = len(scores), int(np.count_nonzero(is_class))
    negative = total - positive
    if not positive or not negative:
        return RocCurve(name, None, (), ())
    order = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    sorted_scores, sorted_class = np.asarray(scores)[order], is_class[order]
    ends = np.append(np.flatnonzero(np.diff(sorted_scores)), total - 1)
    true = np.concatenate([[0], np.cumsum(sorted_class, dtype=np.int64)[ends]])
    false = np.concatenate([[0], ends + 1]) - true
    twice = int((np.diff(false) * (true[1:] + true[:-1])).sum())
    kept = _worth_drawing(false, true)
    area = twice / (2 * positive * negative)
    return RocCurve(name, area, tuple((false[kept] / negative).tolist()), tuple((true[kept] / positive).tolist()))


def macro_curve(curves: Sequence[RocCurve]) -> RocCurve:
    """The mean of the curves that there are, at 201 places; its area is the mean of their areas."""
    drawn = [curve for curve in curves if curve.area is not None]
    if not drawn:
        return RocCurve("", None, (), ())
    places = np.linspace(0.0, 1.0, MACRO_POINTS)
    mean = np.mean([_at(curve, places) for curve in drawn], axis=0)
    area = sum(curve.area or 0.0 for curve in drawn) / len(drawn)
    # A mean of steps begins above 0; the curve itself begins in the corner.
    return RocCurve("", area, (0.0, *places.tolist()), (0.0, *mean.tolist()))


def _worth_drawing(false: npt.NDArray[np.int64], true: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Places of the corners; where these are still too many, of those spread evenly along the curve."""
    kept = np.arange(len(false))
    if len(kept) > 2:
        steps_x, steps_y = np.diff(false), np.diff(true)
        is_corner = steps_x[1:] * steps_y[:-1] != steps_y[1:] * steps_x[:-1]
        kept = kept[np.concatenate([[True], is_corner, [True]])]
    if len(kept) > MAX_POINTS:
        along = false[kept] / false[-1] + true[kept] / true[-1]
        chosen = np.searchsorted(along, np.linspace(0.0, 2.0, MAX_POINTS) - 1e-12)
        kept = kept[np.unique(np.concatenate([[0], np.minimum(chosen, len(kept) - 1), [len(kept) - 1]]))]
    return kept


def _at(curve: RocCurve, places: _Values) -> _Values:
    """Heights of a curve; where it rises straight up, the upper end."""
    x, y = np.array(curve.false_positive), np.array(curve.true_positive)
    left = np.clip(np.searchsorted(x, places, side="right") - 1, 0, len(x) - 1)
    right = np.minimum(left + 1, len(x) - 1)
    width = np.where(x[right] > x[left], x[right] - x[left], 1.0)
    heights: _Values = y[left] + (y[right] - y[left]) * np.clip((places - x[left]) / width, 0.0, 1.0)
    return np.where(places >= x[-1], y[-1], heights)
