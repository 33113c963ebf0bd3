"""Chunks on their way in: bounded in memory, and written down together where they arrive together.

A transaction costs a flush of the disk and a dozen steps, whatever is in it. Chunks that arrive while one is under way
share the next one.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar

from sqlalchemy import and_, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from common.errors import Conflict
from server_node.storage.database import CHUNKS, Database
from server_node.storage.rows import ChunkRow, Dataset

SLOTS: Final = 8
"""Chunks whose bytes may be in memory at the same time."""
_HANDS: Final = 3
_NICER: Final = 5
_BATCH: Final = 256
_REMEMBERED: Final = 256
_T = TypeVar("_T")


class Gate:
    """Lets so many chunks into memory at a time, and has so many of them worked on."""

    def __init__(self) -> None:
        self.slot = asyncio.Semaphore(SLOTS)
        self._hands = ThreadPoolExecutor(_HANDS, "imguard-chunk", initializer=_step_back)

    async def work(self, action: Callable[[], _T]) -> _T:
        """Run blocking work on a chunk in a thread, when there is a hand for it."""
        return await asyncio.get_running_loop().run_in_executor(self._hands, action)

    def close(self) -> None:
        """Wait for the hands to come to an end."""
        self._hands.shutdown()


def _step_back() -> None:
    """Chunks can wait a moment, answers cannot: this thread yields to the others (nice(2); on Linux of a thread)."""
    if sys.platform == "linux":
        os.nice(_NICER)


@dataclass(frozen=True)
class NewChunk:
    """A chunk whose blob is durable."""

    dataset: str
    number: int
    address: str
    size: int


@dataclass(frozen=True)
class Kept:
    """What became of it: whether its row is new, and how many chunks of its data set are stored now."""

    is_new: bool
    stored: int


@dataclass(frozen=True, eq=False)
class _Waiting:
    chunk: NewChunk
    outcome: asyncio.Future[Kept] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def settle(self, outcome: Kept | BaseException) -> None:
        if self.outcome.done():
            return
        if isinstance(outcome, Kept):
            self.outcome.set_result(outcome)
        elif isinstance(outcome, asyncio.CancelledError):
            self.outcome.cancel()
        else:
            self.outcome.set_exception(outcome)


_Outcomes = list[tuple[_Waiting, Kept | Conflict]]


class ChunkRows:
    """Writes down chunks of data sets in state ``uploading``; nobody else adds such rows."""

    def __init__(self, database: Database, uploading: str, deleted: str) -> None:
        self._database, self._uploading, self._deleted = database, uploading, deleted
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None
        self._stored: dict[str, int] = {}

    async def add(self, chunk: NewChunk) -> Kept:
        """Returns when the row is durable, or was there before.

        Raises:
            Conflict: the data set was deleted meanwhile.
            DiskFull, StoreDamaged, DatabaseGone: as :meth:`Database.writing`.
        """
        mine = _Waiting(chunk)
        self._waiting.append(mine)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all(), name="chunk-rows")
        # Whoever goes away must not end the transaction of the others.
        return await asyncio.shield(mine.outcome)

    def forget(self, dataset: str) -> None:
        """Count the rows of a data set anew: somebody removed some."""
        self._stored.pop(dataset, None)

    async def close(self) -> None:
        """Return when nothing is being written any more."""
        if self._writer is not None:
            await asyncio.wait([self._writer])

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
                await self._write(batch)
        finally:
            self._writer = None

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        by_dataset: dict[str, list[_Waiting]] = defaultdict(list)
        for one in batch:
            by_dataset[one.chunk.dataset].append(one)
        outcomes: _Outcomes = []
        try:
            async with self._database.writing(of=CHUNKS) as session:
                for dataset, several in by_dataset.items():
                    outcomes += await self._write_some(session, dataset, several)
        except BaseException as error:
            for one in batch:
                self.forget(one.chunk.dataset)
                one.settle(error)
            if isinstance(error, Exception):
                return
            for one in self._waiting:
                one.settle(error)
            self._waiting.clear()
            raise
        for one, outcome in outcomes:
            one.settle(outcome)

    async def _write_some(self, session: AsyncSession, dataset: str, several: Sequence[_Waiting]) -> _Outcomes:
        """Rows of one data set; of two that bring the same chunk the first one counts."""
        state, known = await _look(session, dataset, {one.chunk.number for one in several})
        if state in (None, self._deleted):
            return [(one, Conflict("This data set was deleted.")) for one in several]
        fresh: dict[int, _Waiting] = {}
        if state == self._uploading:
            for one in several:
                if one.chunk.number not in known:
                    fresh.setdefault(one.chunk.number, one)
        stored = self._stored.get(dataset)
        if stored is None:
            stored = await _count(session, dataset)
        if fresh:
            await session.execute(insert(ChunkRow), [vars(one.chunk) for one in fresh.values()])
        self._remember(dataset, stored + len(fresh))
        return [(one, Kept(fresh.get(one.chunk.number) is one, stored + len(fresh))) for one in several]

    def _remember(self, dataset: str, stored: int) -> None:
        self._stored.pop(dataset, None)
        self._stored[dataset] = stored
        while len(self._stored) > _REMEMBERED:
            self._stored.pop(next(iter(self._stored)))


async def _look(session: AsyncSession, dataset: str, numbers: set[int]) -> tuple[str | None, set[int]]:
    """The state of a data set, and which of these chunks it has."""
    same = and_(ChunkRow.dataset == Dataset.id, ChunkRow.number.in_(sorted(numbers)))
    query = select(Dataset.state, ChunkRow.number).select_from(Dataset).outerjoin(ChunkRow, same)
    rows = (await session.execute(query.where(Dataset.id == dataset))).all()
    return (rows[0][0] if rows else None), {number for _, number in rows if number is not None}


async def _count(session: AsyncSession, dataset: str) -> int:
    query = select(func.count()).select_from(ChunkRow).where(ChunkRow.dataset == dataset)
    return int((await session.execute(query)).scalar_one())
