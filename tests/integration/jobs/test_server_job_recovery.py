"""Jobs that are broken off, paused, resumed and retried: both nodes agree, and nobody has to help."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from common.errors import AccountDisabled, BadSignature, Conflict, ConsentMissing, Forbidden
from common.specification import parse_specification
from tests.helpers.nodes.local import again, local_nodes, order, team, usable
from tests.helpers.nodes.members import Member, consent_body, in_future, open_members, withdrawal_body
from tests.helpers.nodes.pair import Pair, make_pair

# There is no log node here, and the nodes warn about that.
pytestmark = pytest.mark.expects_warnings


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path)


async def ready(owner: Member, *others: Member) -> dict[str, Any]:
    """A project of one data set with every consent; the others are viewers."""
    dataset = await usable(owner, owner.split())
    body = owner.specification([(dataset, owner)], *others)
    await owner.propose(body)
    await owner.consent(body, dataset)
    return body


async def heard(member: Member, job: str, role: str = "a") -> list[dict[str, Any]]:
    """Every event up to the end."""
    return [event async for event in member.events(role, job)]


async def ends(member: Member, job: str) -> list[str]:
    return [(await heard(member, job, role))[-1]["state"] for role in ("a", "b")]


def control(member: Member, job: str, action: str, sequence: int) -> dict[str, Any]:
    time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return member.sign("job-control", job=job, action=action, sequence=sequence, time=time)


async def do(member: Member, job: str, action: str, sequence: int = 1, role: str = "a") -> dict[str, Any]:
    return await member.ask(role, "POST", f"/v1/jobs/{job}/control", control(member, job, action, sequence))


async def until_paused(member: Member, job: str) -> None:
    for role in ("a", "b"):
        await member.until(role, job, lambda event: event.get("state") == "paused")


@pytest.mark.parametrize(("at_a", "at_b"), [("die finish", "peer-gone finish"), ("peer-gone finish", "die finish")])
async def test_job_goes_on_after_a_worker_was_killed(pair: Pair, at_a: str, at_b: str) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        order(pair, "a", at_a)
        order(pair, "b", at_b)
        started = await alice.start(await ready(alice))
        assert await ends(alice, started["id"]) == ["finished", "finished"]
        for role in ("a", "b"):
            shown = await alice.ask(role, "GET", f"/v1/jobs/{started['id']}")
            assert (shown["attempt"], shown["waiting"], shown["error"]) == (2, None, None)
        broken = [event for event in await heard(alice, started["id"]) if event.get("state") == "queued"][1]
        assert broken["error"]["code"] in ("worker-died", "peer-gone")


async def test_job_goes_on_after_both_nodes_were_restarted(pair: Pair) -> None:
    for role in ("a", "b"):
        order(pair, role, "hang finish")
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        started = await alice.start(await ready(alice))
        await alice.until("a", started["id"], lambda event: event.get("state") == "training")
        await alice.until("b", started["id"], lambda event: event.get("state") == "training")
    async with local_nodes(pair), again(alice) as later:
        for role in ("a", "b"):
            await later.log_in(role)
        assert await ends(later, started["id"]) == ["finished", "finished"]


async def test_job_waits_for_the_other_server_and_goes_on_when_it_is_back(pair: Pair) -> None:
    order(pair, "a", "peer-gone finish")
    order(pair, "b", "hang finish")
    async with local_nodes(pair, "a"), open_members(pair, "alice") as [alice]:
        async with local_nodes(pair, "b"):
            started = await alice.start(await ready(await alice.join()))
            await alice.until("b", started["id"], lambda event: event.get("state") == "training")
        event = await alice.until("a", started["id"], lambda event: event["kind"] == "waiting")
        assert event["error"]["code"] == "node-unreachable"
        assert (await alice.ask("a", "GET", f"/v1/jobs/{started['id']}"))["waiting"]["code"] == "node-unreachable"
        async with local_nodes(pair, "b"), again(alice) as later:
            for role in ("a", "b"):
                await later.log_in(role)
            assert await ends(later, started["id"]) == ["finished", "finished"]


async def test_job_that_never_comes_further_fails(tmp_path: Path) -> None:
    pair = make_pair(tmp_path, stalled_attempts=1)
    for role in ("a", "b"):
        order(pair, role, "die")
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        started = await alice.start(await ready(alice))
        assert await ends(alice, started["id"]) == ["failed", "failed"]
        error = (await alice.ask("a", "GET", f"/v1/jobs/{started['id']}"))["error"]
        assert error["code"] == "job-failed" and "without coming further" in error["message"]


async def test_job_is_paused_at_both_nodes_and_resumed(pair: Pair) -> None:
    for role in ("a", "b"):
        order(pair, role, "pausable finish")
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        job = (await alice.start(await ready(alice)))["id"]
        for role in ("a", "b"):
            await alice.until(role, job, lambda event: event.get("state") == "training")
        assert (await do(alice, job, "pause"))["wants_pause"] is True
        await until_paused(alice, job)
        with pytest.raises(Conflict):
            await do(alice, job, "retry", 2)
        assert (await do(alice, job, "resume", 2))["controls"] == 2
        assert await ends(alice, job) == ["finished", "finished"]
        actions = [event["action"] for event in await heard(alice, job, "b") if event["kind"] == "control"]
        assert actions == ["pause", "resume"]


async def test_paused_job_stays_paused_over_a_restart_and_can_be_cancelled(pair: Pair) -> None:
    for role in ("a", "b"):
        order(pair, role, "hang")
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        job = (await alice.start(await ready(alice)))["id"]
        await alice.until("b", job, lambda event: event.get("state") == "training")
        await do(alice, job, "pause-now")
        await until_paused(alice, job)
    async with local_nodes(pair), again(alice) as later:
        for role in ("a", "b"):
            await later.log_in(role)
            assert (await later.ask(role, "GET", f"/v1/jobs/{job}"))["state"] == "paused"
        await later.ask("b", "POST", f"/v1/jobs/{job}/cancel")
        assert await ends(later, job) == ["cancelled", "cancelled"]


async def test_resume_needs_the_consent_that_was_withdrawn(pair: Pair) -> None:
    for role in ("a", "b"):
        order(pair, role, "hang finish")
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body = await ready(alice)
        job = (await alice.start(body))["id"]
        await alice.until("b", job, lambda event: event.get("state") == "training")
        await do(alice, job, "pause-now")
        await until_paused(alice, job)
        [dataset] = body["datasets"]
        taken_back = alice.sign("consent-withdraw", **withdrawal_body(parse_specification(body).hash, dataset["id"]))
        for role in ("a", "b"):
            await alice.ask(role, "DELETE", f"/v1/projects/{body['id']}/consents", taken_back)
        with pytest.raises(ConsentMissing):
            await do(alice, job, "resume", 2)
        later = consent_body(parse_specification(body).hash, dataset["id"], time=in_future(seconds=2))
        for role in ("a", "b"):
            path = f"/v1/projects/{body['id']}/consents"
            await alice.ask(role, "POST", path, alice.sign("consent", **later))
        await do(alice, job, "resume", 2)
        assert await ends(alice, job) == ["finished", "finished"]


async def test_failed_job_is_retried_from_where_it_was(pair: Pair) -> None:
    for role in ("a", "b"):
        order(pair, role, "fail finish")
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        job = (await alice.start(await ready(alice)))["id"]
        assert await ends(alice, job) == ["failed", "failed"]
        assert all((pair.folder(role) / "jobs" / job / "ticket.json").exists() for role in ("a", "b"))
        with pytest.raises(Conflict):
            await do(alice, job, "resume")
        await do(alice, job, "retry")
        assert await ends(alice, job) == ["finished", "finished"]
        states = [event["state"] for event in await heard(alice, job) if event["kind"] == "state"]
        assert states.count("failed") == 1 and states[-1] == "finished"


async def test_only_a_fresh_word_of_an_owner_or_editor_at_server_a_controls_a_job(pair: Pair) -> None:
    for role in ("a", "b"):
        order(pair, role, "hang")
    async with local_nodes(pair), team(pair, "alice", "bob") as [alice, bob]:
        body = await ready(alice, bob)
        job = (await alice.start(body))["id"]
        await alice.until("b", job, lambda event: event.get("state") == "training")
        path = f"/v1/jobs/{job}/control"
        with pytest.raises(Forbidden):
            await bob.ask("a", "POST", path, control(bob, job, "pause-now", 1))
        with pytest.raises(Forbidden):
            await alice.ask("a", "POST", path, control(bob, job, "pause-now", 1))
        forged = control(alice, job, "pause", 1)
        forged["document"]["body"]["action"] = "pause-now"
        with pytest.raises(BadSignature):
            await alice.ask("a", "POST", path, forged)
        with pytest.raises(Conflict):
            await do(alice, job, "pause-now", role="b")
        with pytest.raises(Conflict):
            await do(alice, job, "pause-now", 2)
        first = control(alice, job, "pause-now", 1)
        await alice.ask("a", "POST", path, first)
        await until_paused(alice, job)
        with pytest.raises(Conflict):
            await alice.ask("a", "POST", path, first)


async def test_account_that_only_b_disabled_starts_and_controls_nothing(pair: Pair) -> None:
    for role in ("a", "b"):
        order(pair, role, "hang")
    async with local_nodes(pair), team(pair, "alice", "bob") as [alice, bob]:
        dataset = await usable(bob, bob.split())
        body = alice.specification([(dataset, bob)], bob, recipients=["bob"])
        await alice.propose(body)
        await bob.consent(body, dataset)
        job = (await alice.start(body))["id"]
        await alice.until("b", job, lambda event: event.get("state") == "training")
        await do(alice, job, "pause-now")
        await until_paused(alice, job)
        await alice.be_approved("b", 2, state="disabled")
        with pytest.raises(AccountDisabled):
            await alice.start(body)
        await do(alice, job, "resume", 2)
        event = await alice.until("a", job, lambda event: event.get("state") == "failed")
        assert event["error"]["code"] == "account-disabled"


async def test_jobs_wait_for_the_hours_of_either_operator(pair: Pair) -> None:
    policy = pair.folder("b") / "policy.toml"
    closed = (datetime.now(UTC).hour + 12) % 24
    policy.write_text(f'version = 1\ntime_zone = "UTC"\nhours = "{closed:02}:00-{closed:02}:30"\n', encoding="utf-8")
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        job = (await alice.start(await ready(alice)))["id"]
        event = await alice.until("a", job, lambda event: event["kind"] == "waiting")
        assert event["error"]["code"] == "outside-hours" and "Server B" in event["error"]["message"]
        policy.unlink()
        assert await ends(alice, job) == ["finished", "finished"]
