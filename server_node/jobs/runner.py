"""Carries out what the machine says: starts and stops workers, writes the journal, tells the other server.

All changes of one job go through :meth:`Runner.apply`, one at a time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.errors import AppError, Conflict, JobFailed, JobPaused
from common.ids import JobId
from common.merkle.entry import Action as Logged
from common.pipeline import JobState
from server_node.jobs.admission import Admission
from server_node.jobs.attempts.attempt import Attempt
from server_node.jobs.attempts.process import WorkerCommand, worker_command
from server_node.jobs.attempts.ticket import LOG_NAME, clean_job_folder
from server_node.jobs.entry import Admitted, Entry
from server_node.jobs.errands import Errands
from server_node.jobs.journal import Journal
from server_node.jobs.machine import Action, Event, Position, advance
from server_node.jobs.peers import PeerCalls
from server_node.jobs.settlement import Settlement
from server_node.model.question import KEPT_NAME
from server_node.storage.context import NodeContext

_LOG = logging.getLogger("imguard.jobs")
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 30.0
_SWEEP_SECONDS = 3600.0
_LOGGED = {
    JobState.FINISHED: Logged.JOB_FINISH,
    JobState.FAILED: Logged.JOB_FAIL,
    JobState.CANCELLED: Logged.JOB_CANCEL,
}


@dataclass
class _Change:
    """A job on its way to a new position; a final one is in force even before it could be written down."""

    entry: Entry
    position: Position
    error: AppError | None
    attempt: Attempt | None = None
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
        self._journal, self._admission = journal, admission
        self.settlement = Settlement(context.party, journal, peer, self._happen)
        self._errands = Errands(self._break_off)
        self._locks: dict[str, asyncio.Lock] = {}
        self._attempts: dict[str, Attempt] = {}
        self._unwritten: dict[str, _Change] = {}
        self._is_stopping = False
        self.on_enqueue: Callable[[Entry, AppError | None], None] = lambda entry, reason: None
        self.on_vacate: Callable[[JobId], None] = lambda job: None
        self.on_close: Callable[[], Awaitable[None]] | None = None

    def running(self, but: str = "") -> int:
        """How many workers there are, that of one job left out."""
        return len(self._attempts.keys() - {but})

    async def start(self, job: JobId, slot: int, attempt: int, admitted: Admitted) -> None:
        """Begin an attempt at a job; one that still runs is ended first.

        Raises:
            Conflict: the job is in no state for that.
        """
        async with self._lock(job):
            await self._apply(job, Event.START, attempt=Attempt(job, attempt, slot, admitted))

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

    async def pause(self, job: JobId, *, at_once: bool) -> None:
        """Pause a job: at the end of its epoch while it trains, unless it shall be at once; else now. One that is
        paused stays so.

        Raises:
            Conflict: this node has done its part; the job is about to be finished.
        """
        async with self._lock(job):
            attempt = self._attempts.get(job)
            process = attempt.process if attempt is not None else None
            position = (await self._journal.get(job)).position
            if position.state is JobState.PAUSED:
                return
            if at_once or process is None or position.state is not JobState.TRAINING:
                await self._apply(job, Event.PAUSED)
            elif position.is_computed:
                raise Conflict("The job is computed; it is about to be finished.")
            else:
                process.ask_to_pause()

    async def go_on(self, job: JobId, event: Event) -> None:
        """Resume a job that is paused, or retry one that failed; one that is not goes on by itself."""
        async with self._lock(job):
            state = (await self._journal.get(job)).position.state
            if state is (JobState.FAILED if event is Event.RETRY else JobState.PAUSED):
                await self._apply(job, event)

    async def rest(self, job: JobId) -> None:
        """A job that was to be paused does not compute now: pause it, unless members have changed their minds."""
        async with self._lock(job):
            await self._rest(await self._journal.get(job))

    async def recover(self) -> None:
        """Take up what an earlier run of this node left unfinished; a member's last word counts."""
        for entry in await self._journal.unfinished():
            event = Event.RESTART
            if entry.wants_pause and entry.position.is_running:
                event = Event.PAUSED
            elif entry.last_word == "resume" and entry.position.state is JobState.PAUSED:
                event = Event.RESUME
            await self.apply(entry.id, event)

    async def keep_swept(self) -> None:
        """For ever: clear away what failed long ago."""
        while True:
            try:
                await self.sweep()
            except Exception as trouble:
                _LOG.info("files of failed jobs could not be cleared away: %s", trouble)
            await asyncio.sleep(_SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Remove the files of jobs that failed long ago: nobody retries them any more."""
        hours = int(self._context.settings["keep_failed_hours"])
        for entry in await self._journal.failed_before(self._context.now - 3600 * hours):
            await asyncio.to_thread(clean_job_folder, self._folder, entry.id, {LOG_NAME})

    async def stop(self) -> None:
        """End all workers and forget all errands; what was unfinished goes on when the node is started again."""
        self._is_stopping = True
        grace = self._context.settings["stop_grace_seconds"]
        halted = (attempt.halt(grace) for attempt in list(self._attempts.values()))
        await asyncio.gather(*halted, return_exceptions=True)
        await self._errands.stop()

    def spawn(self, job: JobId, work: Coroutine[Any, Any, None]) -> None:
        """Run an errand of a job beside everything else; if it breaks, so does the job."""
        self._errands.begin(job, work)

    async def settle(self, job: JobId) -> None:
        """Wait until the errands of a job are done; not for ever."""
        await self._errands.settle(job)

    def _lock(self, job: JobId) -> asyncio.Lock:
        return self._locks.setdefault(job, asyncio.Lock())

    async def _apply(
        self,
        job: JobId,
        event: Event,
        stage: JobState | None = None,
        error: AppError | None = None,
        attempt: Attempt | None = None,
    ) -> Position:
        """As :meth:`apply`; the caller holds the lock of the job."""
        if job in self._unwritten:
            return self._unwritten[job].position
        entry = await self._journal.get(job)
        position, actions = advance(entry.position, event, stage)
        change = _Change(entry, position, error, attempt)
        if position != entry.position or (event is Event.START and not position.state.is_final):
            await self._write_or_defer(change)
        for action in actions:
            await self._do(action, change)
        return position

    async def _happen(self, job: JobId, event: Event, error: AppError | None) -> object:
        return await self.apply(job, event, error=error)

    async def _write_or_defer(self, change: _Change) -> None:
        """Write down a new position; a final one that cannot be written is in force all the same, and written later."""
        try:
            await self._write_down(change)
        except Exception as trouble:
            if not change.position.state.is_final:
                raise
            _LOG.error("job %s is %s, not written yet: %s", change.entry.id, change.position.state.value, trouble)
            self._unwritten[change.entry.id] = change
            self._errands.begin_unnamed(self._write_later(change))

    async def _write_down(self, change: _Change) -> None:
        entry, position = change.entry, change.position
        if not change.is_recorded:
            await self._record_change(entry, position, change.error)
            change.is_recorded = True
        await self._journal.move(entry.id, position, change.error)
        self._unwritten.pop(entry.id, None)
        if position.state is not entry.position.state:
            await self._announce(entry, position)

    async def _announce(self, entry: Entry, position: Position) -> None:
        """Nothing depends on whether anybody hears it: the position is written down, and what follows must be done."""
        try:
            project = await self._admission.project_of(entry)
            body = {"job": entry.id, "project": project.id, "state": position.state.value}
            await self._context.announce("job", body, project.audience)
        except Exception as trouble:
            _LOG.warning("news of job %s were lost: %s", entry.id, trouble)

    async def _write_later(self, change: _Change) -> None:
        pause = _FIRST_PAUSE
        while change.entry.id in self._unwritten:
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            try:
                await self._write_down(change)
            except Exception as trouble:
                _LOG.info("the end of job %s still cannot be written: %s", change.entry.id, trouble)

    async def _patiently(self, job: JobId, write: Callable[[], Awaitable[object]]) -> None:
        """Do what needs the database, and wait for it while it is away."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await write()
                return
            except AppError as trouble:
                if not trouble.is_temporary or self._is_stopping:
                    raise
                _LOG.warning("job %s waits: %s", job, trouble)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _break_off(self, job: JobId, error: AppError) -> None:
        """Something a job needs went wrong: back into the queue if it may go well later, else the job has failed."""
        if self._is_stopping:
            return
        await self._patiently(job, lambda: self._break_off_once(job, error))

    async def _break_off_once(self, job: JobId, error: AppError) -> None:
        async with self._lock(job):
            await self._put_back(await self._journal.get(job), error)

    async def _put_back(self, entry: Entry, error: AppError) -> None:
        """What an error means for a job whose lock the caller holds."""
        state = entry.position.state
        if state.is_final or entry.position.is_computed:
            return
        if not error.is_temporary:
            await self._apply(entry.id, Event.FAIL, error=error)
        elif entry.wants_pause and state is not JobState.PAUSED:
            await self._apply(entry.id, Event.PAUSED)
        elif entry.position.is_running:
            await self._interrupt(entry.id, error)
        elif state is JobState.QUEUED:
            await self._journal.postpone(entry.id, error)
            self.on_enqueue(entry, error)

    async def _interrupt(self, job: JobId, error: AppError) -> None:
        limit = int(self._context.settings["stalled_attempts"])
        if await self._journal.count_stalled(job) > limit:
            reason = f"The job broke off {limit + 1} times without coming further, the last time with: {error}"
            await self._apply(job, Event.FAIL, error=JobFailed(reason))
        else:
            await self._apply(job, Event.INTERRUPT, error=error)

    async def _rest(self, entry: Entry) -> None:
        """As :meth:`rest`; the caller holds the lock of the job."""
        if entry.position.state is JobState.PAUSED:
            self._vacate(entry.id)
        is_queued = entry.position.state is JobState.QUEUED
        if not entry.position.is_running and not is_queued:
            return
        if entry.wants_pause or (not is_queued and entry.last_word not in ("resume", "retry")):
            await self._apply(entry.id, Event.PAUSED)
        elif is_queued:
            self.on_enqueue(entry, None)
        else:
            await self._apply(entry.id, Event.INTERRUPT)

    async def _do(self, action: Action, change: _Change) -> None:
        job = change.entry.id
        if action is Action.START_WORKER:
            assert change.attempt is not None
            self._attempts[job] = change.attempt
            self.spawn(job, self._work(change.attempt))
        elif action is Action.STOP_WORKER:
            if (attempt := self._attempts.get(job)) is not None:
                await attempt.halt(self._context.settings["stop_grace_seconds"])
        elif action is Action.VACATE:
            self._vacate(job)
        elif action is Action.AWAIT_PEER:
            self.spawn(job, self.settlement.await_peer(job))
        elif action is Action.TELL_FAILED:
            self.spawn(job, self.settlement.tell(job, change.error or JobFailed()))
        elif action is Action.TELL_CANCELLED:
            self.spawn(job, self.settlement.tell(job, None))
        elif action is Action.ENQUEUE:
            self.on_enqueue(change.entry, change.error)
        elif action is Action.CLOSE:
            await self._close(change)

    async def _work(self, attempt: Attempt) -> None:
        """An attempt, and what its end means for the job."""

        async def take(report: dict[str, Any]) -> None:
            await self._patiently(attempt.job, lambda: self._take_report(attempt, report))

        end: AppError | None = None
        try:
            await attempt.run(self._context, self._folder, self._command, take)
        except AppError as error:
            end = error
        if not self._is_stopping:
            await self._patiently(attempt.job, lambda: self._end(attempt, end))

    async def _end(self, attempt: Attempt, error: AppError | None) -> None:
        """The last word of an attempt; nobody listens to that of one that was replaced or stopped."""
        async with self._lock(attempt.job):
            if attempt.is_stopped:
                return
            if error is None:
                await self._apply(attempt.job, Event.WORKER_DONE)
                return
            entry = await self._journal.get(attempt.job)
            if isinstance(error, JobPaused):
                await self._rest(entry)
            else:
                await self._put_back(entry, error)

    async def _take_report(self, attempt: Attempt, report: dict[str, Any]) -> None:
        if attempt.is_stopped:
            return
        kind, job = report["kind"], attempt.job
        if kind == "state":
            async with self._lock(job):
                if not attempt.is_stopped:
                    await self._apply(job, Event.STAGE, stage=JobState(report["state"]))
        elif kind == "event":
            await self._context.record(Logged(report["action"]), {**report["subject"], "job": job})
            if report["action"] == Logged.JOB_CHECKPOINT.value:
                await self._journal.add(job, {"kind": "checkpoint", "epoch": report["subject"]["epoch"]})
        else:
            extra = {"attempt": attempt.number} if kind == "metrics" else {}
            await self._journal.add(job, {**report, **extra})

    def _vacate(self, job: JobId) -> None:
        self._attempts.pop(job, None)
        self.on_vacate(job)

    async def _close(self, change: _Change) -> None:
        """Give the place free. All of a job that failed stays for a retry; else its log and the model."""
        job, state = change.entry.id, change.position.state
        try:
            if state is not JobState.FAILED:
                keep = {LOG_NAME, *((KEPT_NAME, *change.entry.model.values()) if state is JobState.FINISHED else ())}
                await asyncio.to_thread(clean_job_folder, self._folder, job, keep)
            if self.on_close is not None:
                await self.on_close()
        except OSError:
            _LOG.exception("the folder of job %s could not be cleaned", job)
        finally:
            self._locks.pop(job, None)
            self._vacate(job)

    async def _record_change(self, entry: Entry, position: Position, error: AppError | None) -> None:
        subject: dict[str, Any] = {"job": entry.id, "project": entry.row.project, "state": position.state.value}
        if error is not None and position.state is JobState.FAILED:
            subject["error"] = error.code
        if position.state is not entry.position.state:
            await self._context.record(_LOGGED.get(position.state, Logged.JOB_STAGE), subject)
