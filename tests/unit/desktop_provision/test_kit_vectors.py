"""The vectors of kits: what the product makes, what it accepts, and what a second implementation says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from common.deployment.kit import read_kit
from common.errors import BadSignature
from tests.vectors.generate.kit import kit_v1 as generate
from tests.vectors.verify.kit import kit_v1 as verify


def load() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(verify.VECTORS.read_text(encoding="utf-8"))
    return value


def test_kit_vectors_are_what_the_product_makes() -> None:
    assert load() == generate.vectors()


def test_kit_vectors_second_implementation_agrees() -> None:
    verify.check(load())


@pytest.mark.parametrize("number", range(3))
def test_kit_vectors_are_accepted_and_nothing_else(tmp_path: Path, number: int) -> None:
    value = load()
    listed = value["kits"][number]["kit.json"]
    for name, text in value["files"].items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "kit.json").write_text(json.dumps(listed), encoding="utf-8")
    found = read_kit(tmp_path)
    assert (found.recipient, found.serial) == (listed["recipient"], listed["serial"])
    (tmp_path / "kit.json").write_text(json.dumps({**listed, "serial": 9}), encoding="utf-8")
    with pytest.raises(BadSignature):
        read_kit(tmp_path)
