"""What was read a moment ago counts until something changes, and never for long."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import NotFound
from server_node.api.recent import SECONDS, Recent
from server_node.storage.database import CHUNKS, EVERYTHING, IDENTITY, Database


class Reader:
    """Counts what it is asked, and may be told to fail or to change the database while it reads."""

    def __init__(self, database: Database) -> None:
        self._database, self.asked, self.is_there, self.changes = database, 0, True, False

    async def read(self, key: str) -> str:
        self.asked += 1
        value = f"{key} {self.asked}"
        if self.changes:
            await change(self._database)
        if not self.is_there:
            raise NotFound()
        return value


async def change(database: Database, of: str = EVERYTHING) -> None:
    async with database.writing(of=of):
        pass


async def test_a_value_counts_until_something_changes(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "node.db")
    try:
        now, reader = [0.0], Reader(database)
        recent = Recent(database, lambda: now[0])
        assert [await recent.get(EVERYTHING, "a", reader.read) for _ in range(3)] == ["a 1"] * 3
        assert await recent.get(IDENTITY, "a", reader.read) == "a 2"
        assert await recent.get(EVERYTHING, "b", reader.read) == "b 3"
        await change(database, CHUNKS)
        await change(database, IDENTITY)
        assert await recent.get(EVERYTHING, "a", reader.read) == "a 1"
        await change(database)
        assert await recent.get(EVERYTHING, "a", reader.read) == "a 4"
        now[0] += SECONDS
        assert await recent.get(EVERYTHING, "a", reader.read) == "a 5"
    finally:
        await database.close()


async def test_a_change_while_it_is_read_makes_it_old(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "node.db")
    try:
        reader = Reader(database)
        reader.changes = True
        recent = Recent(database)
        assert await recent.get(EVERYTHING, "a", reader.read) == "a 1"
        assert await recent.get(EVERYTHING, "a", reader.read) == "a 2"
    finally:
        await database.close()


async def test_a_transaction_that_fails_counts_as_a_change(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "node.db")
    try:
        before = database.changes(EVERYTHING)
        with pytest.raises(NotFound):
            async with database.writing():
                raise NotFound()
        assert database.changes(EVERYTHING) == before + 1
    finally:
        await database.close()


async def test_errors_are_not_remembered(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "node.db")
    try:
        reader = Reader(database)
        reader.is_there = False
        recent = Recent(database)
        for _ in range(2):
            with pytest.raises(NotFound):
                await recent.get(EVERYTHING, "a", reader.read)
        assert reader.asked == 2
    finally:
        await database.close()
