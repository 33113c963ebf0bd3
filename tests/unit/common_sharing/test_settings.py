"""Settings of data sets: what an owner can sign, what no server accepts, and what differs between two of them."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import BadInput
from common.sharing.settings import DatasetSettings, changes_between, first_settings, parse_settings

ID = "ab" * 32
MANIFEST = {
    "visibility": "shared",
    "shared_with": ["bob"],
    "tags": ["lungs"],
    "description": "Two lines\nof text.",
    "created": "2026-01-01T00:00:00Z",
}


def body(**changes: Any) -> dict[str, Any]:
    plain = {
        "dataset": ID,
        "version": 1,
        "visibility": "private",
        "shared_with": [],
        "tags": [],
        "description": "",
        "class_counts": None,
        "enabled": True,
        "time": "2026-01-31T12:00:00Z",
    }
    return {**plain, **changes}


def parse(value: object) -> DatasetSettings:
    return parse_settings(value, ID, 2, 10)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"visibility": "public", "enabled": False},
        {"visibility": "shared", "shared_with": ["bob", "carol"]},
        {"class_counts": [0, 10]},
        {"tags": [f"tag {i}" for i in range(32)], "description": "x" * 4000, "version": 10**9},
    ],
)
def test_settings_are_what_was_signed(changes: dict[str, Any]) -> None:
    assert parse(body(**changes)).body() == body(**changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"dataset": "cd" * 32}, "dataset"),
        ({"dataset": "AB" * 32}, "dataset"),
        ({"version": 0}, "version"),
        ({"version": 10**9 + 1}, "version"),
        ({"version": True}, "version"),
        ({"visibility": "secret"}, "visibility"),
        ({"visibility": "shared"}, "shared_with"),
        ({"shared_with": ["bob"]}, "shared_with"),
        ({"visibility": "shared", "shared_with": ["Bob Smith"]}, "shared_with"),
        ({"tags": ["a", "a"]}, "tags"),
        ({"tags": [f"{i}" for i in range(33)]}, "tags"),
        ({"description": "x" * 4001}, "description"),
        ({"description": "a\x00b"}, "description"),
        ({"class_counts": [10]}, "class_counts"),
        ({"class_counts": [5, 4]}, "class_counts"),
        ({"class_counts": [11, -1]}, "class_counts"),
        ({"class_counts": [5.0, 5.0]}, "class_counts"),
        ({"class_counts": [0] * 1025}, "class_counts"),
        ({"enabled": 1}, "enabled"),
        ({"time": "now"}, "time"),
        ({"more": 1}, "settings"),
    ],
)
def test_settings_no_server_accepts_name_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse(body(**changes))
    assert refused.value.details["field"] == field


@pytest.mark.parametrize("value", [None, [], "settings", {}])
def test_what_is_no_settings_is_refused(value: object) -> None:
    with pytest.raises(BadInput):
        parse(value)


def test_manifest_holds_the_first_settings() -> None:
    first = first_settings(ID, MANIFEST)
    assert (first.version, first.enabled, first.class_counts) == (0, True, None)
    assert first.shown()["shared_with"] == ["bob"]


def test_next_settings_keep_what_is_not_changed_and_are_checked() -> None:
    first = first_settings(ID, MANIFEST)
    later = first.after(4, "2026-02-01T00:00:00Z", enabled=False, class_counts=(4, 6))
    assert (later.version, later.tags, later.time) == (4, ("lungs",), "2026-02-01T00:00:00Z")
    assert changes_between(first.shown(), later.shown()) == [
        {"field": "class_counts", "before": None, "after": [4, 6]},
        {"field": "enabled", "before": True, "after": False},
    ]
    assert changes_between(later.shown(), later.shown()) == []
    with pytest.raises(BadInput):
        first.after(1, "2026-02-01T00:00:00Z", visibility="private")
