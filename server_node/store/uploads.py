"""Chunks that arrive in any order and any number of times, and the receipt for all of them."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from functools import partial
from typing import Any

from sqlalchemy import delete, select

from common.documents import digest, sign_document
from common.errors import AppError, BadInput, Conflict, NotFound, ShareTampered
from common.merkle.entry import Action
from server_node.storage.context import NodeContext, to_text
from server_node.storage.database import Database
from server_node.storage.rows import ChunkRow, Dataset
from server_node.store import history
from server_node.store.datasets import COMPLETE, DELETED, MISMATCHED, RECEIVED, UPLOADING, ParsedDataset, StoredDataset
from server_node.store.intake import ChunkRows, Gate, NewChunk
from server_node.store.shares import ShareStore

_HASH = re.compile(r"[0-9a-f]{64}")


class Uploads:
    """Rules about chunks. A chunk counts as stored when its row is in the database; its blob is on the disk before."""

    def __init__(self, database: Database, shares: ShareStore, context: NodeContext) -> None:
        self._database, self._shares, self._context = database, shares, context
        self._rows = ChunkRows(database, UPLOADING, DELETED)
        self.gate = Gate()

    async def close(self) -> None:
        """Return when nothing is being written any more."""
        await self._rows.close()
        await asyncio.to_thread(self.gate.close)

    async def missing(self, dataset: ParsedDataset) -> list[int]:
        """Numbers of the chunks that are not here yet, in order."""
        async with self._database.reading() as session:
            stored = await session.scalars(select(ChunkRow.number).where(ChunkRow.dataset == dataset.id))
            here = set(stored.all())
        return [number for number in range(len(dataset.manifest.chunks)) if number not in here]

    def expected_size(self, dataset: ParsedDataset, number: int, announced_hash: str) -> int:
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

    async def save_chunk(self, dataset: ParsedDataset, number: int, sealed: bytes) -> int:
        """Check and keep a chunk; returns how many are still missing. Repeating it changes nothing.

        Raises:
            ShareTampered, BadSeal, BadBundle: refused, nothing was stored.
            Conflict: the data set was deleted meanwhile.
            DiskFull: nothing was stored.
        """
        arguments = (dataset.id, dataset.manifest, number, dataset.row.wrapped_key, sealed)
        address = await self.gate.work(partial(self._shares.save_chunk, *arguments))
        try:
            kept = await self._rows.add(NewChunk(dataset.id, number, address, len(sealed)))
        except Exception as error:
            # Rolled back, unless that is in doubt: then the blob is left to the next sweep, as after a cancellation.
            if not (isinstance(error, AppError) and error.details.get("in_doubt")):
                self._shares.blobs.delete(address)
            raise
        if not kept.is_new:
            self._shares.blobs.delete(address)
        return len(dataset.manifest.chunks) - kept.stored

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
            facts = {"receipt": digest(receipt)}
            history.note(session, self._context, dataset.id, history.RECEIVED, facts, dataset.row.owner)
            await session.flush()
            await self._context.record(Action.DATASET_RECEIPT, {"dataset": dataset.id, "receipt": digest(receipt)})
        return receipt

    async def sweep(self) -> int:
        """Remove blobs that no chunk row knows and indexes of incomplete data sets, before the node takes requests."""
        async with self._database.reading() as session:
            known = set((await session.scalars(select(ChunkRow.address))).all())
            query = select(Dataset.id).where(Dataset.state.in_((*COMPLETE, MISMATCHED)))
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
            self._rows.forget(dataset.id)
        missing = len(dataset.manifest.chunks) - len(held)
        if missing:
            raise Conflict(f"{missing} chunks are missing.", missing_count=missing)
        return [row.address for row in held]

    def _receipt(self, dataset: StoredDataset) -> dict[str, Any]:
        body = {
            "dataset": dataset.id,
            "node": self._context.identity.name,
            "party": self._context.party.letter,
            "chunks": len(dataset.manifest.chunks),
            "bytes": dataset.manifest.total_bytes(self._context.party),
            "time": to_text(self._context.now),
        }
        return sign_document("receipt", body, self._context.identity.signing)


def _document(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    return document
