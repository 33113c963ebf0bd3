"""A node's folder with data sets and jobs in every state, made without running a node."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from common.net.identity import load_node_identity
from common.pipeline import JobState
from server_node.audit.events import EventMaker
from server_node.audit.spool import Spool
from server_node.backup.frames import Cost
from server_node.storage.blobs import BlobFiles
from server_node.storage.database import Database
from server_node.storage.location import Location, sqlite_at
from server_node.storage.rows import Challenge, ChunkRow, Dataset, Job, JobEvent, News, Project, Revision, Token, User
from tests.helpers.nodes.pair import Pair, make_pair

CHEAP = Cost(1, 8192)
PASSWORD = "a long enough password"
USABLE, UPLOADED_HALF, DELETED = "aa" * 32, "bb" * 32, "cc" * 32
WRAPPED = b"the wrapped key of a data set"
MODEL = "model-alice.sealed"
KEPT = {"checkpoint-00001", "checkpoint-00002", "worker.log"}
NOT_KEPT = {"joint-toss", "ticket.json", "correlations/segment-00001.ready", "checkpoint-00003.ab.part"}


@dataclass(frozen=True)
class World:
    """A node that was prepared for a test and does not run."""

    pair: Pair
    folder: Path
    location: Location

    def job_files(self, folder: Path, state: JobState) -> set[str]:
        """Files of the job in this state below a node folder."""
        root = folder / "jobs" / job_id(state)
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def job_id(state: JobState) -> str:
    return hashlib.sha256(state.value.encode()).hexdigest()[:32]


async def make_world(root: Path, location: Location | None = None, url: str = "sqlite:") -> World:
    """Make a node in ``root / "a"`` whose tables are at ``location``, by default in a file of its folder."""
    pair = make_pair(root)
    folder = pair.folder("a")
    pair.settings("a", database_url=url)
    location = location or sqlite_at(folder / "node.db")
    identity = load_node_identity(folder)
    database = await Database.open(location, identity.signing.verify_key)
    blobs = BlobFiles(folder / "shares" / "blobs")
    async with database.writing() as session:
        await _add_rows(session, blobs, folder)
    await database.close()
    spool = Spool(folder / "outbox.db")
    spool.add([EventMaker(identity).by_node("node-start", {"deployment": pair.deployment.fingerprint})])
    spool.close()
    (folder / "policy.toml").write_text("", encoding="utf-8")
    return World(pair, folder, location)


async def _add_rows(session: AsyncSession, blobs: BlobFiles, folder: Path) -> None:
    keys = {"verify_key": "11" * 32, "seal_key": "22" * 32}
    about = {"organisation": "hospital", "role": "user", "state": "active", "version": 1, "created": 1}
    session.add(User(name="alice", **keys, **about))
    await session.flush()
    session.add(Token(hash="ee" * 32, user="alice", device="33" * 32, expires=1 << 40))
    session.add(Challenge(nonce="ff" * 32, user="alice", expires=1 << 40))
    session.add(News(time=1, kind="dataset", audience=",alice,", body="{}"))
    for name, state in ((USABLE, "usable"), (UPLOADED_HALF, "uploading"), (DELETED, "deleted")):
        session.add(_dataset(name, state))
    await session.flush()
    for name, count in ((USABLE, 3), (UPLOADED_HALF, 1)):
        for number in range(count):
            address = blobs.put(f"chunk {number} of {name}".encode() * 1000)
            session.add(ChunkRow(dataset=name, number=number, address=address, size=1))
    (folder / "shares" / "index").mkdir()
    (folder / "shares" / "index" / f"{USABLE}.json").write_text(json.dumps({"key": WRAPPED.hex(), "addresses": []}))
    session.add(Project(id="dd" * 16, hash="44" * 32, owner="alice", is_archived=False, archive=None, created=1))
    await session.flush()
    session.add(Revision(hash="44" * 32, project="dd" * 16, number=1, document="{}", created=1))
    for state in JobState:
        _add_job(session, state, folder)
        await session.flush()
        session.add(JobEvent(job=job_id(state), number=1, kind="state", body="{}"))


def _dataset(name: str, state: str) -> Dataset:
    return Dataset(
        id=name,
        owner="alice",
        summary="{}",
        manifest="{}",
        manifest_hash=name,
        state=state,
        peer_confirmed=state == "usable",
        enabled=True,
        version=0,
        settings=None,
        size=3,
        wrapped_key=b"" if state == "deleted" else WRAPPED + name.encode(),
        receipt=None,
        deletion=None,
        created=1,
    )


def _add_job(session: AsyncSession, state: JobState, folder: Path) -> None:
    row = Job(
        id=job_id(state),
        project="dd" * 16,
        specification="44" * 32,
        starter="alice",
        organisation="hospital",
        document="{}",
        controls="[]",
        state=state.value,
        is_computed=state is JobState.FINISHED,
        attempt=1,
        stalled=0,
        epoch=2 if state is JobState.TRAINING else None,
        model=json.dumps({"alice": MODEL}) if state is JobState.FINISHED else None,
        created=1,
    )
    session.add(row)
    root = folder / "jobs" / row.id
    (root / "correlations").mkdir(parents=True)
    for name in (*KEPT, *NOT_KEPT, MODEL):
        (root / name).write_bytes(f"{name} of {state.value}".encode())


async def delete_dataset(location: Location, name: str) -> None:
    """What a deletion leaves in the tables."""
    database = await Database.open(location)
    async with database.writing() as session:
        await session.execute(update(Dataset).where(Dataset.id == name).values(state="deleted", wrapped_key=b""))
        for chunk in (await session.scalars(select(ChunkRow).where(ChunkRow.dataset == name))).all():
            await session.delete(chunk)
    await database.close()
