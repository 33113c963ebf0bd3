"""The vector files are what the product makes, the second implementation agrees, the spec states the batch sizes."""

from __future__ import annotations

import json
from pathlib import Path

from server_node.offline import generate
from server_node.offline.ot import cots
from tests.vectors.generate import triples_v3
from tests.vectors.generate.transfers import cot_v2
from tests.vectors.verify import triples_v3 as verify_triples
from tests.vectors.verify.transfers import cot_v2 as verify_cot


def test_vectors_of_cot_v2_are_what_the_product_makes() -> None:
    assert json.loads(verify_cot.VECTORS.read_text(encoding="utf-8")) == cot_v2.vectors()


def test_vectors_of_cot_v2_second_implementation_agrees() -> None:
    vector = json.loads(verify_cot.VECTORS.read_text(encoding="utf-8"))
    for check in verify_cot.CHECKS:
        check(vector)


def test_vectors_of_triples_v3_are_what_the_product_makes() -> None:
    assert json.loads(verify_triples.VECTORS.read_text(encoding="utf-8")) == triples_v3.vectors()


def test_vectors_of_triples_v3_second_implementation_agrees() -> None:
    vector = json.loads(verify_triples.VECTORS.read_text(encoding="utf-8"))
    for check in verify_triples.CHECKS:
        check(vector)


def test_spec_of_triples_v3_states_the_batch_sizes() -> None:
    """How work is cut into messages is part of the protocol, and too large for a vector."""
    spec = Path(__file__).resolve().parents[3] / "docs" / "specs" / "triples-v3.md"
    text = spec.read_text(encoding="utf-8")
    factors, entries = cots._BATCH_OTS // cots.WORD_BITS, cots._BATCH_PAD_WORDS // cots.WORD_BITS
    assert f"`min({factors}, floor({entries} / max(2, V)))` factors" in text
    assert f"batches of {cots._BATCH_OTS // 64} words of 64 transfers" in text
    assert f"until they have 2^{generate._GROUP_ELEMENTS.bit_length() - 1} elements" in text
