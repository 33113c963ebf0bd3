"""Writing a project without a window: choices, drafts, what is composed and signed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from common.crypto.rng import SystemRandom
from common.documents import verify_document
from common.errors import BadFrame, Conflict, KeysLocked, NotFound, PeerMismatch
from desktop_client.jobs.projects import drafting
from desktop_client.settings import Profile
from desktop_client.upload.projects.options import ProjectOptions, outline_of
from tests.helpers.desktop.writing import BOB, IDS, KEYS, Servers, serve
from tests.helpers.window import FakeOffice

NAME = "ab" * 16
OUTLINE = outline_of(ProjectOptions("films", IDS[:2], members={"alice": "owner", "bob": "editor"}, k=2))


@pytest.fixture
def servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Servers:
    return serve(FakeOffice(Profile(tmp_path)), monkeypatch)


async def test_catalogue_names_what_there_is_to_choose_from(servers: Servers) -> None:
    servers.office.a.answers["policy"] = {"projects": {"models": ["mlp", "logistic"], "largest_epochs": 9}}
    servers.office.b.answers["policy"] = {"projects": {"models": ["mlp", "lenet"], "largest_epochs": 12}}
    found = await drafting.load_catalogue(servers.office)
    assert {(row.name, row.owner) for row in found.datasets} == {("films", "alice"), ("more", "bob"), ("large", "bob")}
    assert [(one.name, one.organisation) for one in found.people] == [("alice", "alice clinic"), ("bob", "bob clinic")]
    assert (found.models, found.epochs, found.extractors) == (frozenset({"mlp"}), 9, None)
    assert (found.me, found.has_helper, found.consent_days) == ("alice", False, 90)


async def test_a_new_project_begins_with_the_usual_values(servers: Servers) -> None:
    found = await drafting.open_writing(servers.office, "")
    assert (found.version, found.revision, found.before, found.role) == (0, 1, None, "owner")
    assert (found.outline.members, found.outline.datasets, len(found.id)) == ({"alice": "owner"}, (), 32)


async def test_a_draft_goes_to_both_servers_and_comes_back(servers: Servers) -> None:
    assert await drafting.save(servers.office, NAME, 0, OUTLINE) == 1
    found = await drafting.open_writing(servers.office, NAME)
    assert (found.outline, found.version, found.author, found.role) == (OUTLINE, 1, "alice", "owner")
    assert [call for call, _ in servers.office.b.calls].count("save_draft") == 1
    assert await drafting.save(servers.office, NAME, 1, replace(OUTLINE, name="more")) == 2
    with pytest.raises(Conflict):
        await drafting.save(servers.office, NAME, 1, OUTLINE)


async def test_a_draft_is_not_signed_with_locked_keys(servers: Servers) -> None:
    servers.office.lock()
    with pytest.raises(KeysLocked):
        await drafting.save(servers.office, NAME, 0, OUTLINE)
    assert servers.drafts == {}


async def test_the_next_revision_begins_with_the_project_and_a_copy_is_another_one(servers: Servers) -> None:
    servers.add_project(OUTLINE, NAME, 3)
    found = await drafting.open_writing(servers.office, NAME)
    assert (found.id, found.revision, found.version, found.role) == (NAME, 4, 0, "owner")
    assert found.before is not None and found.before.revision == 3
    assert found.outline.sections == OUTLINE.sections
    copied = await drafting.open_writing(servers.office, f"copy:{NAME}")
    assert (copied.revision, copied.before, copied.outline.name) == (1, None, "films") and copied.id != NAME
    servers.add_draft(replace(OUTLINE, name="drafted"), NAME, 2, BOB)
    both = await drafting.open_writing(servers.office, NAME)
    assert (both.outline.name, both.version, both.revision, both.author) == ("drafted", 2, 4, "bob")


async def test_what_nobody_knows_cannot_be_opened(servers: Servers) -> None:
    with pytest.raises(NotFound):
        await drafting.open_writing(servers.office, "cd" * 16)


async def test_composed_is_what_was_asked_for(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    writing = drafting.Opened(NAME, OUTLINE, revision=2)
    found = await drafting.compose(servers.office, writing)
    assert (found.project_id, found.revision, found.body["name"]) == (NAME, 2, "films")
    other = servers.add_project(OUTLINE, "cd" * 16)

    async def lie(do: str, args: object) -> dict[str, object]:
        return {"specification": other}

    monkeypatch.setattr(drafting, "run_child", lie)
    with pytest.raises(BadFrame, match="another project"):
        await drafting.compose(servers.office, writing)


async def test_created_is_signed_consented_and_told(servers: Servers) -> None:
    specification = await drafting.compose(servers.office, drafting.Opened(NAME, OUTLINE))
    found = await drafting.create(servers.office, specification, 30, True)
    assert (found.consented, found.missing, found.reminded, found.trouble) == (1, 1, ("bob",), None)
    signed = servers.projects[NAME]
    assert verify_document(signed, "project", KEYS.signing.verify_key) == specification.body
    assert [one["dataset"] for one in servers.consents] == [IDS[0], IDS[0]]
    assert {one["project_hash"] for one in servers.consents} == {specification.hash}


async def test_created_without_consent_or_reminder(servers: Servers) -> None:
    specification = await drafting.compose(servers.office, drafting.Opened(NAME, OUTLINE))
    found = await drafting.create(servers.office, specification, 0, False)
    assert (found.consented, found.missing, found.reminded) == (0, 2, ())
    assert (servers.consents, servers.reminded) == ([], [])


async def test_a_project_stays_when_its_consent_fails(servers: Servers) -> None:
    servers.office.both("consent", Conflict("The project was revised."))
    specification = await drafting.compose(servers.office, drafting.Opened(NAME, OUTLINE))
    found = await drafting.create(servers.office, specification, 30, True)
    assert isinstance(found.trouble, Conflict) and found.consented == 0
    assert NAME in servers.projects


async def test_a_server_that_takes_another_project_is_caught(servers: Servers) -> None:
    servers.office.b.answers["create_project"] = {"id": NAME, "hash": SystemRandom().token(32).hex()}
    specification = await drafting.compose(servers.office, drafting.Opened(NAME, OUTLINE))
    with pytest.raises(PeerMismatch):
        await drafting.create(servers.office, specification, 0, False)
