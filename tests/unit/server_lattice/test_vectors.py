"""The vectors of lattice-v1 are what the product makes, and the second implementation agrees."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server_node.offline.lattice import matrices, slots, tiles
from tests.vectors.generate.encryption import lattice_v1
from tests.vectors.verify.encryption import lattice_v1 as verify

SPEC = Path(__file__).resolve().parents[3] / "docs" / "specs" / "lattice-v1.md"
QUICK = (verify.check_uniform, verify.check_tiles)


def vector() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(verify.VECTORS.read_text(encoding="utf-8"))
    return found


def test_vectors_are_what_the_product_makes() -> None:
    assert vector() == lattice_v1.vectors()


@pytest.mark.parametrize("check", QUICK, ids=lambda check: check.__name__)
def test_second_implementation_agrees(check: Callable[[dict[str, Any]], None]) -> None:
    check(vector())


@pytest.mark.slow
@pytest.mark.parametrize("check", [c for c in verify.CHECKS if c not in QUICK], ids=lambda check: check.__name__)
def test_second_implementation_agrees_about_whole_messages(check: Callable[[dict[str, Any]], None]) -> None:
    check(vector())


def test_spec_states_how_work_is_cut() -> None:
    """What is under way at once decides the order of messages, and is too large for a vector."""
    text = SPEC.read_text(encoding="utf-8")
    assert f"more than {matrices._AHEAD} ciphertexts" in text
    assert f"max(2, 2 floor(min({matrices._COLUMNS}, floor({matrices._CHUNK} / (K + R))) / 2))" in text
    assert f"{slots._AHEAD} blocks" in text
    assert f"at most {tiles.MOST_SECRETS} row tiles" in text
    assert f"at most {tiles.MOST_REQUESTS} ciphertexts" in text
