"""Takes a backup of a node, whether it runs or not; the node is neither asked nor stopped.

The order makes it consistent. The database first, as it is at one moment; then what its rows name: blobs and sealed
models never change, checkpoints are replaced whole. A data set that is deleted meanwhile is left out. The outbox comes
after the database, so that no row is without the event that was written before it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine, delete, select, update
from sqlalchemy.orm import Session

from common.config import Settings, render_settings
from common.crypto.rng import SystemRandom
from common.errors import BadInput, Conflict, NotFound, StoreDamaged
from common.net.files import hold_folder, named
from common.net.identity import NodeIdentity, load_node_identity
from common.system.permissions import sync_folder
from server_node.backup.archive import ArchiveWriter
from server_node.backup.frames import Cost, FrameWriter
from server_node.backup.snapshot import deleted_now, named_file, take_snapshot
from server_node.jobs.attempts.ticket import JOBS_FOLDER
from server_node.settings import FILE_NAME, SETTINGS, load
from server_node.storage.context import to_text
from server_node.storage.location import Location, locate
from server_node.storage.migrations.steps import newest
from server_node.storage.places import open_blobs
from server_node.storage.rows import ChunkRow, Dataset, Job
from server_node.store.datasets import DELETED

KEYS: Final = ("identity.key", "sealing.key", "storage.key", "tls.key")
PLAIN_FILES: Final = ("deployment.json", "join-request.json", "tls.pem", "policy.toml", "log-checkpoint.txt")
_SCRATCH: Final = ".backup-"
_JOB_FILE: Final = re.compile(r"checkpoint-[0-9]{5}|[a-z][a-z0-9-]{0,40}\.log")
"""What of a running job is kept: shares of weights after an epoch, and logs. Nothing that correlations are made of."""


@dataclass(frozen=True)
class Wish:
    """What the backup shall hold and where it goes; without a password it is not encrypted."""

    folder: Path
    target: Path
    with_keys: bool = False
    password: str | None = None
    cost: Cost | None = None


@dataclass
class _Taking:
    wish: Wish
    identity: NodeIdentity
    settings: Settings
    location: Location
    archive: ArchiveWriter
    session: Session
    damaged: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)


def take_backup(wish: Wish) -> dict[str, Any]:
    """Write the backup; returns what it holds. The file is complete under its name, or not there.

    Raises:
        Conflict: there is such a file already, or the tables have the form of another version.
        BadInput: keys without a password, or one that is too short.
        DiskFull: no room.
        DatabaseGone, StoreDamaged and the other errors of the node's folder.
    """
    if wish.target.exists():
        raise Conflict(f"There is a file {wish.target} already.")
    if wish.with_keys and wish.password is None:
        raise BadInput("A backup with keys needs a password.")
    identity, settings = load_node_identity(wish.folder), load(wish.folder)
    location = locate(wish.folder, settings)
    created = int(time.time())
    part = wish.target.with_name(f"{wish.target.name}.{SystemRandom().token(8).hex()}.part")
    try:
        with _scratch(wish.folder) as scratch:
            snapshot = scratch / "node.db"
            asyncio.run(take_snapshot(location, snapshot))
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                archive = ArchiveWriter(FrameWriter(file, SystemRandom(), wish.password, wish.cost))
                engine = create_engine(f"sqlite:///{snapshot}")
                try:
                    with Session(engine) as session:
                        taking = _Taking(wish, identity, settings, location, archive, session)
                        _add_blobs(taking)
                        _add_jobs(taking)
                        _drop_deleted(taking)
                        _add_indexes(taking)
                        about = _about(taking, created)
                finally:
                    engine.dispose()
                _add_files(taking, scratch)
                archive.add_file("node.db", snapshot)
                archive.finish(about, identity.signing)
                file.flush()
                os.fsync(file.fileno())
        part.replace(wish.target)
        sync_folder(wish.target.parent)
    except OSError as error:
        raise named(error) from error
    finally:
        part.unlink(missing_ok=True)
    return {"file": str(wish.target), "bytes": wish.target.stat().st_size, "files": len(archive.items), **about}


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A place for copies of the tables in the node's own folder: elsewhere nothing may lie in clear, not even for now.

    What an earlier backup left that was killed goes first, for it holds keys of data sets that are deleted since.
    """
    for path in folder.glob(f"{_SCRATCH}*"):
        with suppress(Conflict, OSError):
            os.close(hold_folder(path))
            shutil.rmtree(path)
    with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=folder) as name:
        handle = hold_folder(Path(name))
        try:
            yield Path(name)
        finally:
            os.close(handle)


