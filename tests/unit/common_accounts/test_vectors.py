"""What is signed and hashed of accounts and logins is what the vectors say, and a second implementation agrees."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from tests.vectors.generate.identity import identity_v1 as generate
from tests.vectors.verify.identity import identity_v1 as verify


def load() -> dict[str, Any]:
    value = json.loads(verify.VECTORS.read_text(encoding="utf-8"))
    assert isinstance(value, dict)
    return value


def test_vectors_are_what_the_product_makes() -> None:
    assert load() == generate.vectors()


@pytest.mark.parametrize("check", verify.CHECKS, ids=lambda check: check.__name__)
def test_second_implementation_agrees(check: Callable[[dict[str, Any]], None]) -> None:
    check(load())


def test_second_implementation_notices_a_change() -> None:
    changed = copy.deepcopy(load())
    changed["documents"][3]["document"]["body"]["version"] = 3
    with pytest.raises(InvalidSignature):
        verify.check_rotation(changed)
    with pytest.raises(AssertionError):
        verify.check_documents(changed)
