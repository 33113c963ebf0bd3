"""The form of the tables: made in a new database, brought up to date in an older one, refused in a newer one.

SQLite changes all tables in one transaction, after the file was copied beside itself; a failure leaves what was there.
MySQL commits each change by itself. A note in the table ``migration_in_progress`` says for how long the form is neither
the old nor the new one, and a database that is found with it is not used.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from common.errors import AppError, ConfigError, MigrationFailed, WrongVersion
from common.system.permissions import sync_folder
from server_node.storage.engine import WRITES, named, open_engine
from server_node.storage.location import SQLITE, Location
from server_node.storage.migrations.steps import (
    VERSION_TABLE,
    found_version,
    mark_version,
    newest,
    run_steps,
    versions,
)
from server_node.storage.rows import Base

_LOG = logging.getLogger("imguard.storage")
_NOTE: Final = "migration_in_progress"
_OWN: Final = frozenset((VERSION_TABLE, _NOTE))
_BEFORE: Final = ".before-"
_PART: Final = ".part"


@dataclass(frozen=True)
class Form:
    """What was found: ``version`` is None if empty, ``broken_off`` the target of a migration that ended early."""

    version: str | None
    tables: frozenset[str]
    broken_off: str | None = None

    @property
    def is_empty(self) -> bool:
        return self.version is None

    @property
    def pending(self) -> tuple[str, ...]:
        """Versions that are still to come."""
        return versions()[versions().index(self.version) + 1 :] if self.version else versions()


async def look(engine: AsyncEngine) -> Form:
    """Which form the tables have; changes nothing.

    Raises:
        WrongVersion: a newer one than this program knows.
        MigrationFailed: a migration was broken off.
        ConfigError: these are no tables of this program.
    """
    async with engine.connect() as connection:
        form = await connection.run_sync(_look)
        await connection.rollback()
    if form.broken_off and form.version is not None:
        raise MigrationFailed(
            f"A migration of this database to version {form.broken_off} was broken off; its tables are half changed.",
            version=form.version,
        )
    if form.version is not None and form.version not in versions():
        raise WrongVersion(f"The database has version {form.version}; this program knows up to {newest()}.")
    if form.version is None and form.tables and form.broken_off is None:
        raise ConfigError("The database holds tables of something else.", setting="database_url")
    return form


async def prepare(location: Location) -> Form:
    """Make the tables, or bring them to the newest form; returns the form that was found.

    Raises:
        MigrationFailed: it did not work; on SQLite everything is as it was.
        DiskFull, WrongVersion, ConfigError and the errors of the connection.
    """
    engine = open_engine(location, is_migration=True)
    try:
        form = await look(engine)
        if form.is_empty:
            await _make(engine, location, form)
        elif form.pending:
            await _migrate(engine, location, form)
        return form
    except SQLAlchemyError as error:
        raise named(error) from error
    finally:
        await engine.dispose()


def copies_before(path: Path) -> list[Path]:
    """The copies that migrations made of an SQLite file, and what is left of one that was broken off."""
    return sorted(path.parent.glob(f"{path.name}{_BEFORE}*"))


def _look(connection: Connection) -> Form:
    tables = frozenset(inspect(connection).get_table_names()) - _OWN
    version = found_version(connection)
    if version is None and connection.dialect.name == SQLITE:
        # Before there were migrations, the file itself carried the number of its form.
        number = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        version = f"{number:04d}" if number else None
    broken_off = None
    if inspect(connection).has_table(_NOTE):
        broken_off = connection.scalar(text(f"SELECT target FROM {_NOTE}"))
    return Form(version, tables, broken_off)


async def _make(engine: AsyncEngine, location: Location, form: Form) -> None:
    async with engine.execution_options(**WRITES).connect() as connection:
        await connection.run_sync(_note, newest())
        if form.broken_off:
            # Nothing was ever written to tables that were not all made.
            await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
        await connection.run_sync(_finish)
        await connection.commit()
    if location.path is not None:
        location.path.chmod(0o600)


async def _migrate(engine: AsyncEngine, location: Location, form: Form) -> None:
    _LOG.info("the database goes from version %s to %s", form.version, newest())
    if location.path is not None:
        await asyncio.to_thread(_copy, location.path, str(form.version))
    try:
        async with engine.execution_options(**WRITES).connect() as connection:
            await connection.run_sync(_note, newest())
            await connection.run_sync(_run, str(form.version))
            await connection.run_sync(_finish)
            await connection.commit()
    except Exception as error:
        known = named(error)
        said = str(known) if isinstance(known, AppError) else type(error).__name__
        kept = "nothing was changed" if location.kind == SQLITE else "its tables may be half changed"
        _LOG.exception("the database could not be brought to version %s", newest())
        raise MigrationFailed(
            f"The database could not be brought from version {form.version} to {newest()} ({said}); {kept}.",
            version=form.version,
        ) from error


def _run(connection: Connection, version: str) -> None:
    if found_version(connection) is None:
        mark_version(connection, version)
    run_steps(connection, newest())
    if connection.dialect.name == SQLITE and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise MigrationFailed("Rows of the migrated tables refer to rows that do not exist.")


def _note(connection: Connection, target: str) -> None:
    """Say on a server that the form of its tables is about to change."""
    if connection.dialect.name == SQLITE:
        return
    connection.execute(text(f"CREATE TABLE IF NOT EXISTS {_NOTE} (target VARCHAR(32) NOT NULL) ENGINE=InnoDB"))
    connection.execute(text(f"DELETE FROM {_NOTE}"))
    connection.execute(text(f"INSERT INTO {_NOTE} VALUES (:target)"), {"target": target})
    connection.commit()


def _finish(connection: Connection) -> None:
    if found_version(connection) != newest():
        mark_version(connection, newest())
    if connection.dialect.name == SQLITE:
        # So that programs from before there were migrations refuse the file.
        connection.exec_driver_sql(f"PRAGMA user_version={int(newest())}")
        return
    connection.commit()
    connection.execute(text(f"DROP TABLE {_NOTE}"))


def _copy(path: Path, version: str) -> None:
    """A copy of the database as it is, complete on the disk under its name or not there."""
    target = path.with_name(f"{path.name}{_BEFORE}{newest()}")
    part = target.with_name(target.name + _PART)
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    part.chmod(0o600)
    part.replace(target)
    sync_folder(path.parent)
    _LOG.info("the database of version %s was copied to %s", version, target.name)
