"""Chunks that arrive in any order and any number of times, the receipt for all of them, and their deletion."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from common.documents import digest, sign_document, verify_document
from common.errors import BadInput, Conflict, NotFound, ShareTampered
from common.ids import DatasetId
from common.merkle.entry import Action
from server_node.identity.accounts import Account
from server_node.storage.context import NodeContext, from_text, to_text
from server_node.storage.database import Database
from server_node.storage.rows import ChunkRow, Dataset
from server_node.store.datasets import COMPLETE, DELETED, DISABLED, RECEIVED, UPLOADING, DatasetInfo, StoredDataset
from server_node.store.shares import ShareStore

CLOCK_SKEW = 300
"""Seconds by which the time in a deletion may differ from the node's."""
_HASH = re.compile(r"[0-9a-f]{64}")


class Uploads:
    """Rules about chunks. A chunk counts as stored when its row is in the database; its blob is on the disk before."""

    def __init__(self, database: Database, shares: ShareStore, context: NodeContext) -> None:
        self._database, self._shares, self._context = database, shares, context

    async def missing(self, dataset: StoredDataset) -> list[int]:
        """Numbers of the chunks that are not here yet, in order."""
        async with self._database.reading() as session:
            stored = await session.scalars(select(ChunkRow.number).where(ChunkRow.dataset == dataset.id))
            here = set(stored.all())
        return [number for number in range(len(dataset.manifest.chunks)) if number not in here]

    def expected_size(self, dataset: StoredDataset, number: int, announced_hash: str) -> int:
        """The exact length chunk ``number`` must have, asked before its first byte is read.

        Raises:
            NotFound: the manifest has no such chunk.
            BadInput: this is no hash.
            ShareTampered: it has, but with another hash.
        """
        if not _HASH.fullmatch(announced_hash):
            raise BadInput("The announced hash must be 64 hexadecimal digits.", field="X-Chunk-Hash")
        if not 0 <= number < len(dataset.manifest.chunks):
            raise NotFound("The manifest has no such chunk.", chunk=number)
        entry = dataset.manifest.chunks[number].of(self._context.party)
        if not hmac.compare_digest(entry.hash.encode(), announced_hash.encode()):
            raise ShareTampered("The announced hash is not the one in the manifest.", chunk=number)
        return entry.size

    async def save_chunk(self, dataset: StoredDataset, number: int, sealed: bytes) -> int:
        """Check and keep a chunk; returns how many are still missing. Repeating it changes nothing.

        Raises:
            ShareTampered, BadSeal, BadBundle: refused, nothing was stored.
            Conflict: the data set was deleted meanwhile.
            DiskFull: nothing was stored.
        """
        arguments = (dataset.id, dataset.manifest, number, dataset.row.wrapped_key, sealed)
        address = await asyncio.to_thread(self._shares.save_chunk, *arguments)
        try:
            async with self._database.writing() as session:
                is_wanted = await _is_wanted(session, dataset.id, number)
                if is_wanted:
                    session.add(ChunkRow(dataset=dataset.id, number=number, address=address, size=len(sealed)))
                    await session.flush()
                stored = await _count(session, dataset.id)
        except Exception:
            # Rolled back. After a cancellation SQLite may still commit, so the blob is left to the next sweep then.
            self._shares.blobs.delete(address)
            raise
        if not is_wanted:
            self._shares.blobs.delete(address)
        return len(dataset.manifest.chunks) - stored

    async def finish(self, dataset: StoredDataset) -> dict[str, Any]:
        """Sign the receipt of a complete data set; asking again gives the same receipt.

        Raises:
            Conflict: chunks are missing, or the data set was deleted meanwhile.
            DiskFull: nothing was changed.
        """
        if dataset.row.receipt is not None:
            return _document(dataset.row.receipt)
        addresses = await self._addresses(dataset)
        key = dataset.row.wrapped_key
        await asyncio.to_thread(self._shares.write_index, dataset.id, dataset.document, key, addresses)
        receipt = self._receipt(dataset)
        async with self._database.writing() as session:
            row = await session.get_one(Dataset, dataset.id)
            if row.receipt is not None:
                return _document(row.receipt)
            if row.state != UPLOADING:
                self._shares.forget_index(dataset.id)
                raise Conflict("This data set was deleted.")
            row.state, row.receipt = RECEIVED, json.dumps(receipt)
            await session.flush()
            await self._context.record(Action.DATASET_RECEIPT, {"dataset": dataset.id, "receipt": digest(receipt)})
        return receipt

    async def delete(self, dataset: DatasetInfo, owner: Account, document: dict[str, Any]) -> dict[str, Any]:
        """Destroy the key, then the chunks; returns a signed receipt of the deletion.

        Raises:
            BadSignature: not signed by the owner.
            BadInput: for another data set, or not made now.
        """
        body = verify_document(document, "dataset-delete", owner.verify_key)
        if body["dataset"] != dataset.id:
            raise BadInput("The document names another data set.", field="dataset")
        if abs(from_text(body["node_time"], "node_time") - self._context.now) > CLOCK_SKEW:
            raise BadInput("The document must be made now; ask the node for its time.", field="node_time")
        async with self._database.writing() as session:
            query = select(ChunkRow.address).where(ChunkRow.dataset == dataset.id)
            addresses = list((await session.scalars(query)).all())
            values = {"state": DELETED, "wrapped_key": b"", "receipt": None}
            await session.execute(update(Dataset).where(Dataset.id == dataset.id).values(**values))
            await session.execute(delete(ChunkRow).where(ChunkRow.dataset == dataset.id))
            await self._context.record(Action.DATASET_DELETE, {"dataset": dataset.id}, owner.verify_key, document)
            # Inside: whatever stops this node from here on, no second copy of the key is left.
            self._shares.forget_index(dataset.id)
        await self._database.forget_history()
        await asyncio.to_thread(self._shares.delete, dataset.id, addresses)
        return sign_document("delete-receipt", self._signed_facts(dataset.id), self._context.identity.signing)

    async def sweep(self) -> int:
        """Remove blobs that no chunk row knows and indexes of incomplete data sets, before the node takes requests."""
        async with self._database.reading() as session:
            known = set((await session.scalars(select(ChunkRow.address))).all())
            query = select(Dataset.id).where(Dataset.state.in_((*COMPLETE, DISABLED)))
            complete = set((await session.scalars(query)).all())
        await asyncio.to_thread(self._shares.sweep_indexes, complete)
        return await asyncio.to_thread(self._shares.blobs.sweep, known)

    async def _addresses(self, dataset: StoredDataset) -> list[str]:
        """Every chunk's blob, in order; a chunk whose blob is gone counts as missing and can be uploaded again."""
        async with self._database.reading() as session:
            query = select(ChunkRow).where(ChunkRow.dataset == dataset.id).order_by(ChunkRow.number)
            rows = list((await session.scalars(query)).all())
        held = await asyncio.to_thread(lambda: [row for row in rows if self._shares.blobs.holds(row.address)])
        lost = {row.number for row in rows} - {row.number for row in held}
        if lost:
            async with self._database.writing() as session:
                gone = delete(ChunkRow).where(ChunkRow.dataset == dataset.id, ChunkRow.number.in_(sorted(lost)))
                await session.execute(gone)
        missing = len(dataset.manifest.chunks) - len(held)
        if missing:
            raise Conflict(f"{missing} chunks are missing.", missing_count=missing)
        return [row.address for row in held]

    def _receipt(self, dataset: StoredDataset) -> dict[str, Any]:
        body = {
            **self._signed_facts(dataset.id),
            "chunks": len(dataset.manifest.chunks),
            "bytes": dataset.manifest.total_bytes(self._context.party),
        }
        return sign_document("receipt", body, self._context.identity.signing)

    def _signed_facts(self, dataset: DatasetId) -> dict[str, Any]:
        return {
            "dataset": dataset,
            "node": self._context.identity.name,
            "party": self._context.party.letter,
            "time": to_text(self._context.now),
        }


async def _is_wanted(session: AsyncSession, dataset: str, number: int) -> bool:
    owner = await session.get(Dataset, dataset)
    if owner is None or owner.state == DELETED:
        raise Conflict("This data set was deleted.")
    return owner.state == UPLOADING and await session.get(ChunkRow, (dataset, number)) is None


async def _count(session: AsyncSession, dataset: str) -> int:
    query = select(func.count()).select_from(ChunkRow).where(ChunkRow.dataset == dataset)
    return int((await session.execute(query)).scalar_one())


def _document(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    return document
