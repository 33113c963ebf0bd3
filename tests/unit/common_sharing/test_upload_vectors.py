"""Vectors of settings and deletions: the file is what the product makes, and the second implementation agrees."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from common.agreement.reason import Reason
from common.documents import verify_document
from common.sharing.settings import parse_settings
from tests.vectors.generate.datasets import upload_v2 as generate
from tests.vectors.verify.datasets import upload_v2 as verify


def load() -> dict[str, Any]:
    vector: dict[str, Any] = json.loads(verify.VECTORS.read_text(encoding="utf-8"))
    return vector


def test_vectors_generator_makes_the_file() -> None:
    assert json.loads(json.dumps(generate.vectors())) == load()


def test_vectors_second_implementation_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    verify.main()
    assert "agrees" in capsys.readouterr().out


def test_vectors_are_what_servers_accept() -> None:
    vector = load()
    first, second, deletion = (case["document"] for case in vector["documents"])
    for document in (first, second):
        body = verify_document(document, "dataset-settings")
        assert parse_settings(body, generate.DATASET, 2, 10).body() == body
    Reason(**vector["reason"]).check(verify_document(deletion, "dataset-delete")["reason"])


def _flag(vector: dict[str, Any]) -> None:
    vector["documents"][1]["document"]["body"]["enabled"] = True


def _version(vector: dict[str, Any]) -> None:
    vector["documents"][1]["document"]["body"]["version"] = 0


def _words(vector: dict[str, Any]) -> None:
    vector["reason"]["text"] = "Something else."


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        (_flag, verify.check_documents),
        (_flag, verify.check_settings),
        (_version, verify.check_settings),
        (_words, verify.check_deletion),
    ],
)
def test_vectors_verifier_notices_a_change(
    spoil: Callable[[dict[str, Any]], None], check: Callable[[dict[str, Any]], None]
) -> None:
    vector = load()
    spoil(vector)
    with pytest.raises(AssertionError):
        check(vector)
