"""The list of data sets, one of them, and changes, over canned answers of two servers."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from common.errors import BadSignature, Conflict, KeysLocked, NodeUnreachable, NotFound
from desktop_client.jobs import datasets
from desktop_client.settings import Profile
from tests.helpers.datasets import brief, make_keys, register, shown, signed_settings, taking
from tests.helpers.window import FakeOffice

_T = TypeVar("_T")
KEYS = make_keys()


@pytest.fixture
def office(tmp_path: Path) -> FakeOffice:
    made = FakeOffice(Profile(tmp_path))
    register(made.profile, KEYS)
    return made


def run(work: Coroutine[Any, Any, _T]) -> _T:
    return asyncio.run(work)


def test_list_gathers_both_servers_and_their_sizes(office: FakeOffice) -> None:
    one = shown(KEYS)
    office.a.answers["datasets"] = [brief(one, bytes=143)]
    office.b.answers["datasets"] = [brief(one, bytes=245_000)]
    (row,) = run(datasets.list_datasets(office)).rows
    assert (row.name, row.total_bytes, row.state, row.kind, row.is_mine) == ("films", 245_143, "usable", "grey", True)


@pytest.mark.parametrize(
    ("at_a", "at_b", "state"),
    [
        ({}, {"enabled": True}, "usable"),
        ({"enabled": False}, {"enabled": False}, "off"),
        ({"state": "uploading"}, {"state": "uploading"}, "uploading"),
        ({"state": "received"}, {"state": "usable"}, "apart"),
        ({"version": 2}, {"version": 1}, "apart"),
    ],
)
def test_list_says_in_one_word_where_a_data_set_stands(
    office: FakeOffice, at_a: dict[str, Any], at_b: dict[str, Any], state: str
) -> None:
    one = shown(KEYS)
    office.a.answers["datasets"], office.b.answers["datasets"] = [brief(one, **at_a)], [brief(one, **at_b)]
    assert [row.state for row in run(datasets.list_datasets(office)).rows] == [state]


def test_list_of_one_server_is_shown_while_the_other_is_away(office: FakeOffice) -> None:
    office.a.answers["datasets"] = NodeUnreachable("away", node="a")
    office.b.answers["datasets"] = [brief(shown(KEYS))]
    listing = run(datasets.list_datasets(office))
    assert [row.servers for row in listing.rows] == [{"b": "usable"}]
    assert list(listing.away) == ["a"]


def test_list_knows_what_only_one_server_has(office: FakeOffice) -> None:
    office.a.answers["datasets"], office.b.answers["datasets"] = [], [brief(shown(KEYS))]
    assert [row.state for row in run(datasets.list_datasets(office)).rows] == ["one"]


def test_details_join_history_of_both_servers_newest_first(office: FakeOffice) -> None:
    office.both("dataset", shown(KEYS))
    office.both("dataset_uses", {"projects": [], "jobs": []})
    change = {"field": "tags", "before": [], "after": ["lungs"]}
    first = {"time": "2026-01-31T12:00:00Z", "actor": "alice", "kind": "announced", "facts": {"bytes": 1}}
    second = {"time": "2026-01-31T13:00:00Z", "actor": "alice", "kind": "settings", "facts": {"changes": [change]}}
    later = {"time": "2026-01-31T12:00:30Z", "actor": "alice", "kind": "announced", "facts": {"bytes": 2}}
    office.a.answers["dataset_history"], office.b.answers["dataset_history"] = [first, second], [later]
    details = run(datasets.read_dataset(office, shown(KEYS)["id"]))
    assert [(e.kind, e.servers, e.changes) for e in details.events] == [
        ("settings", ("a",), (change,)),
        ("announced", ("a", "b"), ()),
    ]
    assert (details.description, details.is_in_step, details.held.is_own) == ("Films of 2025", True, True)


def test_details_of_another_owner_ask_for_no_history(office: FakeOffice) -> None:
    other = make_keys()
    office.both("dataset", shown(other, owner="bob"))
    details = run(datasets.read_dataset(office, shown(other, owner="bob")["id"]))
    assert (details.row.is_mine, details.uses, details.events) == (False, None, ())
    assert {name for name, _ in office.a.calls} == {"dataset"}


def test_details_of_another_data_set_than_was_asked_for_are_refused(office: FakeOffice) -> None:
    office.both("dataset", shown(KEYS, "other"))
    with pytest.raises(BadSignature):
        run(datasets.read_dataset(office, shown(KEYS)["id"]))


def test_change_is_signed_and_sent_to_both(office: FakeOffice) -> None:
    one = shown(KEYS)
    office.both("dataset", one)
    office.both("dataset_history", [])
    office.both("dataset_uses", {"projects": [], "jobs": []})
    taken: list[dict[str, Any]] = []
    office.both("change_dataset", taking(taken))
    details = run(datasets.read_dataset(office, one["id"]))
    with pytest.raises(KeysLocked):
        run(datasets.change_dataset(office, details.held, {"enabled": False}))
    office.use(KEYS)
    outcome = run(datasets.change_dataset(office, details.held, {"enabled": False}))
    assert (outcome.failure, outcome.settings.enabled, outcome.settings.version) == (None, False, 1)
    assert [document["body"]["enabled"] for document in taken] == [False, False]


def test_change_of_what_was_changed_meanwhile_is_refused(office: FakeOffice) -> None:
    one = shown(KEYS)
    office.use(KEYS)
    office.both("dataset", one)
    office.both("dataset_history", [])
    office.both("dataset_uses", {"projects": [], "jobs": []})
    details = run(datasets.read_dataset(office, one["id"]))
    office.both("dataset", one | {"settings": signed_settings(KEYS, one["id"], tags=["other"])})
    with pytest.raises(Conflict):
        run(datasets.change_dataset(office, details.held, {"enabled": False}))


def test_changed_settings_leaves_out_what_is_in_force_already(office: FakeOffice) -> None:
    one = shown(KEYS)
    office.both("dataset", one)
    office.both("dataset_history", [])
    office.both("dataset_uses", {"projects": [], "jobs": []})
    held = run(datasets.read_dataset(office, one["id"])).held
    wanted = {"tags": ("lungs",), "description": "New"}
    assert datasets.changed_settings(held.settings, wanted) == {"description": "New"}


def test_people_are_those_with_an_active_account_at_some_server(office: FakeOffice) -> None:
    office.a.answers["users"] = [{"user": "alice", "state": "active"}, {"user": "bob", "state": "active"}]
    office.b.answers["users"] = [{"user": "carol", "state": "active"}, {"user": "dave", "state": "disabled"}]
    assert run(datasets.list_people(office)) == ("bob", "carol")


def test_deletion_of_what_neither_server_has_is_told(office: FakeOffice) -> None:
    office.use(KEYS)
    office.both("info", {"time": "2026-01-31T12:00:00Z"})
    office.both("delete_dataset", NotFound("gone"))
    with pytest.raises(NotFound):
        run(datasets.remove_dataset(office, "00" * 32, stop_jobs=False))
