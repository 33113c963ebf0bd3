"""The queue of server A, which drives: proposes each job to B, and starts both sides when a place is free.

Server B uses the same class for what A asks of it; nothing runs there that B has not checked by itself.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from common.errors import (
    AppError,
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    OutsideHours,
    PolicyRefused,
    RateLimited,
)
from common.ids import JobId, Party
from common.merkle.entry import Action as Logged
from common.pipeline import JobState
from server_node.jobs.admission import Admission
from server_node.jobs.attempts.ticket import job_id
from server_node.jobs.entry import Admitted, Entry
from server_node.jobs.journal import MAX_ATTEMPTS, Journal
from server_node.jobs.machine import Event
from server_node.jobs.peers import PeerCalls
from server_node.jobs.runner import Runner
from server_node.jobs.turns import FairQueue
from server_node.storage.context import NodeContext, to_text

_LOG = logging.getLogger("imguard.jobs")
_AGAIN_SECONDS = 1.0
_ASK_SECONDS = 30.0
_MOST_DOUBLINGS = 10
_GOES_ON = {"resume": JobState.PAUSED, "retry": JobState.FAILED}
"""The state in which each control that lets a job go on makes sense."""


@dataclass(frozen=True, eq=False)
class _Place:
    """One of the places for jobs that run at the same time, as one launch has it; another launch has another one."""

    slot: int
    organisation: str


class Dispatcher:
    """Takes jobs from members (on A) and from the other server (on B)."""

    def __init__(
        self, context: NodeContext, journal: Journal, admission: Admission, runner: Runner, peer: PeerCalls
    ) -> None:
        self._context, self._journal, self._admission = context, journal, admission
        self._runner, self._peer = runner, peer
        self._queue = FairQueue()
        self._places: dict[JobId, _Place] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._accepting = asyncio.Lock()
        runner.on_enqueue = self._enqueue
        runner.on_vacate = self._release

    @property
    def waiting(self) -> int:
        """Jobs in the queue."""
        return len(self._queue)

    async def submit(self, user: str, document: dict[str, Any]) -> Entry:
        """A member starts a job here on A: check, write down, have B check, queue.

        Raises:
            Conflict: this is B, the queue is full, or this start was used before.
            Forbidden: somebody else signed the start.
            Any error of :meth:`Admission.check`, here or on B.
            NodeUnreachable: B does not answer; the job is marked failed.
        """
        self._require(Party.P0, "Jobs are started at server A.")
        if len(self._queue) >= self._context.settings["waiting_jobs"] + self._free:
            raise Conflict("The queue is full; try again when a job has finished.")
        async with self._accepting:
            admitted = await self._admission.check(document)
            if admitted.origin.starter != user:
                raise Forbidden("A job must be started by the account that signed the start.")
            entry = await self._create(document, admitted)
        try:
            await self._peer.propose_job(document, entry.id, [])
        except AppError as error:
            await self._runner.apply(entry.id, Event.FAIL, error=error)
            raise
        self._enqueue(entry, None)
        return await self._journal.get(entry.id)

    async def accept(self, document: dict[str, Any], job: str, controls: list[dict[str, Any]]) -> Entry:
        """The other server proposes a job: check everything and write it down; what is known already changes nothing.

        Raises:
            BadInput: the id does not follow from the document.
            Any error of :meth:`Admission.check` or :meth:`Admission.check_control`.
        """
        self._require(Party.P1, "Jobs are proposed by server A to server B.")
        if job != job_id(document):
            raise BadInput("The id of the job does not fit its start.", field="job")
        async with self._accepting:
            try:
                entry = await self._journal.get(job)
            except NotFound:
                entry = await self._create(document, await self._admission.check(document))
            for control in controls[len(entry.controls) :]:
                await self._take_over(await self._journal.get(job), control)
            return await self._journal.get(job)

    async def start_accepted(self, job: str, slot: int, attempt: int) -> None:
        """The other server begins an attempt at a job that was accepted here.

        Raises:
            Conflict: it has ended here, is paused, or saw a later attempt.
            RateLimited, OutsideHours: not now.
            Any error of :meth:`Admission.check` at the first attempt: a consent may have ended meanwhile.
        """
        self._require(Party.P1, "Jobs are started by server A.")
        entry = await self._journal.get(job)
        state = entry.position.state
        if state.is_final or entry.wants_pause:
            raise Conflict(f"The job is {entry.row.state} here.", state=entry.row.state)
        if self._runner.running(but=job) >= self._context.settings["running_jobs"]:
            raise RateLimited("This server is busy with another job.")
        await self._require_turn(entry)
        admitted = await self._admit(entry)
        await self._journal.take_attempt(entry.id, attempt)
        if state is JobState.PAUSED:
            await self._runner.apply(entry.id, Event.RESUME)
        await self._runner.start(entry.id, slot, attempt, admitted)

    async def control(self, entry: Entry, document: dict[str, Any]) -> Entry:
        """A member pauses, resumes or retries a job, here on A; B hears of it and checks the signature by itself.

        Raises:
            Conflict: this is B, somebody was faster, or the job is in no state for that.
            Any error of :meth:`Admission.check_control`, or, to resume or retry, of :meth:`Admission.check`.
        """
        self._require(Party.P0, "Jobs are controlled at server A.")
        action = await self._admission.check_control(entry, document)
        state = entry.position.state
        if action in _GOES_ON:
            is_pausing = action == "resume" and entry.wants_pause and not state.is_final
            if state is not _GOES_ON[action] and not is_pausing:
                raise Conflict(f"The job is {entry.row.state}; there is nothing to {action}.")
            await self._admission.check(entry.document)
        elif state.is_final or entry.position.is_computed:
            raise Conflict(f"The job is {entry.row.state}; there is nothing to pause.")
        await self._write_down(entry, document, action)
        await self._carry_out(entry, action)
        if action not in _GOES_ON:
            self._runner.spawn(entry.id, self._pass_on(entry.id))
        return await self._journal.get(entry.id)

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
        """For ever: ask about the jobs that wait here, for the other server may have ended one without a word of it
        coming through."""
        first = float(self._context.settings["peer_retry_seconds"])
        pause = first
        while True:
            is_answered = await self.ask_about_waiting()
            await asyncio.sleep(_ASK_SECONDS if is_answered else pause)
            pause = first if is_answered else min(2 * pause, _ASK_SECONDS)

    async def ask_about_waiting(self) -> bool:
        """End every waiting job that is over on the other server; whether it said something about each."""
        waits = {JobState.PAUSED} if self._context.party is Party.P0 else {JobState.PAUSED, JobState.QUEUED}
        try:
            for job in [e.id for e in await self._journal.unfinished() if e.position.state in waits]:
                await self._runner.settlement.follow(job)
        except Exception as trouble:
            _LOG.info("the other server could not be asked about the queue: %s", trouble)
            return False
        return True

    @property
    def _free(self) -> int:
        return int(self._context.settings["running_jobs"]) - len(self._places)

    async def _create(self, document: dict[str, Any], admitted: Admitted) -> Entry:
        job, policy, organisation = job_id(document), self._context.policy, admitted.origin.organisation
        since = policy.day_began(self._context.now)
        policy.check_start(organisation, 0, await self._journal.started_since(organisation, since))
        await self._journal.require_new(job)
        subject = {"job": job, "specification": admitted.origin.specification}
        action, question = Logged.JOB_START, admitted.question
        if question is not None:
            action, subject = Logged.TEST_START, {**subject, "training": question.training, "dataset": question.dataset}
        await self._context.record(action, subject, document["signer"], document)
        return await self._journal.create(job, admitted.origin, document)

    async def _require_turn(self, entry: Entry) -> None:
        """What the operator of this server lets run now.

        Raises:
            OutsideHours, RateLimited: not now.
        """
        policy = self._context.policy
        if not policy.within_hours(self._context.now):
            begin = to_text(policy.opens_at(self._context.now))
            raise OutsideHours(f"Server {self._context.party.letter.upper()} runs jobs again from {begin} on.")
        others = [one for one in await self._journal.unfinished() if one.position.is_running and one.id != entry.id]
        mine = sum(one.row.organisation == entry.row.organisation for one in others)
        try:
            policy.check_start(entry.row.organisation, mine, 0)
        except PolicyRefused as refused:
            raise RateLimited(str(refused)) from refused

    async def _admit(self, entry: Entry) -> Admitted:
        """At the first attempt everything is checked once more; later ones go on with what was admitted.

        Raises:
            BlobsGone: the data cannot be read now.
        """
        await self._admission.require_data()
        if entry.row.attempt == 0:
            return await self._admission.check(entry.document)
        return await self._admission.resumed(entry)

    async def _take_over(self, entry: Entry, document: dict[str, Any]) -> None:
        """A control that A took: check it here too. If this server stands elsewhere meanwhile, A's next word counts."""
        action = await self._admission.check_control(entry, document)
        if action in _GOES_ON:
            await self._admission.check(entry.document)
        await self._write_down(entry, document, action)
        try:
            await self._carry_out(entry, action)
        except Conflict as conflict:
            _LOG.info("job %s was told to %s: %s", entry.id, action, conflict)

    async def _write_down(self, entry: Entry, document: dict[str, Any], action: str) -> None:
        """A member's word is on the disk before it is acted upon, and counts even if the node dies in between."""
        await self._journal.add_control(entry.id, document)
        subject = {"job": entry.id, "project": entry.row.project, "action": action}
        await self._context.record(Logged.JOB_CONTROL, subject, document["signer"], document)

    async def _carry_out(self, entry: Entry, action: str) -> None:
        if action in _GOES_ON:
            await self._runner.go_on(entry.id, Event.RETRY if action == "retry" else Event.RESUME)
        else:
            await self._runner.pause(entry.id, at_once=action == "pause-now")

    async def _pass_on(self, job: JobId) -> None:
        """Tell B at once; if it is away it hears before the next attempt."""
        entry = await self._journal.get(job)
        try:
            await self._peer.propose_job(entry.document, job, entry.controls)
        except AppError as error:
            _LOG.info("the other server did not take the controls of job %s: %s", job, error)

    def _enqueue(self, entry: Entry, reason: AppError | None) -> None:
        """On B a queued job just waits for A's word."""
        if self._context.party is not Party.P0:
            return
        self._places.pop(entry.id, None)
        row = entry.row
        if reason is None:
            self._queue.add(entry.id, row.organisation, row.created)
        else:
            pause = _AGAIN_SECONDS * 2 ** min(max(0, row.stalled - 1), _MOST_DOUBLINGS)
            self._queue.put_off(entry.id, row.organisation, pause, row.created)
        self._fill()

    def _release(self, job: JobId) -> None:
        self._queue.remove(job)
        self._places.pop(job, None)
        if self._context.party is Party.P0:
            self._fill()

    def _fill(self) -> None:
        """Give every free place to the job whose turn it is."""
        places = {job: place.organisation for job, place in self._places.items()}
        while self._free > 0 and (job := self._queue.next(places)) is not None:
            organisation = self._queue.organisation(job)
            taken = {place.slot for place in self._places.values()}
            slot = next(number for number in range(len(taken) + 1) if number not in taken)
            place = self._places[job] = _Place(slot, organisation)
            places[job] = organisation
            self._runner.spawn(job, self._launch(job, place))
        self._wake_later()

    def _wake_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        pause = self._queue.seconds_until_due()
        if pause is not None:
            self._timer = asyncio.get_running_loop().call_later(pause, self._fill)

    def close(self) -> None:
        """Forget the queue; the journal knows it."""
        if self._timer is not None:
            self._timer.cancel()

    async def _launch(self, job: JobId, place: _Place) -> None:
        """Begin an attempt; what goes wrong with it counts only as long as the job has this place."""
        try:
            await self._begin(job, place)
        except Exception as error:
            if self._has(job, place):
                raise
            _LOG.info("a start of job %s was overtaken: %s", job, error)

    async def _begin(self, job: JobId, place: _Place) -> None:
        """Begin an attempt on both sides, B first, unless the job is paused, ended or begun anew meanwhile."""
        entry = await self._journal.get(job)
        if entry.position.state is not JobState.QUEUED:
            if self._has(job, place):
                self._release(job)
            return
        if entry.wants_pause:
            await self._runner.rest(job)
            return
        await self._require_turn(entry)
        admitted = await self._admit(entry)
        await self._peer.propose_job(entry.document, job, entry.controls)
        attempt = await self._begin_there(job, place)
        if attempt is not None and self._has(job, place):
            self._queue.remove(job)
            await self._runner.start(job, place.slot, attempt, admitted)

    async def _begin_there(self, job: JobId, place: _Place) -> int | None:
        """Begin the next attempt on B; its number, or None if the job is over there or lost its place here.

        A server that was made anew from a backup counts on from what the other one has seen.
        """
        if not self._has(job, place):
            return None
        attempt = await self._journal.begin_attempt(job)
        try:
            await self._peer.start_job(job, place.slot, attempt)
        except Conflict:
            if await self._runner.settlement.follow(job):
                return None
            seen = (await self._peer.job_status(job)).attempt
            if not (attempt <= seen < MAX_ATTEMPTS and self._has(job, place)):
                raise
            attempt = await self._journal.begin_attempt(job, seen)
            await self._peer.start_job(job, place.slot, attempt)
        return attempt

    def _has(self, job: JobId, place: _Place) -> bool:
        return self._places.get(job) is place

    def _require(self, party: Party, sentence: str) -> None:
        if self._context.party is not party:
            raise Conflict(sentence)
