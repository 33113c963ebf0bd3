"""The list of projects and drafts, merged from both servers, with details that are checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from common.errors import KeysLocked, NodeUnreachable
from desktop_client.jobs.projects import rows
from desktop_client.jobs.projects.rows import Detail, ProjectRow
from desktop_client.settings import Profile
from desktop_client.upload.projects.options import ProjectOptions, outline_of
from tests.helpers.desktop.writing import BOB, IDS, TIME, Servers, serve
from tests.helpers.window import FakeOffice

PROJECT, DRAFT = "ab" * 16, "cd" * 16
OUTLINE = outline_of(ProjectOptions("films", IDS[:2], members={"alice": "owner", "bob": "editor"}))


@pytest.fixture
def servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Servers:
    made = serve(FakeOffice(Profile(tmp_path)), monkeypatch)
    made.add_project(OUTLINE, PROJECT)
    made.add_draft(replace(OUTLINE, name="next"), DRAFT, 3, BOB)
    return made


def job(state: str, **more: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "id": "e" * 32, "project": PROJECT, "specification": "0" * 64, "preparation": "cot", "starter": "alice",
        "state": state, "stage": "train", "stages": {}, "created": "2026-03-01T12:00:00Z", "ended": None, "attempt": 1,
        "epoch": 0, "wants_pause": False, "error": None, "waiting": None, "seconds_left": None, "kind": "training",
    }  # fmt: skip
    return {**base, **more}


async def _details(servers: Servers, listing: rows.Listing, known: dict[str, ProjectRow]) -> list[ProjectRow]:
    told: list[ProjectRow] = []
    await rows.add_details(servers.office, listing.rows, known, told.append)
    return told


async def test_list_has_projects_and_drafts_with_the_newest_activity_first(servers: Servers) -> None:
    servers.office.both("jobs", lambda project="": [job("training")])
    found = await rows.list_projects(servers.office)
    assert [(one.name, one.state, one.revision, one.role) for one in found.rows] == [
        ("films", "awaiting-consent", 1, ""),
        ("next", "draft", 3, "owner"),
    ]
    assert found.rows[0].training is not None and found.rows[0].training.is_running
    assert [one.changed for one in found.rows] == ["2026-03-01T12:00:00Z", TIME]
    assert (found.rows[1].owner, found.away) == ("bob", {})


async def test_list_is_told_by_one_server_while_the_other_is_away(servers: Servers) -> None:
    for name in ("projects", "drafts", "jobs"):
        servers.office.b.answers[name] = NodeUnreachable("Node B cannot be reached.", node="b")
    found = await rows.list_projects(servers.office)
    assert (len(found.rows), set(found.away)) == (2, {"b"})
    assert not found.rows[0].differs


async def test_list_says_when_servers_show_different_revisions(servers: Servers) -> None:
    newer = {**servers.office.a.answers["projects"]()[0], "revision": 2, "hash": "9" * 64}
    servers.office.b.answers["projects"] = [newer]
    shown = {one.id: one for one in (await rows.list_projects(servers.office)).rows}
    assert (shown[PROJECT].revision, shown[PROJECT].differs) == (2, True)


async def test_details_are_read_from_the_signed_specification(servers: Servers) -> None:
    told = await _details(servers, await rows.list_projects(servers.office), {})
    assert [one.detail for one in told] == [Detail("owner", 2, ("alice", "bob"), ())]


async def test_details_that_are_known_are_not_asked_again_unless_consents_are_awaited(servers: Servers) -> None:
    listing = await rows.list_projects(servers.office)
    ready = replace(listing.rows[-1], state="ready")
    known = {PROJECT: replace(ready, detail=Detail("viewer", 9, (), ()))}
    servers.office.a.calls.clear()
    assert [one.detail for one in await _details(servers, rows.Listing((ready,)), known)] == [known[PROJECT].detail]
    assert servers.office.a.calls == []
    waiting = replace(known[PROJECT], state="awaiting-consent")
    await _details(servers, rows.Listing((replace(ready, state="awaiting-consent"),)), {PROJECT: waiting})
    assert [name for name, _ in servers.office.a.calls] == ["project"]


async def test_details_that_nobody_gives_stay_away(servers: Servers) -> None:
    listing = await rows.list_projects(servers.office)
    servers.office.both("project", NodeUnreachable("away", node="a"))
    assert await _details(servers, listing, {}) == []


async def test_actions_reach_both_servers(servers: Servers) -> None:
    assert await rows.archive(servers.office, PROJECT, True, "over") == "archived"
    assert await rows.archive(servers.office, PROJECT, False) == "ready"
    assert await rows.remind(servers.office, PROJECT) == (["bob"], [])
    servers.office.lock()
    with pytest.raises(KeysLocked):
        await rows.archive(servers.office, PROJECT, True)
    servers.office.both("remove_draft", {})
    await rows.remove_draft(servers.office, DRAFT)
    assert [name for name, _ in servers.office.b.calls].count("remove_draft") == 1
