"""All rows of one database into another, empty one of either kind, compared byte for byte afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from sqlalchemy import Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from common.errors import Conflict, StoreDamaged
from server_node.storage.rows import Base, Writer

_BATCH: Final = 500
_BATCH_BYTES: Final = 4 << 20


def tables() -> list[Table]:
    """The tables that belong to a node's state, in an order in which their rows can be added."""
    return [table for table in Base.metadata.sorted_tables if table.name != Writer.__tablename__]


async def require_empty(target: AsyncConnection) -> None:
    """Raises:
    Conflict: there are rows already.
    """
    for table in tables():
        if await target.scalar(select(func.count()).select_from(table)):
            raise Conflict(f"The table {table.name} of the other database has rows already; give an empty database.")


async def copy_rows(source: AsyncConnection, target: AsyncConnection, leave_out: Iterable[str] = ()) -> dict[str, int]:
    """Copy every row within the transactions of the two connections; returns how many there were of each table.

    ``leave_out`` names tables that stay empty.

    Raises:
        StoreDamaged: the copy is not what was copied.
    """
    left_out, counts = frozenset(leave_out), {}
    for table in tables():
        if table.name not in left_out:
            counts[table.name] = await _copy(source, target, table)
    for table in tables():
        if table.name not in left_out and await _digest(source, table) != await _digest(target, table):
            raise StoreDamaged(f"The rows of the table {table.name} did not arrive as they were.")
    return counts


async def _copy(source: AsyncConnection, target: AsyncConnection, table: Table) -> int:
    batch: list[dict[str, Any]] = []
    count = weight = 0
    async for row in _rows(source, table):
        batch.append(row)
        count, weight = count + 1, weight + _weight(row)
        if len(batch) == _BATCH or weight >= _BATCH_BYTES:
            await target.execute(insert(table), batch)
            batch, weight = [], 0
    if batch:
        await target.execute(insert(table), batch)
    return count


async def _rows(connection: AsyncConnection, table: Table) -> AsyncIterator[dict[str, Any]]:
    """In the order of the primary key; a few in memory at a time, for one row alone may hold a long document."""
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=8)
    async with connection.stream(query) as found:
        async for row in found:
            yield dict(row._mapping)


async def _digest(connection: AsyncConnection, table: Table) -> str:
    digest = hashlib.sha256()
    async for row in _rows(connection, table):
        digest.update(repr([row[column.name] for column in table.columns]).encode())
    return digest.hexdigest()


def _weight(row: dict[str, Any]) -> int:
    return sum(len(value) for value in row.values() if isinstance(value, (str, bytes)))
