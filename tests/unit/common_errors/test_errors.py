"""Errors that another program describes: rebuilt by their code, and never more than a few short facts."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import AppError, NotFound, error_from_dict


def test_error_survives_the_way_through_json() -> None:
    found = error_from_dict(NotFound("No such job.", job="ab" * 16, rows=3).as_dict())
    assert type(found) is NotFound
    assert (str(found), found.details) == ("No such job.", {"job": "ab" * 16, "rows": 3})


@pytest.mark.parametrize("name", ["message", "self", "cls", "details", "code", "__class__"])
def test_details_named_like_parameters_do_no_harm(name: str) -> None:
    found = error_from_dict({"code": "not-found", "message": "gone", "details": {name: "x"}})
    assert type(found) is NotFound
    assert (str(found), found.details) == ("gone", {name: "x"})


@pytest.mark.parametrize("value", [None, [], "text", 3])
def test_what_is_no_description_is_the_base_class(value: object) -> None:
    assert type(error_from_dict(value)) is AppError


def test_hostile_details_are_cut() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    details = {"long": "x" * 5000, "list": ["y"] * 5000, "deep": deep, "short": [1, 2], "n" * 500: 1}
    found = error_from_dict({"code": "z" * 10_000, "message": "m" * 10_000, "details": details})
    assert found.details == {"long": "x" * 2000, "short": [1, 2], "n" * 64: 1}
    assert len(str(found)) == 2000
    many = {"details": {str(number): number for number in range(1000)}}
    assert len(error_from_dict(many).details) == 16
