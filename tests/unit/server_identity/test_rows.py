"""Accounts as rows of the node's database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from common.accounts.store import Storage
from server_node.identity.rows import SqlStorage
from server_node.storage.database import Database
from tests.helpers.accounts.storages import RULES
from tests.helpers.databases.server import KINDS, fresh_database


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
async def test_rows_keep_the_rules_of_a_storage(
    tmp_path: Path, rule: Callable[[Storage], Awaitable[None]], kind: str
) -> None:
    async with AsyncExitStack() as stack:
        is_file = kind == "sqlite"
        where = tmp_path / "node.db" if is_file else await stack.enter_async_context(fresh_database())
        database = await Database.open(where)
        stack.push_async_callback(database.close)
        await rule(SqlStorage(database))
