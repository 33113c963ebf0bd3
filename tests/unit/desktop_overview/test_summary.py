"""What the dashboard counts and lists, with a server away and with nothing at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import NodeUnreachable
from desktop_client.jobs.overview.summary import look
from desktop_client.settings import Profile
from tests.helpers.desktop.trainings import JOB, OTHER, PROJECT, job, serve, spec
from tests.helpers.window import FakeOffice

SPEC = spec()


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeOffice:
    made = FakeOffice(Profile(tmp_path))
    serve(made, monkeypatch, SPEC)
    return made


async def test_numbers_lists_and_events(office: FakeOffice) -> None:
    done = job(SPEC, "finished", id=OTHER, created="2026-01-02T10:00:00Z", ended="2026-01-02T11:00:00Z")
    office.both("jobs", [job(SPEC), done])
    people = [{"user": name, "state": state} for name, state in (("alice", "active"), ("dave", "requested"))]
    office.both("users", people)
    waiting = {"user": "dave", "fingerprint": "1", "organisation": "x", "since": "2026-01-01T00:00:00Z"}
    office.both("decisions", {"consents": [], "ending": [], "registrations": [waiting]})
    found = await look(office)
    assert (found.users, found.requested, found.datasets, found.ready) == (1, 1, 2, 1)
    assert (found.projects, found.waiting.count, found.is_new_here) == ({PROJECT: "films"}, 1, False)
    assert [one.job for one in found.running] == [JOB]
    assert [(one.happening.kind, one.happening.who, one.name) for one in found.events] == [
        ("started", "alice", "films"), ("finished", "", "films"), ("started", "alice", "films"),
        ("granted", "alice", "films"), ("granted", "bob", "films"), ("created", "alice", "films"),
        ("brought", "alice", ""), ("brought", "bob", ""),
    ]  # fmt: skip


async def test_nothing_yet_is_new_here(office: FakeOffice) -> None:
    for name in ("projects", "datasets", "jobs"):
        office.both(name, [])
    found = await look(office)
    assert found.is_new_here and not found.events and not found.running


async def test_one_server_is_enough_and_none_is_not(office: FakeOffice) -> None:
    away = NodeUnreachable("away", node="a")
    for name in ("projects", "datasets", "jobs", "users", "revisions", "decisions"):
        office.a.answers[name] = away
    found = await look(office)
    assert (list(found.away), found.projects, found.datasets) == (["a"], {PROJECT: "films"}, 2)
    office.b.answers["projects"] = NodeUnreachable("away", node="b")
    with pytest.raises(NodeUnreachable):
        await look(office)
