"""Group commit: requests that arrive while the disk is busy share the next flush and the next checkpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from common.errors import NodeUnreachable
from common.merkle.entry import Event
from log_node.ledger.writer import Ledger

MAX_WAITING: Final = 64
MAX_GROUP: Final = 2048
_STOPPING: Final = "The log node is stopping."


class GroupCommit:
    """The only writer of a ledger. :meth:`run` must be running for :meth:`append` to come back."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._is_stopped = False
        self._waiting: asyncio.Queue[tuple[Sequence[Event], asyncio.Future[list[int]]]] = asyncio.Queue(MAX_WAITING)

    async def append(self, events: Sequence[Event]) -> list[int]:
        """Positions of the events once they are on disk and signed for.

        Raises:
            DiskFull, StoreDamaged: as :meth:`Ledger.append`.
            NodeUnreachable: the node is stopping; send them again later.
        """
        done: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()
        await self._waiting.put((events, done))
        if self._is_stopped:
            raise NodeUnreachable(_STOPPING)
        return await done

    async def run(self) -> None:
        """Write until cancelled; what is being written is finished first, the rest is refused."""
        try:
            while True:
                group = [await self._waiting.get()]
                count = len(group[0][0])
                while count < MAX_GROUP and not self._waiting.empty():
                    group.append(self._waiting.get_nowait())
                    count += len(group[-1][0])
                await self._write(group)
        finally:
            self._is_stopped = True
            while not self._waiting.empty():
                _settle(self._waiting.get_nowait()[1], NodeUnreachable(_STOPPING))

    async def _write(self, group: list[tuple[Sequence[Event], asyncio.Future[list[int]]]]) -> None:
        work = asyncio.ensure_future(asyncio.to_thread(self._ledger.append, [events for events, _ in group]))
        try:
            await asyncio.wait([work])
        finally:
            if not work.done():
                await asyncio.wait([work])
            error = work.exception()
            for place, (_, done) in enumerate(group):
                _settle(done, error or work.result()[place])


def _settle(done: asyncio.Future[list[int]], outcome: list[int] | BaseException) -> None:
    """Give a waiting request its outcome, unless it gave up."""
    if done.done():
        return
    if isinstance(outcome, BaseException):
        done.set_exception(outcome)
    else:
        done.set_result(outcome)
