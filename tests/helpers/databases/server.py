"""Databases of their own on the MariaDB or MySQL server that ``IMGUARD_TEST_MYSQL`` names."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import URL, NullPool, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from common.crypto.rng import SystemRandom
from server_node.storage.database import MIN_PACKET
from server_node.storage.location import Location

VARIABLE = "IMGUARD_TEST_MYSQL"
REASON = f"set {VARIABLE} to the URL of a MySQL or MariaDB server where databases may be made (`make services` does)"
IS_REQUIRED = os.environ.get("IMGUARD_TEST_SERVICES") == "required"

needs_mysql = pytest.mark.skipif(VARIABLE not in os.environ and not IS_REQUIRED, reason=REASON)
KINDS = ("sqlite", pytest.param("mysql", marks=needs_mysql))
"""Both kinds of database, for ``pytest.mark.parametrize``."""


def server_url() -> URL:
    """The server for tests."""
    return make_url(os.environ[VARIABLE])


async def ask(url: URL, *statements: str) -> None:
    """Run statements on the server, outside of any transaction."""
    engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(text(statement))
    finally:
        await engine.dispose()


@asynccontextmanager
async def fresh_database() -> AsyncIterator[Location]:
    """An empty database with a name nobody else uses; it is dropped afterwards."""
    name = f"imguard_test_{SystemRandom().token(8).hex()}"
    url = server_url()
    packet = f"SET GLOBAL max_allowed_packet={MIN_PACKET}"
    await ask(url, packet, f"CREATE DATABASE {name} CHARACTER SET latin1 COLLATE latin1_swedish_ci")
    try:
        yield Location(url.set(database=name))
    finally:
        await ask(url, f"DROP DATABASE {name}")
