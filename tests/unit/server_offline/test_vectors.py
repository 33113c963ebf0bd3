"""The vector files are what the product makes, and the second implementation agrees."""

from __future__ import annotations

import json

from tests.vectors.generate import cot_v1, triples_v1
from tests.vectors.verify import cot_v1 as verify_cot
from tests.vectors.verify import triples_v1 as verify_triples


def test_vectors_of_cot_v1_are_what_the_product_makes() -> None:
    assert json.loads(verify_cot.VECTORS.read_text(encoding="utf-8")) == cot_v1.vectors()


def test_vectors_of_cot_v1_second_implementation_agrees() -> None:
    vector = json.loads(verify_cot.VECTORS.read_text(encoding="utf-8"))
    for check in verify_cot.CHECKS:
        check(vector)


def test_vectors_of_triples_v1_are_what_the_product_makes() -> None:
    assert json.loads(verify_triples.VECTORS.read_text(encoding="utf-8")) == triples_v1.vectors()


def test_vectors_of_triples_v1_second_implementation_agrees() -> None:
    vector = json.loads(verify_triples.VECTORS.read_text(encoding="utf-8"))
    for check in verify_triples.CHECKS:
        check(vector)
