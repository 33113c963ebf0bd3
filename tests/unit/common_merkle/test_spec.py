"""The specification names what the code has: every action, kind of evidence, field and vector."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from common.merkle.checkpoint import MAX_CHECKPOINT, MAX_SIGNATURES
from common.merkle.entry import EVIDENCE_KINDS, MAX_ENTRY_BYTES, Action
from tests.vectors.verify.merkle_v1 import VECTORS

SPEC = (Path(__file__).resolve().parents[3] / "docs" / "specs" / "audit-log-v1.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*Action, *sorted(EVIDENCE_KINDS)])
def test_spec_lists_every_action_and_kind_of_evidence(name: str) -> None:
    assert f"`{name}`" in SPEC


def test_spec_states_the_limits() -> None:
    assert f"at most {MAX_ENTRY_BYTES} bytes" in SPEC
    assert f"more than {MAX_CHECKPOINT} characters or {MAX_SIGNATURES} signature lines" in SPEC


def test_spec_shows_the_values_of_the_vector_file() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    shown = [
        *vector["leaves"][:5],
        vector["roots"][2],
        vector["roots"][4],
        vector["roots"][8],
        vector["accumulated"]["sha256"],
        vector["event"]["leaf"],
        *(vector["checkpoint"][name] for name in ("verify_key", "origin", "key_id")),
        vector["checkpoint"]["note"].split("\n\n")[1].strip(),
        *(node for case in vector["inclusion"] + vector["consistency"][2:3] for node in case["proof"]),
    ]
    assert [value for value in shown if value not in SPEC] == []
