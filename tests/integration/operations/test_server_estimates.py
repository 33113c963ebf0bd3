"""Estimates and counts at real nodes: what is asked in the wrong way, what others may not see, and one real answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from common.errors import BadInput, NotFound, SpecRefused
from common.ids import Party
from server_node.api.schemas.estimates import ESTIMATE, SUMMARY
from tests.helpers.nodes.local import local_nodes, team, usable
from tests.helpers.nodes.members import Member
from tests.helpers.nodes.pair import make_pair

# There is no log node here, and the nodes warn about that.
pytestmark = pytest.mark.expects_warnings
PLANNED = "7" * 64


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[list[Member]]:
    pair = make_pair(tmp_path)
    async with local_nodes(pair), team(pair, "alice", "bob", "carol") as members:
        yield members


async def ask(member: Member, body: dict[str, Any], role: str = "a", **given: Any) -> dict[str, Any]:
    return await member.ask(role, "POST", "/v1/estimates", {"specification": body, **given})


async def ask_patiently(member: Member, body: dict[str, Any], role: str, **given: Any) -> dict[str, Any]:
    """The first estimate of a day takes longer than the requests of other tests may."""
    url, timeout = f"{member.pair.url(role)}/v1/estimates", aiohttp.ClientTimeout(total=150)
    sent = {"specification": body, **given}
    async with member.session.post(url, json=sent, headers=member.bearer(role), timeout=timeout) as response:
        assert response.status == 200, await response.text()
        answer: dict[str, Any] = await response.json()
        return answer


async def test_estimates_are_refused_with_a_reason(people: list[Member]) -> None:
    alice, bob, _ = people
    body = alice.specification([(PLANNED, bob)])
    described = {"count": 40, "shape": [8, 8, 1], "bits": 8, "classes": 2}
    wrong_ones: tuple[dict[str, Any], ...] = (
        {"specification": body, "datasets": {PLANNED: {**described, "count": 0}}},
        {"specification": body, "datasets": {PLANNED: {**described, "bits": 9}}},
        {"specification": body, "datasets": {PLANNED: {**described, "shape": [8, 8]}}},
        {"specification": body, "datasets": {PLANNED: {**described, "extra": 1}}},
        {"specification": body, "datasets": {"short": described}},
        {"specification": "all", "datasets": {}},
        {"datasets": {}},
    )
    for wrong in wrong_ones:
        with pytest.raises(BadInput):
            await alice.ask("a", "POST", "/v1/estimates", wrong)
    with pytest.raises(NotFound, match="no such data set"):
        await ask(alice, body)
    with pytest.raises(SpecRefused, match="exactly the fields"):
        await ask(alice, {"version": 4})
    with pytest.raises(SpecRefused, match="less than a batch"):
        await ask(alice, body, datasets={PLANNED: {**described, "count": 2}})
    both = alice.specification([(PLANNED, bob), ("8" * 64, bob)])
    with pytest.raises(SpecRefused, match="No estimate is made"):
        await ask(alice, both, datasets={PLANNED: {**described, "count": 1 << 24}, "8" * 64: described})


async def test_estimates_hide_data_sets_that_are_not_shared(people: list[Member]) -> None:
    alice, bob, carol = people
    hidden = bob.split(visibility="shared", shared_with=("carol",))
    await usable(bob, hidden)
    body = alice.specification([(hidden.id, bob)])
    with pytest.raises(NotFound, match="no such data set"):
        await ask(alice, body)
    refused = alice.specification([(hidden.id, bob)], training={**body["training"], "batch": 4096})
    with pytest.raises(SpecRefused, match="less than a batch"):
        await ask(carol, refused)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_estimates_are_made_by_a_process_once(people: list[Member]) -> None:
    alice, bob, _ = people
    dataset = bob.split(count=40)
    await usable(bob, dataset)
    body = alice.specification([(dataset.id, bob), (PLANNED, alice)])
    given = {PLANNED: {"count": 24, "shape": [8, 8, 1], "bits": 8, "classes": 2}}
    found = {role: await ask_patiently(alice, body, role, datasets=given) for role in ("a", "b")}
    for party in Party:
        answer = found[party.letter]
        ESTIMATE.check(answer)
        assert (answer["party"], answer["images"], answer["link"]) == (party.letter, 64, None)
        sources = {one["name"]: one for one in answer["sources"]}
        assert sources["cot"]["refusal"] is None
        assert set(sources) == {"cot", "hybrid"}, "a deployment without a helper has no price for one"
        for one in sources.values():
            assert [stage["stage"] for stage in one["stages"]] == ["prepare", "hide", "features", "train", "seal"]
            assert all(stage["seconds"] > 0 for stage in one["stages"])
            assert one["seconds"] > max(answer["start_seconds"], *(stage["seconds"] for stage in one["stages"]))
        assert sources["hybrid"]["refusal"] is None
        folder = alice.pair.folder(party.letter)
        assert (folder / "calibration.json").exists()
        assert not list(folder.glob("estimate-*"))
    assert found["a"]["upload_bytes"] + found["b"]["upload_bytes"] == sum(
        len(sealed) for role in ("a", "b") for sealed in (*dataset.sealed[role], *alice.split(count=24).sealed[role])
    )
    (alice.pair.folder("a") / "calibration.json").unlink()
    assert await ask(alice, body, datasets=given) == found["a"]
    assert not (alice.pair.folder("a") / "calibration.json").exists(), "what was asked before is known"


async def test_summary_counts_what_somebody_may_know_of(people: list[Member]) -> None:
    alice, bob, carol = people
    dataset = bob.split()
    await usable(bob, dataset)
    # Carol is a member, Bob's data is used; nobody else is concerned.
    body = alice.specification([(dataset.id, bob)], carol)
    await alice.propose(body)
    await bob.consent(body, dataset.id)
    job = await alice.start(body)
    await alice.until("a", job["id"], lambda event: event.get("state") in ("finished", "failed"))
    state = (await alice.ask("a", "GET", f"/v1/jobs/{job['id']}"))["state"]
    for member, projects, jobs in ((alice, 1, 1), (carol, 1, 1), (bob, 1, 0)):
        found = await member.ask("a", "GET", "/v1/summary")
        SUMMARY.check(found)
        # The administrator who approved them has an account as well.
        assert found["users"] == 4
        assert found["projects"] == {"active": projects, "archived": 0}
        assert found["jobs"] == {**dict.fromkeys(found["jobs"], 0), state: jobs}
