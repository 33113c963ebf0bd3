"""What the log takes in: signed events of one form, with ids and hashes and no free text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from common.crypto.signing import SigningKey
from common.documents import canonical, sign_document
from common.errors import AppError, BadInput, BadSignature, TooLarge
from common.merkle.entry import EVIDENCE_KINDS, Action, check_event, check_subject, user_actor
from common.merkle.tree import leaf_hash

NODE = SigningKey.from_bytes(b"\x01" * 32)
USER = SigningKey.from_bytes(b"\x02" * 32)


def body(**changes: Any) -> dict[str, Any]:
    value: dict[str, Any] = {
        "version": 1,
        "id": "0" * 32,
        "time": "2026-11-23T12:00:00Z",
        "actor": "node:a",
        "action": "job-stage",
        "subject": {"job": "ab" * 16, "epoch": 3},
    }
    return {**value, **changes}


def event(**changes: Any) -> dict[str, Any]:
    return sign_document("event", body(**changes), NODE)


def consent(key: SigningKey = USER, kind: str = "consent", **changes: Any) -> dict[str, Any]:
    return sign_document(kind, {"project_hash": "ab" * 32, "dataset": "cd" * 32, "expires": None, **changes}, key)


def user_event(action: str, **changes: Any) -> dict[str, Any]:
    """An event that a user caused, with the evidence that the action needs."""
    evidence = {"evidence": consent(kind=action)} if action in EVIDENCE_KINDS else {}
    return event(**{"actor": user_actor(USER.verify_key), "action": action, "subject": {}, **evidence, **changes})


def test_event_of_right_form_is_accepted() -> None:
    document = event()
    checked = check_event(document)
    assert checked.entry == canonical(document) and checked.leaf == leaf_hash(canonical(document))
    assert checked.signer == NODE.verify_key and checked.action == "job-stage" and checked.body == document["body"]


@pytest.mark.parametrize("action", list(Action))
def test_event_with_any_listed_action_is_accepted(action: Action) -> None:
    assert check_event(user_event(action.value)).action == action


@pytest.mark.parametrize("kind", sorted(EVIDENCE_KINDS))
def test_event_with_evidence_of_its_actor_is_accepted(kind: str) -> None:
    subject = {"specification": "ab" * 32, "dataset": "cd" * 32, "job": "ef" * 16}
    assert check_event(user_event(kind, subject=subject)).body["evidence"]["signer"] == USER.verify_key


@pytest.mark.parametrize("action", sorted(EVIDENCE_KINDS))
@pytest.mark.parametrize("actor", ["node:a", user_actor(USER.verify_key)])
def test_user_act_without_evidence_raises(action: str, actor: str) -> None:
    with pytest.raises(BadInput, match="needs the user's own"):
        check_event(event(action=action, actor=actor, subject={}))


@pytest.mark.parametrize("action", ["consent", "login", "job-stage"])
def test_evidence_of_another_kind_raises(action: str) -> None:
    with pytest.raises(BadInput, match="does not show"):
        check_event(user_event(action, evidence=consent(kind="job-start")))


@pytest.mark.parametrize("subject", [{"dataset": "ee" * 32}, {"specification": "ee" * 32}, {"dataset": None}])
def test_evidence_for_something_else_raises(subject: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="names another"):
        check_event(user_event("consent", subject=subject))


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"version": True},
        {"version": "1"},
        {"id": "0" * 31},
        {"id": "G" * 32},
        {"id": 5},
        {"time": "yesterday"},
        {"time": "2026-11-23T12:00:00+01:00"},
        {"actor": "alice"},
        {"actor": "node:c"},
        {"actor": "user:alice"},
        {"action": "Job Start"},
        {"action": "-"},
        {"action": "a" * 65},
        {"subject": "text"},
        {"subject": {"note": "Mrs Smith's chest film"}},
        {"surplus": 1},
        {"evidence": None},
        {"evidence": {}},
        {"evidence": {"kind": ["consent"]}},
        {"evidence": consent(kind="registration")},
        {"action": "consent", "evidence": consent()},
        {"actor": user_actor(NODE.verify_key), "action": "consent", "evidence": consent()},
        {"actor": user_actor(USER.verify_key), "action": "consent", "evidence": consent(dataset="free text")},
    ],
)
def test_event_of_wrong_form_raises(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        check_event(event(**changes))


@pytest.mark.parametrize("field", ["version", "id", "time", "actor", "action", "subject"])
def test_event_without_a_field_raises(field: str) -> None:
    value = body()
    del value[field]
    with pytest.raises(BadInput):
        check_event(sign_document("event", value, NODE))


@pytest.mark.parametrize("value", [None, 3, [], "event", {}, {"kind": "event"}, {"kind": 1.5}, {"signer": "ab" * 32}])
def test_event_that_is_no_document_raises(value: object) -> None:
    with pytest.raises(BadInput):
        check_event(value)


def test_event_nested_too_deep_raises() -> None:
    deep: Any = 0
    for _ in range(40):
        deep = [deep]
    document = event()
    document["body"]["subject"] = {"x": deep}
    with pytest.raises(BadInput):
        check_event(document)


def test_event_too_large_raises() -> None:
    document = event()
    document["body"]["subject"] = {"x": "a" * 9000}
    with pytest.raises(TooLarge):
        check_event(document)


def test_event_changed_after_signing_raises() -> None:
    for field, value in (("action", "consent"), ("actor", "node:b"), ("time", "2026-11-23T12:00:01Z")):
        document = event()
        document["body"][field] = value
        with pytest.raises(BadSignature):
            check_event(document)


def test_event_of_another_kind_raises() -> None:
    with pytest.raises(BadSignature):
        check_event(sign_document("consent", body(), NODE))


def test_event_with_a_second_spelling_of_the_signature_raises() -> None:
    """The same event under two leaf hashes would let a node count one deed twice."""
    document = event()
    for field, value in (
        ("signature", document["signature"].upper()),
        ("signature", " " + document["signature"]),
        ("signer", document["signer"].upper()),
    ):
        with pytest.raises(BadInput):
            check_event({**document, field: value})


def test_event_with_forged_evidence_raises() -> None:
    forged = consent()
    forged["body"]["dataset"] = "ef" * 32
    with pytest.raises(BadSignature):
        check_event(user_event("consent", evidence=forged))


def test_event_every_flipped_bit_raises() -> None:
    raw = canonical(user_event("consent"))
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        try:
            value = json.loads(changed)
        except ValueError:
            continue
        with pytest.raises(AppError):
            check_event(value)


def test_subject_takes_ids_numbers_truth_values_and_nothing() -> None:
    check_subject({"a": "0f" * 32, "b": 0, "c": 2**53, "d": True, "e": False, "f": None, "g": ""})


@pytest.mark.parametrize(
    "subject",
    [
        {"a": [True]},
        {"a": -1},
        {"a": 2**60},
        {"a": ["x"]},
        {"a": {"b": "c"}},
        {"a": "two words"},
        {"a": "x" * 129},
        {"A": "x"},
        {"": "x"},
        {"a" * 33: "x"},
        {f"field{i}": i for i in range(17)},
        None,
    ],
)
def test_subject_with_anything_but_tokens_raises(subject: object) -> None:
    with pytest.raises(BadInput):
        check_subject(subject)


def test_subject_of_tokens_numbers_and_nulls_is_accepted() -> None:
    check_subject({"hash": "ab" * 32, "epoch": 0, "expires": None, "stage": "train", "time": "2026-11-23T12:00:00Z"})


def test_user_actor_is_a_pseudonym_that_the_key_gives() -> None:
    assert user_actor(USER.verify_key) == user_actor(USER.verify_key) != user_actor(NODE.verify_key)
    assert USER.verify_key not in user_actor(USER.verify_key)
