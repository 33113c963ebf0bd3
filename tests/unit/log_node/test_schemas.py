"""What requests may look like, and that the first bad document is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from multidict import MultiDict

from common.deployment import NodeEntry
from common.documents import sign_document
from common.errors import AppError, BadInput, BadSignature, TooLarge
from log_node.api import schemas
from tests.helpers.log_events import NODE_A, NODE_B, event, event_document

A = NodeEntry("a", "hospital", "https://127.0.0.1:1", NODE_A.verify_key, "", "", 0)


def body(documents: Any, **more: Any) -> bytes:
    return json.dumps({"documents": documents, **more}).encode()


def test_documents_of_right_form_are_given_back() -> None:
    assert schemas.parse_documents(body([1, {}])) == [1, {}]
    assert len(schemas.parse_documents(body([1] * schemas.MAX_DOCUMENTS))) == schemas.MAX_DOCUMENTS


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff", b"[]", b"null", b"{}", body([]), body({}), body([1], more=1), b"[" * 100000]
)
def test_documents_of_wrong_form_raise(raw: bytes) -> None:
    with pytest.raises(BadInput):
        schemas.parse_documents(raw)


def test_too_many_documents_raise() -> None:
    with pytest.raises(TooLarge):
        schemas.parse_documents(body([1] * (schemas.MAX_DOCUMENTS + 1)))


def test_largest_allowed_request_fits_into_the_body_limit() -> None:
    largest = {"x": "a" * (8192 - 8)}
    assert len(body([largest] * schemas.MAX_DOCUMENTS)) <= schemas.MAX_BODY


def test_events_of_the_calling_node_are_accepted() -> None:
    assert schemas.check_documents([event_document(1), event_document(2)], A) == [event(1), event(2)]


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (event_document(9, NODE_B), BadSignature),
        (event_document(9, actor="node:b"), BadInput),
        (event_document(9, action="two words"), BadInput),
        ({**event_document(9), "signature": "00" * 64}, BadSignature),
        (sign_document("consent", {}, NODE_A), BadSignature),
        ("text", BadInput),
        ({"x": "a" * 9000}, TooLarge),
    ],
)
def test_first_bad_event_is_named(bad: Any, error: type[AppError]) -> None:
    with pytest.raises(error) as raised:
        schemas.check_documents([event_document(1), event_document(2), bad, bad], A)
    assert raised.value.details["position"] == 2


def test_page_inside_the_log_is_given_back() -> None:
    assert schemas.parse_page({"from": "0", "to": "5"}, 5) == (0, 5)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"from": "0"},
        {"from": "0", "to": "6"},
        {"from": "2", "to": "2"},
        {"from": "3", "to": "2"},
        {"from": "-1", "to": "2"},
        {"from": "01", "to": "2"},
        {"from": "1.0", "to": "2"},
        {"from": "0", "to": "9" * 30},
        {"from": "0", "to": "5", "more": "1"},
        MultiDict([("from", "0"), ("from", "1"), ("to", "3")]),
    ],
)
def test_page_of_wrong_form_or_range_raises(query: Any) -> None:
    with pytest.raises(BadInput):
        schemas.parse_page(query, 5)


def test_page_that_is_too_long_raises() -> None:
    assert schemas.parse_page({"from": "5", "to": "1005"}, 5000) == (5, 1005)
    with pytest.raises(BadInput):
        schemas.parse_page({"from": "5", "to": "1006"}, 5000)


def test_inclusion_by_index_or_leaf() -> None:
    assert schemas.parse_inclusion({"index": "3", "size": "7"}) == schemas.InclusionQuery(3, None, 7)
    assert schemas.parse_inclusion({"leaf": "ab" * 32}) == schemas.InclusionQuery(None, b"\xab" * 32, None)


@pytest.mark.parametrize(
    "query", [{}, {"size": "1"}, {"index": "x"}, {"index": "1", "leaf": "ab" * 32}, {"leaf": "AB" * 32}, {"leaf": "ab"}]
)
def test_inclusion_of_wrong_form_raises(query: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        schemas.parse_inclusion(query)


def test_consistency_takes_two_numbers() -> None:
    assert schemas.parse_consistency({"first": "3", "second": "7"}) == (3, 7)
    with pytest.raises(BadInput):
        schemas.parse_consistency({"first": "3"})


def test_known_size_is_at_most_the_present_one() -> None:
    assert schemas.known_size(None, 5) == 5 and schemas.known_size(3, 5) == 3
    with pytest.raises(BadInput):
        schemas.known_size(6, 5)
