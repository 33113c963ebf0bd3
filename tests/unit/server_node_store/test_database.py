"""The database file: transactions that leave no trace when they fail, and files that are not ours."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from common.errors import DatabaseGone, DiskFull, StoreDamaged, WrongVersion
from server_node.storage import engine
from server_node.storage.database import Database
from server_node.storage.migrations.steps import newest
from server_node.storage.rows import Challenge, Token


async def test_pragmas_are_the_durable_ones(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "node.db")
    async with database.reading() as session:
        found = [
            (await session.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "user_version")
        ]
    await database.close()
    assert found == ["wal", 2, 1, int(newest())]
    assert (tmp_path / "node.db").stat().st_mode & 0o777 == 0o600


async def test_failed_transaction_leaves_no_trace(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "node.db")
    with pytest.raises(RuntimeError):
        async with database.writing() as session:
            session.add(Challenge(nonce="ab", user="alice", expires=1))
            await session.flush()
            raise RuntimeError
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            session.add(Token(hash="ab", user="nobody", expires=1))
    async with database.reading() as session:
        assert (await session.scalars(select(Challenge))).all() == []
    await database.close()


async def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "node.db")

    async def count(number: int) -> None:
        async with database.writing() as session:
            row = await session.get(Challenge, "n")
            if row is None:
                session.add(Challenge(nonce="n", user="alice", expires=1))
            else:
                row.expires += 1

    await asyncio.gather(*(count(number) for number in range(12)))
    async with database.reading() as session:
        assert (await session.get_one(Challenge, "n")).expires == 12
    await database.close()


async def test_full_database_is_named(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "node.db")
    with pytest.raises(DiskFull):
        async with database.writing() as session:
            pages = (await session.execute(text("PRAGMA page_count"))).scalar_one()
            await session.execute(text(f"PRAGMA max_page_count={pages}"))
            session.add_all(Challenge(nonce=f"{n:064x}", user="alice", expires=1) for n in range(2000))
    await database.close()


async def test_other_files_are_not_taken(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StoreDamaged):
        await Database.open(tmp_path / "text.db")
    connection = sqlite3.connect(tmp_path / "new.db")
    connection.execute(f"PRAGMA user_version={int(newest()) + 1}")
    connection.close()
    with pytest.raises(WrongVersion):
        await Database.open(tmp_path / "new.db")


async def test_forgotten_value_is_in_no_file(tmp_path: Path) -> None:
    secret = "5eC2e7" * 20
    database = await Database.open(tmp_path / "node.db")
    async with database.writing() as session:
        session.add(Challenge(nonce="n", user=secret, expires=1))
    async with database.writing() as session:
        (await session.get_one(Challenge, "n")).user = "nobody"
    await database.forget_history()
    assert not any(secret.encode() in path.read_bytes() for path in tmp_path.iterdir())
    await database.close()


async def test_what_a_reader_keeps_from_being_forgotten_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "5eC2e7" * 20
    pragmas = [one for one in engine._PRAGMAS if not one.startswith("busy_timeout")]
    monkeypatch.setattr(engine, "_PRAGMAS", (*pragmas, "busy_timeout=20"))
    database = await Database.open(tmp_path / "node.db")
    async with database.writing() as session:
        session.add(Challenge(nonce="n", user=secret, expires=1))
    reader = sqlite3.connect(tmp_path / "node.db", isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT user FROM challenges").fetchone() == (secret,)
    async with database.writing() as session:
        (await session.get_one(Challenge, "n")).user = "nobody"
    with pytest.raises(DatabaseGone):
        await database.forget_history()
    reader.execute("COMMIT")
    reader.close()
    await database.forget_history()
    assert not any(secret.encode() in path.read_bytes() for path in tmp_path.iterdir())
    await database.close()


async def test_what_was_not_forgotten_before_the_node_was_killed_is_forgotten_at_its_next_start(
    tmp_path: Path,
) -> None:
    secret, folder = "5eC2e7" * 20, tmp_path / "later"
    database = await Database.open(tmp_path / "node.db")
    async with database.writing() as session:
        session.add(Challenge(nonce="n", user=secret, expires=1))
    async with database.writing() as session:
        (await session.get_one(Challenge, "n")).user = "nobody"
    folder.mkdir()
    for path in tmp_path.glob("node.db*"):
        shutil.copy(path, folder / path.name)
    await database.close()
    assert secret.encode() in (folder / "node.db-wal").read_bytes()
    database = await Database.open(folder / "node.db")
    assert not any(secret.encode() in path.read_bytes() for path in folder.iterdir())
    await database.close()
