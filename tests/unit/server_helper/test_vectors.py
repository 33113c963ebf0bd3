"""The vectors of helper-v1 are what the product makes, and the second implementation agrees and notices damage."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.vectors.generate.helper import helper_v1 as generate
from tests.vectors.verify import helper_v1 as verify


@pytest.fixture
def vector() -> Any:
    return json.loads(verify.VECTORS.read_text(encoding="utf-8"))


def test_vectors_are_what_the_product_makes(vector: Any) -> None:
    assert json.loads(json.dumps(generate.vectors())) == vector


def test_second_implementation_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    verify.main()
    assert "all checks passed" in capsys.readouterr().out


def test_second_implementation_notices_a_changed_correction(vector: Any) -> None:
    for party in (0, 1):
        for index, stored in enumerate(vector["stored"][party]):
            if stored:
                changed = copy.deepcopy(vector)
                changed["stored"][party][index] = stored[:-1] + ("0" if stored[-1] != "0" else "1")
                with pytest.raises(AssertionError):
                    verify.check_results(changed)
