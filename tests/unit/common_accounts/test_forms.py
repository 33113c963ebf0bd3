"""Forms of documents: exact fields, names that cannot pass for others, and times that exist."""

from __future__ import annotations

from typing import Any

import pytest

from common.accounts.forms import (
    FORMS,
    check_rotation_proof,
    from_text,
    open_document,
    require_user,
    to_text,
)
from common.documents import sign_document
from common.errors import BadInput, BadSignature
from tests.helpers.accounts.people import Person, decision, device, invitation, new_code, registration, rotation

ALICE = Person("alice")
DOCUMENTS: dict[str, dict[str, Any]] = {
    "invitation": invitation(ALICE.signing, "bob", new_code()),
    "registration": registration(ALICE, new_code()),
    "account": decision(ALICE.signing, ALICE),
    "account-rotate": rotation(ALICE.signing, ALICE, 2),
    "device": device(ALICE, "ab" * 32),
}


@pytest.mark.parametrize("kind", FORMS)
def test_document_opens_to_its_body(kind: str) -> None:
    assert open_document(DOCUMENTS[kind], kind) == DOCUMENTS[kind]["body"]


@pytest.mark.parametrize("kind", FORMS)
def test_missing_and_unknown_fields_are_refused(kind: str) -> None:
    body = DOCUMENTS[kind]["body"]
    for changed in ({**body, "more": 1}, {key: body[key] for key in list(body)[1:]}):
        with pytest.raises(BadInput):
            open_document(sign_document(kind, changed, ALICE.signing), kind)


@pytest.mark.parametrize("kind", FORMS)
def test_every_field_refuses_other_types(kind: str) -> None:
    body = DOCUMENTS[kind]["body"]
    values: list[Any] = [None, True, [], {}, 1.0]
    for field in body:
        for value in values:
            with pytest.raises(BadInput):
                open_document({**DOCUMENTS[kind], "body": {**body, field: value}}, kind)


@pytest.mark.parametrize("kind", FORMS)
def test_every_byte_is_signed(kind: str) -> None:
    other = {**DOCUMENTS[kind]["body"], "user": "mallory"}
    with pytest.raises(BadSignature):
        open_document({**DOCUMENTS[kind], "body": other}, kind)
    others: list[Any] = [None, [], {}, {**DOCUMENTS[kind], "more": 1}, {**DOCUMENTS[kind], "kind": "consent"}]
    for document in others:
        with pytest.raises(BadSignature):
            open_document(document, kind)


@pytest.mark.parametrize("name", ["", "A", "-a", "a b", "a" * 65, "a/b", "ä", "a\n"])
def test_user_names_are_plain(name: str) -> None:
    body = {**DOCUMENTS["device"]["body"], "user": name}
    with pytest.raises(BadInput, match="user must be"):
        open_document(sign_document("device", body, ALICE.signing), "device")


@pytest.mark.parametrize("name", ["", " x", "x ", "a\u202eb", "a\u200bb", "a\x00b", "a\nb", "a\x85b", "x" * 65])
def test_names_hide_nothing(name: str) -> None:
    body = {**DOCUMENTS["account"]["body"], "organisation": name}
    with pytest.raises(BadInput, match="organisation must be"):
        open_document(sign_document("account", body, ALICE.signing), "account")


@pytest.mark.parametrize("name", ["x", "St. Mary's", "Universitätsklinik Köln", "北京医院", "x" * 64])
def test_names_of_all_languages_are_taken(name: str) -> None:
    body = {**DOCUMENTS["account"]["body"], "organisation": name}
    assert open_document(sign_document("account", body, ALICE.signing), "account")["organisation"] == name


@pytest.mark.parametrize("version", [0, -1, 10**9 + 1, "1", 1.0, True])
def test_versions_are_counted_from_one(version: object) -> None:
    document: dict[str, Any] = {**DOCUMENTS["account"], "body": {**DOCUMENTS["account"]["body"], "version": version}}
    with pytest.raises(BadInput, match="version must be"):
        open_document(document, "account")


def test_rotation_is_proved_by_the_new_key_over_the_whole_body() -> None:
    body = DOCUMENTS["account-rotate"]["body"]
    check_rotation_proof(body)
    for field, value in (("user", "bob"), ("version", 3), ("seal_key", "ab" * 32), ("time", "2026-01-01T00:00:00Z")):
        with pytest.raises(BadSignature):
            check_rotation_proof({**body, field: value})


def test_document_is_about_the_user_of_the_address() -> None:
    require_user({"user": "alice"}, "alice")
    with pytest.raises(BadInput):
        require_user({"user": "alice"}, "bob")


def test_times_are_those_of_documents() -> None:
    assert to_text(0) == "1970-01-01T00:00:00Z"
    assert from_text("2026-11-23T12:00:00Z", "time") == 1_795_435_200
    for wrong in ("2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z"):
        with pytest.raises(BadInput):
            from_text(wrong, "time")
