"""From every version that was released to the present one, on both kinds of database; failures and newer versions."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, select, text

from common.errors import ConfigError, MigrationFailed, StoreDamaged, WrongVersion
from server_node.storage import schema
from server_node.storage.database import Database
from server_node.storage.engine import open_engine
from server_node.storage.location import SQLITE, Location, sqlite_at
from server_node.storage.migrations import steps
from server_node.storage.migrations.steps import newest, versions
from server_node.storage.rows import Base, ChunkRow, Dataset, User
from tests.helpers.databases.fixture import ROWS, write_server, write_sqlite
from tests.helpers.databases.server import KINDS, ask, fresh_database, needs_mysql

NOTE = "CREATE TABLE migration_in_progress (target VARCHAR(32))"


@pytest.fixture(params=KINDS)
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Location]:
    """A database of version 1."""
    if request.param == SQLITE:
        write_sqlite(tmp_path / "node.db")
        yield sqlite_at(tmp_path / "node.db")
        return
    async with fresh_database() as location:
        await write_server(location, tmp_path)
        yield location


def _form(connection: Connection) -> dict[str, Any]:
    """Everything about the tables but the order of columns and the names that a database gives by itself."""
    inspector = inspect(connection)
    return {
        name: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], c["default"]) for c in inspector.get_columns(name)},
            "key": inspector.get_pk_constraint(name)["constrained_columns"],
            "indexes": sorted((i["column_names"], bool(i["unique"])) for i in inspector.get_indexes(name)),
            "uniques": sorted(u["column_names"] for u in inspector.get_unique_constraints(name)),
            "foreign": sorted(
                (f["constrained_columns"], f["referred_table"], f["referred_columns"])
                for f in inspector.get_foreign_keys(name)
            ),
            "options": {k: v for k, v in inspector.get_table_options(name).items() if k != "mysql_auto_increment"},
        }
        for name in sorted(inspector.get_table_names())
        if name != "alembic_version"
    }


async def form_of(location: Location) -> dict[str, Any]:
    engine = open_engine(location)
    async with engine.connect() as connection:
        found = await connection.run_sync(_form)
    await engine.dispose()
    return found


async def test_migrated_tables_are_those_of_a_new_database(old: Location, tmp_path: Path) -> None:
    assert set(await form_of(old)) == {*ROWS, "challenges", "memberships"}
    await (await Database.open(old)).close()
    migrated = await form_of(old)
    if old.kind == SQLITE:
        await (await Database.open(tmp_path / "new.db")).close()
        assert migrated == await form_of(sqlite_at(tmp_path / "new.db"))
    else:
        async with fresh_database() as place:
            await (await Database.open(place)).close()
            assert migrated == await form_of(place)
    assert set(migrated) == set(Base.metadata.tables)


async def test_accounts_data_sets_and_chunks_stay(old: Location) -> None:
    database = await Database.open(old)
    async with database.reading() as session:
        users = (await session.scalars(select(User).order_by(User.name))).all()
        assert [(u.name, u.role, u.organisation, u.state, u.version) for u in users] == [
            ("alice", "user", "unassigned", "active", 0),
            ("bob", "user", "unassigned", "active", 0),
        ]
        keys = (await session.execute(text("SELECT verify_key FROM account_keys"))).scalars()
        assert sorted(keys) == sorted(user.verify_key for user in users)
        datasets = (await session.scalars(select(Dataset).order_by(Dataset.created, Dataset.id))).all()
        assert sorted(d.state for d in datasets) == ["deleted", "uploading", "usable", "usable"]
        chunks = {c.dataset: c.size for c in (await session.scalars(select(ChunkRow))).all()}
        assert {d.id: d.size for d in datasets} == {d.id: chunks.get(d.id, 0) for d in datasets} and len(chunks) == 2
        assert all((d.enabled, d.version, bool(d.wrapped_key)) == (True, 0, d.state != "deleted") for d in datasets)
        shown = [json.loads(d.summary) for d in datasets]
        assert all(about["class_counts"] is None and "description" in about for about in shown)
    assert await database.check() == "ok"
    await database.close()


async def test_migration_happens_once(old: Location, tmp_path: Path) -> None:
    assert (await schema.prepare(old)).version == "0001"
    assert (await schema.prepare(old)).version == newest() == versions()[-1]
    assert not (tmp_path / "x").exists()


async def test_copy_from_before_goes_with_the_first_deletion(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    write_sqlite(path)
    database = await Database.open(path)
    copy = tmp_path / f"node.db.before-{newest()}"
    assert schema.copies_before(path) == [copy] and copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("select count(*) from jobs").fetchone() == (ROWS["jobs"],)
        assert connection.execute("pragma user_version").fetchone() == (1,)
    await database.forget_history()
    assert schema.copies_before(path) == []
    await database.close()


@pytest.mark.expects_warnings
async def test_failed_migration_of_a_file_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "node.db"
    write_sqlite(path)
    before = await form_of(sqlite_at(path))
    run = steps.run_steps

    def fail_late(connection: Connection, target: str) -> None:
        run(connection, target)
        raise OSError("no more")

    monkeypatch.setattr(schema, "run_steps", fail_late)
    with pytest.raises(MigrationFailed, match="nothing was changed"):
        await Database.open(path)
    assert await form_of(sqlite_at(path)) == before
    monkeypatch.undo()
    database = await Database.open(path)
    async with database.reading() as session:
        assert len((await session.scalars(select(User))).all()) == ROWS["users"]
    await database.close()


@pytest.mark.expects_warnings
async def test_rows_that_lose_what_they_refer_to_stop_a_migration(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    write_sqlite(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("insert into chunks values ('no such data set', 0, 'a', 1)")
    with pytest.raises(MigrationFailed, match="do not exist"):
        await Database.open(path)


@needs_mysql
@pytest.mark.expects_warnings
async def test_server_that_is_half_migrated_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with fresh_database() as location:
        await write_server(location, tmp_path)
        run = steps.run_steps

        def fail_late(connection: Connection, target: str) -> None:
            run(connection, target)
            raise OSError("no more")

        monkeypatch.setattr(schema, "run_steps", fail_late)
        with pytest.raises(MigrationFailed, match="may be half changed"):
            await Database.open(location)
        monkeypatch.undo()
        with pytest.raises(MigrationFailed, match="was broken off"):
            await Database.open(location)


@needs_mysql
async def test_making_tables_is_begun_again_where_it_was_broken_off() -> None:
    async with fresh_database() as location:
        first = "CREATE TABLE users (name VARCHAR(64) PRIMARY KEY)"
        await ask(location.url, NOTE, f"INSERT INTO migration_in_progress VALUES ('{newest()}')", first)
        await (await Database.open(location)).close()
        assert set(await form_of(location)) == set(Base.metadata.tables)


async def test_newer_versions_are_refused(old: Location) -> None:
    await (await Database.open(old)).close()
    engine = open_engine(old)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(WrongVersion, match=f"9999; this program knows up to {newest()}"):
        await Database.open(old)


async def test_tables_of_something_else_are_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection, connection:
        connection.execute("create table photographs (id integer)")
    with pytest.raises(ConfigError, match="something else"):
        await Database.open(tmp_path / "other.db")
    (tmp_path / "text.db").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StoreDamaged):
        await Database.open(tmp_path / "text.db")


async def test_file_of_a_new_database_turns_old_programs_away(tmp_path: Path) -> None:
    await (await Database.open(tmp_path / "node.db")).close()
    with closing(sqlite3.connect(tmp_path / "node.db")) as connection:
        assert connection.execute("pragma user_version").fetchone() == (int(newest()),)
