"""A whole evaluation of predictions on labelled images, and its form as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from common.errors import BadInput, StoreDamaged
from desktop_client.reveal.evaluation.calibration import Bin, Calibration, calibrate
from desktop_client.reveal.evaluation.curves import RocCurve, macro_curve, roc_curve
from desktop_client.reveal.evaluation.probabilities import probabilities, ranking
from desktop_client.reveal.evaluation.scores import (
    Averages,
    ClassScore,
    averages,
    class_scores,
    confusion_of,
    wilson_interval,
)

KIND: Final = "imguard-evaluation"
VERSION: Final = 1


class Misclassified(NamedTuple):
    """An image that was taken for another class: its place in the set, and the probability of what was said."""

    number: int
    file: str
    truth: int
    said: int
    probability: float


@dataclass(frozen=True)
class Evaluation:
    """Result on a labelled set; ``confusion[i, j]`` counts images of class i that were taken for class j.

    ``interval`` is the 95 % confidence interval of the accuracy. Misclassified images come with the surest first.
    """

    count: int
    accuracy: float
    interval: tuple[float, float]
    macro: Averages
    classes: tuple[ClassScore, ...]
    confusion: npt.NDArray[np.int64]
    curves: tuple[RocCurve, ...]
    macro_curve: RocCurve
    calibration: Calibration
    misclassified: tuple[Misclassified, ...]
    loss: str = "softmax"

    def as_json(self, most: int | None = None) -> dict[str, Any]:
        """JSON value with at most ``most`` misclassified images; ``wrong`` counts all of them."""
        return {
            "kind": KIND,
            "version": VERSION,
            "loss": self.loss,
            "count": self.count,
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "macro": asdict(self.macro),
            "classes": [asdict(one) for one in self.classes],
            "confusion": self.confusion.tolist(),
            "curves": [asdict(curve) for curve in self.curves],
            "macro_curve": asdict(self.macro_curve),
            "calibration": asdict(self.calibration),
            "wrong": len(self.misclassified),
            "misclassified": [list(one) for one in self.misclassified[:most]],
        }


def evaluate_logits(
    classes: Sequence[str],
    logits: npt.NDArray[Any],
    labels: npt.NDArray[np.int64],
    loss: str = "softmax",
    names: Sequence[str] = (),
) -> Evaluation:
    """Compare logits ``[n, classes]`` with labels ``[n]``; ``names`` are the files, if they are known.

    Raises:
        BadInput: no images, a label that is no class of the model, logits that are no numbers, an unknown loss.
    """
    _check(classes, logits, labels, names)
    said = logits.argmax(axis=1)
    confusion = confusion_of(labels, said, len(classes))
    confidence = probabilities(logits, loss)[np.arange(len(labels)), said]
    scores = ranking(logits, loss)
    curves = tuple(roc_curve(name, scores[:, index], labels == index) for index, name in enumerate(classes))
    right = int(np.trace(confusion))
    return Evaluation(
        count=len(labels),
        accuracy=right / len(labels),
        interval=wilson_interval(right, len(labels)),
        macro=averages(confusion),
        classes=class_scores(confusion, classes, [curve.area for curve in curves]),
        confusion=confusion,
        curves=curves,
        macro_curve=macro_curve(curves),
        calibration=calibrate(confidence, said == labels),
        misclassified=_misclassified(labels, said, confidence, names),
        loss=loss,
    )


def parse_evaluation(value: object) -> Evaluation:
    """What :meth:`Evaluation.as_json` gave; misclassified images that it left out are missing.

    Raises:
        StoreDamaged: it is none.
    """
    try:
        if not isinstance(value, Mapping) or (value["kind"], value["version"]) != (KIND, VERSION):
            raise ValueError("kind")
        low, high = value["interval"]
        bins = tuple(Bin(**one) for one in value["calibration"]["bins"])
        return Evaluation(
            count=int(value["count"]),
            accuracy=float(value["accuracy"]),
            interval=(float(low), float(high)),
            macro=Averages(**value["macro"]),
            classes=tuple(ClassScore(**one) for one in value["classes"]),
            confusion=_square(value["confusion"], len(value["classes"])),
            curves=tuple(_curve(one) for one in value["curves"]),
            macro_curve=_curve(value["macro_curve"]),
            calibration=Calibration(float(value["calibration"]["error"]), bins),
            misclassified=tuple(Misclassified(*one) for one in value["misclassified"]),
            loss=str(value["loss"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoreDamaged("The evaluation of the model is damaged.") from error


def _check(
    classes: Sequence[str], logits: npt.NDArray[Any], labels: npt.NDArray[np.int64], names: Sequence[str]
) -> None:
    if len(labels) == 0 or len(labels) != len(logits):
        raise BadInput("There are no labelled images to test with.")
    if labels.min() < 0 or labels.max() >= len(classes):
        raise BadInput("A label is not one of the classes of the model.")
    if logits.ndim != 2 or logits.shape[1] != len(classes) or not np.isfinite(logits).all():
        raise BadInput("The predictions are not one number for each class.")
    if names and len(names) != len(labels):
        raise BadInput("There is not one file name for each image.")


def _misclassified(
    labels: npt.NDArray[np.int64],
    said: npt.NDArray[np.int64],
    confidence: npt.NDArray[np.float64],
    names: Sequence[str],
) -> tuple[Misclassified, ...]:
    wrong = np.flatnonzero(said != labels)
    order = wrong[np.argsort(-confidence[wrong], kind="stable")]
    columns = (order.tolist(), labels[order].tolist(), said[order].tolist(), confidence[order].tolist())
    return tuple(
        Misclassified(number, names[number] if names else "", truth, taken, sure)
        for number, truth, taken, sure in zip(*columns, strict=True)
    )


def _square(rows: Any, side: int) -> npt.NDArray[np.int64]:
    found = np.array(rows, np.int64)
    if found.shape != (side, side):
        raise ValueError("confusion")
    return found


def _curve(value: Mapping[str, Any]) -> RocCurve:
    points = (tuple(map(float, value[axis])) for axis in ("false_positive", "true_positive"))
    return RocCurve(str(value["name"]), value["area"], *points)
