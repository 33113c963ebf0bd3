"""Uploads: complete, continued, repeated after faults, and never with chunks that are not the signed ones."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from common.documents import verify_document
from common.errors import (
    AppError,
    BadBundle,
    BadManifest,
    BadSignature,
    BlobsGone,
    DatabaseGone,
    DiskFull,
    NodeUnreachable,
    PeerMismatch,
    RateLimited,
    ShareTampered,
)
from common.sharing import share_chunk
from desktop_client.settings import UserRecord
from desktop_client.upload import transfer
from desktop_client.upload.plan import Standing
from desktop_client.upload.transfer import open_dataset, upload
from tests.unit.desktop_upload.world import open_world


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "delay_before", lambda attempt: 0.0)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """One image fills more than half of a chunk, so every image has its own."""
    monkeypatch.setattr(share_chunk, "MAX_PAYLOAD", 6000)


async def test_upload_tells_what_each_server_has(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        dataset = world.split()
        seen: list[tuple[Standing, Standing]] = []
        done = await upload(world.nodes, world.profile, dataset, watch=lambda a, b: seen.append((a, b)))
        assert seen[0][0].done_chunks == seen[0][1].done_chunks == 0
        last = seen[-1]
        for part, receipt in zip(last, done.receipts, strict=True):
            assert part == (receipt.bytes, receipt.bytes, 3, 3)
        chunks = [a.done_chunks + b.done_chunks for a, b in seen]
        assert chunks == list(range(7))


async def test_upload_brings_every_chunk_to_both_servers(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        dataset = world.split()
        seen: list[tuple[int, int]] = []
        done = await upload(world.nodes, world.profile, dataset, lambda *step: seen.append(step))
        assert done.states == ("usable", "usable")
        for role in ("a", "b"):
            assert sorted(world.fakes[role].puts) == [0, 1, 2]
            kept = json.loads((world.profile.receipts_path / f"{dataset.id}-{role}.json").read_text(encoding="utf-8"))
            assert verify_document(kept, "receipt", world.deployment.node(role).verify_key)["dataset"] == dataset.id
        assert seen[0][0] == 0
        assert seen[-1][0] == seen[-1][1] == sum(receipt.bytes for receipt in done.receipts)


async def test_upload_sends_only_what_a_server_misses(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        dataset = world.split()
        await upload(world.nodes, world.profile, dataset)
        del world.fakes["b"].chunks[dataset.id, 1]
        for fake in world.fakes.values():
            fake.puts.clear()
        await upload(world.nodes, world.profile, dataset)
        assert (world.fakes["a"].puts, world.fakes["b"].puts) == ([], [1])


async def test_upload_repeats_a_chunk_after_a_temporary_fault(tmp_path: Path) -> None:
    async with open_world(tmp_path, {"parallel_chunks": 1}) as world:
        dataset = world.split()
        world.fakes["a"].faults = [RateLimited(), None, NodeUnreachable()]
        world.fakes["b"].faults = [BlobsGone(), None, DatabaseGone()]
        await upload(world.nodes, world.profile, dataset)
        assert [world.fakes[role].puts for role in ("a", "b")] == [[0, 0, 1, 1, 2]] * 2


async def test_upload_gives_up_after_the_allowed_repetitions_and_can_go_on_later(tmp_path: Path) -> None:
    async with open_world(tmp_path, {"parallel_chunks": 1, "upload_retries": 2}) as world:
        dataset = world.split()
        world.fakes["a"].faults = [NodeUnreachable()] * 3
        with pytest.raises(NodeUnreachable):
            await upload(world.nodes, world.profile, dataset)
        assert world.fakes["a"].puts == [0, 0, 0]
        assert (await upload(world.nodes, world.profile, dataset)).states == ("usable", "usable")


@pytest.mark.parametrize("fault", [DiskFull(), ShareTampered()])
async def test_upload_does_not_repeat_what_will_not_get_better(tmp_path: Path, fault: AppError) -> None:
    async with open_world(tmp_path, {"parallel_chunks": 1}) as world:
        dataset = world.split()
        world.fakes["b"].faults = [fault]
        with pytest.raises(type(fault)):
            await upload(world.nodes, world.profile, dataset)
        assert world.fakes["b"].puts == [0]


async def test_upload_never_sends_a_chunk_that_was_not_signed_for(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        dataset = world.split()
        path = dataset.bundle_path("b")
        raw = bytearray(path.read_bytes())
        raw[-1] ^= 1
        path.write_bytes(raw)
        with pytest.raises(ShareTampered):
            await upload(world.nodes, world.profile, dataset)
        assert 2 not in world.fakes["b"].puts


async def test_upload_swapped_bundles_are_refused(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        dataset = world.split()
        dataset.bundle_path("a").rename(tmp_path / "kept")
        dataset.bundle_path("b").rename(dataset.bundle_path("a"))
        (tmp_path / "kept").rename(dataset.bundle_path("b"))
        with pytest.raises(BadBundle):
            await upload(world.nodes, world.profile, dataset)
        assert world.fakes["a"].chunks == {} and world.fakes["b"].chunks == {}


@pytest.mark.parametrize("change", [{"chunks": 2}, {"bytes": 1}, {"dataset": "0" * 64}, {"party": "x"}])
async def test_upload_receipt_for_something_else_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    async with open_world(tmp_path) as world:
        dataset = world.split()
        world.fakes["a"].receipt_change = change
        with pytest.raises(BadSignature):
            await upload(world.nodes, world.profile, dataset)
        assert not list(world.profile.receipts_path.glob("*-a.json"))


async def test_upload_waits_until_both_servers_have_compared(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        dataset = world.split()
        world.fakes["b"].states = ["received", "received", "usable"]
        assert (await upload(world.nodes, world.profile, dataset)).states == ("usable", "usable")
        world.fakes["b"].states = ["received"] * 100
        assert (await upload(world.nodes, world.profile, dataset)).states == ("usable", "received")


async def test_upload_that_is_cancelled_leaves_nothing_running(tmp_path: Path) -> None:
    async with open_world(tmp_path, {"parallel_chunks": 1}) as world:
        dataset = world.split()
        started = asyncio.Event()

        def on_progress(done: int, total: int) -> None:
            if done > 0:
                started.set()

        task = asyncio.create_task(upload(world.nodes, world.profile, dataset, on_progress))
        signal = asyncio.create_task(started.wait())
        await asyncio.wait([signal, task], return_when=asyncio.FIRST_COMPLETED)
        assert signal.done() and not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() & {task} == set()


async def test_open_dataset_of_somebody_else_or_elsewhere_is_refused(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        dataset = world.split(1)
        seal_keys = dataset.manifest.about.seal_keys
        user = world.profile.user()
        with pytest.raises(BadSignature):
            open_dataset(dataset.folder, UserRecord("bob", user.verify_key, user.seal_key), seal_keys)
        with pytest.raises(BadSignature):
            open_dataset(dataset.folder, UserRecord("alice", "00" * 32, user.seal_key), seal_keys)
        with pytest.raises(PeerMismatch):
            open_dataset(dataset.folder, user, (seal_keys[1], seal_keys[0]))
        (dataset.folder / "manifest.json").write_text("{", encoding="utf-8")
        with pytest.raises(BadManifest):
            open_dataset(dataset.folder, user, seal_keys)
