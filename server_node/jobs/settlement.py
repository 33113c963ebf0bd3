"""What the two servers tell each other about a job that is over on one of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from common.errors import AppError, JobFailed, NodeUnreachable, NotFound
from common.ids import JobId, Party
from common.pipeline import JobState
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
                if await self._take_status(job, await self._peer.job_status(job)):
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
        """Say that a job failed here, or, without error, that it was cancelled; the other side asks if this is lost."""
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

    async def _take_status(self, job: JobId, status: PeerStatus) -> bool:
        """Whether the other server's state settled the job, or sent it back into the queue."""
        if status.state is JobState.CANCELLED:
            await self._happen(job, Event.PEER_CANCELLED, None)
        elif status.state is JobState.FAILED:
            await self._happen(job, Event.PEER_FAILED, status.error or JobFailed())
        elif status.is_computed:
            await self._happen(job, Event.PEER_DONE, None)
        elif status.state in (JobState.QUEUED, JobState.PAUSED) and self._party is Party.P0:
            await self._happen(job, Event.PEER_INTERRUPTED, None)
        else:
            return False
        return True
