"""Carries out what the machine says: starts and stops workers, writes the journal, tells the other server.

All changes of one job go through :meth:`Runner.apply`, one at a time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.errors import AppError, JobFailed, NodeUnreachable, NotFound, PeerGone, error_from_dict
from common.ids import JobId
from common.merkle.entry import Action as Logged
from common.pipeline import JobState
from server_node.jobs.admission import Admission, Admitted
from server_node.jobs.journal import Entry, Journal
from server_node.jobs.machine import Action, Event, Position, advance
from server_node.jobs.peers import PeerCalls, PeerStatus
from server_node.jobs.process import WorkerCommand, WorkerProcess, worker_command
from server_node.jobs.ticket import LOG_NAME, clean_job_folder, job_folder, write_ticket
from server_node.storage.context import NodeContext

_LOG = logging.getLogger("imguard.jobs")
_POLL_SECONDS = 0.25
_TELL_ATTEMPTS = 3
_ROOT_CAUSE_POLLS = 20
_PROGRESS_SECONDS = 0.25
_SETTLE_SECONDS = 8.0
_LONGEST_PAUSE = 30.0
_LOGGED = {
    JobState.FINISHED: Logged.JOB_FINISH,
    JobState.FAILED: Logged.JOB_FAIL,
    JobState.CANCELLED: Logged.JOB_CANCEL,
}


@dataclass
class _Run:
    """A worker that was started or is about to be."""

    slot: int
    admitted: Admitted
    process: WorkerProcess | None = None
    is_started: bool = False
    is_stopped: bool = False
    error: AppError | None = None
    has_model: bool = False
    shown: dict[str, float] = field(default_factory=dict)


@dataclass
class _Change:
    """A job on its way to a new position; a final one is in force even before it could be written down."""

    entry: Entry
    position: Position
    error: AppError | None
    is_recorded: bool = False


class Runner:
    """Every job of one node."""

    def __init__(
        self,
        context: NodeContext,
        folder: Path,
        journal: Journal,
        admission: Admission,
        peer: PeerCalls,
        command: WorkerCommand = worker_command,
    ) -> None:
        self._context, self._folder, self._command = context, folder, command
        self._journal, self._admission, self._peer = journal, admission, peer
        self._locks: dict[str, asyncio.Lock] = {}
        self._runs: dict[str, _Run] = {}
        self._unwritten: dict[str, _Change] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.on_enqueue: Callable[[JobId], None] = lambda job: None
        self.on_close: Callable[[JobId], None] = lambda job: None

    @property
    def running(self) -> int:
        """How many workers there are."""
        return len(self._runs)

    async def start(self, job: JobId, slot: int) -> None:
        """Check once more and start the worker of a queued job.

        Raises:
            Any error of :meth:`Admission.check`; the job is unchanged then.
            Conflict: it runs already.
        """
        entry = await self._journal.get(job)
        run = _Run(slot, await self._admission.check(entry.document))
        async with self._lock(job):
            if job not in self._runs:
                self._runs[job] = run
            try:
                await self._apply(job, Event.START)
            finally:
                # Without a worker there is nothing that would ever give this place free.
                if self._runs.get(job) is run and not run.is_started:
                    self._runs.pop(job)

    async def apply(
        self, job: JobId, event: Event, stage: JobState | None = None, error: AppError | None = None
    ) -> Position:
        """Let one event happen to one job and do what follows from it.

        Raises:
            NotFound: no such job.
            Conflict: this cannot happen to it now.
        """
        async with self._lock(job):
            return await self._apply(job, event, stage, error)

    async def recover(self) -> None:
        """Settle what an earlier run of this node left unfinished."""
        for entry in await self._journal.unfinished():
            error = JobFailed("The node was restarted while the job was running.")
            await self.apply(entry.id, Event.RESTART, error=error)

    async def stop(self) -> None:
        """Fail what is running, end all workers and forget all errands; the other server is told if it answers."""
        error = JobFailed("The node was stopped while the job was running.")
        await asyncio.gather(*(self._interrupt(JobId(job), error) for job in list(self._runs)), return_exceptions=True)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def spawn(self, job: JobId, work: Coroutine[Any, Any, None]) -> None:
        """Run an errand of a job beside everything else; if it breaks, the job fails."""
        self._begin(self._guarded(job, work), job)

    async def settle(self, job: JobId) -> None:
        """Wait until the errands of a job are done, so that both servers know of its end; not for ever."""
        mine = [task for task in self._tasks if task.get_name() == job]
        if mine:
            await asyncio.wait(mine, timeout=_SETTLE_SECONDS)

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _lock(self, job: JobId) -> asyncio.Lock:
        return self._locks.setdefault(job, asyncio.Lock())

    async def _apply(
        self, job: JobId, event: Event, stage: JobState | None = None, error: AppError | None = None
    ) -> Position:
        """As :meth:`apply`; the caller holds the lock of the job."""
        if job in self._unwritten:
            return self._unwritten[job].position
        entry = await self._journal.get(job)
        position, actions = advance(entry.position, event, stage)
        change = _Change(entry, position, error)
        if position != entry.position:
            await self._write_or_defer(change)
        for action in actions:
            await self._do(action, change)
        return position

    async def _write_or_defer(self, ending: _Change) -> None:
        """Write down a new position; a final one that cannot be written is in force all the same, and written later."""
        try:
            await self._write_down(ending)
        except Exception as trouble:
            if not ending.position.state.is_final:
                raise
            _LOG.error("job %s is %s, not written yet: %s", ending.entry.id, ending.position.state.value, trouble)
            self._unwritten[ending.entry.id] = ending
            # The name is not the job's: nobody who waits for the errands of the job should wait for a disk.
            self._begin(self._write_later(ending), f"end of {ending.entry.id}")

    async def _write_down(self, ending: _Change) -> None:
        error = ending.error if ending.position.state is JobState.FAILED else None
        if not ending.is_recorded:
            await self._record_change(ending.entry, ending.position, error)
            ending.is_recorded = True
        await self._journal.move(ending.entry.id, ending.position, error)
        self._unwritten.pop(ending.entry.id, None)

    async def _write_later(self, ending: _Change) -> None:
        pause = _POLL_SECONDS
        while ending.entry.id in self._unwritten:
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            try:
                await self._write_down(ending)
            except Exception as trouble:
                _LOG.info("the end of job %s still cannot be written: %s", ending.entry.id, trouble)

    async def _guarded(self, job: JobId, work: Coroutine[Any, Any, None]) -> None:
        try:
            try:
                await work
            except AppError as error:
                await self.apply(job, Event.FAIL, error=error)
            except Exception as error:
                _LOG.exception("an errand of job %s broke", job)
                reason = JobFailed(f"The node could not carry on: {type(error).__name__}.")
                await self.apply(job, Event.FAIL, error=reason)
        except Exception:
            _LOG.exception("job %s could not be failed", job)

    async def _interrupt(self, job: JobId, error: AppError) -> None:
        """Fail a job whose own part is not done; one that only waits for the other server goes on after a restart."""
        if not (await self._journal.get(job)).position.is_computed:
            await self.apply(job, Event.FAIL, error=error)

    async def _do(self, action: Action, change: _Change) -> None:
        job = change.entry.id
        if action is Action.START_WORKER:
            run = self._runs[job]
            run.is_started = True
            self.spawn(job, self._work(job, run))
        elif action is Action.STOP_WORKER:
            await self._stop_worker(job)
        elif action is Action.AWAIT_PEER:
            self.spawn(job, self._await_peer(job))
        elif action is Action.TELL_FAILED:
            self.spawn(job, self._tell(job, change.error or JobFailed()))
        elif action is Action.TELL_CANCELLED:
            self.spawn(job, self._tell(job, None))
        elif action is Action.ENQUEUE:
            self.on_enqueue(job)
        elif action is Action.CLOSE:
            await self._close(change)

    async def _work(self, job: JobId, run: _Run) -> None:
        """From the ticket to the worker's last word."""
        try:
            await self._hear(job, run)
        except AppError as error:
            run.error = run.error or error
        if run.process is not None and run.error is not None:
            await run.process.stop(self._context.settings["stop_grace_seconds"])
        if run.error is None:
            await self.apply(job, Event.WORKER_DONE)
        elif not run.is_stopped:
            await self.apply(job, Event.FAIL, error=await self._root_cause(job, run.error))

    async def _hear(self, job: JobId, run: _Run) -> None:
        work = (run.admitted.project.specification, run.admitted.datasets)
        ticket = await asyncio.to_thread(write_ticket, self._folder, self._context, job, work, run.slot)
        log = job_folder(self._folder, job) / LOG_NAME
        run.process = await WorkerProcess.start(self._command(self._folder, ticket), log)
        if run.is_stopped:
            await run.process.stop(self._context.settings["stop_grace_seconds"])
        async for report in run.process.reports():
            await self._take_report(job, run, report)
        code = await run.process.wait()
        if code != 0 or not run.has_model:
            raise JobFailed(f"The worker ended with code {code} and without a model.", exit_code=code)

    async def _take_report(self, job: JobId, run: _Run, report: dict[str, Any]) -> None:
        kind = report["kind"]
        if kind == "state":
            await self.apply(job, Event.STAGE, stage=JobState(report["state"]))
        elif kind == "event":
            await self._record_event(job, report)
        elif kind == "error":
            run.error = error_from_dict(report["error"])
        elif kind == "progress":
            if self._is_due(run, report):
                await self._journal.add(job, report)
        else:
            if kind == "model":
                self._check_model(job, run, report)
            await self._journal.add(job, report)

    def _is_due(self, run: _Run, report: dict[str, Any]) -> bool:
        """Progress is shown a few times a second, and always when a stage is complete."""
        now = time.monotonic()
        if report["done"] < report["total"] and now - run.shown.get(report["stage"], 0.0) < _PROGRESS_SECONDS:
            return False
        run.shown[report["stage"]] = now
        return True

    def _check_model(self, job: JobId, run: _Run, report: dict[str, Any]) -> None:
        recipients = set(run.admitted.project.specification.recipients)
        folder = job_folder(self._folder, job)
        if set(report["sealed"]) != recipients or not all((folder / f).is_file() for f in report["sealed"].values()):
            raise JobFailed("The worker did not seal the model for exactly the recipients of the project.")
        run.has_model = True

    async def _stop_worker(self, job: JobId) -> None:
        run = self._runs.get(job)
        if run is None:
            return
        run.is_stopped = True
        if run.process is not None:
            await run.process.stop(self._context.settings["stop_grace_seconds"])

    async def _close(self, change: _Change) -> None:
        """Give the place free. Of the worker's files only its log and a finished model stay."""
        job, is_finished = change.entry.id, change.position.state is JobState.FINISHED
        self._runs.pop(job, None)
        self._locks.pop(job, None)
        try:
            keep = {LOG_NAME, *(change.entry.model.values() if is_finished else ())}
            await asyncio.to_thread(clean_job_folder, self._folder, job, keep)
        except OSError:
            _LOG.exception("the folder of job %s could not be cleaned", job)
        finally:
            self.on_close(job)

    async def _root_cause(self, job: JobId, error: AppError) -> AppError:
        """If the link broke because the other worker failed, its error says more than ours."""
        if not isinstance(error, PeerGone):
            return error
        for _ in range(_ROOT_CAUSE_POLLS):
            try:
                status = await self._peer.job_status(job)
            except AppError:
                return error
            if status.error is not None:
                return status.error
            await asyncio.sleep(_POLL_SECONDS)
        return error

    async def _await_peer(self, job: JobId) -> None:
        """Find out what becomes of a job on the other server after this one has done its part.

        Only the other server's word settles it: its model share may be as complete as the one here, so being
        unreachable, for however long, is no reason to throw this one away.
        """
        pause = _POLL_SECONDS
        while job not in self._unwritten:
            try:
                if (await self._journal.get(job)).position.state.is_final:
                    return
                if await self._take_status(job, await self._peer.job_status(job)):
                    return
                pause = _POLL_SECONDS
            except NotFound:
                await self.apply(job, Event.PEER_FAILED, error=JobFailed("The other server does not know this job."))
                return
            except Exception as trouble:
                _LOG.info("job %s waits for the other server: %s", job, trouble)
                pause = min(2 * pause, _LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _take_status(self, job: JobId, status: PeerStatus) -> bool:
        """Whether the other server's state settled the job."""
        if status.state is JobState.CANCELLED:
            await self.apply(job, Event.PEER_CANCELLED)
        elif status.state is JobState.FAILED:
            await self.apply(job, Event.PEER_FAILED, error=status.error or JobFailed())
        elif status.is_computed:
            await self.apply(job, Event.PEER_DONE)
        else:
            return False
        return True

    async def _tell(self, job: JobId, error: AppError | None) -> None:
        for attempt in range(_TELL_ATTEMPTS):
            try:
                await self._peer.end_job(job, error)
                return
            except NodeUnreachable:
                await asyncio.sleep(_POLL_SECONDS * 2**attempt)
            except AppError as refused:
                _LOG.info("the other server does not take the end of job %s: %s", job, refused)
                return
        _LOG.info("the other server could not be told that job %s ended", job)

    async def _record_change(self, entry: Entry, position: Position, error: AppError | None) -> None:
        subject: dict[str, Any] = {"job": entry.id, "project": entry.row.project, "state": position.state.value}
        if error is not None and position.state is JobState.FAILED:
            subject["error"] = error.code
        if position.state is not entry.position.state:
            await self._context.record(_LOGGED.get(position.state, Logged.JOB_STAGE), subject)

    async def _record_event(self, job: JobId, report: dict[str, Any]) -> None:
        await self._context.record(Logged(report["action"]), {**report["subject"], "job": job})
