"""A server is lost while a job runs, made anew from a backup, and works with its peer as before."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from common.errors import NotLoggedIn
from server_node.backup.take import Wish, take_backup
from tests.helpers.databases.server import KINDS, fresh_database
from tests.helpers.nodes.local import again, local_nodes, order, team, usable
from tests.helpers.nodes.members import Member, open_members
from tests.helpers.nodes.pair import Pair, make_pair

pytestmark = pytest.mark.expects_warnings
EPOCHS = 5


async def command(*words: str) -> dict[str, Any]:
    """The program itself; its JSON answer."""
    parts = [sys.executable, "-m", "server_node", *words, "--json"]
    process = await asyncio.create_subprocess_exec(*parts, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    answer: dict[str, Any] = json.loads(output)
    return answer


async def backup(pair: Pair, *options: str) -> dict[str, Any]:
    return await command("backup", "--dir", str(pair.folder("a")), str(pair.root / "a.backup"), *options)


async def restore(pair: Pair, *options: str) -> dict[str, Any]:
    """Lose the folder of A and make it anew."""
    lost = pair.root / "lost"
    pair.folder("a").rename(lost)
    found = await command("restore", "--dir", str(pair.folder("a")), str(pair.root / "a.backup"), *options)
    if (lost / "fake-worker.json").exists():
        (lost / "fake-worker.json").rename(pair.folder("a") / "fake-worker.json")
    return found


async def ready(owner: Member, epochs: int = 1) -> dict[str, Any]:
    dataset = await usable(owner, owner.split(count=48))
    body = owner.specification([(dataset, owner)])
    body["training"]["epochs"] = epochs
    await owner.propose(body)
    await owner.consent(body, dataset)
    return body


async def ends(member: Member, job: str) -> list[str]:
    found = []
    for role in ("a", "b"):
        events = [event async for event in member.events(role, job)]
        found.append(events[-1]["state"])
    return found


@asynccontextmanager
async def logged_in(member: Member) -> AsyncIterator[Member]:
    async with again(member) as later:
        for role in ("a", "b"):
            await later.log_in(role)
        yield later


@pytest.fixture(params=KINDS)
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pair]:
    """The tables of A are in a file or on a server; after the loss they are in a file."""
    made = make_pair(tmp_path)
    if request.param == "sqlite":
        yield made
        return
    async with fresh_database() as location:
        made.settings("a", database_url=location.url.render_as_string(hide_password=False))
        yield made


async def test_restored_server_goes_on_with_its_job_and_takes_new_ones(pair: Pair) -> None:
    order(pair, "a", "hang finish")
    order(pair, "b", "lose-peer finish")
    keys = pair.root / "safe"
    async with local_nodes(pair, "b"), AsyncExitStack() as first:
        await first.enter_async_context(local_nodes(pair, "a"))
        [alice] = await first.enter_async_context(team(pair, "alice"))
        body = await ready(alice)
        half = alice.split(count=20)
        await alice.ask("a", "POST", "/v1/datasets", {"document": half.document})
        job = str((await alice.start(body))["id"])
        await alice.until("a", job, lambda event: event.get("state") == "training")
        (pair.folder("a") / "jobs" / job / "correlations").mkdir()
        taken = await backup(pair)
        assert (taken["node"], taken["damaged"], taken["has_keys"]) == ("node-a", [], False)
        await first.aclose()
        (pair.folder("b") / "jobs" / job / "failing").touch()
        (pair.folder("a") / "keys").rename(keys)
        report = await restore(pair, "--keys", str(keys))
        assert [(found["id"], found["state"]) for found in report["jobs"]] == [(job, "training")]
        assert report["uploads"] == [half.id]
        assert not (pair.folder("a") / "jobs" / job / "correlations").exists()
        async with local_nodes(pair, "a"):
            with pytest.raises(NotLoggedIn):
                async with again(alice) as stale:
                    await stale.ask("a", "GET", "/v1/datasets", headers=alice.bearer("a"))
            async with logged_in(alice) as later:
                assert await ends(later, job) == ["finished", "finished"]
                await later.upload(half)
                for role in ("a", "b"):
                    order(pair, role, "finish")
                assert await ends(later, str((await later.start(body))["id"])) == ["finished", "finished"]


async def test_job_of_which_the_backup_knows_too_few_attempts_goes_on(tmp_path: Path) -> None:
    """The other server has seen attempts that this one forgot with its folder."""
    pair = make_pair(tmp_path)
    order(pair, "a", "hang finish")
    order(pair, "b", "lose-peer finish")
    async with local_nodes(pair, "b"), AsyncExitStack() as first:
        await first.enter_async_context(local_nodes(pair, "a"))
        [alice] = await first.enter_async_context(team(pair, "alice"))
        job = str((await alice.start(await ready(alice)))["id"])
        await alice.until("a", job, lambda event: event.get("state") == "training")
        await backup(pair)
        await first.aclose()
        (pair.folder("b") / "jobs" / job / "failing").touch()
        with closing(sqlite3.connect(pair.folder("b") / "node.db")) as tables, tables:
            tables.execute("UPDATE jobs SET attempt = 7 WHERE id = ?", [job])
        await restore(pair, "--keys", str(pair.root / "lost" / "keys"))
        async with local_nodes(pair, "a"), logged_in(alice) as later:
            assert await ends(later, job) == ["finished", "finished"]
            assert [(await later.ask(role, "GET", f"/v1/jobs/{job}"))["attempt"] for role in ("a", "b")] == [8, 8]


async def test_job_that_went_on_elsewhere_ends_alike_on_both(tmp_path: Path) -> None:
    """The backup knows the job as running; the other server has finished it since."""
    pair = make_pair(tmp_path)
    order(pair, "a", "after-signal")
    order(pair, "b", "after-signal")
    async with local_nodes(pair, "b"), AsyncExitStack() as first:
        await first.enter_async_context(local_nodes(pair, "a"))
        [alice] = await first.enter_async_context(team(pair, "alice"))
        job = str((await alice.start(await ready(alice)))["id"])
        for role in ("a", "b"):
            await alice.until(role, job, lambda event: event.get("state") == "training")
        await backup(pair)
        for role in ("a", "b"):
            (pair.folder(role) / "go-on").touch()
        assert await ends(alice, job) == ["finished", "finished"]
        await first.aclose()
        await restore(pair, "--keys", str(pair.folder("a").parent / "lost" / "keys"))
        async with local_nodes(pair, "a"), logged_in(alice) as later:
            at_a, at_b = await ends(later, job)
            assert at_b == "finished" and at_a in ("failed", "finished")


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_real_training_goes_on_from_the_checkpoint_of_the_backup(tmp_path: Path) -> None:
    pair = make_pair(tmp_path)
    try:
        pair.start("a", "b")
        async with open_members(pair, "alice") as [alice]:
            body = await ready(await alice.join(), epochs=EPOCHS)
            job = str((await alice.start(body))["id"])
            await alice.until("a", job, lambda event: event["kind"] == "checkpoint")
            await asyncio.to_thread(take_backup, Wish(pair.folder("a"), pair.root / "a.backup"))
            pair.stop("a", signal.SIGKILL)
            report = await restore(pair, "--keys", str(pair.root / "lost" / "keys"))
            assert [found["id"] for found in report["jobs"]] == [job]
            names = {path.name for path in (pair.folder("a") / "jobs" / job).iterdir()}
            assert "checkpoint-00001" in names
            assert all(name.startswith("checkpoint-") for name in names - {"worker.log"})
            pair.start("a")
        async with logged_in(alice) as later:
            assert await ends(later, job) == ["finished", "finished"]
            epochs = {role: await metrics(later, role, job) for role in ("a", "b")}
            assert all(sorted(set(found)) == list(range(1, EPOCHS + 1)) for found in epochs.values())
    finally:
        pair.stop_all()


async def metrics(member: Member, role: str, job: str) -> list[int]:
    return [event["epoch"] async for event in member.events(role, job) if event["kind"] == "metrics"]
