"""The node's SQLite database: write-ahead log, full synchronisation, one writer at a time.

Every transaction is either completely on the disk when ``writing`` returns or has left no trace.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from common.errors import AppError, DiskFull, StoreDamaged, WrongVersion
from server_node.storage.rows import Base

SCHEMA_VERSION = 1
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000", "secure_delete=ON")


class Database:
    """Sessions on the node's tables; open with :meth:`open`, close with :meth:`close`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._write_lock = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path) -> Database:
        """Open or make the database file.

        Raises:
            StoreDamaged: the file is no database.
            WrongVersion: it was made by another version of this program.
        """
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
        event.listen(engine.sync_engine, "connect", _prepare)
        database = cls(engine)
        try:
            await database._make_tables()
        except BaseException:
            await engine.dispose()
            raise
        path.chmod(0o600)
        return database

    async def close(self) -> None:
        await self._engine.dispose()

    async def forget_history(self) -> None:
        """Fold the write-ahead file into the database and empty it, so that what was overwritten is gone from both."""
        with _named_errors():
            async with self._write_lock, self._engine.connect() as connection:
                await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for queries.

        Raises:
            StoreDamaged: the file cannot be read.
        """
        with _named_errors():
            async with self._sessions() as session:
                yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction; committed at the end of the block, rolled back by any error.

        Raises:
            DiskFull: nothing was changed.
            StoreDamaged: the file cannot be used.
        """
        with _named_errors():
            async with self._write_lock, self._sessions.begin() as session:
                yield session

    async def _make_tables(self) -> None:
        with _named_errors():
            async with self._engine.begin() as connection:
                found = (await connection.execute(text("PRAGMA user_version"))).scalar_one()
                if found not in (0, SCHEMA_VERSION):
                    raise WrongVersion(f"The database has version {found}; this program uses {SCHEMA_VERSION}.")
                await connection.run_sync(Base.metadata.create_all)
                await connection.execute(text(f"PRAGMA user_version={SCHEMA_VERSION}"))


class _named_errors:
    """Database trouble as a named error; anything else passes."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DatabaseError):
            raise _named(error) from error


def _named(error: DatabaseError) -> AppError | DatabaseError:
    said = str(error.orig)
    if "disk is full" in said:
        return DiskFull()
    if "not a database" in said or "malformed" in said:
        return StoreDamaged("The node's database file is damaged.")
    return error


def _prepare(connection: Any, record: object) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
