"""Work of jobs that runs beside everything else: what breaks is named, and all of it ends with the node."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from common.errors import AppError, JobFailed
from common.ids import JobId

_LOG = logging.getLogger("imguard.jobs")
_SETTLE_SECONDS = 8.0
_END_SECONDS = 1.0


class Errands:
    """Tasks of jobs; ``on_error`` hears of each that broke, with the reason."""

    def __init__(self, on_error: Callable[[JobId, AppError], Awaitable[None]]) -> None:
        self._on_error = on_error
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, job: JobId, work: Coroutine[Any, Any, None]) -> None:
        """Run an errand of a job."""
        self._start(self._guarded(job, work), job)

    def begin_unnamed(self, work: Coroutine[Any, Any, None]) -> None:
        """Run an errand that nobody who waits for a job waits for."""
        self._start(work, "")

    async def settle(self, job: JobId) -> None:
        """Wait until the errands of a job are done, so that both servers know of its end; not for ever."""
        mine = [task for task in self._tasks if task.get_name() == job and task is not asyncio.current_task()]
        if mine:
            await asyncio.wait(mine, timeout=_SETTLE_SECONDS)

    async def stop(self) -> None:
        """End them all; each has a moment to end by itself."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_END_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, job: JobId, work: Coroutine[Any, Any, None]) -> None:
        try:
            try:
                await work
            except AppError as error:
                await self._on_error(job, error)
            except Exception as error:
                _LOG.exception("an errand of job %s broke", job)
                await self._on_error(job, JobFailed(f"The node could not carry on: {type(error).__name__}."))
        except Exception:
            _LOG.exception("job %s could not be failed", job)
