"""What a node relies on is the same on SQLite and on a database server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from common.errors import BadInput
from server_node.storage.database import Database
from server_node.storage.location import MYSQL, Location, sqlite_at
from server_node.storage.rows import Challenge, JobEvent, News
from tests.helpers.databases.server import KINDS, fresh_database, needs_mysql


@pytest.fixture(params=KINDS)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Location]:
    if request.param == MYSQL:
        async with fresh_database() as location:
            yield location
    else:
        yield sqlite_at(tmp_path / "node.db")


@pytest.fixture
async def database(place: Location) -> AsyncIterator[Database]:
    opened = await Database.open(place)
    yield opened
    await opened.close()


async def test_keys_compare_byte_by_byte(database: Database) -> None:
    names = ["alice", "Alice", "ALICE", "älice", "alice\u0301", "🂡"]
    async with database.writing() as session:
        session.add_all(Challenge(nonce=name, user=name, expires=1) for name in names)
    async with database.reading() as session:
        for name in names:
            found = (await session.scalars(select(Challenge.nonce).where(Challenge.user == name))).all()
            assert found == [name]
        ordered = (await session.scalars(select(Challenge.nonce).order_by(Challenge.nonce))).all()
    assert ordered == sorted(names)


async def test_failed_transaction_leaves_no_trace(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.writing() as session:
            session.add(Challenge(nonce="ab", user="alice", expires=1))
            await session.flush()
            raise RuntimeError
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Challenge)) == 0


async def test_rows_that_refer_to_nothing_are_refused(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            session.add(JobEvent(job="nobody", number=1, kind="state", body="{}"))
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            await session.execute(text("INSERT INTO challenges VALUES ('a', 'b', 1), ('a', 'b', 1)"))


async def test_writers_wait_for_each_other(database: Database) -> None:
    async def count() -> None:
        async with database.writing() as session:
            row = await session.get(Challenge, "n")
            if row is None:
                session.add(Challenge(nonce="n", user="alice", expires=1))
            else:
                row.expires += 1

    await asyncio.gather(*(count() for _ in range(12)))
    async with database.reading() as session:
        assert (await session.get_one(Challenge, "n")).expires == 12


async def test_questions_of_one_session_see_one_state(database: Database) -> None:
    query = select(func.count()).select_from(Challenge)
    async with database.reading() as session:
        before = await session.scalar(query)
        async with database.writing() as other:
            other.add(Challenge(nonce="n", user="alice", expires=1))
        assert (before, await session.scalar(query)) == (0, 0)
    async with database.reading() as session:
        assert await session.scalar(query) == 1


async def test_cancelled_writer_lets_the_next_one_in(database: Database) -> None:
    entered = asyncio.Event()

    async def hang() -> None:
        async with database.writing() as session:
            session.add(Challenge(nonce="a", user="alice", expires=1))
            await session.flush()
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await entered.wait()
    task.cancel()
    await asyncio.wait([task])
    async with database.writing() as session:
        session.add(Challenge(nonce="b", user="alice", expires=1))
    async with database.reading() as session:
        assert (await session.scalars(select(Challenge.nonce))).all() == ["b"]


async def test_numbers_have_64_bits(database: Database) -> None:
    async with database.writing() as session:
        session.add(Challenge(nonce="a", user="alice", expires=(1 << 63) - 1))
    async with database.reading() as session:
        assert (await session.get_one(Challenge, "a")).expires == (1 << 63) - 1


async def test_rows_survive_a_restart(place: Location) -> None:
    for nonce in ("a", "b"):
        database = await Database.open(place, "the node")
        async with database.writing() as session:
            session.add(Challenge(nonce=nonce, user="alice", expires=1))
        await database.forget_history()
        assert await database.check() == "ok"
        await database.close()
    database = await Database.open(place, "the node")
    async with database.reading() as session:
        assert (await session.scalars(select(Challenge.nonce).order_by(Challenge.nonce))).all() == ["a", "b"]
    await database.close()


@pytest.mark.slow
async def test_documents_of_32_mib_come_back(database: Database) -> None:
    document = '{"a": "\'\n"}' * ((32 << 20) // 11)
    async with database.writing() as session:
        session.add(News(time=1, kind="job", audience=None, body=document))
    async with database.reading() as session:
        assert await session.scalar(select(News.body)) == document


@needs_mysql
async def test_value_that_is_too_long_is_refused_not_cut() -> None:
    async with fresh_database() as location:
        database = await Database.open(location)
        with pytest.raises(BadInput):
            async with database.writing() as session:
                session.add(Challenge(nonce="n" * 65, user="alice", expires=1))
        await database.close()
