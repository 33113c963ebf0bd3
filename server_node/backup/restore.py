"""Puts a backup back as a node's folder: all of it, after every byte was checked, or nothing.

A restored node never takes up correlations of before: none is in a backup. Logins are not either. What was deleted,
withdrawn or revoked after the backup was made is back; the report says from when it is.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine, delete, func, select, update
from sqlalchemy.orm import Session

from common.config import render_settings
from common.crypto.rng import SystemRandom
from common.crypto.signing import SigningKey
from common.deployment import Deployment
from common.errors import AppError, BackupDamaged, ConfigError, Conflict
from common.net.files import named, write_private
from common.pipeline import JobState
from common.system.permissions import sync_folder
from server_node.backup.archive import ArchiveReader, verified
from server_node.backup.frames import FrameReader
from server_node.backup.move import copy_into
from server_node.backup.take import KEYS
from server_node.settings import FILE_NAME, SETTINGS, load
from server_node.storage.location import MYSQL, Location, sqlite_at
from server_node.storage.migrations.steps import versions
from server_node.storage.places import FILES
from server_node.storage.rows import Challenge, ChunkRow, Dataset, Job, News, Token
from server_node.storage.schema import copies_before, prepare
from server_node.store.datasets import DELETED, UPLOADING

_NEEDED: Final = ("deployment.json", "join-request.json", "tls.pem", FILE_NAME, "outbox.db", "node.db")


@dataclass(frozen=True)
class Order:
    """Which backup goes where. ``keys`` is a folder with the node's keys, for a backup without them.

    ``database`` is where the rows go instead of a file in the folder, and ``database_url`` what the settings then say.
    """

    file: Path
    target: Path
    password: str | None = None
    keys: Path | None = None
    database: Location | None = None
    database_url: str = ""


def restore_backup(order: Order) -> dict[str, Any]:
    """Restore a node into a new folder; returns what is in it and what its operator has to know.

    Raises:
        BackupDamaged: nothing was restored.
        BackupLocked: the password is missing or wrong.
        Conflict: the folder is there already, or the database has rows.
        ConfigError: the keys are another node's.
        WrongVersion: it was made by a newer version of this program.
        DiskFull: nothing was restored.
    """
    if order.target.exists() and (not order.target.is_dir() or any(order.target.iterdir())):
        raise Conflict(f"{order.target} is there already; a backup is restored into a new folder.")
    order.target.parent.mkdir(parents=True, exist_ok=True)
    staging = order.target.with_name(f".{order.target.name}.{SystemRandom().token(8).hex()}.part")
    try:
        staging.mkdir(mode=0o700)
        about = _unpack(order, staging)
        _put_keys(order, staging, about)
        report = _settle(staging, about)
        if order.database is not None and order.database.kind == MYSQL:
            asyncio.run(copy_into(sqlite_at(staging / "node.db"), order.database))
            (staging / "node.db").unlink()
        _write_settings(order, staging)
        os.sync()
        staging.replace(order.target)
        sync_folder(order.target.parent)
    except OSError as error:
        raise named(error) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return {"dir": str(order.target), **report}


def _unpack(order: Order, staging: Path) -> dict[str, Any]:
    """Every file of the backup, and the list its node signed, all checked."""
    with order.file.open("rb") as file:
        frames = FrameReader(file, order.password)
        reader = ArchiveReader(frames)
        for name, size, pieces in reader.files():
            if name.startswith("keys/") and not frames.is_locked:
                raise BackupDamaged("This backup has keys in it and is not locked; none of ours is like that.")
            _write(staging / _place(name), size, pieces)
    document = reader.document()
    missing = [name for name in _NEEDED if not (staging / name).is_file()]
    if missing:
        raise BackupDamaged(f"This backup lacks {missing[0]}.")
    try:
        deployment = Deployment.load(staging / "deployment.json")
        role = str(json.loads((staging / "join-request.json").read_bytes())["body"]["role"])
        about = verified(document, deployment.node(role).verify_key)
    except (ValueError, KeyError, TypeError, ConfigError) as error:
        raise BackupDamaged("This backup does not say whose it is.") from error
    if about["version"] != 1 or (about["role"], about["verify_key"]) != (role, deployment.node(role).verify_key):
        raise BackupDamaged("This backup is another node's than its files say.")
    return about


def _place(name: str) -> str:
    """Where a file goes: blobs lie in folders by the first two letters of their address."""
    folder, _, address = name.rpartition("/")
    return f"{folder}/{address[:2]}/{address}" if folder == "shares/blobs" else name


def _write(path: Path, size: int, pieces: Iterator[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        for piece in pieces:
            out.write(piece)


def _put_keys(order: Order, staging: Path, about: dict[str, Any]) -> None:
    """The keys of the node, from the backup or from where the operator keeps them.

    Keys that are given are compared in either case: they tell a backup of this node from one that somebody made up.
    """
    target = staging / "keys"
    if order.keys is not None:
        given = {name: _read_key(order.keys / name) for name in KEYS}
        _require_identity(given["identity.key"], about)
        if not target.is_dir():
            target.mkdir(mode=0o700)
            for name, key in given.items():
                write_private(target / name, key)
    if target.is_dir():
        _require_identity(_read_key(target / "identity.key"), about)


def _read_key(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(f"There is no {path.name} among the keys; all of {', '.join(KEYS)} are needed.") from error


def _require_identity(key: bytes, about: dict[str, Any]) -> None:
    if SigningKey.from_bytes(key).verify_key != about["verify_key"]:
        raise ConfigError("These keys are another node's than the one the backup was made of.")


def _settle(staging: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Bring the rows to the form of this program, forget logins, and find what the operator has to know."""
    path = staging / "node.db"
    if about["schema"] not in versions():
        raise BackupDamaged(f"Version {about['schema']} of the tables is newer than this program; install a newer one.")
    try:
        with closing(sqlite3.connect(path)) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            if not sound or connection.execute("PRAGMA foreign_key_check").fetchone():
                raise BackupDamaged("The database in this backup is damaged.")
        asyncio.run(prepare(sqlite_at(path)))
        for copy in copies_before(path):
            copy.unlink()
        engine = create_engine(f"sqlite:///{path}")
        try:
            with Session(engine) as session:
                report = _report(session, staging, about)
                session.commit()
        finally:
            engine.dispose()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        raise BackupDamaged("The database in this backup is damaged.") from error
    return report