def _add_blobs(taking: _Taking) -> None:
    blobs = open_blobs(taking.wish.folder / "shares", taking.wish.folder, taking.settings, SystemRandom())
    try:
        added: set[str] = set()
        query = select(ChunkRow.dataset, ChunkRow.address).order_by(ChunkRow.dataset, ChunkRow.number)
        for dataset, address in taking.session.execute(query):
            if address in added or dataset in taking.damaged:
                continue
            try:
                taking.archive.add_bytes(f"shares/blobs/{address}", blobs.get(address))
                added.add(address)
            except (StoreDamaged, NotFound):
                # Deleted meanwhile, or lost; which of the two is found out once everything was read.
                taking.damaged.add(dataset)
    finally:
        blobs.close()


def _add_jobs(taking: _Taking) -> None:
    for job in taking.session.scalars(select(Job).order_by(Job.id)):
        folder = taking.wish.folder / JOBS_FOLDER / job.id
        sealed = set(json.loads(job.model).values()) if job.model else set()
        names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        for name in names:
            if name in sealed or _JOB_FILE.fullmatch(name):
                try:
                    taking.archive.add_file(f"{JOBS_FOLDER}/{job.id}/{name}", folder / name)
                except FileNotFoundError:
                    continue


def _drop_deleted(taking: _Taking) -> None:
    """Make the snapshot forget data sets that were deleted while it was read: no copy of their keys is kept."""
    query = select(Dataset.id).where(Dataset.state != DELETED)
    known = list(taking.session.scalars(query))
    taking.dropped = asyncio.run(deleted_now(taking.location, known))
    taking.damaged -= taking.dropped
    taking.session.connection().exec_driver_sql("PRAGMA secure_delete=ON")
    for dataset in taking.dropped:
        values = {"state": DELETED, "wrapped_key": b"", "receipt": None}
        taking.session.execute(update(Dataset).where(Dataset.id == dataset).values(**values))
        taking.session.execute(delete(ChunkRow).where(ChunkRow.dataset == dataset))
    taking.session.commit()


def _add_indexes(taking: _Taking) -> None:
    root = taking.wish.folder / "shares" / "index"
    for dataset in taking.session.scalars(select(Dataset.id).where(Dataset.state != DELETED).order_by(Dataset.id)):
        # Not there: not complete, or deleted by now.
        with suppress(FileNotFoundError):
            taking.archive.add_file(f"shares/index/{dataset}.json", root / f"{dataset}.json")


def _add_files(taking: _Taking, scratch: Path) -> None:
    folder, archive = taking.wish.folder, taking.archive
    for name in PLAIN_FILES:
        if (folder / name).is_file():
            archive.add_file(name, folder / name)
    archive.add_bytes(FILE_NAME, _settings_without_secrets(taking.settings).encode())
    if taking.wish.with_keys:
        for name in KEYS:
            archive.add_file(f"keys/{name}", folder / "keys" / name)
    try:
        with closing(sqlite3.connect(folder / "outbox.db")) as outbox:
            with closing(sqlite3.connect(scratch / "outbox.db")) as copy:
                outbox.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        raise named_file(error) from error
    archive.add_file("outbox.db", scratch / "outbox.db")


def _settings_without_secrets(settings: Settings) -> str:
    """The settings, those with passwords in them left at their defaults: a backup may be kept elsewhere."""
    kept = {one.name: settings[one.name] for one in SETTINGS if not one.secret}
    return render_settings(SETTINGS, kept)


def _about(taking: _Taking, created: int) -> dict[str, Any]:
    return {
        "version": 1,
        "node": taking.identity.name,
        "role": taking.identity.role,
        "verify_key": taking.identity.signing.verify_key,
        "created": to_text(created),
        "schema": newest(),
        "database": taking.location.kind,
        "has_keys": taking.wish.with_keys,
        "damaged": sorted(taking.damaged),
        "deleted_meanwhile": sorted(taking.dropped),
        "settings_left_out": [one.name for one in SETTINGS if one.secret and taking.settings[one.name] != one.default],
    }
