"""The database server goes away at every point of a transaction: named errors, recovery, and nothing done twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import certifi
import pytest
from sqlalchemy import select

from common.errors import ConfigError, Conflict, DatabaseGone
from server_node.storage import database as module
from server_node.storage.database import Database
from server_node.storage.location import Location
from server_node.storage.rows import Challenge
from tests.helpers.databases.proxy import Proxy, proxied
from tests.helpers.databases.server import fresh_database, needs_mysql

pytestmark = needs_mysql


@pytest.fixture
async def place() -> AsyncIterator[Location]:
    async with fresh_database() as location:
        yield location


@pytest.fixture
async def cuttable(place: Location) -> AsyncIterator[tuple[Proxy, Database]]:
    async with proxied(place) as (proxy, location):
        database = await Database.open(location)
        try:
            yield proxy, database
        finally:
            await database.close()


def challenge(nonce: str) -> Challenge:
    return Challenge(nonce=nonce, user="alice", expires=1)


async def nonces(database: Database) -> list[str]:
    async with database.reading() as session:
        return sorted((await session.scalars(select(Challenge.nonce))).all())


async def test_outage_is_named_and_mends_by_itself(cuttable: tuple[Proxy, Database]) -> None:
    proxy, database = cuttable
    assert await database.check() == "ok"
    proxy.cut()
    with pytest.raises(DatabaseGone) as refused:
        await nonces(database)
    assert refused.value.status == 503 and refused.value.is_temporary
    with pytest.raises(DatabaseGone):
        async with database.writing() as session:
            session.add(challenge("never"))
    assert await database.check() == str(DatabaseGone())
    proxy.mend()
    assert await database.check() == "ok"
    async with database.writing() as session:
        session.add(challenge("after"))
    assert await nonces(database) == ["after"]


async def test_connections_that_died_while_idle_are_not_noticed(cuttable: tuple[Proxy, Database]) -> None:
    proxy, database = cuttable
    await asyncio.gather(*(nonces(database) for _ in range(4)))
    proxy.cut()
    proxy.mend()
    async with database.writing() as session:
        session.add(challenge("a"))
    assert await nonces(database) == ["a"]


async def test_outage_within_a_transaction_leaves_no_trace(cuttable: tuple[Proxy, Database]) -> None:
    proxy, database = cuttable
    with pytest.raises(DatabaseGone) as refused:
        async with database.writing() as session:
            session.add(challenge("a"))
            await session.flush()
            proxy.cut()
            session.add(challenge("b"))
    assert "in_doubt" not in refused.value.details
    proxy.mend()
    assert await nonces(database) == []


async def mend_soon(proxy: Proxy) -> None:
    while not proxy.seen:
        await asyncio.sleep(0)
    proxy.mend()


async def test_commit_whose_answer_is_lost_counts_once(cuttable: tuple[Proxy, Database]) -> None:
    proxy, database = cuttable
    mending = asyncio.create_task(mend_soon(proxy))
    async with database.writing() as session:
        session.add(challenge("a"))
        await session.flush()
        proxy.cut_after = b"COMMIT"
    await mending
    assert proxy.seen == 1
    assert await nonces(database) == ["a"]


async def test_commit_that_never_arrived_did_not_happen(cuttable: tuple[Proxy, Database]) -> None:
    proxy, database = cuttable
    mending = asyncio.create_task(mend_soon(proxy))
    with pytest.raises(DatabaseGone) as refused:
        async with database.writing() as session:
            session.add(challenge("a"))
            await session.flush()
            proxy.cut_before = b"COMMIT"
    await mending
    assert str(refused.value) == "The node's database went away; nothing was changed."
    assert await nonces(database) == []


async def test_commit_that_cannot_be_asked_about_is_in_doubt(
    cuttable: tuple[Proxy, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, database = cuttable
    monkeypatch.setattr(module, "_SETTLE_SECONDS", 0.0)
    with pytest.raises(DatabaseGone) as refused:
        async with database.writing() as session:
            session.add(challenge("a"))
            await session.flush()
            proxy.cut_after = b"COMMIT"
    assert refused.value.details == {"in_doubt": True}
    proxy.mend()
    async with database.writing() as session:
        session.add(challenge("b"))
    assert await nonces(database) == ["a", "b"]


async def test_second_process_takes_the_database_over(place: Location) -> None:
    first = await Database.open(place)
    second = await Database.open(place)
    with pytest.raises(Conflict):
        async with first.writing() as session:
            session.add(challenge("first"))
    async with second.writing() as session:
        session.add(challenge("second"))
    assert (await first.check()).startswith("Another process")
    assert (await second.check(), await nonces(second)) == ("ok", ["second"])
    await first.close()
    await second.close()


async def test_database_of_another_node_is_refused(place: Location) -> None:
    await (await Database.open(place, "aa")).close()
    await (await Database.open(place, "aa")).close()
    with pytest.raises(ConfigError, match="another node"):
        await Database.open(place, "bb")


async def test_start_waits_for_the_server(place: Location) -> None:
    async with proxied(place) as (proxy, location):
        proxy.cut()
        with pytest.raises(DatabaseGone):
            await Database.open(location)
        waiting = asyncio.create_task(Database.open(location, patience=60))
        await asyncio.sleep(0)
        proxy.mend()
        await (await waiting).close()


async def test_wrong_password_says_so_without_it(place: Location) -> None:
    with pytest.raises(ConfigError) as refused:
        await Database.open(Location(place.url.set(password="not-the-password")))
    assert "1045" in str(refused.value) and "not-the-password" not in repr(refused.value)


async def test_small_packets_are_refused_at_the_start(place: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MIN_PACKET", 1 << 40)
    with pytest.raises(ConfigError, match="max_allowed_packet = 1048576M"):
        await Database.open(place)


async def test_server_without_tls_is_told_nothing(place: Location) -> None:
    with pytest.raises(ConfigError, match="No TLS"):
        await Database.open(Location(place.url, ca_file=Path(certifi.where())))


async def test_certificates_that_cannot_be_read_are_named(place: Location, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="database_ca_file"):
        await Database.open(Location(place.url, ca_file=tmp_path / "missing.pem"))
