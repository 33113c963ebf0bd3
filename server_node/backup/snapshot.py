"""The rows of a node as they are at one moment, in an SQLite file of their own, whatever keeps them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from common.errors import Conflict
from server_node.storage.engine import WRITES, named, open_engine
from server_node.storage.location import SQLITE, Location, sqlite_at
from server_node.storage.migrations.steps import newest
from server_node.storage.rows import Challenge, Dataset, Token
from server_node.storage.schema import look, prepare
from server_node.storage.transfer import copy_rows
from server_node.store.datasets import DELETED

FORGOTTEN: Final = (Challenge.__tablename__, Token.__tablename__)
"""Tables that are in no backup: a login that has ended since would work again."""


async def take_snapshot(location: Location, path: Path) -> None:
    """Copy every row into the file ``path``, as of one moment, while others write.

    Raises:
        Conflict: the tables have the form of another version of this program.
        DatabaseGone, StoreDamaged, DiskFull: the database, or the disk.
    """
    engine = open_engine(location)
    try:
        form = await look(engine)
        if form.version != newest():
            raise Conflict(f"The database has version {form.version}; run `imguard-server migrate` first.")
        if location.kind == SQLITE:
            _copy_file(location.file, path)
            return
        await prepare(sqlite_at(path))
        target = open_engine(sqlite_at(path))
        try:
            async with engine.connect() as rows, target.execution_options(**WRITES).connect() as copy:
                # The first statement of a transaction decides which moment all others see.
                await rows.execute(text("START TRANSACTION WITH CONSISTENT SNAPSHOT"))
                await copy_rows(rows, copy, FORGOTTEN)
                await copy.commit()
        finally:
            await target.dispose()
    except SQLAlchemyError as error:
        raise named(error) from error
    finally:
        await engine.dispose()


async def deleted_now(location: Location, datasets: Sequence[str]) -> set[str]:
    """Which of these data sets are deleted by now."""
    engine = open_engine(location)
    try:
        async with engine.connect() as connection:
            found = await connection.execute(select(Dataset.id).where(Dataset.state == DELETED))
            return set(found.scalars()) & set(datasets)
    except SQLAlchemyError as error:
        raise named(error) from error
    finally:
        await engine.dispose()


def _copy_file(source: Path, target: Path) -> None:
    """SQLite's online backup, in one step: what is committed meanwhile is not in it."""
    try:
        with closing(sqlite3.connect(source)) as rows, closing(sqlite3.connect(target)) as copy:
            rows.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            copy.execute("PRAGMA secure_delete=ON")
            with copy:
                for table in FORGOTTEN:
                    copy.execute(f"DELETE FROM {table}")
    except sqlite3.DatabaseError as error:
        raise named_file(error) from error


def named_file(error: sqlite3.DatabaseError) -> BaseException:
    """Trouble with a file that was opened by itself, under our own names."""
    return named(OperationalError("", None, error))

