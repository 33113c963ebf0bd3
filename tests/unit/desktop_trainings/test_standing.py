"""How a project stands: verified here, merged from both servers, with one of them away too."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.documents import sign_document
from common.errors import BadSignature, NodeUnreachable, NotFound, PeerMismatch
from desktop_client.jobs.trainings.course import Control, Course
from desktop_client.jobs.trainings.history import Happening, history
from desktop_client.jobs.trainings.standing import look
from desktop_client.settings import Profile
from tests.helpers.desktop.trainings import JOB, KEYS, ONE, PROJECT, TWO, decided, job, project, serve, signed, spec
from tests.helpers.window import FakeOffice

SPEC = spec()
AWAY = NodeUnreachable("away", node="b")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeOffice:
    made = FakeOffice(Profile(tmp_path))
    serve(made, monkeypatch, SPEC)
    return made


async def test_everything_that_the_page_shows_is_gathered(office: FakeOffice) -> None:
    view = await look(office, PROJECT)
    assert (view.role, view.state, view.is_ready, view.is_different, dict(view.away)) == (
        "owner",
        "ready",
        True,
        False,
        {},
    )
    assert [(one.user, one.role, one.receives, one.tests, one.datasets) for one in view.members] == [
        ("alice", "owner", True, True, 1), ("bob", "editor", True, False, 1), ("carol", "viewer", False, True, 0),
    ]  # fmt: skip
    assert view.members[1].organisation == "House of bob"
    assert [(one.name, one.count, one.class_counts, one.is_known) for one in view.datasets] == [
        ("alice-films", 30, (20, 10), True), ("bob-films", 30, (), True),
    ]  # fmt: skip
    assert [(one.dataset, one.owner, one.decision, one.counts) for one in view.consents] == [
        (ONE, "alice", "granted", True), (TWO, "bob", "granted", True),
    ]  # fmt: skip
    assert [one.job for one in view.trainings] == [JOB]
    assert view.revision_of(SPEC.hash) == 1 and view.revision_of("0" * 64) == 0
    assert view.name_of(KEYS["bob"].verify_key) == "bob" and view.name_of("12345678" * 8) == "12345678"
    assert not view.missing and [one.dataset for one in view.own] == [ONE]


async def test_a_consent_counts_only_if_every_server_that_answers_counts_it(office: FakeOffice) -> None:
    office.b.answers["project"] = project(SPEC, "awaiting-consent", decisions=[decided(SPEC, ONE)])
    view = await look(office, PROJECT)
    assert [(one.dataset, one.decision) for one in view.missing] == [(TWO, "missing")]
    office.both(
        "project", project(SPEC, decisions=[decided(SPEC, ONE, counts=False), decided(SPEC, TWO, "declined", False)])
    )
    view = await look(office, PROJECT)
    assert [(one.decision, one.counts, one.expires) for one in view.consents] == [
        ("granted", False, "2027-01-01T00:00:00Z"), ("declined", False, ""),
    ]  # fmt: skip


async def test_a_server_that_is_away_hides_nothing(office: FakeOffice) -> None:
    for name in ("project", "jobs", "datasets", "users", "revisions"):
        office.b.answers[name] = AWAY
    view = await look(office, PROJECT)
    assert list(view.away) == ["b"] and view.is_ready and len(view.members) == 3 and view.trainings


async def test_what_only_decorates_may_be_missing_at_both(office: FakeOffice) -> None:
    for name in ("jobs", "datasets", "users", "revisions"):
        office.both(name, AWAY)
    view = await look(office, PROJECT)
    assert (view.trainings, view.revisions) == ((), ())
    assert [one.is_known for one in view.datasets] == [False, False]
    assert [one.organisation for one in view.members] == ["", "", ""]


async def test_the_newer_of_two_revisions_is_shown_with_what_changed(office: FakeOffice) -> None:
    newer = spec(revision=2, training={"epochs": 7})
    office.a.answers["project"] = project(newer, "awaiting-consent")
    office.both("revision", {"document": signed(SPEC)})
    view = await look(office, PROJECT)
    assert (view.is_different, view.specification.revision) == (True, 2)
    assert view.changed == ({"field": "training.epochs", "before": 2, "after": 7},)


async def test_what_no_owner_signed_is_refused(office: FakeOffice) -> None:
    office.b.answers["project"] = project(SPEC, document=signed(SPEC, by="bob"))
    with pytest.raises(BadSignature):
        await look(office, PROJECT)
    office.both("project", project(spec(id="0" * 32)))
    with pytest.raises(PeerMismatch):
        await look(office, PROJECT)
    office.both("project", project(spec(servers={"a": "f" * 64})))
    with pytest.raises(PeerMismatch):
        await look(office, PROJECT)


async def test_a_project_that_nobody_shows_is_not_found(office: FakeOffice) -> None:
    office.both("project", NotFound("There is no such project."))
    with pytest.raises(NotFound):
        await look(office, PROJECT)


async def test_what_happened_is_told_newest_first(office: FakeOffice) -> None:
    body = {"project": PROJECT, "archived": True, "reason": "over", "time": "2026-01-09T00:00:00Z"}
    office.both("project", project(SPEC, "archived", archive=sign_document("project-archive", body, KEYS["alice"])))
    office.both("jobs", [job(SPEC, "finished")])
    view = await look(office, PROJECT)
    control = Control("2026-01-03T10:00:30Z", "pause", KEYS["bob"].verify_key)
    assert history(view, {JOB: Course(JOB, controls=(control,))}) == (
        Happening("2026-01-09T00:00:00Z", "archived", "alice", "", "over"),
        Happening("2026-01-03T10:01:30Z", "finished", "", JOB),
        Happening("2026-01-03T10:00:30Z", "asked-pause", "bob", JOB),
        Happening("2026-01-03T10:00:00Z", "started", "alice", JOB),
        Happening("2026-01-02T00:00:00Z", "granted", "alice", ONE),
        Happening("2026-01-02T00:00:00Z", "granted", "bob", TWO),
        Happening("2026-01-01T00:00:00Z", "created", "alice", "1"),
    )
