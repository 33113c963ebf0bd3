"""Components that go away, fill up or give wrong bytes: each has a name, and what waited goes on without a person."""

from __future__ import annotations

import shutil
from collections import namedtuple
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from common.errors import BlobsGone, DiskFull, NotLoggedIn, RateLimited
from tests.helpers.nodes.local import until_state, usable
from tests.helpers.nodes.members import Dataset, Member, open_members
from tests.helpers.nodes.pair import Pair
from tests.services.available import IPFS, need
from tests.services.gate import gate
from tests.services.own_ipfs import own_ipfs
from tests.services.own_redis import own_redis
from tests.services.places import Places, agreed, delete, deployment, kept, last_events, running

# There is no log node here, and the nodes warn about that and about what fails on purpose.
pytestmark = pytest.mark.expects_warnings
_Usage = namedtuple("_Usage", "total used free")


@asynccontextmanager
async def world(folder: Path, **settings: Any) -> AsyncIterator[tuple[Pair, Member]]:
    """Running nodes and somebody who is logged in."""
    async with deployment(folder, Places(), **settings) as pair, open_members(pair, "alice") as [alice]:
        async with running(pair):
            yield pair, await alice.join()


async def component(member: Member, role: str, name: str) -> tuple[str, str, str]:
    """How a node is, and how a part of it is in its own words."""
    report = await member.administrate(role, "GET", "/readyz")
    part = report["components"][name]
    return report["status"], part["state"], part["says"]


async def until_ok(member: Member, name: str) -> None:
    """Until both nodes say that this part is well; the test's timeout is the limit."""
    for role in ("a", "b"):
        while (await component(member, role, name))[2] != "ok":
            continue


async def status(member: Member, job: str) -> dict[str, Any]:
    return await member.ask("a", "GET", f"/v1/jobs/{job}")


async def until_waiting(member: Member, job: str, code: str) -> None:
    """Until the job says that it waits for this."""
    while ((await status(member, job)).get("waiting") or {}).get("code") != code:
        continue


async def upload_as_far_as_possible(member: Member, dataset: Dataset, role: str) -> list[int]:
    """Numbers of the chunks that were taken."""
    announced = await member.ask(role, "POST", "/v1/datasets", {"document": dataset.document})
    taken = []
    for number in announced["missing"]:
        try:
            await member.put(role, dataset, number)
            taken.append(number)
        except (BlobsGone, DiskFull):
            continue
    return taken


async def test_without_its_ipfs_node_a_server_refuses_for_now_and_goes_on_by_itself(tmp_path: Path) -> None:
    inner = int(need(IPFS)[0].rpartition(":")[2])
    async with gate(inner) as door, world(tmp_path, blobs_url=f"ipfs+http://127.0.0.1:{door.port}") as (pair, alice):
        first, second = alice.split(), alice.split()
        body = await agreed(alice, first)
        await door.close()
        # Uploads: refused with an error that says that it is temporary, and nothing half-stored.
        await alice.ask("a", "POST", "/v1/datasets", {"document": second.document})
        with pytest.raises(BlobsGone) as gone:
            await alice.put("a", second, 0)
        assert (gone.value.status, gone.value.is_temporary) == (503, True)
        assert await alice.ask("a", "POST", f"/v1/datasets/{first.id}/finish")
        # Jobs: taken, and waiting.
        job = (await alice.start(body))["id"]
        await until_waiting(alice, job, "blobs-gone")
        while (await component(alice, "a", "blobs"))[2] == "ok":
            continue
        overall, state, says = await component(alice, "a", "blobs")
        assert (overall, state) == ("degraded", "warn") and says.endswith("Uploads and jobs wait for it.")
        await door.open()
        assert [last["state"] for last in await last_events(alice, job)] == ["finished", "finished"]
        await usable(alice, second)
        await until_ok(alice, "blobs")


async def test_deletion_does_not_wait_for_an_ipfs_node(tmp_path: Path) -> None:
    inner = int(need(IPFS)[0].rpartition(":")[2])
    async with gate(inner) as door, world(tmp_path, blobs_url=f"ipfs+http://127.0.0.1:{door.port}") as (pair, alice):
        dataset = alice.split()
        await usable(alice, dataset)
        await door.close()
        assert (await delete(alice, dataset, "a"))["receipt"]["body"]["dataset"] == dataset.id
        assert kept(pair, "a") == [] and len(kept(pair, "a", "doomed")) == 1