def _report(session: Session, staging: Path, about: dict[str, Any]) -> dict[str, Any]:
    session.execute(delete(Token))
    session.execute(delete(Challenge))
    _require_blobs(session, staging, set(about["damaged"]))
    _tell_members(session, about)
    jobs = session.scalars(select(Job).order_by(Job.created, Job.id))
    unfinished = [job for job in jobs if not JobState(job.state).is_final]
    uploads = select(Dataset.id).where(Dataset.state == UPLOADING).order_by(Dataset.id)
    return {
        "node": about["node"],
        "role": about["role"],
        "created": about["created"],
        "has_keys": (staging / "keys").is_dir(),
        "jobs": [{"id": job.id, "state": job.state, "epoch": job.epoch} for job in unfinished],
        "uploads": list(session.scalars(uploads)),
        "damaged": about["damaged"],
        "settings_left_out": about["settings_left_out"],
    }


def _tell_members(session: Session, about: dict[str, Any]) -> None:
    """A piece of news, with a number that the node cannot have used: whoever saw more than is left looks at everything.

    Numbers count pieces and there is less than one a second, so that of a second is above all of them.
    """
    now = int(time.time())
    number = max(now, (session.scalar(select(func.max(News.id))) or 0) + 1)
    body = json.dumps({"created": about["created"], "state": "restored"}, sort_keys=True)
    session.add(News(id=number, time=now, kind="node", audience=None, body=body))


def _require_blobs(session: Session, staging: Path, damaged: set[str]) -> None:
    """Every chunk of every data set must be here; those that were elsewhere become files.

    Raises:
        BackupDamaged: names the data set.
    """
    query = select(ChunkRow).join(Dataset, Dataset.id == ChunkRow.dataset).where(Dataset.state != DELETED)
    for chunk in session.scalars(query.order_by(ChunkRow.dataset, ChunkRow.number)):
        path = staging / _place(f"shares/blobs/{chunk.address}")
        if chunk.dataset in damaged:
            continue
        if not path.is_file():
            raise BackupDamaged("A chunk of a data set is not in this backup.", dataset=chunk.dataset)
        if len(chunk.address) != sha256().digest_size * 2:
            _move_to_files(session, staging, chunk, path)


def _move_to_files(session: Session, staging: Path, chunk: ChunkRow, path: Path) -> None:
    address = sha256(path.read_bytes()).hexdigest()
    target = staging / _place(f"shares/blobs/{address}")
    target.parent.mkdir(exist_ok=True, mode=0o700)
    path.replace(target)
    index = staging / "shares" / "index" / f"{chunk.dataset}.json"
    if index.is_file():
        found = json.loads(index.read_bytes())
        found["addresses"] = [address if one == chunk.address else one for one in found["addresses"]]
        write_private(index, json.dumps(found).encode())
    where = (ChunkRow.dataset == chunk.dataset, ChunkRow.number == chunk.number)
    session.execute(update(ChunkRow).where(*where).values(address=address))


def _write_settings(order: Order, staging: Path) -> None:
    try:
        values = dict(load(staging))
    except AppError as error:
        raise BackupDamaged("The settings in this backup cannot be used by this version of the program.") from error
    values["database_url"] = order.database_url or "sqlite:"
    if "blobs_url" in values:
        values["blobs_url"] = FILES
    write_private(staging / FILE_NAME, render_settings(SETTINGS, values).encode())
