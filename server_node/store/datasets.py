"""The catalogue of data sets: signed manifests, who may see them, and in which state they are.

States: ``uploading`` → ``received`` (every chunk is here) → ``usable`` (the other server says the same) → ``deleted``;
``disabled`` if the two servers hold different manifests under one id.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import undefer

from common.documents import digest
from common.errors import BadManifest, Conflict, Forbidden, NotFound
from common.ids import DatasetId
from common.merkle.entry import Action
from common.sharing.manifest import Manifest, verify_manifest
from server_node.identity.accounts import Account
from server_node.storage.context import NodeContext
from server_node.storage.database import Database
from server_node.storage.rows import Dataset
from server_node.store.shares import ShareStore

UPLOADING, RECEIVED, USABLE, DISABLED, DELETED = "uploading", "received", "usable", "disabled", "deleted"
COMPLETE = (RECEIVED, USABLE)
_REMEMBERED = 8
_SHOWN = ("name", "count", "shape", "bits", "classes", "visibility", "shared_with", "tags", "created")


@dataclass(frozen=True)
class DatasetInfo:
    """A data set without its chunks; ``about`` is the shown part of its manifest body."""

    row: Dataset
    about: dict[str, Any]

    @property
    def id(self) -> DatasetId:
        return DatasetId(self.row.id)

    def is_visible_to(self, user: str) -> bool:
        """The owner sees it always, others once it is complete and shared with them or public."""
        if user == self.row.owner:
            return True
        is_shared = self.about["visibility"] == "public" or user in self.about["shared_with"]
        return is_shared and self.row.state in (*COMPLETE, DISABLED)

    def require_visible(self, user: str) -> None:
        """Raises:
        NotFound: this user may not know of it.
        """
        if not self.is_visible_to(user):
            raise NotFound("There is no such data set.")


@dataclass(frozen=True)
class StoredDataset(DatasetInfo):
    """A data set with its signed and checked manifest."""

    document: dict[str, Any]
    manifest: Manifest


class Datasets:
    """Rules about whole data sets; chunks are the matter of :class:`~server_node.store.uploads.Uploads`."""

    def __init__(self, database: Database, shares: ShareStore, context: NodeContext) -> None:
        self._database, self._shares, self._context = database, shares, context
        self._parsed: dict[str, Manifest] = {}

    async def create(self, owner: Account, document: dict[str, Any]) -> StoredDataset:
        """Take a signed manifest; taking the same one again resumes its upload.

        Raises:
            BadManifest: not acceptable, or made for other servers.
            Forbidden: somebody else's manifest.
            Conflict: it was deleted.
            DiskFull: there is no room for all of it.
        """
        dataset, manifest = await asyncio.to_thread(verify_manifest, document)
        self._check_origin(manifest, owner)
        async with self._database.writing() as session:
            row = await session.get(Dataset, dataset)
            if row is None:
                self._shares.blobs.require_room(manifest.total_bytes(self._context.party))
                row = self._new_row(dataset, document)
                session.add(row)
                await session.flush()
                subject = {"dataset": dataset, "manifest": row.manifest_hash}
                await self._context.record(Action.DATASET_UPLOAD, subject, owner.verify_key)
        if row.state == DELETED:
            raise Conflict("This data set was deleted; split the images again to upload them again.")
        self._remember(dataset, manifest)
        return StoredDataset(row, json.loads(row.summary), document, manifest)

    async def info(self, dataset: str) -> DatasetInfo:
        """Raises:
        NotFound: no such data set, or it was deleted.
        """
        async with self._database.reading() as session:
            row = await session.get(Dataset, dataset)
        if row is None or row.state == DELETED:
            raise NotFound("There is no such data set.")
        return DatasetInfo(row, json.loads(row.summary))

    async def get(self, dataset: str) -> StoredDataset:
        """Raises:
        NotFound: no such data set, or it was deleted.
        """
        async with self._database.reading() as session:
            row = await session.get(Dataset, dataset, options=[undefer(Dataset.manifest)])
        if row is None or row.state == DELETED:
            raise NotFound("There is no such data set.")
        document: dict[str, Any] = json.loads(row.manifest)
        manifest = self._parsed.get(row.id) or (await asyncio.to_thread(verify_manifest, document))[1]
        self._remember(row.id, manifest)
        return StoredDataset(row, json.loads(row.summary), document, manifest)

    async def listed(self, user: str) -> list[DatasetInfo]:
        """Every data set the user may see, oldest first."""
        async with self._database.reading() as session:
            query = select(Dataset).where(Dataset.state != DELETED).order_by(Dataset.created, Dataset.id)
            rows = (await session.scalars(query)).all()
        found = [DatasetInfo(row, json.loads(row.summary)) for row in rows]
        return [dataset for dataset in found if dataset.is_visible_to(user)]

    async def unconfirmed(self) -> list[DatasetInfo]:
        """Data sets that are complete here and wait for the other server's word."""
        async with self._database.reading() as session:
            rows = (await session.scalars(select(Dataset).where(Dataset.state == RECEIVED))).all()
        return [DatasetInfo(row, json.loads(row.summary)) for row in rows]

    async def compare(self, dataset: DatasetInfo, peer_hash: str, peer_state: str) -> str:
        """Take the other server's word about a data set; returns the state it has here afterwards."""
        if dataset.row.state not in COMPLETE or peer_state not in COMPLETE:
            return dataset.row.state
        is_same = hmac.compare_digest(peer_hash.encode(), dataset.row.manifest_hash.encode())
        state = USABLE if is_same else DISABLED
        if state == dataset.row.state:
            return state
        async with self._database.writing() as session:
            query = update(Dataset).where(Dataset.id == dataset.id, Dataset.state.in_(COMPLETE))
            await session.execute(query.values(state=state, peer_confirmed=is_same))
            subject = {"dataset": dataset.id, "manifest": dataset.row.manifest_hash, "state": state}
            await self._context.record(Action.DATASET_CONFIRM, subject)
        return state

    def _check_origin(self, manifest: Manifest, owner: Account) -> None:
        about = manifest.about
        if (about.owner, about.owner_key) != (owner.name, owner.verify_key):
            raise Forbidden("A manifest can only be uploaded by the owner it names.")
        deployment = self._context.identity.deployment
        if about.seal_keys != (deployment.node("a").seal_key, deployment.node("b").seal_key):
            raise BadManifest("The images were split for other servers than these.")

    def _new_row(self, dataset: DatasetId, document: dict[str, Any]) -> Dataset:
        body = document["body"]
        return Dataset(
            id=dataset,
            owner=body["owner"],
            summary=json.dumps({name: body[name] for name in _SHOWN}),
            manifest=json.dumps(document),
            manifest_hash=digest(document),
            state=UPLOADING,
            peer_confirmed=False,
            wrapped_key=self._shares.new_key(dataset),
            receipt=None,
            created=self._context.now,
        )

    def _remember(self, dataset: str, manifest: Manifest) -> None:
        """Keep the last few parsed manifests: a chunk comes with each request, its manifest does not change."""
        self._parsed.pop(dataset, None)
        self._parsed[dataset] = manifest
        while len(self._parsed) > _REMEMBERED:
            self._parsed.pop(next(iter(self._parsed)))
