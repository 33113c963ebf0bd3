"""The node's database: sessions to read, and one transaction at a time to write.

Every transaction is either completely on the disk when ``writing`` returns or has left no trace. On a database server
each one changes the row of ``writer`` first: it waits there for any other, learns whether another process has taken the
database over, and leaves a mark by which a commit whose answer was lost can be told from one that never happened.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import CursorResult, select, text, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from common.crypto.rng import SystemRandom
from common.errors import AppError, ConfigError, Conflict, DatabaseGone
from server_node.storage.engine import NO_TRANSACTION, WRITES, is_gone, named, open_engine
from server_node.storage.location import MYSQL, SQLITE, Location, sqlite_at
from server_node.storage.rows import Writer
from server_node.storage.rows.node import ONLY
from server_node.storage.schema import copies_before, prepare

MIN_PACKET: Final = 64 << 20
"""A document of 32 MiB whose every byte is escaped on its way."""
_CHECK_SECONDS: Final = 5.0
_BEGIN_ATTEMPTS: Final = 3
_SETTLE_SECONDS: Final = 20.0
_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0
EVERYTHING: Final = "everything"
IDENTITY: Final = "identity"
CHUNKS: Final = "chunks"
"""What a transaction changes: accounts and logins, rows of chunks, or anything else."""


class Database:
    """Sessions on the node's tables; open with :meth:`open`, close with :meth:`close`."""

    def __init__(self, engine: AsyncEngine, location: Location) -> None:
        self._engine, self._location = engine, location
        self._readers = async_sessionmaker(engine, expire_on_commit=False)
        self._writers = async_sessionmaker(engine.execution_options(**WRITES), expire_on_commit=False)
        self._write_lock = asyncio.Lock()
        self._changes = Counter[str]()
        self._holder = _name()

    @classmethod
    async def open(cls, where: Path | Location, node: str = "", patience: float = 0.0) -> Database:
        """Open or make the database and bring its tables up to date.

        ``node`` is the verify key of the node it belongs to; ``patience`` how many seconds to wait for a server.

        Raises:
            StoreDamaged: the file is no database.
            WrongVersion: it was made by a newer version of this program.
            MigrationFailed: its tables cannot be brought up to date.
            ConfigError: the server refuses the node, is not set up for it, or the database is another node's.
            DatabaseGone: it does not answer.
        """
        location = sqlite_at(where) if isinstance(where, Path) else where
        await _patiently(location, patience)
        database = cls(open_engine(location), location)
        try:
            with _named_errors():
                await database._require_room_for_documents()
                await database._take_over(node)
        except BaseException:
            await database.close()
            raise
        return database

    def changes(self, of: str) -> int:
        """How many transactions of a kind there were; what was read of it before the last one may be old."""
        return self._changes[of]

    @property
    def location(self) -> Location:
        """Where the tables are; prints without a password."""
        return self._location

    async def close(self) -> None:
        await self._engine.dispose()

    async def check(self) -> str:
        """``ok``, or a sentence on what is wrong; never raises and answers within a few seconds."""
        try:
            async with asyncio.timeout(_CHECK_SECONDS), self.reading() as session:
                holder = await session.scalar(select(Writer.holder).where(Writer.id == ONLY))
        except TimeoutError:
            return "The node's database does not answer in time."
        except AppError as error:
            return str(error)
        except SQLAlchemyError as error:
            return f"The node's database cannot be used: {type(error).__name__}."
        return "ok" if holder == self._holder else str(_taken())

    async def forget_history(self) -> None:
        """Fold the write-ahead file into the database and empty it, so that what was overwritten is gone from both.

        Copies from before a migration go as well. A database server keeps its own history; there this does nothing.

        Raises:
            DatabaseGone: another program, such as a backup, still reads an old state; the write-ahead file stays.
        """
        if self._location.kind != SQLITE:
            return
        self.forget_copies()
        with _named_errors():
            async with self._write_lock, self._engine.execution_options(**NO_TRANSACTION).connect() as connection:
                is_busy, _, _ = (await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))).one()
        if is_busy:
            raise DatabaseGone("Something still reads an old state of the node's database; ask again in a minute.")

    def forget_copies(self) -> None:
        """Remove the copies from before a migration: they hold keys that are about to be destroyed."""
        if self._location.kind == SQLITE:
            for path in copies_before(self._location.file):
                path.unlink(missing_ok=True)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for queries, which all see the same state.

        Raises:
            DatabaseGone: it does not answer; try again later.
            StoreDamaged: the file cannot be read.
        """
        with _named_errors():
            async with self._readers() as session:
                yield session

    @asynccontextmanager
    async def writing(self, *, of: str = EVERYTHING) -> AsyncIterator[AsyncSession]:
        """A transaction; committed at the end of the block, rolled back by any error.

        ``of`` names what it is counted for in :meth:`changes`: accounts and logins, chunks, or everything else.

        Raises:
            DiskFull: nothing was changed.
            DatabaseGone: nothing was changed, unless the error says that it is in doubt.
            Conflict: another process has taken the database over.
            StoreDamaged: the file cannot be used.
        """
        with _named_errors():
            async with self._write_lock, self._writers() as session:
                mark = await self._begin(session)
                try:
                    yield session
                    await self._commit(session, mark)
                finally:
                    # Also after a commit of which it is in doubt whether it happened.
                    self._changes[of] += 1

    async def _begin(self, session: AsyncSession) -> str:
        """Begin as the only writer; nothing was done yet, so a lost connection is no reason to give up."""
        if self._location.kind == SQLITE:
            await session.connection()
            return ""
        mark = _name()
        query = update(Writer).where(Writer.id == ONLY, Writer.holder == self._holder).values(mark=mark)
        for attempt in range(1, _BEGIN_ATTEMPTS + 1):
            try:
                done = await session.execute(query)
                break
            except DBAPIError as error:
                await session.rollback()
                if attempt == _BEGIN_ATTEMPTS or not is_gone(error):
                    raise
                await asyncio.sleep(_PAUSE * attempt)
        assert isinstance(done, CursorResult)
        if done.rowcount != 1:
            raise _taken()
        return mark

    async def _commit(self, session: AsyncSession, mark: str) -> None:
        await session.flush()
        try:
            await session.commit()
        except DBAPIError as error:
            if not mark or not is_gone(error):
                raise
            if not await self._happened(mark):
                raise DatabaseGone("The node's database went away; nothing was changed.") from error

    async def _happened(self, mark: str) -> bool:
        """Whether the transaction with this mark was committed, although no answer came.

        The question waits for the transaction itself, should the server still have it open.

        Raises:
            DatabaseGone: it cannot be found out now.
        """
        query = select(Writer.mark).where(Writer.id == ONLY).with_for_update()
        deadline, pause = time.monotonic() + _SETTLE_SECONDS, _PAUSE
        while True:
            try:
                async with self._readers() as session:
                    return await session.scalar(query) == mark
            except (DBAPIError, OSError) as error:
                if time.monotonic() > deadline:
                    message = "The node's database went away; it is in doubt whether the last change was made."
                    raise DatabaseGone(message, in_doubt=True) from error
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _require_room_for_documents(self) -> None:
        if self._location.kind != MYSQL:
            return
        async with self._readers() as session:
            size = int((await session.execute(text("SELECT @@max_allowed_packet"))).scalar_one())
        if size < MIN_PACKET:
            raise ConfigError(
                f"The database server takes statements of {size >> 20} MiB only; "
                f"set max_allowed_packet = {MIN_PACKET >> 20}M in its configuration.",
                setting="database_url",
            )

    async def _take_over(self, node: str) -> None:
        """Become the one who writes; the process that was it before learns so with its next transaction."""
        async with self._writers.begin() as session:
            row = await session.get(Writer, ONLY, with_for_update=True)
            if row is None:
                session.add(Writer(id=ONLY, node=node, holder=self._holder, mark=""))
                return
            if node and row.node and row.node != node:
                raise ConfigError("This database belongs to another node.", setting="database_url")
            row.holder, row.node = self._holder, node or row.node


async def _patiently(location: Location, patience: float) -> None:
    """Wait for the server, then bring its tables up to date."""
    deadline, pause = time.monotonic() + patience, _PAUSE
    while True:
        try:
            await prepare(location)
            return
        except DatabaseGone:
            if time.monotonic() + pause > deadline:
                raise
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _name() -> str:
    return SystemRandom().token(16).hex()


def _taken() -> Conflict:
    return Conflict("Another process has taken this node's database over; this one no longer writes to it.")


class _named_errors:
    """Database trouble as a named error; anything else passes."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None and (known := named(error)) is not error:
            raise known from error
