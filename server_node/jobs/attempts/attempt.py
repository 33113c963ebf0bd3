"""One attempt at a job on this node: a worker process, from its ticket to its last word."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.errors import AppError, JobFailed, WorkerDied, error_from_dict
from common.ids import JobId
from server_node.jobs.attempts.process import WorkerCommand, WorkerProcess
from server_node.jobs.attempts.ticket import LOG_NAME, Place, job_folder, write_ticket
from server_node.jobs.entry import Admitted
from server_node.model.question import are_kept
from server_node.storage.context import NodeContext

_PROGRESS_SECONDS = 0.25
_PROGRESS_SHARE = 0.01
"""Progress is told at most this often, and in a long stage a hundred times while its length doubles."""

TakeReport = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass
class Attempt:
    """A worker that was started or is about to be. ``number`` is the same on both servers."""

    job: JobId
    number: int
    slot: int
    admitted: Admitted
    process: WorkerProcess | None = None
    is_stopped: bool = False
    has_model: bool = False
    error: AppError | None = None
    shown: dict[str, float] = field(default_factory=dict)

    async def run(self, context: NodeContext, folder: Path, command: WorkerCommand, take: TakeReport) -> None:
        """Start the worker and hear it to its end; ``take`` gets every report that is worth keeping.

        Raises:
            WorkerDied: it was killed, or ended without a word.
            AppError: what it said went wrong, or what ``take`` raised; the worker has ended then.
        """
        try:
            await self._hear(context, folder, command, take)
        except AppError as error:
            self.error = self.error or error
        if self.error is not None:
            await self.stop(context.settings["stop_grace_seconds"])
            raise self.error

    async def stop(self, grace_seconds: float) -> None:
        """End the worker if there is one; returns when it is gone."""
        if self.process is not None:
            await self.process.stop(grace_seconds)

    async def halt(self, grace_seconds: float) -> None:
        """End the worker because nobody wants this attempt any more."""
        self.is_stopped = True
        await self.stop(grace_seconds)

    async def _hear(self, context: NodeContext, folder: Path, command: WorkerCommand, take: TakeReport) -> None:
        place = Place(self.job, self.number, self.slot)
        ticket = await asyncio.to_thread(write_ticket, folder, context, place, self.admitted)
        self.process = await WorkerProcess.start(command(folder, ticket), job_folder(folder, self.job) / LOG_NAME)
        if self.is_stopped:
            await self.stop(context.settings["stop_grace_seconds"])
        async for report in self.process.reports():
            if report["kind"] == "error":
                self.error = error_from_dict(report["error"])
            elif report["kind"] != "progress" or self._is_due(report):
                if report["kind"] == "model":
                    self._check_model(folder, report)
                await take(report)
        code = await self.process.wait()
        if self.error is None and (code != 0 or not self.has_model):
            raise WorkerDied(f"The worker ended with code {code} and without a model.", exit_code=code)

    def _is_due(self, report: dict[str, Any]) -> bool:
        """A few times a second at first, less often the longer a stage takes, and always when it is complete."""
        now = time.monotonic()
        pause = max(_PROGRESS_SECONDS, _PROGRESS_SHARE * float(report["seconds"]))
        if report["done"] < report["total"] and now - self.shown.get(report["stage"], 0.0) < pause:
            return False
        self.shown[report["stage"]] = now
        return True

    def _check_model(self, folder: Path, report: dict[str, Any]) -> None:
        files, mine = report["sealed"], job_folder(folder, self.job)
        if set(files) != set(self.admitted.readers) or not all((mine / name).is_file() for name in files.values()):
            raise JobFailed("The worker did not seal the result for exactly those who may read it.")
        if self.admitted.question is None and self.admitted.project.specification.testers and not are_kept(mine):
            raise JobFailed("The worker did not keep the weights that members may test.")
        self.has_model = True
