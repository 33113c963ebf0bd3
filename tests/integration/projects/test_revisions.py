"""A project changes by signed revisions: one after the other, by its owners, and never with an old consent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from common.documents import sign_document
from common.errors import AppError, BadInput, BadSignature, Conflict, ConsentMissing, Forbidden, NotFound, SpecRefused
from common.specification import parse_specification
from tests.helpers.nodes.local import local_nodes, team, usable
from tests.helpers.nodes.members import Member, consent_body, in_future
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


def with_roles(body: dict[str, Any], **roles: str) -> dict[str, Any]:
    members = [{**member, "role": roles.get(member["user"], member["role"])} for member in body["members"]]
    return {**body, "members": members}


def following(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**body, "revision": body["revision"] + 1, **changes}


async def publish(member: Member, body: dict[str, Any], role: str = "a") -> dict[str, Any]:
    document = sign_document("project", body, member.signing)
    return await member.ask(role, "POST", "/v1/projects", {"document": document})


async def test_revision_replaces_the_one_before_and_asks_again(people: list[Member]) -> None:
    alice, bob, eve = people
    mine = await usable(alice, alice.split())
    first = alice.specification([(mine, alice)], bob, eve)
    await alice.propose(first)
    await alice.consent(first, mine)
    hash_of_first = parse_specification(first).hash
    training = {**first["training"], "epochs": 2}
    second = following(first, training=training, members=first["members"][:2])
    answer = await publish(alice, second)
    assert await publish(alice, second) == answer, "publishing the same again changes nothing"
    assert (answer["revision"], answer["state"]) == (2, "awaiting-consent")
    path = f"/v1/projects/{first['id']}"
    found = await bob.ask("a", "GET", path)
    assert found["changes"] == [
        {"field": "members.eve", "before": "viewer", "after": None},
        {"field": "training.epochs", "before": 1, "after": 2},
    ]
    assert (found["consents"], found["missing_consents"]) == ([], [mine])
    listed = (await bob.ask("a", "GET", f"{path}/revisions"))["revisions"]
    assert [(one["revision"], one["state"], len(one["decisions"])) for one in listed] == [
        (1, "replaced", 1),
        (2, "awaiting-consent", 0),
    ]
    earlier = await bob.ask("a", "GET", f"{path}/revisions/1")
    assert (earlier["hash"], earlier["document"]["body"]) == (hash_of_first, first)
    for number in (0, 3):
        with pytest.raises(NotFound):
            await bob.ask("a", "GET", f"{path}/revisions/{number}")
    with pytest.raises(NotFound):
        await eve.ask("a", "GET", path)
    old = alice.sign("consent", **consent_body(hash_of_first, mine))
    with pytest.raises(Conflict):
        await alice.ask("a", "POST", f"{path}/consents", old)


async def test_job_starts_only_from_the_newest_revision(people: list[Member]) -> None:
    alice, _, _ = people
    mine = await usable(alice, alice.split())
    first = alice.specification([(mine, alice)])
    await alice.propose(first)
    await alice.consent(first, mine)
    second = following(first, name="other")
    for role in ("a", "b"):
        await publish(alice, second, role)
    with pytest.raises(Conflict):
        await alice.start(first)
    with pytest.raises(ConsentMissing) as missing:
        await alice.start(second)
    assert missing.value.details["datasets"] == [mine]


async def test_revisions_are_published_by_owners_in_order(people: list[Member]) -> None:
    alice, bob, eve = people
    mine = await usable(alice, alice.split())
    first = with_roles(alice.specification([(mine, alice)], bob), bob="editor")
    await alice.propose(first)
    second = following(first, name="other")
    with pytest.raises(SpecRefused):
        await publish(bob, second)
    as_bob = with_roles({**second, "owner": "bob"}, bob="owner")
    with pytest.raises(Forbidden):
        await publish(bob, as_bob)
    as_eve = eve.specification([(mine, alice)], id=first["id"], revision=2)
    with pytest.raises(NotFound):
        await publish(eve, as_eve)
    with pytest.raises(NotFound):
        await publish(alice, {**second, "id": "ab" * 16})
    for wrong in ({**second, "revision": 3}, {**first, "name": "other"}):
        with pytest.raises(Conflict):
            await publish(alice, wrong)
    with pytest.raises(BadSignature):
        document = sign_document("project", second, bob.signing)
        await alice.ask("a", "POST", "/v1/projects", {"document": document})
    assert (await alice.ask("a", "GET", f"/v1/projects/{first['id']}"))["revision"] == 1
    with pytest.raises(Conflict):
        await publish(eve, eve.specification([(mine, alice)], id=first["id"]))


async def test_of_two_who_publish_at_the_same_time_one_is_told(people: list[Member]) -> None:
    alice, bob, _ = people
    mine = await usable(alice, alice.split())
    first = with_roles(alice.specification([(mine, alice)], bob), bob="owner")
    await alice.propose(first)
    rivals = [(alice, following(first, name="hers")), (bob, following(first, name="his", owner="bob"))]
    for number in range(2, 8):
        answers = await asyncio.gather(
            *(publish(member, {**body, "revision": number}) for member, body in rivals), return_exceptions=True
        )
        refused = [one for one in answers if isinstance(one, AppError)]
        assert [type(one) for one in refused] == [Conflict], answers
        found = await alice.ask("a", "GET", f"/v1/projects/{first['id']}")
        assert found["revision"] == number and found["name"] in ("hers", "his")


async def test_archived_project_starts_no_job_until_it_is_restored(people: list[Member]) -> None:
    alice, bob, _ = people
    mine = await usable(alice, alice.split())
    body = with_roles(alice.specification([(mine, alice)], bob), bob="editor")
    await alice.propose(body)
    await alice.consent(body, mine)
    path = f"/v1/projects/{body['id']}"
    fact = {"project": body["id"], "archived": True, "reason": "the study is over", "time": in_future()}
    with pytest.raises(Forbidden):
        await bob.ask("a", "POST", f"{path}/archive", bob.sign("project-archive", **fact))
    with pytest.raises(BadSignature):
        await alice.ask("a", "POST", f"{path}/archive", bob.sign("project-archive", **fact))
    for changes, error in (
        ({"project": "ab" * 16}, Conflict),
        ({"time": in_future(minutes=-6)}, BadInput),
        ({"archived": 1}, BadInput),
        ({"reason": "x" * 501}, BadInput),
    ):
        with pytest.raises(error):
            await alice.ask("a", "POST", f"{path}/archive", alice.sign("project-archive", **{**fact, **changes}))
    for role in ("a", "b"):
        answer = await alice.ask(role, "POST", f"{path}/archive", alice.sign("project-archive", **fact))
        assert answer["state"] == "archived"
    found = await alice.ask("a", "GET", path)
    assert found["missing_consents"] == [mine] and found["archive"]["body"]["reason"] == "the study is over"
    with pytest.raises(Conflict):
        await alice.start(body)
    signed = alice.sign("consent", **consent_body(parse_specification(body).hash, mine))
    with pytest.raises(Conflict):
        await alice.ask("a", "POST", f"{path}/consents", signed)
    back = alice.sign("project-archive", **{**fact, "archived": False, "time": in_future(seconds=2)})
    assert (await alice.ask("a", "POST", f"{path}/archive", back))["state"] == "ready"
    with pytest.raises(Conflict):
        await alice.ask("a", "POST", f"{path}/archive", alice.sign("project-archive", **fact))


async def test_decisions_and_reminders(people: list[Member]) -> None:
    alice, bob, eve = people
    mine, theirs = await usable(alice, alice.split()), await usable(bob, bob.split())
    body = alice.specification([(mine, alice), (theirs, bob)], eve)
    await alice.propose(body)
    path = f"/v1/projects/{body['id']}"

    async def waiting(member: Member) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await member.ask("a", "GET", "/v1/decisions"))["consents"]
        return found

    [row] = await waiting(bob)
    about = {"project": body["id"], "name": "lungs", "revision": 1, "hash": parse_specification(body).hash}
    assert {**row, "since": ""} == {**about, "dataset": theirs, "since": "", "reminded": None}
    assert await waiting(eve) == []
    for member in (bob, eve):
        with pytest.raises(Forbidden):
            await member.ask("a", "POST", f"{path}/reminders", {})
    assert await alice.ask("a", "POST", f"{path}/reminders", {}) == {"reminded": ["bob"], "spared": []}
    assert await alice.ask("a", "POST", f"{path}/reminders", {}) == {"reminded": [], "spared": ["bob"]}
    [row] = await waiting(bob)
    assert row["reminded"] is not None
    await bob.consent(body, theirs, "a", expires=in_future(days=13))
    found = await bob.ask("a", "GET", "/v1/decisions")
    assert found["consents"] == [] and [one["dataset"] for one in found["ending"]] == [theirs]
    declined = consent_body(parse_specification(body).hash, mine, decision="declined", expires=None)
    await alice.ask("a", "POST", f"{path}/consents", alice.sign("consent", **declined))
    assert await waiting(alice) == [], "who said no is not asked again"
    assert await alice.ask("a", "POST", f"{path}/reminders", {}) == {"reminded": [], "spared": []}


async def test_decisions_of_an_administrator_name_who_wants_to_join(people: list[Member], pair: Pair) -> None:
    alice, _, _ = people
    newcomer = Member(pair, alice.session, "newcomer")
    registered = await newcomer.register("a")
    admin = await alice.administrator("a")
    [row] = (await admin.ask("a", "GET", "/v1/decisions"))["registrations"]
    assert (row["user"], row["fingerprint"]) == ("newcomer", registered["fingerprint"])
    assert (await alice.ask("a", "GET", "/v1/decisions"))["registrations"] == []
