"""What is new at this node, in order, on the disk for 30 days; whoever listens hears it at once.

News carry ids, names and states only. They tell a program that it should look again: nothing depends on them, so a
piece that cannot be kept is logged and forgotten, and the change that it tells of stands.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, func, or_, select

from common.errors import AppError
from common.ids import UserName
from server_node.live.memory import MemoryLive
from server_node.live.state import LiveState
from server_node.storage.context import Clock, to_text
from server_node.storage.database import Database
from server_node.storage.rows import News

KINDS: Final = ("dataset", "project", "consent", "decision", "job", "account", "node")
KEEP_SECONDS: Final = 30 * 24 * 3600
MAX_BODY: Final = 4096
_CHANNEL: Final = "news"
_PRUNE_SECONDS: Final = 3600.0
_PAGE: Final = 100
_LOG = logging.getLogger("imguard.news")


@dataclass(frozen=True)
class Bounds:
    """The numbers of the oldest and the newest piece that is kept; 0 where there is none."""

    oldest: int
    newest: int


class Feed:
    """The news of one node. :meth:`add` is what :class:`~server_node.storage.context.NodeContext` announces with.

    ``live`` is how the processes of a node wake each other; whoever misses that hears at the next piece.
    """

    def __init__(self, database: Database, clock: Clock, live: LiveState | None = None) -> None:
        self._database, self._clock, self._live = database, clock, live or MemoryLive()
        # Numbers must become visible in order: who has seen number 7 never asks for number 6 again.
        self._order = asyncio.Lock()
        self._bell = asyncio.Event()
        self.is_closing = False

    async def add(self, kind: str, body: dict[str, Any], audience: Collection[str] | None) -> None:
        """Keep a piece of news and wake whoever may see it; trouble is logged and does not reach the caller."""
        text = json.dumps(body, sort_keys=True)
        if kind not in KINDS or len(text) > MAX_BODY:
            _LOG.error("news of kind %s with %d bytes are not told", kind, len(text))
            return
        names = None if audience is None else f",{','.join(sorted(set(audience)))},"
        try:
            async with self._order, self._database.writing() as session:
                session.add(News(time=int(self._clock()), kind=kind, audience=names, body=text))
        except AppError as error:
            _LOG.warning("news of kind %s were lost: %s", kind, error.code)
            return
        self.ring()
        await self._live.publish(_CHANNEL, kind)

    async def bounds(self) -> Bounds:
        """What is kept."""
        async with self._database.reading() as session:
            oldest, newest = (await session.execute(select(func.min(News.id), func.max(News.id)))).one()
        return Bounds(oldest or 0, newest or 0)

    async def follow(self, user: UserName, after: int) -> AsyncGenerator[dict[str, Any]]:
        """Everything with a number above ``after`` that the user may see, then what comes, until the feed closes."""
        while not self.is_closing:
            bell = self._bell
            found, after = await self._page(user, after)
            for piece in found:
                yield piece
            if not found:
                await bell.wait()

    def ring(self) -> None:
        """There is something new: those who wait look again; those who come later wait for the next time."""
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    def close(self) -> None:
        """End every :meth:`follow`."""
        self.is_closing = True
        self.ring()

    async def run(self) -> None:
        """Hear what other processes of the node add, and remove old news, now and once an hour."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hear_others())
            group.create_task(self._keep_short())

    async def _hear_others(self) -> None:
        heard = self._live.subscribe(_CHANNEL)
        try:
            async for _ in heard:
                self.ring()
        finally:
            heard.close()

    async def _keep_short(self) -> None:
        while True:
            try:
                await self.prune()
            except AppError as error:
                _LOG.warning("old news stay for now: %s", error.code)
            await asyncio.sleep(_PRUNE_SECONDS)

    async def prune(self) -> None:
        """Remove what is older than 30 days."""
        async with self._database.writing() as session:
            await session.execute(delete(News).where(News.time < int(self._clock()) - KEEP_SECONDS))

    async def _page(self, user: UserName, after: int) -> tuple[list[dict[str, Any]], int]:
        """Some of the next pieces, and the number up to which nothing is left to see."""
        async with self._database.reading() as session:
            newest = (await session.execute(select(func.max(News.id)))).scalar() or 0
            is_for_user = or_(News.audience.is_(None), func.instr(News.audience, f",{user},") > 0)
            query = select(News).where(News.id > after, News.id <= newest, is_for_user).order_by(News.id).limit(_PAGE)
            rows = (await session.scalars(query)).all()
        found = [
            {"id": row.id, "time": to_text(row.time), "kind": row.kind, "body": json.loads(row.body)} for row in rows
        ]
        return found, rows[-1].id if len(rows) == _PAGE else max(after, newest)
