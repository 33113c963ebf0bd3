"""The end of a data set: its key destroyed, its blobs removed, and a signed receipt that says so."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from common.agreement.reason import Reason
from common.documents import digest, sign_document, verify_document
from common.errors import AppError, BadInput, NotFound
from common.merkle.entry import Action
from common.sharing.settings import DELETE_KIND
from server_node.identity.accounts import Account
from server_node.storage.context import NodeContext, from_text, to_text
from server_node.storage.database import Database
from server_node.storage.rows import ChunkRow, Dataset
from server_node.store import history
from server_node.store.datasets import DELETED, DatasetInfo
from server_node.store.shares import ShareStore

CLOCK_SKEW = 300
"""Seconds by which the time in a deletion may differ from the node's."""
_LOG = logging.getLogger("imguard.store")


@dataclass(frozen=True)
class Request:
    """A checked request to delete a data set."""

    document: dict[str, Any]
    stop_jobs: bool
    reason: Reason


class Deletions:
    """Deletes data sets; whether jobs still need one is asked before."""

    def __init__(self, database: Database, shares: ShareStore, context: NodeContext) -> None:
        self._database, self._shares, self._context = database, shares, context

    def check(self, dataset: DatasetInfo, owner: Account, document: dict[str, Any], reason: Reason) -> Request:
        """Raises:
        BadSignature: not signed by the owner.
        BadInput: for another data set, not made now, or the reason is not the one that was signed.
        """
        body = verify_document(document, DELETE_KIND, owner.verify_key)
        if body["dataset"] != dataset.id:
            raise BadInput("The document names another data set.", field="dataset")
        if abs(from_text(body["node_time"], "node_time") - self._context.now) > CLOCK_SKEW:
            raise BadInput("The document must be made now; ask the node for its time.", field="node_time")
        reason.check(body["reason"])
        return Request(document, bool(body["stop_jobs"]), reason)

    async def again(self, dataset: DatasetInfo) -> dict[str, Any]:
        """The receipt of a deletion that is done, once what a broken-off one may have left is gone, too.

        Raises:
            NotFound: there is none.
            DatabaseGone: another program still reads an old state of the tables; try again later.
        """
        if dataset.row.deletion is None:
            raise NotFound("There is no such data set.")
        self._shares.forget_index(dataset.id)
        await self._database.forget_history()
        receipt: dict[str, Any] = json.loads(dataset.row.deletion)
        return receipt

    async def delete(self, dataset: DatasetInfo, owner: Account, request: Request) -> dict[str, Any]:
        """Destroy the key, then the chunks; returns the signed receipt. Doing it again gives the same receipt.

        Raises:
            DiskFull, StoreDamaged: nothing was changed.
            DatabaseGone: nothing was changed, or :meth:`again` ends what was begun.
        """
        self._database.forget_copies()
        deleted = await self._commit(dataset, owner, request)
        if deleted is None:
            return await self.again(await self._look_again(dataset))
        receipt, addresses = deleted
        # Not before the commit: a deletion that did not happen leaves a data set that can be read. Whatever stops this
        # node here, its next start removes the index, and so does the next request.
        self._shares.forget_index(dataset.id)
        await self._remove(dataset, addresses)
        await self._context.announce("dataset", {"dataset": dataset.id, "state": DELETED}, dataset.audience)
        await self._database.forget_history()
        return receipt

    async def _commit(
        self, dataset: DatasetInfo, owner: Account, request: Request
    ) -> tuple[dict[str, Any], list[str]] | None:
        """The receipt and the addresses of the blobs that nobody can read any more; None if it was deleted before."""
        async with self._database.writing() as session:
            row = await session.get_one(Dataset, dataset.id)
            if row.deletion is not None:
                return None
            query = select(ChunkRow.address, ChunkRow.size).where(ChunkRow.dataset == dataset.id)
            chunks = (await session.execute(query)).all()
            receipt = self._sign(dataset, request, len(chunks), sum(size for _, size in chunks))
            row.state, row.wrapped_key, row.receipt, row.deletion = DELETED, b"", None, json.dumps(receipt)
            await session.execute(delete(ChunkRow).where(ChunkRow.dataset == dataset.id))
            facts = {"reason": request.reason.as_json(), "document": request.document, "receipt": receipt}
            history.note(session, self._context, dataset.id, history.DELETED, facts, owner.name)
            await session.flush()
            subject = {"dataset": dataset.id, "receipt": digest(receipt)}
            await self._context.record(Action.DATASET_DELETE, subject, owner.verify_key, request.document)
        return receipt, [address for address, _ in chunks]

    async def _look_again(self, dataset: DatasetInfo) -> DatasetInfo:
        async with self._database.reading() as session:
            return DatasetInfo(await session.get_one(Dataset, dataset.id), dataset.about)

    async def _remove(self, dataset: DatasetInfo, addresses: list[str]) -> None:
        """Nobody can read the blobs any more; those that stay, as their store is away, go with the next start."""
        try:
            await asyncio.to_thread(self._shares.delete, dataset.id, addresses)
        except (AppError, OSError) as error:
            _LOG.warning("blobs of a deleted data set are still there, removed at the next start: %s", error)

    def _sign(self, dataset: DatasetInfo, request: Request, chunks: int, size: int) -> dict[str, Any]:
        body = {
            "dataset": dataset.id,
            "node": self._context.identity.name,
            "party": self._context.party.letter,
            "request": digest(request.document),
            "chunks": chunks,
            "bytes": size,
            "time": to_text(self._context.now),
        }
        return sign_document("delete-receipt", body, self._context.identity.signing)
