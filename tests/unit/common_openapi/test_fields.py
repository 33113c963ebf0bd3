"""Kinds of fields: what they take, what they refuse, and how they describe themselves."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import BadInput
from common.openapi import fields
from common.openapi.fields import COUNT, Record, Schema, choice, either, free_text, integer, listed, mapped, nullable
from common.openapi.operation import Operation, Parameter, Raw, Stream

PAIR = Record({"a": COUNT}, optional={"b": choice("x", "y")})


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (PAIR, [{"a": 0}, {"a": 1, "b": "x"}], [{}, {"b": "x"}, {"a": 1, "c": 1}, {"a": 1, "b": "z"}, [], None]),
        (listed(COUNT, 2), [[], [1, 2]], [[1, 2, 3], ["1"], {}, "12", None, (1, 2)]),
        (mapped(COUNT, 2, "[a-z]+"), [{}, {"a": 1, "b": 2}], [{"a": 1, "b": 2, "c": 3}, {"A": 1}, {"a": "1"}, []]),
        (nullable(COUNT), [None, 3], ["", -1, False, {}]),
        (either(COUNT, PAIR, says="a number or a pair"), [3, {"a": 3}], [None, "3", {"a": "3"}]),
        (choice("x", "y"), ["x"], ["z", "", None, ["x"], "X"]),
        (fields.BOOLEAN, [True, False], [0, 1, "true", None]),
        (fields.NUMBER, [1, 0.5, -3], [True, "1", None]),
        (free_text(3), ["", "äöü", "a\nb"], ["abcd", None, 3]),
        (integer(-1, 1), [-1, 0, 1], [-2, 2, True, 0.0, "0", None]),
        (fields.ANYTHING, [None, 1, "x", [], {}], []),
        (fields.NOTHING, [{}], [{"a": 1}, None, []]),
    ],
)
def test_fields_take_and_refuse(schema: Schema, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        schema.check(value, "it")
    for value in bad:
        with pytest.raises(BadInput) as refused:
            schema.check(value, "it")
        assert refused.value.details["field"]


def test_fields_name_the_place_that_is_wrong() -> None:
    nested = Record({"list": listed(mapped(PAIR))})
    with pytest.raises(BadInput) as refused:
        nested.check({"list": [{}, {"one": {"a": 1}, "two": {"a": 1, "b": "z"}}]})
    assert refused.value.details == {"field": "b"}
    with pytest.raises(BadInput, match=r"list\[1\]\.two must be an object with exactly: a, and maybe b\."):
        nested.check({"list": [{}, {"two": 1}]})


def test_fields_describe_themselves() -> None:
    found = Record({"a": nullable(listed(COUNT, 3))}, optional={"b": mapped(COUNT, 5)}).openapi
    assert found["required"] == ["a"]
    assert found["properties"]["a"]["anyOf"][0]["maxItems"] == 3
    assert found["properties"]["a"]["anyOf"][1] == {"type": "null"}
    assert found["properties"]["b"]["maxProperties"] == 5
    assert COUNT.openapi["description"] == "A whole number from 0 to 1000000000000000."


@pytest.mark.parametrize("raw", [rb'"\ud800"', b"1" * 19, b"-" + b"1" * 18, rb'{"\udfff": 1}'])
def test_fields_traps_of_json_are_refused(raw: bytes) -> None:
    with pytest.raises(BadInput):
        fields.parse_json(raw)


def test_fields_json_keeps_what_is_fine() -> None:
    raw = rb'{"a": "\ud83d\ude00 \u00e4", "b": 123456789012345678}'
    assert fields.parse_json(raw) == {"a": "😀 ä", "b": 123456789012345678}


@pytest.mark.parametrize("given", ["", "-1", "01", "+1", "1.0", "1e3", " 1", "1_0", "٣", "9" * 19])
def test_parameters_are_parsed_strictly(given: str) -> None:
    with pytest.raises(BadInput):
        Parameter(COUNT).parse(given, "after")


def test_parameters_are_numbers_or_texts() -> None:
    assert Parameter(COUNT).parse("17", "after") == 17
    assert Parameter(choice("17")).parse("17", "after") == "17"


def test_operations_know_their_statuses() -> None:
    assert Operation("a.b", "GET", "/x", "X.", answer=Stream(COUNT, "")).success == (101,)
    assert Operation("a.b", "GET", "/x", "X.", answer=Raw("a/b", "", (200, 206))).success == (200, 206)
    operation = Operation("a.b", "GET", "/x/{id:[0-9]{1,2}}/{n:a}", "X.", errors=(BadInput, BadInput))
    assert operation.path_parts == (("id", "[0-9]{1,2}"), ("n", "a"))
    assert (operation.address, operation.tag) == ("/x/{id}/{n}", "a")
    assert operation.errors_by_status() == {400: ["bad-input"]}
