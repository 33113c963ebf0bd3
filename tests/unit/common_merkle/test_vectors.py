"""The vector file is what the product makes, and the second implementation agrees with it."""

from __future__ import annotations

import json
from typing import Any

from common.merkle.checkpoint import open_checkpoint
from common.merkle.entry import check_event
from common.merkle.proof import check_consistency, check_inclusion, decode_proof
from tests.vectors.generate import merkle_v1 as generate
from tests.vectors.verify import merkle_v1 as verify


def load() -> dict[str, Any]:
    value = json.loads(verify.VECTORS.read_text(encoding="utf-8"))
    assert isinstance(value, dict)
    return value


def test_vectors_generator_makes_the_file() -> None:
    assert load() == generate.vectors()


def test_vectors_second_implementation_agrees() -> None:
    vector = load()
    for check in (verify.check_tree, verify.check_checkpoint, verify.check_event):
        check(vector)
    small = {"accumulated": {"size": 20, "sha256": generate.accumulated(20)}}
    verify.check_accumulated(small)


def test_vectors_are_accepted_by_the_checks() -> None:
    vector = load()
    leaves, roots = decode_proof(vector["leaves"]), decode_proof(vector["roots"])
    for case in vector["inclusion"]:
        index, size = case["index"], case["size"]
        check_inclusion(leaves[index], index, size, decode_proof(case["proof"]), roots[size])
    for case in vector["consistency"]:
        first, second = case["first"], case["second"]
        check_consistency(first, roots[first], second, roots[second], decode_proof(case["proof"]))
    checkpoint = open_checkpoint(vector["checkpoint"]["note"], vector["checkpoint"]["verify_key"])
    assert (checkpoint.size, checkpoint.root) == (8, roots[8])
    assert check_event(json.loads(vector["event"]["entry"])).leaf.hex() == vector["event"]["leaf"]
