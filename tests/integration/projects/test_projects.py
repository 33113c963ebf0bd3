"""Projects: each node compares everything with what it knows itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from common.documents import sign_document
from common.errors import BadSignature, Conflict, NotFound, SpecRefused
from tests.helpers.nodes.local import local_nodes, team, usable
from tests.helpers.nodes.members import Member
from tests.helpers.nodes.pair import Pair, make_pair

# There is no log node here, and the nodes warn about that.
pytestmark = pytest.mark.expects_warnings


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path)


@pytest.fixture
async def people(pair: Pair) -> AsyncIterator[list[Member]]:
    """Alice, bob and eve at two running nodes."""
    async with local_nodes(pair), team(pair, "alice", "bob", "eve") as members:
        yield members


async def refuse(member: Member, body: dict[str, Any], signer: Member | None = None) -> SpecRefused:
    with pytest.raises(SpecRefused) as refused:
        document = sign_document("project", body, (signer or member).signing)
        await member.ask("a", "POST", "/v1/projects", {"document": document})
    return refused.value


async def test_project_is_shown_to_members_and_data_owners(people: list[Member]) -> None:
    alice, bob, eve = people
    theirs = await usable(bob, bob.split())
    body = alice.specification([(theirs, bob)])
    project = await alice.propose(body)
    assert await alice.propose(body) == project
    for member in (alice, bob):
        found = await member.ask("b", "GET", f"/v1/projects/{project}")
        assert found["document"]["body"] == body and found["state"] == "awaiting-consent"
        assert (found["missing_consents"], found["consents"]) == ([theirs], [])
        assert [one["id"] for one in (await member.ask("a", "GET", "/v1/projects"))["projects"]] == [project]
    with pytest.raises(NotFound):
        await eve.ask("a", "GET", f"/v1/projects/{project}")
    assert (await eve.ask("a", "GET", "/v1/projects"))["projects"] == []


async def test_specification_must_fit_this_deployment(people: list[Member]) -> None:
    alice, bob, eve = people
    mine = await usable(alice, alice.split())
    secret = await usable(bob, bob.split(visibility="private"))
    larger = await usable(alice, alice.split(side=9))
    other_classes = await usable(alice, alice.split(classes=("ill", "well")))
    good = alice.specification([(mine, alice)], bob)
    stranger = {**good["members"][1], "user": "nobody"}
    swapped = {**good["members"][1], "seal_key": eve.sealing.public}
    for changes, field in (
        ({"servers": {"a": "00" * 32, "b": good["servers"]["b"]}}, "servers"),
        ({"members": [good["members"][0], stranger]}, "members"),
        ({"members": [good["members"][0], swapped]}, "members"),
        ({"datasets": [{"id": "ab" * 32, "owner": "alice"}]}, "datasets"),
        ({"datasets": [{"id": secret, "owner": "bob"}]}, "datasets"),
        ({"datasets": [{"id": mine, "owner": "bob"}]}, "datasets"),
        ({"datasets": [{"id": mine, "owner": "alice"}, {"id": larger, "owner": "alice"}]}, "datasets"),
        ({"datasets": [{"id": mine, "owner": "alice"}, {"id": other_classes, "owner": "alice"}]}, "datasets"),
        ({"preparation": "dealer"}, "preparation"),
    ):
        assert (await refuse(alice, {**good, **changes})).details["field"] == field
    assert (await refuse(bob, good, bob)).details["field"] == "owner"
    with pytest.raises(BadSignature):
        await alice.ask("a", "POST", "/v1/projects", {"document": sign_document("project", good, bob.signing)})


async def test_incomplete_dataset_is_no_base_for_a_project(people: list[Member]) -> None:
    alice, _, _ = people
    dataset = alice.split()
    await alice.ask("a", "POST", "/v1/datasets", {"document": dataset.document})
    body = alice.specification([(dataset.id, alice)])
    with pytest.raises(Conflict):
        await alice.ask("a", "POST", "/v1/projects", {"document": sign_document("project", body, alice.signing)})
