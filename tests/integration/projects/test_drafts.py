"""Drafts: written together, bound to nothing, seen by those they name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from common.crypto.rng import SystemRandom
from common.documents import sign_document
from common.errors import AppError, BadInput, BadSignature, Conflict, Forbidden, NotFound, TooLarge
from server_node.projects import drafts as rules
from tests.helpers.nodes.local import local_nodes, team, usable
from tests.helpers.nodes.members import Member, in_future
from tests.helpers.nodes.pair import make_pair

# There is no log node here, and the nodes warn about that.
pytestmark = pytest.mark.expects_warnings


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[list[Member]]:
    """Alice, bob, carol and eve at two running nodes."""
    pair = make_pair(tmp_path)
    async with local_nodes(pair), team(pair, "alice", "bob", "carol", "eve") as members:
        yield members


def draft(draft_id: str, version: int = 1, **changes: Any) -> dict[str, Any]:
    """A draft of alice; bob may write, carol may read."""
    members = [{"user": u, "role": r} for u, r in (("alice", "owner"), ("bob", "editor"), ("carol", "viewer"))]
    fields = {"name": "films", "members": members, "content": {"training": {"epochs": 8}}, "time": in_future()}
    return {"id": draft_id, "version": version, **fields, **changes}


def new_id() -> str:
    return SystemRandom().token(16).hex()


async def save(member: Member, body: dict[str, Any]) -> dict[str, Any]:
    return await member.ask("a", "PUT", f"/v1/drafts/{body['id']}", member.sign("project-draft", **body))


async def test_draft_is_written_together(people: list[Member]) -> None:
    alice, bob, carol, eve = people
    identity = new_id()
    body = draft(identity)
    saved = await save(alice, body)
    assert (saved["version"], saved["role"], saved["author"]) == (1, "owner", "alice")
    assert await save(alice, saved["document"]["body"]) == saved, "the same again changes nothing"
    second = draft(identity, 2, content={"training": {"epochs": 9}})
    assert (await save(bob, second))["author"] == "bob"
    for member, role in ((alice, "owner"), (bob, "editor"), (carol, "viewer")):
        [row] = (await member.ask("a", "GET", "/v1/drafts"))["drafts"]
        assert (row["id"], row["version"], row["role"]) == (identity, 2, role)
        found = await member.ask("a", "GET", f"/v1/drafts/{identity}")
        assert found["document"]["body"] == second
    assert (await eve.ask("a", "GET", "/v1/drafts"))["drafts"] == []
    for method in ("GET", "DELETE"):
        with pytest.raises(NotFound):
            await eve.ask("a", method, f"/v1/drafts/{identity}")
    with pytest.raises(NotFound):
        await save(eve, draft(identity, 3))
    with pytest.raises(Forbidden):
        await save(carol, draft(identity, 3))
    for member in (bob, carol):
        with pytest.raises(Forbidden):
            await member.ask("a", "DELETE", f"/v1/drafts/{identity}")
    assert await alice.ask("a", "DELETE", f"/v1/drafts/{identity}") == {}
    with pytest.raises(NotFound):
        await alice.ask("a", "GET", f"/v1/drafts/{identity}")
    with pytest.raises(Conflict):
        await save(bob, draft(identity, 3))


async def test_draft_of_two_who_write_at_the_same_time(people: list[Member]) -> None:
    alice, bob, _, _ = people
    identity = new_id()
    await save(alice, draft(identity))
    answers = await asyncio.gather(
        save(alice, draft(identity, 2, name="hers")), save(bob, draft(identity, 2, name="his")), return_exceptions=True
    )
    assert [type(one) for one in answers if isinstance(one, AppError)] == [Conflict]


async def test_draft_that_is_damaged_or_too_large_is_refused(people: list[Member]) -> None:
    alice, bob, _, _ = people
    identity = new_id()
    good = draft(identity)
    owners = good["members"][:1]
    for changes, error in (
        ({"version": 2}, Conflict),
        ({"version": 0}, BadInput),
        ({"version": True}, BadInput),
        ({"members": []}, BadInput),
        ({"members": [{"user": "alice", "role": "editor"}]}, BadInput),
        ({"members": [*owners, *owners]}, BadInput),
        ({"members": [{"user": "bob", "role": "owner"}]}, BadInput),
        ({"members": [{"user": "Alice", "role": "owner"}]}, BadInput),
        ({"members": [{**owners[0], "verify_key": "00" * 32}]}, BadInput),
        ({"name": "n" * 101}, BadInput),
        ({"content": []}, BadInput),
        ({"content": {"x": "y" * rules.MAX_CONTENT}}, TooLarge),
        ({"time": in_future(minutes=-6)}, BadInput),
        ({"more": 1}, BadInput),
    ):
        with pytest.raises(error):
            await save(alice, {**good, **changes})
    with pytest.raises(TooLarge):
        await save(alice, {**good, "content": {"x": "y" * 200_000}})
    with pytest.raises(BadInput):
        path = f"/v1/drafts/{new_id()}"
        await alice.ask("a", "PUT", path, alice.sign("project-draft", **good))
    signed = alice.sign("project-draft", **good)
    signed["document"]["body"]["name"] = "other"
    for body in (signed, bob.sign("project-draft", **good)):
        with pytest.raises(BadSignature):
            await alice.ask("a", "PUT", f"/v1/drafts/{identity}", body)
    nested: Any = {}
    for _ in range(40):
        nested = {"a": nested}
    document = {**alice.sign("project-draft", **good)["document"], "body": {**good, "content": nested}}
    with pytest.raises(BadSignature):
        await alice.ask("a", "PUT", f"/v1/drafts/{identity}", {"document": document})
    assert (await alice.ask("a", "GET", "/v1/drafts"))["drafts"] == []


async def test_draft_members_are_the_owners_business(people: list[Member]) -> None:
    alice, bob, _, eve = people
    identity = new_id()
    first = draft(identity)
    await save(alice, first)
    more = [*first["members"], {"user": "eve", "role": "editor"}]
    with pytest.raises(Forbidden):
        await save(bob, draft(identity, 2, members=more))
    await save(alice, draft(identity, 2, members=more))
    assert (await save(eve, draft(identity, 3, members=more)))["role"] == "editor"
    with pytest.raises(Conflict):
        await save(alice, draft(identity, 3, members=more))
    await save(alice, draft(identity, 4))
    with pytest.raises(NotFound):
        await eve.ask("a", "GET", f"/v1/drafts/{identity}")


async def test_draft_owner_leaves_a_draft_to_another_one(people: list[Member]) -> None:
    alice, bob, _, _ = people
    identity = new_id()
    await save(alice, draft(identity))
    saved = await save(alice, draft(identity, 2, members=[{"user": "bob", "role": "owner"}]))
    assert (saved["version"], saved["author"], saved["role"]) == (2, "alice", None)
    with pytest.raises(NotFound):
        await alice.ask("a", "GET", f"/v1/drafts/{identity}")
    assert (await bob.ask("a", "GET", f"/v1/drafts/{identity}"))["role"] == "owner"


async def test_draft_numbers_may_skip_what_a_server_has_missed(people: list[Member]) -> None:
    alice, _, _, _ = people
    identity = new_id()
    await save(alice, draft(identity))
    assert (await save(alice, draft(identity, 4)))["version"] == 4
    with pytest.raises(Conflict):
        await save(alice, draft(identity, 4 + rules.MAX_SKIPPED + 2))


async def test_drafts_of_an_account_are_counted(people: list[Member], monkeypatch: pytest.MonkeyPatch) -> None:
    alice, _, _, _ = people
    monkeypatch.setattr(rules, "MAX_DRAFTS", 2)
    for _ in range(2):
        await save(alice, draft(new_id()))
    with pytest.raises(Conflict):
        await save(alice, draft(new_id()))


async def test_draft_ends_when_its_owner_publishes_it(people: list[Member]) -> None:
    alice, bob, _, eve = people
    dataset = await usable(alice, alice.split())
    identity = new_id()
    await save(alice, draft(identity))

    async def publish(member: Member, **changes: Any) -> dict[str, Any]:
        body = member.specification([(dataset, alice)], id=identity, **changes)
        document = sign_document("project", body, member.signing)
        return await member.ask("a", "POST", "/v1/projects", {"document": document})

    for member in (bob, eve):
        with pytest.raises(Conflict):
            await publish(member)
    await publish(alice)
    assert (await alice.ask("a", "GET", "/v1/drafts"))["drafts"] == []
    for member in (bob, eve):
        with pytest.raises(Conflict):
            await save(member, draft(identity, members=[{"user": member.name, "role": "owner"}]))
    await save(alice, draft(identity))
    await publish(alice, revision=2)
    assert (await bob.ask("a", "GET", "/v1/drafts"))["drafts"] == []
