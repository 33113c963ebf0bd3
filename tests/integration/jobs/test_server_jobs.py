"""Jobs on two real nodes over TLS with a fake worker: finished, failed, cancelled, refused, interrupted."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from common.errors import (
    BadInput,
    BadSignature,
    Conflict,
    ConsentMissing,
    Forbidden,
    NodeUnreachable,
    NotFound,
    SpecRefused,
)
from common.specification import parse_specification
from server_node.api.handlers import news
from tests.helpers.nodes.local import local_nodes, order, team, usable
from tests.helpers.nodes.members import Member, open_members, withdrawal_body
from tests.helpers.nodes.pair import Pair, make_pair

# There is no log node here, and the nodes warn about that.
pytestmark = pytest.mark.expects_warnings


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path)


async def ready(owner: Member, *others: Member) -> dict[str, Any]:
    """A project of one data set with every consent."""
    dataset = await usable(owner, owner.split())
    body = owner.specification([(dataset, owner)], *others)
    await owner.propose(body)
    await owner.consent(body, dataset)
    return body


async def final(member: Member, job: str, *roles: str) -> list[dict[str, Any]]:
    """Watch a job to its end; the last event of each node."""
    last = []
    for role in roles or ("a", "b"):
        events = [event async for event in member.events(role, job)]
        assert [event["id"] for event in events] == list(range(1, len(events) + 1))
        last.append(events[-1])
    return last


def names(pair: Pair, role: str, job: str) -> set[str]:
    """Files of a job in a node's folder."""
    return {path.name for path in (pair.folder(role) / "jobs" / job).iterdir()}


async def status(member: Member, job: str, role: str = "a") -> dict[str, Any]:
    return await member.ask(role, "GET", f"/v1/jobs/{job}")


async def until_worker(pair: Pair, job: str, role: str) -> None:
    """Until the fake worker said on standard error that it trains."""
    log = pair.folder(role) / "jobs" / job / "worker.log"
    while not (log.exists() and log.stat().st_size):
        await asyncio.sleep(0.01)


