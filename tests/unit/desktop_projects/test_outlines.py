"""Outlines of projects: from options, specifications and drafts, and what edits make of them."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import BadInput, UsageError
from desktop_client.upload.projects.options import (
    ProjectOptions,
    check_roles,
    content_of,
    edited,
    outline_from,
    outline_of,
    outline_of_content,
)
from tests.helpers.jobs.projects import body, model_of

PLAIN = outline_of(ProjectOptions("films", ("1" * 64,)))


@pytest.mark.parametrize(
    ("edit", "section", "value"),
    [
        ("training.epochs=8", "training", 8),
        ("training.learning_rate=0.1", "training", "0.1"),
        ("training.loss=squared", "training", "squared"),
        ("hiding.mask=off", "hiding", False),
        ("hiding.mask=True", "hiding", True),
        ("hiding.k=6", "hiding", 6),
        ("features.extractor=square", "features", "square"),
        ("model.name=lenet", "model", "lenet"),
        ("model.hidden=64,32", "model", [64, 32]),
        ("model.hidden=", "model", []),
        ('model.layers=[{"layer": "flatten"}]', "model", [{"layer": "flatten"}]),
        ("model.name=a=b", "model", "a=b"),
    ],
)
def test_edit_of_a_parameter_keeps_its_type(edit: str, section: str, value: Any) -> None:
    changed = edited(PLAIN, [edit])
    name = edit.partition("=")[0].partition(".")[2]
    assert changed.sections[section][name] == value and type(changed.sections[section][name]) is type(value)
    assert edited(PLAIN, [edit, edit]) == changed != PLAIN or value == PLAIN.sections[section][name]


def test_edits_of_texts_and_recipients() -> None:
    changed = edited(PLAIN, ["name=lungs", "purpose=a=b", "preparation=helper", "recipients=bob,alice"])
    assert (changed.name, changed.purpose, changed.preparation) == ("lungs", "a=b", "helper")
    assert changed.recipients == ("bob", "alice") and edited(changed, ["recipients="]).recipients == ()
    assert changed.testers is None and edited(changed, ["testers=bob"]).testers == ("bob",)
    assert edited(changed, ["testers="]).testers == ()
    assert PLAIN.preparation is None and edited(changed, ["preparation="]).preparation is None


@pytest.mark.parametrize(
    "edit",
    [
        "training.epochs",
        "training.epochs=eight",
        "training.epochs=-1",
        "training.epochs=1e3",
        "training.speed=1",
        "training=1",
        "members=bob",
        "servers.a=00",
        "version=4",
        "hiding.mask=perhaps",
        "model.layers=[",
        "model.hidden=a,b",
        "=1",
    ],
)
def test_edit_of_another_form_is_refused(edit: str) -> None:
    with pytest.raises(UsageError):
        edited(PLAIN, [edit])


def test_edit_with_an_unknown_field_lists_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"training\.epochs.*training\.validation"):
        edited(PLAIN, ["training.speed=1"])


def test_edits_leave_the_outline_they_begin_with_alone() -> None:
    before = content_of(PLAIN)
    edited(PLAIN, ["training.epochs=9", "name=other"])
    assert content_of(PLAIN) == before


def test_outline_of_a_specification_says_the_same_again() -> None:
    value = body(model=model_of("mlp", 5))
    outline = outline_from(value)
    assert outline.members == {"alice": "owner", "bob": "editor", "carol": "viewer"}
    assert outline.datasets == ("1" * 64, "2" * 64) and outline.recipients == ("alice", "bob")
    for section, found in outline.parameters().items():
        assert found == value[section]


def test_outline_of_a_draft_takes_the_usual_values_for_the_rest() -> None:
    members = {"alice": "owner"}
    assert outline_of_content("films", members, {}) == outline_of(ProjectOptions("films", (), members=members))
    found = outline_of_content("films", members, {"training": {"epochs": 8}, "datasets": ["1" * 64]})
    assert found.sections["training"] == {**PLAIN.sections["training"], "epochs": 8}
    assert outline_of_content("films", members, content_of(found)) == found
    assert found.preparation is None and "preparation" not in content_of(found)
    assert outline_of_content("films", members, {"preparation": "hybrid"}).preparation == "hybrid"


@pytest.mark.parametrize(
    "content",
    [
        {"servers": {}},
        {"owner": "eve"},
        {"training": 1},
        {"training": {"speed": 1}},
        {"datasets": "1"},
        {"datasets": [1]},
        {"recipients": {}},
        {"testers": "alice"},
        {"purpose": None},
        {"preparation": 1},
        {"preparation": None},
    ],
)
def test_outline_of_a_draft_that_says_something_else_is_refused(content: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        outline_of_content("films", {}, content)


def test_roles_are_known_ones() -> None:
    check_roles({"alice": "owner", "bob": "editor", "carol": "viewer"})
    with pytest.raises(BadInput, match="admin"):
        check_roles({"alice": "admin"})
