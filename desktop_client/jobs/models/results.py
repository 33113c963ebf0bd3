"""Results of a test as a file for other programs: everything as JSON, or tables as CSV."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from common.errors import UsageError
from common.net.files import write_private
from desktop_client.reveal.evaluation.result import Evaluation

JSON, SCORES, MISTAKES, CONFUSION = "json", "scores", "mistakes", "confusion"
KINDS: Final = (JSON, SCORES, CONFUSION, MISTAKES)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


async def write_results(evaluation: Evaluation, kind: str, out: Path) -> None:
    """Write one of :data:`KINDS`, mode 0600: names of files can be names of patients.

    Raises:
        UsageError: another kind.
        DiskFull: no room; what was there before stays.
    """
    if kind not in KINDS:
        raise UsageError(f"Results are written as one of {', '.join(KINDS)}.")
    await asyncio.to_thread(_write, evaluation, kind, out)


def _write(evaluation: Evaluation, kind: str, out: Path) -> None:
    if kind == JSON:
        write_private(out, json.dumps(evaluation.as_json(), indent=2, ensure_ascii=False, allow_nan=False).encode())
        return
    sink = io.StringIO(newline="")
    rows = {SCORES: _scores, CONFUSION: _confusion, MISTAKES: _mistakes}[kind](evaluation)
    csv.writer(sink).writerows([_plain(cell) for cell in row] for row in rows)
    # The mark at the beginning has spreadsheets read names in any script as they are.
    write_private(out, sink.getvalue().encode("utf-8-sig"))


def _scores(found: Evaluation) -> Iterator[list[Any]]:
    yield ["class", "images", "precision", "recall", "f1", "auc"]
    for one in found.classes:
        yield [one.name, one.count, one.precision, one.recall, one.f1, one.auc]


def _confusion(found: Evaluation) -> Iterator[list[Any]]:
    names = [one.name for one in found.classes]
    yield ["truth \\ taken for", *names]
    for name, counts in zip(names, found.confusion.tolist(), strict=True):
        yield [name, *counts]


def _mistakes(found: Evaluation) -> Iterator[list[Any]]:
    yield ["number", "file", "truth", "taken for", "probability"]
    for one in found.misclassified:
        yield [one.number, one.file, found.classes[one.truth].name, found.classes[one.said].name, one.probability]


def _plain(cell: Any) -> Any:
    """A name that a spreadsheet would take for a formula is made text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