async def test_a_server_starts_without_its_ipfs_node(tmp_path: Path) -> None:
    inner = int(need(IPFS)[0].rpartition(":")[2])
    async with gate(inner) as door:
        url = f"ipfs+http://127.0.0.1:{door.port}"
        async with deployment(tmp_path, Places(), blobs_url=url) as pair, open_members(pair, "alice") as [alice]:
            dataset = alice.split()
            async with running(pair):
                await alice.join()
                body = await agreed(alice, dataset)
            await door.close()
            async with running(pair):
                job = (await alice.start(body))["id"]
                await until_waiting(alice, job, "blobs-gone")
                await door.open()
                assert [last["state"] for last in await last_events(alice, job)] == ["finished", "finished"]


@pytest.mark.timeout(300)
async def test_killed_ipfs_node_comes_back_and_a_wrong_block_ends_a_job(tmp_path: Path) -> None:
    with own_ipfs(tmp_path / "ipfs") as server:
        async with world(tmp_path / "nodes", blobs_url=server.url) as (pair, alice):
            body = await agreed(alice, alice.split())
            before = {path: path.read_bytes() for path in server.blocks()}
            server.stop()
            job = (await alice.start(body))["id"]
            await until_waiting(alice, job, "blobs-gone")
            server.start()
            assert [last["state"] for last in await last_events(alice, job)] == ["finished", "finished"]
            for path, content in before.items():
                path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
            job = (await alice.start(body))["id"]
            last = await last_events(alice, job)
            assert [(event["state"], event["error"]["code"]) for event in last] == [("failed", "store-damaged")] * 2


async def test_wrong_file_ends_a_job(tmp_path: Path) -> None:
    async with world(tmp_path) as (pair, alice):
        body = await agreed(alice, alice.split())
        for role in ("a", "b"):
            [blob] = kept(pair, role)
            blob.write_bytes(blob.read_bytes()[:-1] + b"\x00\x00")
        job = (await alice.start(body))["id"]
        last = await last_events(alice, job)
        assert [(event["state"], event["error"]["code"]) for event in last] == [("failed", "store-damaged")] * 2


async def test_without_redis_a_server_limits_logins_by_itself(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    with own_redis(tmp_path / "redis") as redis:
        async with world(tmp_path / "nodes", live_url=redis.url, logins_per_minute=9) as (pair, alice):
            assert await component(alice, "a", "live state") == ("degraded", "ok", "ok")
            redis.stop()
            found: list[type[Exception]] = []
            for _ in range(10):
                try:
                    await alice.answer("b", "00" * 32)
                except (NotLoggedIn, RateLimited) as error:
                    found.append(type(error))
            assert found[-1] is RateLimited and found.count(RateLimited) >= 1
            while (said := (await component(alice, "a", "live state"))[2]) == "ok":
                continue
            assert said.startswith("Redis cannot be used") and said.endswith("this process goes on alone.")
            # Everything else goes on.
            await usable(alice, alice.split())
            redis.start()
            await until_ok(alice, "live state")
            with pytest.raises(RateLimited):
                await alice.answer("b", "00" * 32)


async def test_full_disk_refuses_uploads_until_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world(tmp_path, disk_reserve_mib=64) as (pair, alice):
        dataset = alice.split(count=1100, side=64)
        await alice.ask("a", "POST", "/v1/datasets", {"document": dataset.document})
        with monkeypatch.context() as patch:
            # Room for the small chunks, which are seeds, and for no image.
            patch.setattr(shutil, "disk_usage", lambda path: _Usage(1 << 40, 0, (65 << 20)))
            assert await upload_as_far_as_possible(alice, dataset, "a") == [0, 2]
            with pytest.raises(DiskFull) as full:
                await alice.put("a", dataset, 1)
            assert (full.value.status, full.value.is_temporary) == (507, True)
            assert len(kept(pair, "a")) == 2
        await usable(alice, dataset)
        await until_state(alice, dataset.id, "usable")
