"""Scores of predictions: by hand, and against a slow implementation that shares no line with the fast one."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from common.errors import BadInput, StoreDamaged
from desktop_client.reveal.evaluation.calibration import calibrate
from desktop_client.reveal.evaluation.curves import MAX_POINTS, macro_curve, roc_curve
from desktop_client.reveal.evaluation.probabilities import LOSSES, probabilities, ranking
from desktop_client.reveal.evaluation.result import Evaluation, evaluate_logits, parse_evaluation
from desktop_client.reveal.evaluation.scores import Averages, averages, wilson_interval

NAMES = ["healthy", "ill", "unclear"]
LOGITS = np.array(
    [[2.0, 1.0, 0.0], [0.0, 3.0, 1.0], [1.0, 0.0, 4.0], [2.0, 2.5, 0.0], [0.0, 1.0, 0.0], [5.0, 1.0, 1.0]]
)
LABELS = np.array([0, 0, 2, 1, 1, 2])


def _random(
    count: int, classes: int, loss: str, seed: int = 0
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Logits that are right more often than not; rounded, so that some are equal and all are exact."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, count)
    logits = np.round(8 * (rng.normal(0, 1, (count, classes)) + 1.2 * np.eye(classes)[labels])) / 8
    return (np.clip(logits, 0, 1) if loss == "squared" else logits), labels


def slow_probability(row: list[float], index: int, loss: str) -> float:
    if loss == "softmax":
        return 1 / math.fsum(math.exp(other - row[index]) for other in row)
    return 1 / (1 + math.exp(-row[index])) if loss == "logistic" else min(1.0, max(0.0, row[index]))


def slow_area(scores: list[float], is_class: list[bool]) -> Fraction:
    """Every image of the class against every other one."""
    inside = [score for score, own in zip(scores, is_class, strict=True) if own]
    outside = [score for score, own in zip(scores, is_class, strict=True) if not own]
    halves = sum(2 if one > other else 1 if one == other else 0 for one in inside for other in outside)
    return Fraction(halves, 2 * len(inside) * len(outside))


def slow_table(labels: list[int], said: list[int], classes: int) -> list[tuple[float | None, ...]]:
    rows: list[tuple[float | None, ...]] = []
    for index in range(classes):
        right = sum(truth == taken == index for truth, taken in zip(labels, said, strict=True))
        there, taken = labels.count(index), said.count(index)
        precision, recall = right / taken if taken else None, right / there if there else None
        rows.append((precision, recall, 2 * right / (there + taken) if there + taken else None))
    return rows


def test_evaluation_by_hand() -> None:
    found = evaluate_logits(NAMES, LOGITS, LABELS, names=[f"{n}.png" for n in range(6)])
    assert found.confusion.tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 1]]
    assert (found.count, found.accuracy) == (6, 4 / 6)
    assert [(one.name, one.count) for one in found.classes] == [("healthy", 2), ("ill", 2), ("unclear", 2)]
    assert [(one.precision, one.recall, one.f1) for one in found.classes] == [
        (0.5, 0.5, 0.5), (2 / 3, 1.0, 0.8), (1.0, 0.5, 2 / 3)
    ]  # fmt: skip
    assert found.macro == Averages((0.5 + 2 / 3 + 1) / 3, 2 / 3, (0.5 + 0.8 + 2 / 3) / 3)
    assert found.interval == pytest.approx((0.3000, 0.9032), abs=1e-4)
    sure = [1 / (1 + 2 * math.exp(-4)), math.exp(3) / (1 + math.exp(3) + math.e)]
    assert [one[:4] for one in found.misclassified] == [(5, "5.png", 2, 0), (1, "1.png", 0, 1)]
    assert [one.probability for one in found.misclassified] == pytest.approx(sure)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("classes", [2, 5])
def test_evaluation_agrees_with_the_slow_one(loss: str, classes: int) -> None:
    logits, labels = _random(120, classes, loss)
    found = evaluate_logits([f"c{index}" for index in range(classes)], logits, labels, loss)
    rows = logits.tolist()
    said = [row.index(max(row)) for row in rows]
    assert found.accuracy == sum(a == b for a, b in zip(said, labels.tolist(), strict=True)) / 120
    assert [(one.precision, one.recall, one.f1) for one in found.classes] == slow_table(labels.tolist(), said, classes)
    for index, one in enumerate(found.classes):
        # Rounded far above the error of floating point, so that equal odds are equal.
        scores = [_odds(row, index, loss) for row in rows]
        assert one.auc == pytest.approx(float(slow_area(scores, (labels == index).tolist())), abs=1e-12)
    sure = [slow_probability(row, taken, loss) for row, taken in zip(rows, said, strict=True)]
    assert probabilities(logits, loss)[np.arange(120), said] == pytest.approx(sure)
    wrong = sorted((n for n in range(120) if said[n] != labels[n]), key=lambda n: (-round(sure[n], 12), n))
    assert sorted(one.number for one in found.misclassified) == sorted(wrong)
    assert [round(one.probability, 9) for one in found.misclassified] == [round(sure[n], 9) for n in wrong]


def _odds(row: list[float], index: int, loss: str) -> float:
    if loss != "softmax":
        return row[index]
    rest = math.fsum(math.exp(other - row[index]) for place, other in enumerate(row) if place != index)
    return round(-math.log(rest), 10)


def test_ranking_of_softmax_tells_apart_what_rounds_to_certainty() -> None:
    logits = np.array([[60.0, 0.0, 1.0], [61.0, 0.0, 1.0], [4000.0, -4000.0, 0.0], [4001.0, -4000.0, 0.0]])
    assert probabilities(logits, "softmax")[:, 0].tolist() == [1.0] * 4
    scores = ranking(logits, "softmax")
    assert (np.diff(scores[:, 0]) > 0).all()
    rest = math.log(1 + math.e)
    assert scores[:, 0] == pytest.approx([60 - rest, 61 - rest, 4000, 4001])
    assert scores[0] == pytest.approx([60 - rest, -math.log(math.exp(60) + math.e), 1 - math.log(math.exp(60) + 1)])


def test_area_of_equal_scores_is_a_half_and_of_one_class_alone_unknown() -> None:
    own = np.array([True, False, True, False])
    assert roc_curve("x", np.zeros(4), own).area == 0.5
    assert roc_curve("x", np.array([4, 1, 3, 2]), own).area == 1.0
    assert roc_curve("x", np.array([1, 4, 2, 3]), own).area == 0.0
    for flags in (np.ones(4, np.bool_), np.zeros(4, np.bool_)):
        curve = roc_curve("x", np.arange(4), flags)
        assert (curve.area, curve.false_positive) == (None, ())
    assert macro_curve([curve]).area is None


def test_curve_holds_its_corners() -> None:
    curve = roc_curve("x", np.array([9, 8, 7, 6, 5, 5, 4]), np.array([True, True, False, True, True, False, False]))
    assert curve.area == 9.5 / 12
    assert curve.false_positive == (0, 0, 1 / 3, 1 / 3, 2 / 3, 1)
    assert curve.true_positive == (0, 0.5, 0.5, 0.75, 1, 1)


def test_long_curve_is_thinned_and_keeps_its_area_and_ends() -> None:
    rng = np.random.default_rng(1)
    own = rng.random(20_000) < 0.5
    scores = rng.normal(0, 1, 20_000) + own
    curve = roc_curve("x", scores, own)
    assert 200 < len(curve.false_positive) <= MAX_POINTS + 1
    assert (curve.false_positive[0], curve.true_positive[0]) == (0, 0)
    assert (curve.false_positive[-1], curve.true_positive[-1]) == (1, 1)
    assert curve.area == pytest.approx(np.trapezoid(curve.true_positive, curve.false_positive), abs=1e-3)
    assert curve.area == pytest.approx(0.76025, abs=0.01)


def test_macro_curve_is_the_mean() -> None:
    steep = roc_curve("a", np.array([2, 1]), np.array([True, False]))
    flat = roc_curve("b", np.array([1, 1]), np.array([True, False]))
    mean = macro_curve([steep, flat])
    assert mean.area == 0.75
    assert mean.true_positive[0] == 0.0
    assert mean.true_positive[1:] == pytest.approx([(1 + place) / 2 for place in mean.false_positive[1:]])


def test_wilson_interval_known_values() -> None:
    assert wilson_interval(8, 10) == pytest.approx((0.4901625, 0.9433178))
    assert wilson_interval(0, 10) == pytest.approx((0.0, 0.2775328))
    assert wilson_interval(10, 10) == pytest.approx((0.7224672, 1.0))
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_macro_averages_count_what_takes_part() -> None:
    confusion = np.array([[3, 1, 0], [0, 0, 0], [0, 0, 0]])
    assert averages(confusion) == Averages(0.5, 0.375, (6 / 7) / 2)
    assert averages(np.zeros((2, 2), np.int64)) == Averages(0, 0, 0)


def test_calibration_by_hand() -> None:
    found = calibrate(np.array([1.0, 0.95, 0.95, 0.5, 0.0]), np.array([True, True, False, False, False]))
    filled = {index: one for index, one in enumerate(found.bins) if one.count}
    assert {index: one.count for index, one in filled.items()} == {0: 1, 7: 1, 14: 3}
    assert filled[14].confidence == pytest.approx(2.9 / 3) and filled[14].accuracy == pytest.approx(2 / 3)
    assert found.error == pytest.approx((abs(2 - 2.9) + 0.5 + 0) / 5)
    assert (found.bins[1].confidence, found.bins[1].accuracy) == (None, None)


def test_evaluation_survives_json() -> None:
    found = evaluate_logits(NAMES, LOGITS, LABELS, "logistic", [f"{n}.png" for n in range(6)])
    again = parse_evaluation(json.loads(json.dumps(found.as_json())))
    assert _comparable(again) == _comparable(found)
    cut = found.as_json(most=1)
    assert (cut["wrong"], [one[0] for one in cut["misclassified"]]) == (2, [5])


def _comparable(found: Evaluation) -> dict[str, Any]:
    return {**vars(found), "confusion": found.confusion.tolist()}


@pytest.mark.parametrize(
    "value", [None, {}, {"kind": "imguard-evaluation", "version": 2}, [], {"kind": "imguard-evaluation", "version": 1}]
)
def test_evaluation_of_another_form_is_damaged(value: object) -> None:
    with pytest.raises(StoreDamaged):
        parse_evaluation(value)


def test_evaluation_with_a_cut_table_is_damaged() -> None:
    value = evaluate_logits(NAMES, LOGITS, LABELS).as_json()
    changes: list[dict[str, Any]] = [
        {"confusion": [[1]]},
        {"interval": [0]},
        {"classes": [{"name": "x"}]},
        {"curves": [{}]},
    ]
    for change in changes:
        with pytest.raises(StoreDamaged):
            parse_evaluation({**value, **change})


@pytest.mark.parametrize(
    ("logits", "labels", "loss", "names"),
    [
        (LOGITS[:, :2], LABELS, "softmax", []),
        (LOGITS[0], LABELS[:3], "softmax", []),
        (np.full((6, 3), np.nan), LABELS, "softmax", []),
        (LOGITS, LABELS, "hinge", []),
        (LOGITS, LABELS, "softmax", ["one.png"]),
        (LOGITS[:0], LABELS[:0], "softmax", []),
    ],
)
def test_evaluation_of_what_does_not_fit_is_refused(
    logits: npt.NDArray[np.float64], labels: npt.NDArray[np.int64], loss: str, names: list[str]
) -> None:
    with pytest.raises(BadInput):
        evaluate_logits(NAMES, logits, labels, loss, names)
