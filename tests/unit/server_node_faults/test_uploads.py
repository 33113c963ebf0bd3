"""Uploads that are cut off, lose files or meet a deletion: no receipt without data, no key without a data set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from common.agreement.reason import Reason
from common.errors import BadInput, Conflict, DiskFull, NotFound
from common.merkle.entry import Action
from common.net.identity import load_node_identity
from server_node.identity.accounts import Account, Accounts
from server_node.settings import load
from server_node.storage.context import NodeContext, to_text
from server_node.storage.database import Database
from server_node.store.datasets import Datasets, StoredDataset
from server_node.store.deletion import Deletions
from server_node.store.shares import ShareStore, open_share_store
from server_node.store.uploads import Uploads
from tests.helpers.accounts import people
from tests.helpers.nodes.members import Dataset, Member, open_members
from tests.helpers.nodes.pair import make_pair


@dataclass
class World:
    """The stores of node A with one member and one announced data set; nothing listens."""

    database: Database
    shares: ShareStore
    context: NodeContext
    datasets: Datasets
    uploads: Uploads
    member: Member
    account: Account
    split: Dataset
    dataset: StoredDataset
    index: Path

    async def put(self) -> int:
        return await self.uploads.save_chunk(self.dataset, 0, self.split.sealed["a"][0])

    async def delete(self) -> None:
        body = {"dataset": self.dataset.id, "node_time": to_text(self.context.now), "stop_jobs": False, "reason": ""}
        document = self.member.sign("dataset-delete", **body)["document"]
        deletions = Deletions(self.database, self.shares, self.context)
        request = deletions.check(self.dataset, self.account, document, Reason())
        await deletions.delete(self.dataset, self.account, request)

    def blobs(self) -> list[Path]:
        return [path for path in (self.index.parent.parent / "blobs").glob("??/*")]


async def no_record(
    action: Action, subject: dict[str, Any], author: str | None = None, evidence: dict[str, Any] | None = None
) -> None:
    """The log is not the matter here."""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    pair = make_pair(tmp_path)
    folder = pair.folder("a")
    context = NodeContext(load_node_identity(folder), load(folder), no_record)
    database = await Database.open(folder / "node.db")
    shares = open_share_store(folder, context.identity)
    async with open_members(pair, "alice") as [alice]:
        accounts = Accounts(database, context)
        await accounts.register(people.registration(alice, pair.bootstrap["a"]))
        account = await accounts.get("alice")
        split = alice.split()
        datasets = Datasets(database, shares, context)
        dataset = await datasets.create(account, split.document)
        index = folder / "shares" / "index" / f"{dataset.id}.json"
        uploads = Uploads(database, shares, context)
        yield World(database, shares, context, datasets, uploads, alice, account, split, dataset, index)
    await uploads.close()
    await database.close()


class LeftAfter:
    """A transaction that is committed, and whose caller is cancelled before it hears of that."""

    def __init__(self, transaction: Any) -> None:
        self._transaction = transaction

    async def __aenter__(self) -> Any:
        return await self._transaction.__aenter__()

    async def __aexit__(self, *error: Any) -> None:
        await self._transaction.__aexit__(*error)
        raise asyncio.CancelledError


async def test_sender_who_leaves_during_the_commit_takes_no_blob_along(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = world.database.writing
    with monkeypatch.context() as patch:
        patch.setattr(world.database, "writing", lambda **options: LeftAfter(writing(**options)))
        with pytest.raises(asyncio.CancelledError):
            await world.put()
    assert await world.uploads.missing(world.dataset) == [] and len(world.blobs()) == 1
    assert (await world.uploads.finish(world.dataset))["body"]["chunks"] == 1


async def test_chunk_that_could_not_be_written_down_leaves_no_blob(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(session: AsyncSession) -> None:
        raise OSError("no")

    with monkeypatch.context() as patch:
        patch.setattr(AsyncSession, "flush", broken)
        with pytest.raises(OSError, match="no"):
            await world.put()
    assert world.blobs() == [] and await world.uploads.missing(world.dataset) == [0]


async def test_no_receipt_for_a_chunk_whose_file_is_gone(world: World) -> None:
    await world.put()
    [blob] = world.blobs()
    blob.unlink()
    with pytest.raises(Conflict) as refused:
        await world.uploads.finish(world.dataset)
    assert refused.value.details["missing_count"] == 1 and not world.index.exists()
    assert await world.uploads.missing(world.dataset) == [0]
    assert await world.put() == 0
    assert (await world.uploads.finish(world.dataset))["kind"] == "receipt"


async def test_finish_that_meets_a_deletion_leaves_no_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.put()
    addresses = await world.uploads._addresses(world.dataset)

    async def before_deletion(dataset: StoredDataset) -> list[str]:
        return addresses

    await world.delete()
    monkeypatch.setattr(world.uploads, "_addresses", before_deletion)
    with pytest.raises(Conflict):
        await world.uploads.finish(world.dataset)
    assert not world.index.exists()


async def test_deletion_that_is_cut_off_leaves_no_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.put()
    await world.uploads.finish(world.dataset)

    async def cut_off() -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(world.database, "forget_history", cut_off)
    with pytest.raises(asyncio.CancelledError):
        await world.delete()
    assert not world.index.exists()
    await world.uploads.sweep()
    assert world.blobs() == []


class FullDisk:
    """A transaction whose commit fails."""

    def __init__(self, transaction: Any) -> None:
        self._transaction = transaction

    async def __aenter__(self) -> Any:
        return await self._transaction.__aenter__()

    async def __aexit__(self, *error: Any) -> None:
        await self._transaction.__aexit__(DiskFull, DiskFull(), None)
        raise DiskFull


async def test_deletion_that_is_not_committed_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.put()
    await world.uploads.finish(world.dataset)
    writing = world.database.writing
    with monkeypatch.context() as patch:
        patch.setattr(world.database, "writing", lambda **options: FullDisk(writing(**options)))
        with pytest.raises(DiskFull):
            await world.delete()
    assert (await world.datasets.info(world.dataset.id)).row.state == "received"
    chunks = await asyncio.to_thread(lambda: list(world.shares.iter_chunks(world.dataset.id)))
    assert len(chunks) == 1


async def test_deletion_that_is_asked_for_again_ends_what_was_broken_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.put()
    await world.uploads.finish(world.dataset)
    index, writing = world.index.read_bytes(), world.database.writing
    with monkeypatch.context() as patch:
        patch.setattr(world.database, "writing", lambda **options: LeftAfter(writing(**options)))
        with pytest.raises(asyncio.CancelledError):
            await world.delete()
    world.index.write_bytes(index)
    receipt = await Deletions(world.database, world.shares, world.context).again(
        await world.datasets.find(world.dataset.id)
    )
    assert receipt["kind"] == "delete-receipt" and not world.index.exists()
    assert (world.index.parent.parent.parent / "node.db-wal").read_bytes() == b""


async def test_chunk_of_a_deleted_data_set_is_refused_by_name(world: World) -> None:
    """Although its manifest is still remembered."""
    await world.put()
    await world.delete()
    with pytest.raises(NotFound):
        await world.datasets.parsed(await world.datasets.find(world.dataset.id))


async def test_sweep_removes_indexes_of_incomplete_data_sets_only(world: World) -> None:
    await world.put()
    world.shares.write_index(world.dataset.id, world.dataset.document, b"key", [])
    await world.uploads.sweep()
    assert not world.index.exists() and len(world.blobs()) == 1
    await world.uploads.finish(world.dataset)
    world.index.with_name("half-written.part").write_bytes(b"{")
    await world.uploads.sweep()
    assert list(world.index.parent.iterdir()) == [world.index]


@pytest.mark.parametrize("announced", ["", "zz" * 32, "AB" * 32, "\udcff" * 64, "00" * 31])
async def test_announced_hash_must_be_one(world: World, announced: str) -> None:
    with pytest.raises(BadInput):
        world.uploads.expected_size(world.dataset, 0, announced)
