"""One real training: two node processes, their real workers, shares in and a sealed model out."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from common.crypto import domains
from tests.helpers.nodes.local import usable
from tests.helpers.nodes.members import Member, in_future, open_members
from tests.helpers.nodes.pair import Pair, make_pair, worker_pids

pytestmark = pytest.mark.slow


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    found = make_pair(tmp_path)
    found.start("a", "b")
    yield found
    found.stop_all()


def names(state: str, event: dict[str, Any]) -> bool:
    return event.get("state") == state


async def start(member: Member) -> str:
    """A job on 48 small images."""
    dataset = await usable(member, member.split(count=48))
    body = member.specification([(dataset, member)])
    await member.propose(body)
    await member.consent(body, dataset)
    return str((await member.start(body))["id"])


async def watch(member: Member, role: str, job: str) -> list[dict[str, Any]]:
    return [event async for event in member.events(role, job)]


async def test_real_workers_train_and_seal_the_model(pair: Pair) -> None:
    async with open_members(pair, "alice") as [alice]:
        job = await start(await alice.join())
        for events in await asyncio.gather(watch(alice, "a", job), watch(alice, "b", job)):
            assert events[-1].get("state") == "finished", events[-1]
            assert {event["stage"] for event in events if event["kind"] == "progress"} == {
                "prepare", "hide", "features", "train", "seal",
            }  # fmt: skip
            assert [event["epoch"] for event in events if event["kind"] == "metrics"] == [1]
        shares = []
        for role in ("a", "b"):
            url = f"{pair.url(role)}/v1/jobs/{job}/model"
            async with alice.session.get(url, headers=alice.bearer(role)) as answer:
                shares.append(alice.sealing.open(domains.MODEL_SEAL_V1, await answer.read()))
        assert job.encode() in shares[0] and job.encode() in shares[1] and shares[0] != shares[1]
        for role in ("a", "b"):
            lines = (pair.folder(role) / "jobs" / job / "worker.log").read_text().splitlines()
            assert [line.rpartition(": ")[2] for line in lines] == ["attempt 1"]


async def test_killed_node_takes_its_worker_along_and_the_job_goes_on(pair: Pair) -> None:
    async with open_members(pair, "alice") as [alice]:
        job = await start(await alice.join())
        await alice.until("a", job, lambda event: event["kind"] == "progress")
        assert worker_pids(pair, "b")
        pair.stop("b", signal.SIGKILL)
        broken = await alice.until("a", job, lambda event: event.get("state") == "queued" and "error" in event)
        assert broken["error"]["code"] == "peer-gone"
        while worker_pids(pair, "b"):
            await asyncio.sleep(0.05)
        pair.start("b")
        for role in ("a", "b"):
            assert (await watch(alice, role, job))[-1]["state"] == "finished"


async def test_killed_worker_is_started_again(pair: Pair) -> None:
    async with open_members(pair, "alice") as [alice]:
        job = await start(await alice.join())
        await alice.until("a", job, lambda event: event["kind"] == "progress")
        for pid in worker_pids(pair, "a"):
            os.kill(pid, signal.SIGKILL)
        for role in ("a", "b"):
            assert (await watch(alice, role, job))[-1]["state"] == "finished"
        shown = await alice.ask("a", "GET", f"/v1/jobs/{job}")
        assert shown["attempt"] >= 2


async def test_stopping_a_computing_node_is_quick_and_leaves_no_worker(pair: Pair) -> None:
    async with open_members(pair, "alice") as [alice]:
        job = await start(await alice.join())
        await alice.until("a", job, lambda event: event["kind"] == "progress")
        code, seconds = pair.stop("a")
        assert code == 0 and seconds < 5
        assert worker_pids(pair, "a") == []
        broken = await alice.until("b", job, lambda event: event.get("state") == "queued" and "error" in event)
        assert broken["error"]["code"] == "peer-gone"
        pair.start("a")
        for role in ("a", "b"):
            assert (await watch(alice, role, job))[-1]["state"] == "finished"


async def test_training_is_paused_after_an_epoch_and_resumed(pair: Pair) -> None:
    async with open_members(pair, "alice") as [alice]:
        dataset = await usable(await alice.join(), alice.split(count=48))
        training = {**alice.specification([])["training"], "epochs": 40}
        body = alice.specification([(dataset, alice)], training=training)
        await alice.propose(body)
        await alice.consent(body, dataset)
        job = (await alice.start(body))["id"]
        await alice.until("a", job, lambda event: event["kind"] == "checkpoint")
        for sequence, action, state in ((1, "pause", "paused"), (2, "resume", "finished")):
            words = {"job": job, "action": action, "sequence": sequence, "time": in_future()}
            await alice.ask("a", "POST", f"/v1/jobs/{job}/control", alice.sign("job-control", **words))
            for role in ("a", "b"):
                await alice.until(role, job, partial(names, state))
        epochs = [event["epoch"] for event in await watch(alice, "a", job) if event["kind"] == "checkpoint"]
        assert epochs == list(range(1, 41)), "no epoch was lost or computed twice"
