"""The vector file is what the product makes, and the second implementation agrees."""

from __future__ import annotations

import json

from tests.vectors.generate import ring_v2
from tests.vectors.verify import ring_v2 as verify


def test_vectors_of_ring_v2_are_what_the_product_makes() -> None:
    assert json.loads(verify.VECTORS.read_text(encoding="utf-8")) == ring_v2.vectors()


def test_vectors_of_ring_v2_second_implementation_agrees() -> None:
    vector = json.loads(verify.VECTORS.read_text(encoding="utf-8"))
    for check in verify.CHECKS:
        check(vector)
