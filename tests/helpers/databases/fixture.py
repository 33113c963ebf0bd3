"""A database of the first release, as its program left it while a job was running, on either kind of database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, MetaData, create_engine, insert

from server_node.storage.engine import open_engine
from server_node.storage.location import Location
from server_node.storage.migrations import steps

DUMP = Path(__file__).with_name("version_1.sql")
ROWS = {"users": 2, "datasets": 4, "chunks": 2, "projects": 2, "consents": 3, "jobs": 5, "job_events": 21, "tokens": 2}


def write_sqlite(path: Path) -> None:
    """The file exactly as that release made it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(DUMP.read_text(encoding="utf-8"))
        connection.execute("PRAGMA user_version=1")
        connection.execute("PRAGMA journal_mode=WAL")


async def write_server(location: Location, folder: Path) -> None:
    """The same rows in the tables of version 1 on a server."""
    write_sqlite(folder / "dump.db")
    source = create_engine(f"sqlite:///{folder / 'dump.db'}")
    metadata = MetaData()
    metadata.reflect(source)
    engine = open_engine(location)
    async with engine.begin() as connection:
        await connection.run_sync(steps.run_steps, "0001")
        with source.connect() as rows:
            for table in metadata.sorted_tables:
                found = [dict(row) for row in rows.execute(table.select()).mappings()]
                await connection.run_sync(_fill, table.name, found)
    await engine.dispose()
    source.dispose()


def _fill(connection: Connection, table: str, rows: list[dict[str, object]]) -> None:
    found = MetaData()
    found.reflect(connection, only=[table])
    connection.execute(insert(found.tables[table]), rows)
