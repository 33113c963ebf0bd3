"""Requests: exact fields, exact types, bounded values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import BadInput
from server_node.api.permissions import Relation
from server_node.api.routes.table import ROUTES
from server_node.api.schemas import jobs, peer
from server_node.api.schemas.fields import Raw, Record, Stream, parse_json

START = {
    "document": {
        "kind": "job-start",
        "body": {"project_hash": "ab" * 32, "nonce": "cd" * 16},
        "signer": "ef" * 32,
        "signature": "01" * 64,
    }
}


def changed(*path: str, value: Any) -> dict[str, Any]:
    """START with one value replaced."""
    found = json.loads(json.dumps(START))
    place = found
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return dict(found)


def test_documents_of_the_right_form_pass() -> None:
    jobs.JOB_START.check(START)
    peer.PEER_JOB.check({**START, "job": "ab" * 16, "controls": []})
    peer.PEER_END.check({"error": None})
    peer.PEER_END.check({"error": {"code": "peer-gone", "message": "a\nb", "advice": "", "details": {}}})


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {**START, "more": 1},
        changed("document", value=None),
        changed("document", "kind", value="consent"),
        changed("document", "signer", value="EF" * 32),
        changed("document", "signer", value="ef" * 31),
        changed("document", "signature", value=7),
        changed("document", "body", value={}),
        changed("document", "body", "nonce", value="cd" * 7),
        changed("document", "body", "nonce", value="cd" * 16 + "\n"),
        changed("document", "body", "more", value=1),
    ],
)
def test_documents_of_another_form_are_named(body: Any) -> None:
    with pytest.raises(BadInput) as refused:
        jobs.JOB_START.check(body)
    assert refused.value.details["field"]


@pytest.mark.parametrize("slot", [-1, 8, True, "0", 0.0, None])
def test_numbers_are_bounded_and_no_truth_values(slot: object) -> None:
    with pytest.raises(BadInput):
        peer.PEER_START.check({"slot": slot})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_any_json_is_either_taken_or_refused_with_a_name(value: object) -> None:
    for route in ROUTES:
        if isinstance(route.schema, Record):
            try:
                route.schema.check(value)
            except BadInput:
                continue


@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_refused_with_a_name(raw: bytes) -> None:
    try:
        parse_json(raw)
    except BadInput as refused:
        assert refused.details == {"field": "body"}


@pytest.mark.parametrize(
    "raw", [b'{"a":1,"a":2}', b"1.5", b"1e3", b"NaN", b"-Infinity", b"[" * 100_000, b"\xed\xa0\x80"]
)
def test_traps_of_json_are_refused(raw: bytes) -> None:
    with pytest.raises(BadInput):
        parse_json(raw)


def test_every_schema_describes_itself() -> None:
    for route in ROUTES:
        for schema in (route.schema, route.answer):
            if schema is not None and not isinstance(schema, (Raw, Stream)):
                assert json.loads(json.dumps(schema.openapi)) == schema.openapi


def test_every_route_that_changes_something_checks_who_asks() -> None:
    open_routes = {route.path for route in ROUTES if Relation.ANYBODY in route.permission.allowed}
    names = {route.name for route in ROUTES if Relation.ANYBODY in route.permission.allowed and route.method != "GET"}
    assert names == {"users.register", "users.devices", "auth.challenge", "auth.login"}
    assert {"/healthz", "/readyz", "/v1/info"} <= open_routes
    for route in ROUTES:
        assert (Relation.PEER in route.permission.allowed) == route.path.startswith("/v1/peer/")
