"""How the results of a test are shown, wherever the model was run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from desktop_client.cli.context import table
from desktop_client.reveal.evaluation.result import Evaluation

_SHOWN: Final = 10


def scores_value(result: Evaluation, count: int) -> dict[str, Any]:
    """For programs."""
    return {
        "images": count,
        "accuracy": result.accuracy,
        "interval": list(result.interval),
        "macro": asdict(result.macro),
        "auc": result.macro_curve.area,
        "calibration_error": result.calibration.error,
        "classes": [
            {
                "name": one.name,
                "images": one.count,
                "precision": one.precision,
                "recall": one.recall,
                "f1": one.f1,
                "auc": one.auc,
            }
            for one in result.classes
        ],
        "confusion": result.confusion.tolist(),
    }


def scores_text(result: Evaluation, count: int) -> str:
    """For people: accuracy, a table of classes, and the confusion matrix."""
    rows = [
        (one.name, one.count, *map(_percent, (one.precision, one.recall, one.f1)), _area(one.auc))
        for one in result.classes
    ]
    low, high = result.interval
    names = [one.name for one in result.classes]
    matrix = [(name, *row) for name, row in zip(names, result.confusion.tolist(), strict=True)]
    parts = [
        f"accuracy {result.accuracy:.2%} on {count} images; with 95 % confidence between {low:.1%} and {high:.1%}",
        table(("CLASS", "IMAGES", "PRECISION", "RECALL", "F1", "AUC"), rows),
        table(("IS \\ TAKEN FOR", *names), matrix),
    ]
    return "\n\n".join(parts)


def mistaken_value(result: Evaluation) -> list[dict[str, Any]]:
    """Images that were taken for another class, the surest first; ``file`` is empty where it is not known."""
    names = [one.name for one in result.classes]
    return [
        {"number": one.number, "file": one.file, "is": names[one.truth], "taken_for": names[one.said]}
        for one in result.misclassified
    ]


def mistaken_text(result: Evaluation) -> str:
    """The first of them, where their files are known."""
    found = [one for one in mistaken_value(result) if one["file"]]
    if not found:
        return ""
    rows = [(one["file"], one["is"], one["taken_for"]) for one in found[:_SHOWN]]
    more = f"\n... and {len(found) - _SHOWN} more; --json lists all" if len(found) > _SHOWN else ""
    return "\n\n" + table(("FILE", "IS", "TAKEN FOR"), rows) + more


def chances_text(classes: Sequence[str], chances: Sequence[float]) -> str:
    """What a model says about one image, the likeliest class first."""
    order = sorted(range(len(classes)), key=lambda index: -chances[index])
    rows = [(classes[index], f"{chances[index]:.1%}") for index in order]
    return f"taken for {classes[order[0]]}\n\n" + table(("CLASS", "PROBABILITY"), rows)


def _area(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
