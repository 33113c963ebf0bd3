"""The queue of server A, which drives: proposes each job to B, and starts both sides when a place is free.

Server B uses the same class for what A asks of it; nothing runs there that B has not checked by itself.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import Any

from common.errors import AppError, BadInput, Conflict, Forbidden, JobFailed, NotFound, RateLimited
from common.ids import JobId, Party
from common.merkle.entry import Action as Logged
from common.pipeline import JobState
from server_node.jobs.admission import Admission, Admitted
from server_node.jobs.journal import Entry, Journal
from server_node.jobs.machine import Event
from server_node.jobs.peers import PeerCalls
from server_node.jobs.runner import Runner
from server_node.jobs.ticket import job_id
from server_node.storage.context import NodeContext

_LOG = logging.getLogger("imguard.jobs")
_BUSY_PAUSE = 0.25
_ASK_SECONDS = 30.0


class Dispatcher:
    """Takes jobs from members (on A) and from the other server (on B)."""

    def __init__(
        self, context: NodeContext, journal: Journal, admission: Admission, runner: Runner, peer: PeerCalls
    ) -> None:
        self._context, self._journal, self._admission = context, journal, admission
        self._runner, self._peer = runner, peer
        self._waiting: deque[JobId] = deque()
        self._slots: dict[JobId, int] = {}
        runner.on_enqueue = self._enqueue
        runner.on_close = self._release

    async def submit(self, user: str, document: dict[str, Any]) -> Entry:
        """A member starts a job here on A: check, write down, have B check, queue.

        Raises:
            Conflict: this is B, the queue is full, or this start was used before.
            Forbidden: somebody else signed the start.
            Any error of :meth:`Admission.check`, here or on B.
            NodeUnreachable: B does not answer; the job is marked failed.
        """
        if self._context.party is not Party.P0:
            raise Conflict("Jobs are started at server A.")
        if len(self._waiting) >= self._context.settings["waiting_jobs"] + self._free:
            raise Conflict("The queue is full; try again when a job has finished.")
        admitted = await self._admission.check(document)
        if admitted.starter != user:
            raise Forbidden("A job must be started by the account that signed the start.")
        entry = await self._create(document, admitted)
        try:
            await self._peer.propose_job(document, entry.id)
        except AppError as error:
            await self._runner.apply(entry.id, Event.FAIL, error=error)
            raise
        self._enqueue(entry.id)
        return await self._journal.get(entry.id)

    async def accept(self, document: dict[str, Any], job: str) -> Entry:
        """The other server proposes a job: check everything again and write it down; repeating it changes nothing.

        Raises:
            BadInput: the id does not follow from the document.
            Any error of :meth:`Admission.check`.
        """
        self._require_b()
        if job != job_id(document):
            raise BadInput("The id of the job does not fit its start.", field="job")
        admitted = await self._admission.check(document)
        try:
            return await self._create(document, admitted)
        except Conflict:
            return await self._journal.get(job)

    async def start_accepted(self, job: str, slot: int) -> None:
        """The other server starts a job that was accepted here.

        Raises:
            Conflict: it runs or has ended here already.
            RateLimited: as many jobs as allowed run already.
            Any error of :meth:`Admission.check`: a consent may have ended meanwhile.
        """
        self._require_b()
        entry = await self._journal.get(job)
        if entry.position.state is not JobState.QUEUED:
            raise Conflict(f"The job is {entry.row.state} here.")
        if self._runner.running >= self._context.settings["running_jobs"]:
            raise RateLimited("This server is busy with another job.")
        await self._runner.start(entry.id, slot)

    async def cancel(self, job: JobId) -> Entry:
        """A member stops a job, on either server."""
        await self._runner.apply(job, Event.CANCEL)
        await self._runner.settle(job)
        return await self._journal.get(job)

    async def end_by_peer(self, job: JobId, error: AppError | None) -> None:
        """The other server says that a job failed there, or was cancelled."""
        if error is None:
            await self._runner.apply(job, Event.PEER_CANCELLED)
        else:
            await self._runner.apply(job, Event.PEER_FAILED, error=error)

    async def watch(self) -> None:
        """On B, for ever: ask A about the queued jobs, for A may have ended one while no word of it came through."""
        first = float(self._context.settings["peer_retry_seconds"])
        pause = first
        while self._context.party is Party.P1:
            is_answered = await self.ask_about_queued()
            await asyncio.sleep(_ASK_SECONDS if is_answered else pause)
            pause = first if is_answered else min(2 * pause, _ASK_SECONDS)

    async def ask_about_queued(self) -> bool:
        """End every queued job that is over on the other server; whether it said something about each."""
        try:
            queued = [e.id for e in await self._journal.unfinished() if e.position.state is JobState.QUEUED]
            for job in queued:
                await self._follow_peer(job)
        except Exception as trouble:
            _LOG.info("the other server could not be asked about the queue: %s", trouble)
            return False
        return True

    async def _follow_peer(self, job: JobId) -> None:
        try:
            status = await self._peer.job_status(job)
        except NotFound:
            # A writes a job down before it proposes it: one that A does not know will never start.
            await self._runner.apply(job, Event.PEER_CANCELLED)
            return
        if status.state is JobState.CANCELLED:
            await self._runner.apply(job, Event.PEER_CANCELLED)
        elif status.state.is_final:
            await self._runner.apply(job, Event.PEER_FAILED, error=status.error or JobFailed())

    @property
    def _free(self) -> int:
        return int(self._context.settings["running_jobs"]) - len(self._slots)

    async def _create(self, document: dict[str, Any], admitted: Admitted) -> Entry:
        job = job_id(document)
        await self._journal.require_new(job)
        subject = {"job": job, "specification": admitted.project.specification.hash}
        await self._context.record(Logged.JOB_START, subject, document["signer"], document)
        return await self._journal.create(job, admitted.project.id, document)

    def _enqueue(self, job: JobId) -> None:
        """On B a queued job just waits for A's word."""
        if self._context.party is Party.P0:
            self._waiting.append(job)
            self._fill()

    def _release(self, job: JobId) -> None:
        if job in self._waiting:
            self._waiting.remove(job)
        self._slots.pop(job, None)
        self._fill()

    def _fill(self) -> None:
        """Give every free place to the job that waits longest."""
        while self._waiting and self._free > 0:
            job = self._waiting.popleft()
            taken = set(self._slots.values())
            self._slots[job] = next(slot for slot in range(len(taken) + 1) if slot not in taken)
            self._runner.spawn(job, self._launch(job, self._slots[job]))

    async def _launch(self, job: JobId, slot: int) -> None:
        """Start both sides, B first; an error ends the job on both."""
        entry = await self._journal.get(job)
        if entry.position.state.is_final:
            self._release(job)
            return
        await self._peer.propose_job(entry.document, job)
        await self._start_peer(job, slot)
        await self._runner.start(job, slot)

    async def _start_peer(self, job: JobId, slot: int) -> None:
        """B learns of the end of the job before a moment later than A, so it may still be busy."""
        deadline = time.monotonic() + self._context.settings["peer_patience_seconds"]
        while True:
            try:
                await self._peer.start_job(job, slot)
                return
            except RateLimited:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(_BUSY_PAUSE)

    def _require_b(self) -> None:
        if self._context.party is not Party.P1:
            raise Conflict("Jobs are proposed by server A to server B.")
