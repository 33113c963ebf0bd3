"""Vectors of hiding, training and models: the file is what the product makes, and the second implementation agrees."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.vectors.generate import hide_v1 as generate_hide
from tests.vectors.generate import model_v2 as generate_model
from tests.vectors.generate import train_v2 as generate_train
from tests.vectors.generate.asking import answer_v1 as generate_answer
from tests.vectors.generate.project import decisions_v4 as generate_decisions
from tests.vectors.generate.project import project_v4 as generate_project
from tests.vectors.verify import hide_v1 as verify_hide
from tests.vectors.verify import model_v2 as verify_model
from tests.vectors.verify import train_v2 as verify_train
from tests.vectors.verify.asking import answer_v1 as verify_answer
from tests.vectors.verify.project import decisions_v4 as verify_decisions
from tests.vectors.verify.project import project_v4 as verify_project

PAIRS = [
    (generate_hide, verify_hide), (generate_train, verify_train), (generate_model, verify_model),
    (generate_project, verify_project), (generate_decisions, verify_decisions),
    (generate_answer, verify_answer),
]  # fmt: skip
IDS = ["hide-v1", "train-v2", "model-v2", "project-v4", "decisions-v4", "answer-v1"]


def load(verify: ModuleType) -> Any:
    path: Path = verify.VECTORS
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("generate", "verify"), PAIRS, ids=IDS)
def test_vectors_generator_makes_the_file(generate: ModuleType, verify: ModuleType) -> None:
    made = json.loads(json.dumps(generate.vectors()))
    assert made == load(verify)


@pytest.mark.parametrize(("generate", "verify"), PAIRS, ids=IDS)
def test_vectors_second_implementation_agrees(
    generate: ModuleType, verify: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load(verify)["check"].endswith(f"{verify.VECTORS.stem}.py")
    verify.main()
    assert "agrees" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "field"), [("check_plans", "plans"), ("check_mixtures", "mixtures"), ("check_flip", "flip")]
)
def test_vectors_hiding_verifier_notices_a_changed_number(name: str, field: str) -> None:
    vector = load(verify_hide)
    case = vector[field]["a"] if field == "flip" else vector[field][0]
    target = next(key for key in ("weights", "numerators", "result") if key in case)
    row = case[target]
    row[0] = [row[0][0] + 1, *row[0][1:]] if isinstance(row[0], list) else row[0] + 1
    with pytest.raises(AssertionError):
        getattr(verify_hide, name)(vector)
