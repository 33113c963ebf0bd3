"""Accounts in the log node's own file."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from common.accounts.store import Storage
from common.errors import StoreDamaged
from log_node.accounts.storage import TableStorage
from tests.helpers.accounts.storages import ALICE, BOB, RULES


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[TableStorage]:
    found = TableStorage(tmp_path / "accounts.db")
    yield found
    found.close()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
async def test_tables_keep_the_rules_of_a_storage(
    storage: TableStorage, rule: Callable[[Storage], Awaitable[None]]
) -> None:
    await rule(storage)


async def test_file_is_private_and_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "accounts.db"
    storage = TableStorage(path)
    async with storage.writing() as store:
        await store.put_account(ALICE)
    assert storage.has_administrator()
    storage.close()
    assert all(os.stat(found).st_mode & 0o077 == 0 for found in tmp_path.iterdir())
    again = TableStorage(path)
    async with again.reading() as store:
        assert await store.accounts() == [ALICE]
    again.close()


async def put_and_wait(storage: TableStorage, begun: asyncio.Event, go_on: asyncio.Event) -> None:
    async with storage.writing() as store:
        await store.put_account(ALICE)
        begun.set()
        await go_on.wait()


@pytest.mark.parametrize("is_flushing", [False, True])
async def test_change_that_is_given_up_is_complete_or_gone(storage: TableStorage, is_flushing: bool) -> None:
    """Whoever asked goes away inside the block, or while the disk is busy; the next change finds no half of it."""
    begun, go_on = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(put_and_wait(storage, begun, go_on))
    await begun.wait()
    if is_flushing:
        go_on.set()
        # One step of the task: it leaves the block, and the flush begins.
        await asyncio.sleep(0)
    task.cancel()
    async with storage.writing() as store:
        assert await store.accounts() == ([ALICE] if is_flushing else [])
        await store.put_account(BOB)
    await asyncio.wait([task])
    assert task.cancelled()
    async with storage.reading() as store:
        assert BOB in await store.accounts()


async def test_readers_never_see_half_of_a_change(storage: TableStorage) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def change() -> None:
        async with storage.writing() as store:
            await store.put_account(ALICE)
            entered.set()
            await go_on.wait()
            await store.put_account(BOB)

    task = asyncio.create_task(change())
    await entered.wait()
    async with storage.reading() as store:
        assert await store.accounts() == []
    go_on.set()
    await task
    async with storage.reading() as store:
        assert await store.accounts() == [ALICE, BOB]


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"\x00" * 5000])
def test_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "accounts.db"
    path.write_bytes(content)
    with pytest.raises(StoreDamaged, match="accounts.db"):
        TableStorage(path)


def test_file_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "accounts.db"
    TableStorage(path).close()
    connection = sqlite3.connect(path)
    connection.execute("pragma user_version = 99")
    connection.close()
    with pytest.raises(StoreDamaged):
        TableStorage(path)
