"""Results of a test as files for other programs."""

from __future__ import annotations

import csv
import json
import stat
import sys
from pathlib import Path

import numpy as np
import pytest

from common.errors import UsageError
from desktop_client.jobs.models.results import write_results
from desktop_client.reveal.evaluation.result import Evaluation, evaluate_logits, parse_evaluation


@pytest.fixture
def found() -> Evaluation:
    logits = np.array([[2.0, 0.0], [0.0, 1.0], [3.0, 0.0]])
    return evaluate_logits(["=ill", "healthy"], logits, np.array([0, 1, 1]), names=["a.png", "b.png", "-c.png"])


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


async def test_everything_is_read_back_from_json(found: Evaluation, tmp_path: Path) -> None:
    out = tmp_path / "all.json"
    await write_results(found, "json", out)
    again = parse_evaluation(json.loads(out.read_bytes()))
    assert (again.accuracy, again.misclassified) == (found.accuracy, found.misclassified)
    if sys.platform != "win32":
        assert stat.S_IMODE(out.stat().st_mode) == 0o600


async def test_tables_have_no_formulas(found: Evaluation, tmp_path: Path) -> None:
    out = tmp_path / "table.csv"
    await write_results(found, "confusion", out)
    assert _rows(out) == [["truth \\ taken for", "'=ill", "healthy"], ["'=ill", "1", "0"], ["healthy", "1", "1"]]
    await write_results(found, "mistakes", out)
    assert _rows(out)[1][:4] == ["2", "'-c.png", "healthy", "'=ill"]
    await write_results(found, "scores", out)
    assert _rows(out)[2][:4] == ["healthy", "2", "1.0", "0.5"]


async def test_other_form_is_refused(found: Evaluation, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        await write_results(found, "pdf", tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
