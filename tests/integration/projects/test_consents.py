"""What data owners decide: only their own signature counts, for one revision, until it ends or is taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from common.agreement.reason import Reason
from common.crypto.rng import SystemRandom
from common.errors import BadInput, BadSignature, Conflict, Forbidden
from common.specification import parse_specification
from tests.helpers.nodes.local import local_nodes, team, usable
from tests.helpers.nodes.members import Member, consent_body, in_future, withdrawal_body
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


def path_of(body: dict[str, Any], more: str = "/consents") -> str:
    return f"/v1/projects/{body['id']}{more}"


def hash_of(body: dict[str, Any]) -> str:
    return parse_specification(body).hash


async def shown(member: Member, body: dict[str, Any], role: str = "a") -> dict[str, Any]:
    return await member.ask(role, "GET", path_of(body, ""))


async def test_consent_counts_only_from_the_owner_for_this_hash(people: list[Member]) -> None:
    alice, bob, eve = people
    mine, theirs = await usable(alice, alice.split()), await usable(bob, bob.split())
    body = alice.specification([(mine, alice), (theirs, bob)], bob, eve)
    await alice.propose(body)
    path, fact = path_of(body), consent_body(hash_of(body), theirs)
    with pytest.raises(Forbidden):
        await eve.ask("a", "POST", path, eve.sign("consent", **fact))
    with pytest.raises(BadInput):
        await alice.ask("a", "POST", path, alice.sign("consent", **fact))
    with pytest.raises(BadSignature):
        await bob.ask("a", "POST", path, alice.sign("consent", **fact))
    with pytest.raises(Conflict):
        await bob.ask("a", "POST", path, bob.sign("consent", **{**fact, "project_hash": "ab" * 32}))
    for changes in (
        {"dataset": mine},
        {"expires": in_future(hours=-1)},
        {"expires": "soon"},
        {"expires": None},
        {"decision": "declined"},
        {"decision": "withdrawn"},
        {"time": in_future(minutes=-6)},
        {"time": in_future(minutes=6)},
        {"reason": "no vote"},
        {"reason": "ab" * 32},
        {"more": 1},
    ):
        with pytest.raises(BadInput):
            await bob.ask("a", "POST", path, bob.sign("consent", **{**fact, **changes}))
    assert (await bob.ask("a", "POST", path, bob.sign("consent", **fact)))["missing_consents"] == [mine]
    await alice.consent(body, mine, "a")
    found = await shown(alice, body)
    assert (found["state"], found["missing_consents"], len(found["consents"])) == ("ready", [], 2)
    assert (await shown(alice, body, "b"))["state"] == "awaiting-consent"


async def test_refusal_is_shown_with_its_reason(people: list[Member]) -> None:
    alice, bob, _ = people
    theirs = await usable(bob, bob.split())
    body = alice.specification([(theirs, bob)], bob)
    await alice.propose(body)
    reason = Reason.give("no vote of the ethics committee", SystemRandom())
    earlier = in_future(seconds=-30)
    fact = consent_body(hash_of(body), theirs, decision="declined", expires=None, reason=reason.digest, time=earlier)
    signed = bob.sign("consent", **fact)
    for wrong in ({"text": "because", "salt": reason.salt}, {"text": reason.text, "salt": "00" * 16}):
        with pytest.raises(BadInput):
            await bob.ask("a", "POST", path_of(body), {**signed, "reason": wrong})
    with pytest.raises(BadInput):
        await bob.ask("a", "POST", path_of(body), signed)
    answer = await bob.ask("a", "POST", path_of(body), {**signed, "reason": reason.as_json()})
    assert answer["missing_consents"] == [theirs]
    found = await shown(alice, body)
    [declined] = found["declined"]
    assert (declined["owner"], declined["decision"], declined["counts"]) == ("bob", "declined", False)
    assert (declined["reason"], declined["expires"]) == (reason.as_json(), None)
    assert (found["consents"], found["state"]) == ([], "awaiting-consent")
    await bob.consent(body, theirs, "a")
    found = await shown(alice, body)
    assert (found["declined"], found["state"]) == ([], "ready")


async def test_withdrawal_takes_the_consent_back(people: list[Member]) -> None:
    alice, bob, _ = people
    mine = await usable(alice, alice.split())
    body = alice.specification([(mine, alice)], bob)
    await alice.propose(body)
    await alice.consent(body, mine)
    fact = withdrawal_body(hash_of(body), mine)
    with pytest.raises(Forbidden):
        await bob.ask("a", "DELETE", path_of(body), bob.sign("consent-withdraw", **fact))
    reason = Reason.give("the images were mislabelled", SystemRandom())
    signed = alice.sign("consent-withdraw", **{**fact, "reason": reason.digest})
    answer = await alice.ask("a", "DELETE", path_of(body), {**signed, "reason": reason.as_json()})
    assert answer["missing_consents"] == [mine]
    found = await shown(alice, body)
    assert (found["state"], found["consents"]) == ("awaiting-consent", [])
    assert [(one["decision"], one["reason"]["text"]) for one in found["declined"]] == [("withdrawn", reason.text)]


async def test_decision_that_is_older_than_the_known_one_is_refused(people: list[Member]) -> None:
    """Nobody who kept an earlier consent can bring it back after a withdrawal."""
    alice, _, _ = people
    mine = await usable(alice, alice.split())
    body = alice.specification([(mine, alice)])
    await alice.propose(body)
    earlier = alice.sign("consent", **consent_body(hash_of(body), mine, time=in_future(seconds=-30)))
    await alice.ask("a", "POST", path_of(body), earlier)
    await alice.ask(
        "a", "DELETE", path_of(body), alice.sign("consent-withdraw", **withdrawal_body(hash_of(body), mine))
    )
    with pytest.raises(Conflict):
        await alice.ask("a", "POST", path_of(body), earlier)
    assert (await shown(alice, body))["missing_consents"] == [mine]
