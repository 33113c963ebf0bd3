"""The catalogue of data sets: signed manifests, who may see them, and in which state they are.

States: ``uploading`` → ``received`` (every chunk is here) → ``usable`` (the other server says the same) → ``deleted``;
``mismatched`` if the two servers hold different manifests under one id. Whether its owner switched a data set off is
not a state: it stays usable, and no job may use it.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from common.documents import digest
from common.errors import BadManifest, Conflict, Forbidden, NotFound
from common.ids import DatasetId
from common.merkle.entry import Action
from common.sharing.manifest import Manifest, verify_manifest
from server_node.identity.accounts import Account
from server_node.policy.policy import Usage
from server_node.storage.context import NodeContext
from server_node.storage.database import Database
from server_node.storage.rows import Dataset, User
from server_node.store import history
from server_node.store.shares import ShareStore

UPLOADING, RECEIVED, USABLE, MISMATCHED, DELETED = "uploading", "received", "usable", "mismatched", "deleted"
COMPLETE = (RECEIVED, USABLE)
_REMEMBERED, _REMEMBERED_CHUNKS = 256, 65_536
_SHOWN = ("name", "count", "shape", "bits", "classes", "visibility", "shared_with", "tags", "description", "created")


@dataclass(frozen=True)
class DatasetInfo:
    """A data set without its chunks; ``about`` is the shown part of its manifest, with the settings in force."""

    row: Dataset
    about: dict[str, Any]

    @property
    def id(self) -> DatasetId:
        return DatasetId(self.row.id)

    @property
    def audience(self) -> frozenset[str] | None:
        """Who may know of it; None stands for every user."""
        if self.row.state not in (*COMPLETE, MISMATCHED):
            return frozenset([self.row.owner])
        if self.about["visibility"] == "public":
            return None
        return frozenset([self.row.owner, *self.about["shared_with"]])

    def is_visible_to(self, user: str) -> bool:
        """The owner sees it always, others once it is complete and shared with them or public."""
        return self.audience is None or user in self.audience

    def require_visible(self, user: str) -> None:
        """Raises:
        NotFound: this user may not know of it.
        """
        if not self.is_visible_to(user):
            raise NotFound("There is no such data set.")


@dataclass(frozen=True)
class ParsedDataset(DatasetInfo):
    """A data set with its checked manifest: what its chunks must be."""

    manifest: Manifest


@dataclass(frozen=True)
class StoredDataset(ParsedDataset):
    """The same with the signed document itself."""

    document: dict[str, Any]


class Datasets:
    """Rules about whole data sets; chunks are the matter of :class:`~server_node.store.uploads.Uploads`."""

    def __init__(self, database: Database, shares: ShareStore, context: NodeContext) -> None:
        self._database, self._shares, self._context = database, shares, context
        self._parsed: dict[str, Manifest] = {}
        self._creating = asyncio.Lock()

    async def create(self, owner: Account, document: dict[str, Any]) -> StoredDataset:
        """Take a signed manifest; taking the same one again resumes its upload.

        Raises:
            BadManifest: not acceptable, or made for other servers.
            Forbidden: somebody else's manifest.
            PolicyRefused: the operator of this server does not allow it.
            Conflict: it was deleted.
            DiskFull: there is no room for all of it.
        """
        dataset, manifest = await asyncio.to_thread(verify_manifest, document)
        if manifest.about.owner != owner.name:
            raise Forbidden("A manifest can only be uploaded by the owner it names.")
        # One at a time: between counting what an organisation has and adding to it nobody else may add.
        async with self._creating, self._database.writing() as session:
            row = await session.get(Dataset, dataset)
            if row is None:
                row = await self._add(session, owner, dataset, manifest, document)
        if row.state == DELETED:
            raise Conflict("This data set was deleted; split the images again to upload them again.")
        self._remember(dataset, manifest)
        return StoredDataset(row, json.loads(row.summary), manifest, document)

    async def usage(self, organisation: str) -> Usage:
        """What an organisation has here, unfinished uploads included."""
        async with self._database.reading() as session:
            return await _usage(session, organisation)

    async def find(self, dataset: str) -> DatasetInfo:
        """A data set, also one that was deleted.

        Raises:
            NotFound: there never was one.
        """
        async with self._database.reading() as session:
            row = await session.get(Dataset, dataset)
        if row is None:
            raise NotFound("There is no such data set.")
        return DatasetInfo(row, json.loads(row.summary))

    async def info(self, dataset: str) -> DatasetInfo:
        """Raises:
        NotFound: no such data set, or it was deleted.
        """
        found = await self.find(dataset)
        if found.row.state == DELETED:
            raise NotFound("There is no such data set.")
        return found

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
        return StoredDataset(row, json.loads(row.summary), manifest, document)

    async def parsed(self, dataset: DatasetInfo) -> ParsedDataset:
        """What its chunks must be; of a data set that is being uploaded that is at hand.

        Raises:
            NotFound: it was deleted meanwhile.
        """
        manifest = self._parsed.get(dataset.row.id)
        if manifest is None or dataset.row.state == DELETED:
            return await self.get(dataset.id)
        self._remember(dataset.row.id, manifest)
        return ParsedDataset(dataset.row, dataset.about, manifest)

    async def listed(self, user: str) -> list[DatasetInfo]:
        """Every data set the user may see, oldest first."""
        async with self._database.reading() as session:
            query = select(Dataset).where(Dataset.state != DELETED).order_by(Dataset.created, Dataset.id)
            rows = (await session.scalars(query)).all()
        found = [DatasetInfo(row, json.loads(row.summary)) for row in rows]
        return [dataset for dataset in found if dataset.is_visible_to(user)]

    async def require_store(self) -> None:
        """Raises:
        BlobsGone: what keeps the shares does not answer.
        """
        await self._shares.require_answer()

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
        state = USABLE if is_same else MISMATCHED
        async with self._database.writing() as session:
            row = await session.get_one(Dataset, dataset.id)
            if row.state == state or row.state not in COMPLETE:
                return row.state
            row.state, row.peer_confirmed = state, is_same
            kind = history.CONFIRMED if is_same else history.MISMATCHED
            history.note(session, self._context, dataset.id, kind, {"manifest": row.manifest_hash})
            await session.flush()
            subject = {"dataset": dataset.id, "manifest": row.manifest_hash, "state": state}
            await self._context.record(Action.DATASET_CONFIRM, subject)
        changed = DatasetInfo(row, dataset.about)
        await self._context.announce("dataset", {"dataset": dataset.id, "state": state}, changed.audience)
        return state

    async def _add(
        self, session: AsyncSession, owner: Account, dataset: DatasetId, manifest: Manifest, document: dict[str, Any]
    ) -> Dataset:
        self._check_origin(manifest, owner)
        size = manifest.total_bytes(self._context.party)
        row = self._new_row(dataset, document, size)
        usage = await _usage(session, owner.organisation)
        self._context.policy.check_dataset(json.loads(row.summary), size, owner.organisation, usage)
        self._shares.blobs.require_room(size)
        session.add(row)
        await session.flush()
        facts = {"manifest": row.manifest_hash, "bytes": size}
        history.note(session, self._context, dataset, history.ANNOUNCED, facts, owner.name)
        await session.flush()
        subject = {"dataset": dataset, "manifest": row.manifest_hash}
        await self._context.record(Action.DATASET_UPLOAD, subject, owner.verify_key)
        return row

    def _check_origin(self, manifest: Manifest, owner: Account) -> None:
        about = manifest.about
        if (about.owner, about.owner_key) != (owner.name, owner.verify_key):
            raise Forbidden("A manifest can only be uploaded by the owner it names.")
        deployment = self._context.identity.deployment
        if about.seal_keys != (deployment.node("a").seal_key, deployment.node("b").seal_key):
            raise BadManifest("The images were split for other servers than these.")

    def _new_row(self, dataset: DatasetId, document: dict[str, Any], size: int) -> Dataset:
        body = document["body"]
        about = {**{name: body[name] for name in _SHOWN}, "class_counts": None}
        return Dataset(
            id=dataset,
            owner=body["owner"],
            summary=json.dumps(about),
            manifest=json.dumps(document),
            manifest_hash=digest(document),
            state=UPLOADING,
            peer_confirmed=False,
            enabled=True,
            version=0,
            settings=None,
            size=size,
            wrapped_key=self._shares.new_key(dataset),
            receipt=None,
            deletion=None,
            created=self._context.now,
        )

    def _remember(self, dataset: str, manifest: Manifest) -> None:
        """Keep the last parsed manifests: a chunk comes with each request, its manifest does not change."""
        self._parsed.pop(dataset, None)
        self._parsed[dataset] = manifest
        entries = sum(len(one.chunks) for one in self._parsed.values())
        while len(self._parsed) > _REMEMBERED or (entries > _REMEMBERED_CHUNKS and len(self._parsed) > 1):
            entries -= len(self._parsed.pop(next(iter(self._parsed))).chunks)


async def _usage(session: AsyncSession, organisation: str) -> Usage:
    members = select(User.name).where(User.organisation == organisation)
    query = select(func.coalesce(func.sum(Dataset.size), 0), func.count())
    stored, datasets = (await session.execute(query.where(Dataset.state != DELETED, Dataset.owner.in_(members)))).one()
    return Usage(int(stored), int(datasets))
