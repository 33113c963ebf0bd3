"""What nodes answer about accounts is checked field by field; documents must be signed and about the right person."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from common.errors import BadFrame
from desktop_client.upload.identity.rows import Details, DeviceRow, InvitationRow, Row
from tests.helpers.accounts.people import Person, decision, registration

BOB = Person("bob", "City Bank")
ALICE = Person("alice")
TIME = "2026-01-01T00:00:00Z"
ROW: dict[str, Any] = {
    "user": "bob", "organisation": "City Bank", "role": "user", "state": "active", "verify_key": BOB.keys[0],
    "seal_key": BOB.keys[1], "version": 1, "created": TIME, "last_login": None, "request": None,
}  # fmt: skip
REQUEST = {"organisation": "City Bank", "verify_key": "11" * 32, "seal_key": "22" * 32, "created": TIME}
DEVICE = {"name": "laptop", "key": "33" * 32, "state": "active", "created": TIME, "last_login": TIME}
INVITATION = {
    "user": "bob", "organisation": "City Bank", "role": "user", "code_hash": "44" * 32, "expires": TIME,
    "created": TIME, "state": "open",
}  # fmt: skip


def shown(**changes: Any) -> dict[str, Any]:
    """One account as a node shows it to an administrator."""
    document = decision(ALICE.signing, BOB)
    whole = {
        **ROW, "documents": [document], "devices": [DEVICE], "registration": registration(BOB, "x" * 20),
    }  # fmt: skip
    return whole | changes


def test_row_is_read_and_its_fingerprint_computed_here() -> None:
    row = Row.parse({**ROW, "fingerprint": "00000 " * 6, "anything": "new"})
    assert (row.user, row.keys, row.version, row.waiting) == ("bob", BOB.keys, 1, None)
    assert len(row.fingerprint.split()) == 6 and row.fingerprint != ("00000 " * 6).strip()
    assert Row.parse({**ROW, "request": REQUEST}).waiting == Row.parse({**ROW, "request": REQUEST}).request
    requested = Row.parse({**ROW, "state": "requested", "version": 0})
    assert requested.waiting is not None and requested.waiting.verify_key == BOB.keys[0]


@pytest.mark.parametrize(
    "change",
    [{"user": "Bob"}, {"user": None}, {"organisation": 1}, {"role": "owner"}, {"state": "gone"}, {"version": -1},
     {"version": True}, {"version": "1"}, {"verify_key": "11"}, {"seal_key": "ZZ" * 32}, {"created": "yesterday"},
     {"last_login": 7}, {"request": []}, {"request": {**REQUEST, "verify_key": ""}}],
)  # fmt: skip
def test_row_of_another_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadFrame):
        Row.parse(ROW | change)


@pytest.mark.parametrize("change", [{"name": 1}, {"key": "x"}, {"state": "open"}, {"created": None}])
def test_device_of_another_form_is_refused(change: dict[str, Any]) -> None:
    assert DeviceRow.parse(DEVICE).last_login == TIME
    with pytest.raises(BadFrame):
        DeviceRow.parse(DEVICE | change)


@pytest.mark.parametrize("change", [{"code_hash": "x"}, {"state": "active"}, {"expires": 1}, {"user": "a b"}])
def test_invitation_of_another_form_is_refused(change: dict[str, Any]) -> None:
    assert InvitationRow.parse(INVITATION).status == "open"
    with pytest.raises(BadFrame):
        InvitationRow.parse(INVITATION | change)


def test_details_are_read() -> None:
    found = Details.parse(shown(), "bob")
    assert [one["body"]["version"] for one in found.documents] == [1]
    assert [device.name for device in found.devices] == ["laptop"] and found.registration is not None
    assert Details.parse({**ROW, "documents": []}, "bob").devices == ()


def _forged(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    forged = copy.deepcopy(document)
    forged["body"] |= changes
    return forged


GOOD = decision(ALICE.signing, BOB)
REGISTERED = registration(BOB, "x" * 20)


@pytest.mark.parametrize(
    "change",
    [
        {"documents": None},
        {"documents": [{}]},
        {"documents": [_forged(GOOD, role="administrator")]},
        {"documents": [decision(ALICE.signing, ALICE)]},
        {"documents": [{**GOOD, "kind": "consent"}]},
        {"documents": [decision(ALICE.signing, BOB, 2), GOOD]},
        {"documents": [GOOD, GOOD]},
        {"devices": [{}]},
        {"registration": {}},
        {"registration": _forged(REGISTERED, seal_key="11" * 32)},
        {"registration": registration(ALICE, "x" * 20)},
        {"registration": "x"},
    ],
)
def test_details_that_are_not_signed_or_about_somebody_else_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadFrame):
        Details.parse(shown(**change), "bob")


def test_details_of_somebody_else_are_refused() -> None:
    with pytest.raises(BadFrame, match="another user"):
        Details.parse(shown(), "carol")


def test_fixture_is_what_a_node_answers(tmp_path: Path) -> None:
    assert Row.parse(shown()) == Row.parse(ROW)
