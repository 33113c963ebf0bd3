"""Tests of models on two real nodes over TLS with a fake worker: who may ask about what, and what is forgotten."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from common.errors import (
    AccountDisabled,
    AppError,
    BadInput,
    BadSignature,
    Conflict,
    ConsentMissing,
    Forbidden,
    NotFound,
    PolicyRefused,
    SpecRefused,
)
from common.specification import parse_specification
from server_node.jobs.asking import questions
from tests.helpers.nodes.local import local_nodes, order, team, usable
from tests.helpers.nodes.members import RNG, Member, consent_body, in_future, open_members, withdrawal_body
from tests.helpers.nodes.pair import Pair, make_pair

# There is no log node here, and the nodes warn about that.
pytestmark = pytest.mark.expects_warnings


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path)


async def ended(member: Member, job: str) -> list[str]:
    """Wait for the end of a job at both nodes; its state at each."""
    return [[event async for event in member.events(role, job)][-1]["state"] for role in ("a", "b")]


async def trained(owner: Member, *others: Member, **changes: Any) -> tuple[dict[str, Any], str]:
    """A specification whose training is finished at both nodes, and the job."""
    dataset = await usable(owner, owner.split())
    people = [owner.name, *(other.name for other in others)]
    body = owner.specification([(dataset, owner)], *others, **{"testers": people, **changes})
    await owner.propose(body)
    await owner.consent(body, dataset)
    job = str((await owner.start(body))["id"])
    assert await ended(owner, job) == ["finished"] * 2
    for role in ("a", "b"):
        while (await shown(owner, job, role))["state"] != "finished":
            await asyncio.sleep(0.01)
    return body, job


async def shown(member: Member, job: str, role: str = "a") -> dict[str, Any]:
    return await member.ask(role, "GET", f"/v1/jobs/{job}")


def start_of(member: Member, body: dict[str, Any], training: str, dataset: str, /, **changes: Any) -> dict[str, Any]:
    about = {"project_hash": parse_specification(body).hash, "training": training, "dataset": dataset}
    return member.sign("test-start", **{**about, "nonce": RNG.token(16).hex(), **changes})


async def ask(member: Member, body: dict[str, Any], training: str, dataset: str, /, **changes: Any) -> str:
    """Start a test at A; its id."""
    signed = start_of(member, body, training, dataset, **changes)
    return str((await member.ask("a", "POST", f"/v1/jobs/{training}/tests", signed))["id"])


def kept(pair: Pair, role: str, job: str) -> bool:
    return (pair.folder(role) / "jobs" / job / "weights.kept").exists()


async def forget(member: Member, job: str, role: str, /, **changes: Any) -> dict[str, Any]:
    signed = member.sign("model-forget", **{"job": job, "time": in_future(), **changes})
    return await member.ask(role, "POST", f"/v1/jobs/{job}/forget", signed)


async def test_tester_asks_and_alone_fetches_the_answer(pair: Pair) -> None:
    """A viewer who receives no model, with images of their own, which nobody else needs to agree to."""
    async with local_nodes(pair), team(pair, "alice", "bob") as [alice, bob]:
        body, training = await trained(alice, bob)
        mine = await usable(bob, bob.split(count=3, visibility="private"))
        test = await ask(bob, body, training, mine)
        states = [event["state"] async for event in bob.events("b", test) if event["kind"] == "state"]
        assert states == ["queued", "preparing", "testing", "finished"]
        assert await ended(bob, test) == ["finished"] * 2
        for role in ("a", "b"):
            found = await shown(alice, test, role)
            assert (found["kind"], found["training"], found["dataset"]) == ("test", training, mine)
            assert (found["starter"], found["kept"]) == ("bob", False)
            assert (await shown(bob, training, role))["kept"] is True
            url = f"{pair.url(role)}/v1/jobs/{test}/answer"
            async with bob.session.get(url, headers=bob.bearer(role)) as answer:
                assert (answer.status, answer.content_type) == (200, "application/octet-stream")
                assert await answer.read() == f"answer {role}".encode()
            for path in (f"{test}/answer", f"{test}/model", f"{training}/answer"):
                with pytest.raises(Forbidden):
                    await alice.ask(role, "GET", f"/v1/jobs/{path}")
        with pytest.raises(Forbidden):
            await bob.ask("a", "GET", f"/v1/jobs/{test}/model")


async def test_what_fits_a_model_is_told_to_testers(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice", "bob", "eve") as [alice, bob, eve]:
        _, training = await trained(alice, bob, testers=["bob"])
        for role in ("a", "b"):
            told = await bob.ask(role, "GET", f"/v1/jobs/{training}/tests")
            assert told == {"kept": True, "shape": [8, 8, 1], "bits": 8, "classes": ["well", "ill"], "most": 1 << 21}
        with pytest.raises(Forbidden):
            await alice.ask("a", "GET", f"/v1/jobs/{training}/tests")
        with pytest.raises(NotFound):
            await eve.ask("a", "GET", f"/v1/jobs/{training}/tests")


async def test_without_testers_nothing_is_kept(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body, training = await trained(alice, testers=[])
        assert not kept(pair, "a", training) and not kept(pair, "b", training)
        assert (await shown(alice, training))["kept"] is False
        with pytest.raises(Forbidden):
            await ask(alice, body, training, await usable(alice, alice.split(count=2)))


Case = tuple[dict[str, Any], dict[str, Any], type[AppError]]
"""Another form of the images, other fields of the start, and how it is refused."""
REFUSED: list[Case] = [
    ({"side": 9}, {}, SpecRefused),
    ({"classes": ("ill", "well")}, {}, SpecRefused),
    ({}, {"dataset": "0" * 64}, NotFound),
    ({}, {"project_hash": "0" * 64}, NotFound),
    ({}, {"training": "0" * 32}, BadInput),
]


@pytest.mark.parametrize(("images", "changes", "error"), REFUSED, ids=str)
async def test_test_that_does_not_fit_is_refused(
    pair: Pair, images: dict[str, Any], changes: dict[str, Any], error: type[AppError]
) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body, training = await trained(alice)
        mine = await usable(alice, alice.split(count=2, **images))
        with pytest.raises(error):
            await ask(alice, body, training, mine, **changes)
        assert len((await alice.ask("a", "GET", "/v1/jobs"))["jobs"]) == 1


async def test_somebody_elses_images_are_refused_however_public(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice", "bob") as [alice, bob]:
        body, training = await trained(alice, bob)
        theirs = await usable(alice, alice.split(count=2, visibility="public"))
        with pytest.raises(Forbidden, match="own data sets"):
            await ask(bob, body, training, theirs)
        private = await usable(alice, alice.split(count=2, visibility="private"))
        with pytest.raises(NotFound):
            await ask(bob, body, training, private)


async def test_who_is_no_tester_cannot_ask(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice", "bob", "eve") as [alice, bob, eve]:
        body, training = await trained(alice, bob, testers=["alice"])
        mine = await usable(bob, bob.split(count=2))
        with pytest.raises(Forbidden):
            await ask(bob, body, training, mine)
        with pytest.raises(NotFound):
            await ask(eve, body, training, await usable(eve, eve.split(count=2)))
        own = await usable(alice, alice.split(count=2))
        signed = start_of(bob, body, training, own)
        with pytest.raises(Forbidden):
            await alice.ask("a", "POST", f"/v1/jobs/{training}/tests", signed)
        signed = start_of(alice, body, training, own)
        signed["document"]["body"]["nonce"] = "00" * 16
        with pytest.raises(BadSignature):
            await alice.ask("a", "POST", f"/v1/jobs/{training}/tests", signed)
        with pytest.raises(Conflict):
            await alice.ask("b", "POST", f"/v1/jobs/{training}/tests", start_of(alice, body, training, own))


async def test_tester_of_an_older_revision_only_is_one_no_more(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice", "bob") as [alice, bob]:
        body, training = await trained(alice, bob)
        mine = await usable(bob, bob.split(count=2))
        await alice.propose({**body, "revision": 2, "testers": ["alice"]})
        with pytest.raises(Forbidden):
            await ask(bob, body, training, mine)
        assert kept(pair, "a", training)
        await alice.propose({**body, "revision": 3, "testers": []})
        assert not kept(pair, "a", training) and not kept(pair, "b", training)


async def test_start_is_used_once_and_training_must_be_finished(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body, training = await trained(alice)
        mine = await usable(alice, alice.split(count=2))
        test = await ask(alice, body, training, mine, nonce="ab" * 16)
        with pytest.raises(Conflict, match="used before"):
            await ask(alice, body, training, mine, nonce="ab" * 16)
        assert await ended(alice, test) == ["finished"] * 2
        with pytest.raises(Forbidden):
            await ask(alice, body, test, mine)
        for role in ("a", "b"):
            order(pair, role, "hang")
        running = str((await alice.start(body))["id"])
        with pytest.raises(Conflict, match="once it is finished"):
            await ask(alice, body, running, mine)
        await alice.ask("a", "POST", f"/v1/jobs/{running}/cancel", {})


async def test_disabled_images_and_accounts_are_refused(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice", "bob") as [alice, bob]:
        body, training = await trained(alice, bob)
        mine = await usable(bob, bob.split(count=2))
        await bob.be_approved("b", version=2, state="disabled", reason="left")
        with pytest.raises(AccountDisabled):
            await ask(bob, body, training, mine)
        failed = (await alice.ask("a", "GET", "/v1/jobs"))["jobs"][-1]
        assert (failed["kind"], failed["state"], failed["error"]["code"]) == ("test", "failed", "account-disabled")


async def withdraw(member: Member, body: dict[str, Any]) -> None:
    spec = parse_specification(body)
    signed = member.sign("consent-withdraw", **withdrawal_body(spec.hash, spec.dataset_ids[0]))
    for role in ("a", "b"):
        await member.ask(role, "DELETE", f"/v1/projects/{spec.project_id}/consents", signed)


async def test_consent_that_is_taken_back_ends_tests(pair: Pair) -> None:
    """It counts for future jobs, and a test is one; so it does when the project has become another one meanwhile."""
    async with local_nodes(pair), team(pair, "alice", "bob") as [alice, bob]:
        body, training = await trained(alice, bob)
        mine, data = await usable(bob, bob.split(count=2)), parse_specification(body).dataset_ids[0]
        await withdraw(alice, body)
        with pytest.raises(ConsentMissing) as refused:
            await ask(bob, body, training, mine)
        assert refused.value.details == {"datasets": [data], "owners": ["alice"]}
        spec = parse_specification(body)
        again = alice.sign("consent", **consent_body(spec.hash, data, time=in_future(seconds=5)))
        for role in ("a", "b"):
            await alice.ask(role, "POST", f"/v1/projects/{spec.project_id}/consents", again)
        assert await ended(bob, await ask(bob, body, training, mine)) == ["finished"] * 2
        newer = {**body, "revision": 2}
        await alice.propose(newer)
        assert await ended(bob, await ask(bob, body, training, mine)) == ["finished"] * 2
        await withdraw(alice, newer)
        with pytest.raises(ConsentMissing):
            await ask(bob, body, training, mine)


async def test_rules_of_the_operator_hold_for_tests(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body, training = await trained(alice)
        mine = await usable(alice, alice.split(count=2))
        (pair.folder("b") / "policy.toml").write_text('version = 1\n[projects]\nmodels = ["lenet"]\n', encoding="utf-8")
        with pytest.raises(PolicyRefused):
            await ask(alice, body, training, mine)


async def test_images_that_a_worker_cannot_hold_are_refused(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body, training = await trained(alice)
        monkeypatch.setattr(questions, "MAX_PIXELS", 2 * 8 * 8)
        assert (await alice.ask("b", "GET", f"/v1/jobs/{training}/tests"))["most"] == 2
        with pytest.raises(SpecRefused, match="at most 2 images"):
            await ask(alice, body, training, await usable(alice, alice.split(count=3)))


async def test_owner_has_weights_forgotten_at_each_server(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice", "bob") as [alice, bob]:
        body, training = await trained(alice, bob)
        with pytest.raises(Forbidden):
            await forget(bob, training, "a")
        for changes, error in (({"job": "0" * 32}, BadInput), ({"time": in_future(hours=1)}, BadInput)):
            with pytest.raises(error):
                await forget(alice, training, "a", **changes)
        assert [await forget(alice, training, "a") for _ in range(2)] == [{"forgotten": True}, {"forgotten": False}]
        assert not kept(pair, "a", training) and kept(pair, "b", training)
        with pytest.raises(Conflict, match="does not keep"):
            await ask(bob, body, training, await usable(bob, bob.split(count=2)))
        assert await forget(alice, training, "b") == {"forgotten": True}
        assert (await shown(alice, training, "b"))["state"] == "finished"


async def test_weights_are_forgotten_once_however_many_say_so_at_a_time(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        _, training = await trained(alice)
        found = await asyncio.gather(*(forget(alice, training, "a") for _ in range(4)))
        assert sorted(one["forgotten"] for one in found) == [False, False, False, True]
    with closing(sqlite3.connect(pair.folder("a") / "outbox.db")) as outbox:
        said = [json.loads(row[0])["body"]["action"] for row in outbox.execute("select document from events")]
    assert said.count("model-forget") == 1


async def test_who_has_become_owner_since_the_training_has_weights_forgotten(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice", "bob", "carol") as [alice, bob, carol]:
        body, training = await trained(alice, bob)
        newer = alice.specification([(parse_specification(body).dataset_ids[0], alice)], carol, bob)
        roles = {"alice": "owner", "bob": "viewer", "carol": "owner"}
        members = [{**one, "role": roles[one["user"]]} for one in newer["members"]]
        await alice.propose({**body, "revision": 2, "members": members})
        with pytest.raises(Forbidden):
            await forget(bob, training, "a")
        assert await forget(carol, training, "a") == {"forgotten": True}
        members = [{**one, "role": "viewer" if one["user"] == "alice" else one["role"]} for one in members]
        await carol.propose({**body, "owner": "carol", "revision": 3, "members": members})
        with pytest.raises(Forbidden):
            await forget(alice, training, "b")


async def test_archive_forgets_and_restoring_does_not_bring_back(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body, training = await trained(alice)
        mine, project = await usable(alice, alice.split(count=2)), parse_specification(body).project_id
        for archived in (True, False):
            words = {"project": project, "archived": archived, "reason": "", "time": in_future()}
            for role in ("a", "b"):
                await alice.ask(role, "POST", f"/v1/projects/{project}/archive", alice.sign("project-archive", **words))
                assert not kept(pair, role, training)
            with pytest.raises(Conflict, match="archived" if archived else "does not keep"):
                await ask(alice, body, training, mine)


async def test_weights_lapse_when_the_node_starts(pair: Pair) -> None:
    """A node that ended between the archive and the removal ends it when it is there again."""
    async with open_members(pair, "alice") as [alice]:
        async with local_nodes(pair):
            body, training = await trained(await alice.join())
            project = parse_specification(body).project_id
            words = {"project": project, "archived": True, "reason": "", "time": in_future()}
            await alice.ask("a", "POST", f"/v1/projects/{project}/archive", alice.sign("project-archive", **words))
        left = pair.folder("a") / "jobs" / training / "weights.kept"
        left.write_bytes(b"left")
        unknown = pair.folder("a") / "jobs" / ("0" * 32)
        unknown.mkdir()
        (unknown / "weights.kept").write_bytes(b"of no job")
        async with local_nodes(pair):
            while left.exists() or (unknown / "weights.kept").exists():
                await asyncio.sleep(0.01)
        assert kept(pair, "b", training)


async def control(member: Member, job: str, action: str, sequence: int) -> dict[str, Any]:
    words = {"job": job, "action": action, "sequence": sequence, "time": in_future()}
    return await member.ask("a", "POST", f"/v1/jobs/{job}/control", member.sign("job-control", **words))


async def test_who_asked_controls_and_cancels_their_test(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice", "bob", "carol") as [alice, bob, carol]:
        body, training = await trained(alice, bob, carol)
        mine = await usable(bob, bob.split(count=2))
        for role in ("a", "b"):
            order(pair, role, "fail")
        test = await ask(bob, body, training, mine)
        assert await ended(bob, test) == ["failed"] * 2
        with pytest.raises(Forbidden):
            await control(carol, test, "retry", 1)
        for role in ("a", "b"):
            order(pair, role, "hang")
        await control(bob, test, "retry", 1)
        for role in ("a", "b"):
            while "for ever" not in (pair.folder(role) / "jobs" / test / "worker.log").read_text(encoding="utf-8"):
                await asyncio.sleep(0.01)
        with pytest.raises(Forbidden):
            await carol.ask("a", "POST", f"/v1/jobs/{test}/cancel", {})
        await bob.ask("a", "POST", f"/v1/jobs/{test}/cancel", {})
        assert await ended(bob, test) == ["cancelled"] * 2


async def test_images_that_a_test_reads_are_in_use(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body, training = await trained(alice)
        mine = await usable(alice, alice.split(count=2))
        for role in ("a", "b"):
            order(pair, role, "hang")
        test = await ask(alice, body, training, mine)
        uses = await alice.ask("a", "GET", f"/v1/datasets/{mine}/uses")
        assert [job["job"] for job in uses["jobs"]] == [test] and uses["projects"] == []
        await alice.ask("a", "POST", f"/v1/jobs/{test}/cancel", {})
        assert (await alice.ask("a", "GET", f"/v1/datasets/{mine}/uses"))["jobs"] == []


