"""Data sets after their upload at both nodes: settings, who sees what, history, uses, and the end with running jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from common.documents import digest, verify_document
from common.errors import (
    BadInput,
    BadSignature,
    Conflict,
    Forbidden,
    NotFound,
    SpecRefused,
)
from tests.helpers.nodes.local import local_nodes, order, team, usable
from tests.helpers.nodes.members import Member
from tests.helpers.nodes.pair import Pair, make_pair
from tests.helpers.nodes.settings import change, delete, settings
from tests.helpers.nodes.uploads import blobs, show

# There is no log node here, and the nodes warn about that.
pytestmark = pytest.mark.expects_warnings


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path)


@pytest.fixture
async def people(pair: Pair) -> AsyncIterator[list[Member]]:
    async with local_nodes(pair), team(pair, "alice", "bob") as members:
        yield members


async def started(pair: Pair, alice: Member, dataset: str, mode: str = "hang") -> str:
    """A job of alice on this data set, running at both nodes."""
    body = alice.specification([(dataset, alice)])
    await alice.propose(body)
    await alice.consent(body, dataset)
    for role in ("a", "b"):
        order(pair, role, mode)
    job = str((await alice.start(body))["id"])
    for role in ("a", "b"):
        await alice.until(role, job, lambda event: event.get("state") == "training")
    return job


async def test_settings_replace_those_of_the_manifest(people: list[Member]) -> None:
    alice, bob = people
    dataset = alice.split(visibility="private", description="As uploaded.")
    await usable(alice, dataset)
    first = await show(alice, dataset)
    assert (first["version"], first["enabled"], first["settings"]) == (0, True, None)
    assert (first["description"], first["class_counts"]) == ("As uploaded.", None)
    with pytest.raises(NotFound):
        await show(bob, dataset)
    told = {"tags": ["lungs"], "description": "Films.", "class_counts": [10, 10]}
    await change(alice, dataset.id, 1, visibility="shared", shared_with=["bob"], **told)
    for role in ("a", "b"):
        found = await show(bob, dataset, role)
        assert {name: found[name] for name in told} == told and found["version"] == 1
        assert verify_document(found["settings"], "dataset-settings", alice.signing.verify_key)["version"] == 1
        [listed] = (await bob.ask(role, "GET", "/v1/datasets"))["datasets"]
        assert (listed["tags"], listed["shared_with"], "description" in listed) == (["lungs"], ["bob"], False)
    await change(alice, dataset.id, 2, visibility="private")
    with pytest.raises(NotFound):
        await show(bob, dataset)


async def test_settings_are_the_owners_and_only_newer_ones_count(people: list[Member]) -> None:
    alice, bob = people
    dataset = await usable(alice, alice.split())
    path = f"/v1/datasets/{dataset}/settings"
    with pytest.raises(Forbidden):
        await bob.ask("a", "POST", path, bob.sign("dataset-settings", **settings(dataset, 1)))
    with pytest.raises(BadSignature):
        await alice.ask("a", "POST", path, bob.sign("dataset-settings", **settings(dataset, 1)))
    with pytest.raises(BadInput):
        await alice.ask("a", "POST", path, alice.sign("dataset-settings", **settings("ab" * 32, 1)))
    with pytest.raises(BadInput) as refused:
        await change(alice, dataset, 1, class_counts=[10, 9])
    assert refused.value.details["field"] == "class_counts"
    await change(alice, dataset, 3, "a")
    await change(alice, dataset, 3, "a")
    for version in (2, 3):
        with pytest.raises(Conflict) as late:
            await change(alice, dataset, version, "a", tags=["x"])
        assert late.value.details["version"] == 3
    # The other node missed it; the newest document alone brings it up to date.
    await change(alice, dataset, 3, "b")
    answers = [await alice.ask(role, "GET", f"/v1/datasets/{dataset}") for role in ("a", "b")]
    assert answers[0]["settings"] == answers[1]["settings"]


async def test_data_set_that_is_switched_off_is_in_no_new_job(pair: Pair, people: list[Member]) -> None:
    alice, _ = people
    dataset = await usable(alice, alice.split())
    body = alice.specification([(dataset, alice)])
    await alice.propose(body)
    await alice.consent(body, dataset)
    # One server alone is enough to refuse.
    await change(alice, dataset, 1, "b", enabled=False)
    with pytest.raises(Conflict, match="disabled it"):
        await alice.start(body)
    await change(alice, dataset, 2, enabled=False)
    with pytest.raises(Conflict, match="disabled it"):
        await alice.start(body)
    with pytest.raises(Conflict, match="disabled it"):
        await alice.propose(alice.specification([(dataset, alice)]))
    await change(alice, dataset, 3, enabled=True)
    assert (await alice.start(body))["state"] == "queued"


async def test_data_set_that_is_no_longer_shared_is_in_no_new_job(people: list[Member]) -> None:
    alice, bob = people
    dataset = await usable(alice, alice.split())
    body = bob.specification([(dataset, alice)])
    await bob.propose(body)
    await alice.consent(body, dataset)
    await change(alice, dataset, 1, visibility="private")
    with pytest.raises(SpecRefused):
        await bob.start(body)


async def test_uses_tell_what_becomes_of_projects_and_jobs(pair: Pair, people: list[Member]) -> None:
    alice, bob = people
    dataset = await usable(alice, alice.split())
    path = f"/v1/datasets/{dataset}/uses"
    assert await alice.ask("a", "GET", path) == {"projects": [], "jobs": []}
    with pytest.raises(Forbidden):
        await bob.ask("a", "GET", path)
    running = await started(pair, alice, dataset)
    body = alice.specification([(dataset, alice)], name="second")
    await alice.propose(body)
    await alice.consent(body, dataset)
    waiting = str((await alice.start(body))["id"])
    found = await alice.ask("a", "GET", path)
    # Two projects of one second have no order of age.
    named = sorted((one["name"], one["is_consented"]) for one in found["projects"])
    assert named == [("lungs", True), ("second", True)]
    effects = {one["job"]: (one["state"], one["on_delete"], one["on_disable"]) for one in found["jobs"]}
    assert effects == {running: ("training", "cancelled", "goes-on"), waiting: ("queued", "cancelled", "refused")}
    for job in (waiting, running):
        await alice.ask("a", "POST", f"/v1/jobs/{job}/cancel")
    assert (await alice.ask("a", "GET", path))["jobs"] == []


async def test_deletion_during_a_job_is_refused_and_changes_nothing(pair: Pair, people: list[Member]) -> None:
    alice, _ = people
    dataset = await usable(alice, alice.split())
    job = await started(pair, alice, dataset)
    for role in ("a", "b"):
        with pytest.raises(Conflict) as refused:
            await delete(alice, role, dataset)
        assert refused.value.details["jobs"] == [job]
        assert (await alice.ask(role, "GET", f"/v1/jobs/{job}"))["state"] == "training"
        assert len(blobs(pair, role)) == 1
    await alice.ask("a", "POST", f"/v1/jobs/{job}/cancel")


async def test_deletion_with_stop_jobs_stops_them_on_both_servers(pair: Pair, people: list[Member]) -> None:
    alice, _ = people
    dataset = await usable(alice, alice.split())
    job = await started(pair, alice, dataset)
    with pytest.raises(BadInput):
        await delete(alice, "a", dataset, stop_jobs=True, node_time="2020-01-01T00:00:00Z")
    assert (await alice.ask("a", "GET", f"/v1/jobs/{job}"))["state"] == "training", "checked before it acts"
    assert (await delete(alice, "a", dataset, stop_jobs=True))["stopped"] == [job]
    for role in ("a", "b"):
        assert (await alice.ask(role, "GET", f"/v1/jobs/{job}"))["state"] == "cancelled"
    assert (await delete(alice, "b", dataset, stop_jobs=True))["stopped"] == []
    assert blobs(pair, "a") == blobs(pair, "b") == []


async def test_receipt_of_a_deletion_can_be_had_again(pair: Pair, people: list[Member]) -> None:
    alice, bob = people
    dataset = alice.split()
    await usable(alice, dataset)
    with pytest.raises(Forbidden):
        await delete(bob, "a", dataset.id)
    with pytest.raises(BadInput):
        await delete(alice, "a", dataset.id, reason="Because.", node_time="2020-01-01T00:00:00Z")
    found = await delete(alice, "a", dataset.id, reason="A patient withdrew.")
    body = verify_document(found["receipt"], "delete-receipt", pair.deployment.node("a").verify_key)
    assert (body["dataset"], body["party"], body["chunks"]) == (dataset.id, "a", 1)
    assert body["bytes"] == len(dataset.sealed["a"][0])
    assert await delete(alice, "a", dataset.id) == {"receipt": found["receipt"], "stopped": []}
    with pytest.raises(NotFound):
        await delete(bob, "a", dataset.id)
    with pytest.raises(Conflict):
        await change(alice, dataset.id, 1, "a")
    [*_, last] = (await alice.ask("a", "GET", f"/v1/datasets/{dataset.id}/history"))["events"]
    assert (last["kind"], last["facts"]["receipt"]) == ("deleted", found["receipt"])
    assert last["facts"]["reason"]["text"] == "A patient withdrew."
    assert body["request"] == digest(last["facts"]["document"])
    assert "withdrew" not in str(last["facts"]["document"]), "the log gets the document"


async def test_reason_must_be_the_one_that_was_signed(people: list[Member]) -> None:
    alice, _ = people
    dataset = await usable(alice, alice.split())
    time = (await alice.ask("a", "GET", "/v1/info"))["time"]
    signed = alice.sign("dataset-delete", dataset=dataset, node_time=time, stop_jobs=False, reason="")
    with pytest.raises(BadInput) as refused:
        words = {"text": "Put into my mouth.", "salt": "00" * 16}
        await alice.ask("a", "DELETE", f"/v1/datasets/{dataset}", {**signed, "reason": words})
    assert refused.value.details["field"] == "reason"
    assert (await alice.ask("a", "DELETE", f"/v1/datasets/{dataset}", signed))["stopped"] == []


async def test_history_tells_who_did_what(pair: Pair, people: list[Member]) -> None:
    alice, bob = people
    dataset = alice.split()
    await usable(alice, dataset)
    await change(alice, dataset.id, 1, tags=["lungs"], enabled=False)
    path = f"/v1/datasets/{dataset.id}/history"
    with pytest.raises(Forbidden):
        await bob.ask("a", "GET", path)
    for role in ("a", "b"):
        events = (await alice.ask(role, "GET", path))["events"]
        assert [(one["actor"], one["kind"]) for one in events] == [
            ("alice", "announced"),
            ("alice", "received"),
            (f"node-{role}", "confirmed"),
            ("alice", "settings"),
        ]
        assert events[3]["facts"]["changes"] == [
            {"field": "tags", "before": [], "after": ["lungs"]},
            {"field": "enabled", "before": True, "after": False},
        ]
        verify_document(events[3]["facts"]["document"], "dataset-settings", alice.signing.verify_key)
