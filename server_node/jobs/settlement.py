"""What the two servers tell each other about a job that is over on one of them."""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Awaitable, Callable

from common.errors import AppError, JobFailed, NodeUnreachable, NotFound
from common.ids import JobId, Party
from common.pipeline import JobState
from server_node.jobs.entry import Entry
from server_node.jobs.journal import Journal
from server_node.jobs.machine import Event
from server_node.jobs.peers import PeerCalls, PeerStatus

_LOG = logging.getLogger("imguard.jobs")
_POLL_SECONDS = 0.25
_LONGEST_PAUSE = 30.0
_TELL_ATTEMPTS = 3

Happen = Callable[[JobId, Event, AppError | None], Awaitable[object]]


class Settlement:
    """Asks and tells the other server; ``happen`` lets an event happen to a job here."""

    def __init__(self, party: Party, journal: Journal, peer: PeerCalls, happen: Happen) -> None:
        self._party, self._journal, self._peer, self._happen = party, journal, peer, happen
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def await_peer(self, job: JobId) -> None:
        """Find out what becomes of a job on the other server after this one has done its part.

        Only the other server's word settles it: its model share may be as complete as the one here, so being
        unreachable, for however long, is no reason to throw this one away.
        """
        pause = _POLL_SECONDS
        while True:
            try:
                if not (await self._journal.get(job)).position.is_computed:
                    return
                if await self._take_status(job):
                    return
                pause = _POLL_SECONDS
            except NotFound:
                error = JobFailed("The other server does not know this job.")
                await self._happen(job, Event.PEER_FAILED, error)
                return
            except Exception as trouble:
                _LOG.info("job %s waits for the other server: %s", job, trouble)
                pause = min(2 * pause, _LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def tell(self, job: JobId, error: AppError | None) -> None:
        """Say that a job failed here, or, without error, that it was cancelled; the other side asks if this is lost.

        Nothing is said any more once the job is finished here, or goes on because a member retried it.
        """
        before = await self._look(job)
        for attempt in range(_TELL_ATTEMPTS):
            try:
                # Between a question and what is made of its answer the other server must not hear anything else.
                async with self._lock(job):
                    if _goes_on(before, await self._look(job)):
                        return
                    await self._peer.end_job(job, error)
                return
            except NodeUnreachable:
                await asyncio.sleep(_POLL_SECONDS * 2**attempt)
            except AppError as refused:
                _LOG.info("the other server does not take the end of job %s: %s", job, refused)
                return
        _LOG.info("the other server could not be told that job %s ended", job)

    async def _look(self, job: JobId) -> Entry | None:
        """The job, or None while it cannot be read: an end that could not be written down is told all the same."""
        try:
            return await self._journal.get(job)
        except AppError:
            return None

    def _lock(self, job: JobId) -> asyncio.Lock:
        """One for each job as long as somebody holds it."""
        found = self._locks.get(job)
        if found is None:
            found = self._locks[job] = asyncio.Lock()
        return found

    async def follow(self, job: JobId) -> bool:
        """Take over the end of a job that waits here and is over there; whether it was over.

        Raises:
            NodeUnreachable: no word of it.
        """
        try:
            status = await self._peer.job_status(job)
        except NotFound:
            if self._party is Party.P0:
                # A writes a job down before B hears of it.
                return False
            # One that A does not know will never start.
            await self._happen(job, Event.PEER_CANCELLED, None)
            return True
        if status.state is JobState.CANCELLED:
            await self._happen(job, Event.PEER_CANCELLED, None)
        elif status.state.is_final:
            await self._happen(job, Event.PEER_FAILED, status.error or JobFailed())
        return status.state.is_final

    async def _take_status(self, job: JobId) -> bool:
        """Whether the other server's state settled the job, or sent it back into the queue."""
        async with self._lock(job):
            status = await self._peer.job_status(job)
            found = _meaning(status)
            if found is not None:
                await self._happen(job, *found)
        return found is not None


def _goes_on(before: Entry | None, now: Entry | None) -> bool:
    """Whether the end that was to be told is none any more."""
    if now is None:
        return False
    is_retried = before is not None and len(now.controls) > len(before.controls) and not now.position.state.is_final
    return now.position.state is JobState.FINISHED or is_retried


def _meaning(status: PeerStatus) -> tuple[Event, AppError | None] | None:
    """What the state of a job there means for one that is computed here; None as long as it is under way."""
    if status.state is JobState.CANCELLED:
        return Event.PEER_CANCELLED, None
    if status.state is JobState.FAILED:
        return Event.PEER_FAILED, status.error or JobFailed()
    if status.is_computed:
        return Event.PEER_DONE, None
    # B holds no place for a job that A will begin anew, or has paused.
    is_put_back = status.state in (JobState.QUEUED, JobState.PAUSED)
    return (Event.PEER_INTERRUPTED, None) if is_put_back else None