async def test_job_with_all_consents_finishes_on_both_nodes(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice", "bob") as [alice, bob]:
        started = await alice.start(await ready(alice, bob))
        for role in ("a", "b"):
            events = [event async for event in bob.events(role, started["id"])]
            kinds = [event["kind"] for event in events]
            states = [event["state"] for event in events if event["kind"] == "state"]
            assert states == ["queued", "preparing", "hiding", "training", "finished"]
            assert kinds.count("progress") == 3 and kinds.count("metrics") == 1 and kinds.count("model") == 1
            assert events[-1]["kind"] == "state"
            found = await status(alice, started["id"], role)
            assert (found["state"], found["stage"], found["epoch"], found["error"]) == ("finished", "train", 1, None)
            while names(pair, role, started["id"]) != {"worker.log", "model-alice.sealed", "weights.kept"}:
                await asyncio.sleep(0.01)


async def test_events_after_a_number_start_behind_it(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        started = await alice.start(await ready(alice))
        everything = [event async for event in alice.events("a", started["id"])]
        assert [event async for event in alice.events("a", started["id"], 4)] == everything[4:]
        assert [event async for event in alice.events("a", started["id"], len(everything))] == []


async def test_model_share_goes_to_recipients_only(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice", "bob", "eve") as [alice, bob, eve]:
        started = await alice.start(await ready(alice, bob))
        await final(alice, started["id"])
        url = f"{pair.url('b')}/v1/jobs/{started['id']}/model"
        async with alice.session.get(url, headers=alice.bearer("b")) as answer:
            assert (answer.status, answer.content_type) == (200, "application/octet-stream")
            assert await answer.read() == b"share b for alice"
        with pytest.raises(Forbidden):
            await bob.ask("b", "GET", f"/v1/jobs/{started['id']}/model")
        with pytest.raises(NotFound):
            await eve.ask("b", "GET", f"/v1/jobs/{started['id']}/model")


async def test_strangers_see_no_jobs_and_no_events(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice", "eve") as [alice, eve]:
        body = await ready(alice)
        started = await alice.start(body)
        await final(alice, started["id"])
        project = parse_specification(body).project_id
        assert [job["id"] for job in (await alice.ask("b", "GET", f"/v1/jobs?project={project}"))["jobs"]] == [
            started["id"]
        ]
        assert (await eve.ask("a", "GET", "/v1/jobs"))["jobs"] == []
        for method, path in (("GET", ""), ("GET", "/events"), ("POST", "/cancel")):
            with pytest.raises(NotFound):
                await eve.ask("a", method, f"/v1/jobs/{started['id']}{path}")


async def test_job_without_consent_is_refused(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice", "bob") as [alice, bob]:
        mine, theirs = await usable(alice, alice.split()), await usable(bob, bob.split())
        body = alice.specification([(mine, alice), (theirs, bob)], bob)
        await alice.propose(body)
        await alice.consent(body, mine)
        with pytest.raises(ConsentMissing) as refused:
            await alice.start(body)
        assert refused.value.details["datasets"] == [theirs] and refused.value.details["owners"] == ["bob"]
        assert (await alice.ask("a", "GET", "/v1/jobs"))["jobs"] == []


async def test_consent_that_only_server_a_knows_is_not_enough(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        dataset = await usable(alice, alice.split())
        body = alice.specification([(dataset, alice)])
        await alice.propose(body)
        await alice.consent(body, dataset, "a")
        with pytest.raises(ConsentMissing):
            await alice.start(body)
        [job] = (await alice.ask("a", "GET", "/v1/jobs"))["jobs"]
        assert job["state"] == "failed" and job["error"]["code"] == "consent-missing"
        assert (await alice.ask("b", "GET", "/v1/jobs"))["jobs"] == []


async def test_withdrawn_consent_stops_the_next_job(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body = await ready(alice)
        spec = parse_specification(body)
        signed = alice.sign("consent-withdraw", **withdrawal_body(spec.hash, spec.dataset_ids[0]))
        answer = await alice.ask("b", "DELETE", f"/v1/projects/{spec.project_id}/consents", signed)
        assert answer["missing_consents"] == list(spec.dataset_ids)
        with pytest.raises(ConsentMissing):
            await alice.start(body)


async def test_only_an_owner_starts_jobs_and_only_at_a(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice", "bob") as [alice, bob]:
        body = await ready(alice, bob)
        spec = parse_specification(body)
        with pytest.raises(Forbidden):
            await bob.start(body)
        signed = alice.sign("job-start", project_hash=spec.hash, nonce="00" * 16)
        with pytest.raises(Conflict):
            await alice.ask("b", "POST", "/v1/jobs", signed)
        with pytest.raises(Forbidden):
            await bob.ask("a", "POST", "/v1/jobs", signed)
        signed["document"]["body"]["nonce"] = "11" * 16
        with pytest.raises(BadSignature):
            await alice.ask("a", "POST", "/v1/jobs", signed)


async def test_start_document_works_once(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body = await ready(alice)
        started = await alice.start(body, nonce="ab" * 16)
        await final(alice, started["id"])
        with pytest.raises(Conflict):
            await alice.start(body, nonce="ab" * 16)


async def test_jobs_run_one_after_the_other(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body = await ready(alice)
        for role in ("a", "b"):
            order(pair, role, "after-signal")
        first, second = await alice.start(body), await alice.start(body)
        await alice.until("a", first["id"], lambda event: event.get("state") == "training")
        assert (await status(alice, second["id"]))["state"] == "queued"
        for role in ("a", "b"):
            (pair.folder(role) / "go-on").touch()
        for job in (first, second):
            assert [event["state"] for event in await final(alice, job["id"])] == ["finished", "finished"]


async def test_worker_error_fails_the_job_on_both_nodes(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        order(pair, "a", "hang")
        order(pair, "b", "fail")
        started = await alice.start(await ready(alice))
        for event in await final(alice, started["id"]):
            assert event["state"] == "failed" and event["error"]["code"] == "range-exceeded"
        for role in ("a", "b"):
            assert (await status(alice, started["id"], role))["error"]["message"] == "It went wrong."


async def test_lost_link_is_reported_with_the_other_sides_reason(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        order(pair, "a", "lose-peer")
        order(pair, "b", "fail")
        started = await alice.start(await ready(alice))
        codes = {event["error"]["code"] for event in await final(alice, started["id"])}
        assert "range-exceeded" in codes


async def test_events_end_with_the_login(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """They hold shares of metrics: whoever is locked out must not go on hearing them."""
    monkeypatch.setattr(news, "LOGIN_CHECK_SECONDS", 0.01)
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        order(pair, "a", "hang")
        order(pair, "b", "hang")
        job = (await alice.start(await ready(alice)))["id"]
        url = f"{pair.url('a')}/v1/jobs/{job}/events"
        async with alice.session.ws_connect(url, headers=alice.bearer("a")) as stream:
            assert (await stream.receive_json())["state"] == "queued"
            await alice.ask("a", "POST", "/v1/auth/logout", {})
            async for _ in stream:
                continue
            assert stream.close_code == news.LOGIN_ENDED


@pytest.mark.parametrize("mode", ["garbage", "silent-exit"])
async def test_worker_that_breaks_the_rules_fails_the_job(tmp_path: Path, mode: str) -> None:
    pair = make_pair(tmp_path, stalled_attempts=1)
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        order(pair, "a", mode)
        order(pair, "b", "hang")
        started = await alice.start(await ready(alice))
        for event in await final(alice, started["id"]):
            assert event["state"] == "failed" and event["error"]["code"] == "job-failed"


@pytest.mark.parametrize("role", ["a", "b"])
async def test_cancel_at_either_node_ends_both_workers(pair: Pair, role: str) -> None:
    async with local_nodes(pair), team(pair, "alice", "bob") as [alice, bob]:
        order(pair, "a", "hang")
        order(pair, "b", "stubborn")
        started = await alice.start(await ready(alice, bob))
        for node in ("a", "b"):
            await until_worker(pair, started["id"], node)
        with pytest.raises(Forbidden):
            await bob.ask(role, "POST", f"/v1/jobs/{started['id']}/cancel")
        await alice.ask(role, "POST", f"/v1/jobs/{started['id']}/cancel")
        states = [(await status(alice, started["id"], node))["state"] for node in ("a", "b")]
        assert states == ["cancelled", "cancelled"]
        assert [event["state"] for event in await final(alice, started["id"])] == states


async def test_cancelled_while_waiting_never_starts(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body = await ready(alice)
        for role in ("a", "b"):
            order(pair, role, "hang")
        first, second = await alice.start(body), await alice.start(body)
        await alice.ask("a", "POST", f"/v1/jobs/{second['id']}/cancel")
        for role in ("a", "b"):
            events = [event async for event in alice.events(role, second["id"])]
            assert [event["state"] for event in events] == ["queued", "cancelled"]
        await alice.ask("a", "POST", f"/v1/jobs/{first['id']}/cancel")


async def test_dataset_of_a_running_job_cannot_be_deleted(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body = await ready(alice)
        dataset = body["datasets"][0]["id"]
        for role in ("a", "b"):
            order(pair, role, "hang")
        started = await alice.start(body)
        time = (await alice.ask("a", "GET", "/v1/info"))["time"]
        signed = alice.sign("dataset-delete", dataset=dataset, node_time=time, stop_jobs=False, reason="")
        with pytest.raises(Conflict):
            await alice.ask("a", "DELETE", f"/v1/datasets/{dataset}", signed)
        await alice.ask("a", "POST", f"/v1/jobs/{started['id']}/cancel")
        await alice.ask("a", "DELETE", f"/v1/datasets/{dataset}", signed)
        with pytest.raises(SpecRefused):
            await alice.start(body)


async def test_start_without_the_other_server_names_the_reason(pair: Pair) -> None:
    async with local_nodes(pair, "a"), open_members(pair, "alice") as [alice]:
        async with local_nodes(pair, "b"):
            body = await ready(await alice.join())
        with pytest.raises(NodeUnreachable):
            await alice.start(body)
        [job] = (await alice.ask("a", "GET", "/v1/jobs"))["jobs"]
        assert (job["state"], job["error"]["code"]) == ("failed", "node-unreachable")


async def test_member_who_leaves_does_not_disturb_the_feed(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        for role in ("a", "b"):
            order(pair, role, "after-signal")
        started = await alice.start(await ready(alice))
        url = f"{pair.url('a')}/v1/jobs/{started['id']}/events"
        async with alice.session.ws_connect(url, headers=alice.bearer("a")) as stream:
            assert json.loads((await stream.receive()).data)["id"] == 1
        for role in ("a", "b"):
            (pair.folder(role) / "go-on").touch()
        assert [event["state"] for event in await final(alice, started["id"])] == ["finished", "finished"]


async def test_stopping_node_ends_the_feed_as_unfinished(pair: Pair) -> None:
    async with local_nodes(pair, "b"), open_members(pair, "alice") as [alice]:
        async with local_nodes(pair, "a"):
            await alice.join()
            for role in ("a", "b"):
                order(pair, role, "hang")
            started = await alice.start(await ready(alice))
            url = f"{pair.url('a')}/v1/jobs/{started['id']}/events"
            stream = await alice.session.ws_connect(url, headers=alice.bearer("a"))
            while json.loads((await stream.receive()).data).get("state") != "training":
                continue
            closing = asyncio.create_task(stream.receive())
        assert (await closing).data == aiohttp.WSCloseCode.GOING_AWAY
        await stream.close()


async def test_bad_event_number_is_named(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        started = await alice.start(await ready(alice))
        with pytest.raises(BadInput):
            await alice.ask("a", "GET", f"/v1/jobs/{started['id']}/events?after=-1")
        await final(alice, started["id"])
