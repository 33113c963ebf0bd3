"""Every error has its own code and exit code, a status that fits and a sentence on what to do."""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest

from common.errors import AppError, error_from_dict
from tests.contract.repository import PACKAGES, dotted_name, name_of, python_files, syntax_tree

CODE = re.compile(r"[a-z]+(-[a-z0-9]+)*")
HOME = "common/errors/"
# A shell uses 126 and up for itself; 130 is what it makes of an interrupt, which is what a cancelled command is.
USABLE_EXIT_CODES = {*range(2, 126), 130}


def _all_errors(base: type[AppError] = AppError) -> list[type[AppError]]:
    found = [base]
    for child in base.__subclasses__():
        found += _all_errors(child)
    return [error for error in dict.fromkeys(found) if error.__module__.startswith("common.errors.")]


ERRORS = _all_errors()
NAMES = {error.__name__ for error in ERRORS}


def test_errors_codes_are_unique() -> None:
    twice = [code for code, number in Counter(error.code for error in ERRORS).items() if number > 1]
    assert not twice


def test_errors_exit_codes_are_unique() -> None:
    twice = [code for code, number in Counter(error.exit_code for error in ERRORS).items() if number > 1]
    assert not twice


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_errors_class_says_everything_itself(error: type[AppError]) -> None:
    assert {"code", "exit_code", "status", "advice"} <= set(vars(error)), "each class sets all four"
    assert CODE.fullmatch(error.code)
    assert error.exit_code in USABLE_EXIT_CODES
    assert 400 <= error.status <= 599
    assert (error.__doc__ or "").strip(), "the docstring is the message when there is no other"
    assert error.advice[:1].isupper() and error.advice.endswith("."), "advice is a sentence"


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_errors_survive_the_wire(error: type[AppError]) -> None:
    again = error_from_dict(error("It happened.", name="x").as_dict())
    assert type(again) is error
    assert again.as_dict() == {
        "code": error.code,
        "message": "It happened.",
        "advice": error.advice,
        "details": {"name": "x"},
    }


def test_errors_are_all_in_one_file() -> None:
    strays = [
        f"{name_of(path)}:{node.lineno}: {node.name}"
        for path in python_files(*PACKAGES)
        if not name_of(path).startswith(HOME)
        for node in ast.walk(syntax_tree(path))
        if isinstance(node, ast.ClassDef) and NAMES & {dotted_name(base).rpartition(".")[2] for base in node.bases}
    ]
    assert not strays, f"move to {HOME}: {strays}"
