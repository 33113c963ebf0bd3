"""What happened to each job, on disk before anybody hears of it, and the live feed of it.

An event is a JSON object with ``id`` (1, 2, 3, ... without gaps), ``job``, ``time`` and ``kind``; the last event of a
job is of kind ``state`` and names a final state. A failed job that is retried goes on counting.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from common.errors import AppError, Conflict, NotFound
from common.ids import JobId
from common.pipeline import JobState, Stage
from server_node.jobs.entry import Entry, Origin, decoded
from server_node.jobs.machine import Position
from server_node.storage.context import Clock, to_text
from server_node.storage.database import Database
from server_node.storage.rows import Job, JobEvent

MAX_ATTEMPTS = 1_000_000
_PAGE = 32
_FINAL = [state.value for state in JobState if state.is_final]


class Journal:
    """Jobs and their events in the node's database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._news: dict[str, asyncio.Event] = {}
        self._is_closing = False
        self.on_wake: Callable[[str], None] = lambda job: None

    async def create(self, job: JobId, origin: Origin, document: dict[str, Any]) -> Entry:
        """Write down a new job, queued.

        Raises:
            Conflict: this job-start was used before.
        """
        row = Job(
            id=job,
            **vars(origin),
            document=json.dumps(document),
            controls="[]",
            state=JobState.QUEUED.value,
            is_computed=False,
            attempt=0,
            stalled=0,
            created=int(self._clock()),
        )
        await self.require_new(job)
        async with self._database.writing() as session:
            session.add(row)
            await session.flush()
            await self._append(session, job, {"kind": "state", "state": row.state})
        return Entry(row)

    async def require_new(self, job: JobId) -> None:
        """Raises:
        Conflict: this job-start was used before.
        """
        async with self._database.reading() as session:
            if await session.get(Job, job) is not None:
                raise Conflict("This start of a job was used before; sign a new one.", job=job)

    async def get(self, job: str) -> Entry:
        """Raises:
        NotFound: no such job.
        """
        async with self._database.reading() as session:
            row = await session.get(Job, job)
        if row is None:
            raise NotFound("There is no such job.")
        return Entry(row)

    async def of_project(self, project: str) -> list[Entry]:
        """All jobs of a project, oldest first."""
        return await self._all(Job.project == project)

    async def unfinished(self) -> list[Entry]:
        """All jobs that are in no final state, oldest first."""
        return await self._all(Job.state.not_in(_FINAL))

    async def started_since(self, organisation: str, moment: int) -> int:
        """How many jobs an organisation started since a time, in seconds since 1970."""
        query = select(func.count()).where(Job.organisation == organisation, Job.created >= moment)
        async with self._database.reading() as session:
            return int((await session.execute(query)).scalar_one())

    async def failed_before(self, moment: int) -> list[Entry]:
        """Jobs that failed before a time, in seconds since 1970, and were not retried."""
        return await self._all((Job.state == JobState.FAILED.value) & (Job.ended < moment))

    async def begin_attempt(self, job: JobId, seen: int = 0) -> int:
        """Count the next attempt to run a job, above ``seen``; it is on the disk before anybody hears of it."""
        async with self._database.writing() as session:
            row = await session.get_one(Job, job)
            row.attempt = max(row.attempt, seen) + 1
            return row.attempt

    async def take_attempt(self, job: JobId, attempt: int) -> None:
        """Take over the driver's number of an attempt.

        Raises:
            Conflict: that one, or a later one, was seen already.
        """
        async with self._database.writing() as session:
            row = await session.get_one(Job, job)
            if attempt <= row.attempt:
                raise Conflict(f"Attempt {attempt} of this job was overtaken by attempt {row.attempt}.", job=job)
            row.attempt = attempt

    async def add_control(self, job: JobId, document: dict[str, Any]) -> None:
        """Keep a signed and checked control document.

        Raises:
            Conflict: its sequence number is not the next one.
        """
        body = document["body"]
        async with self._database.writing() as session:
            row = await session.get_one(Job, job)
            controls = json.loads(row.controls)
            if body["sequence"] != len(controls) + 1:
                raise Conflict("Somebody else controlled this job meanwhile.", sequence=len(controls))
            row.controls = json.dumps([*controls, document])
            if body["action"] in ("resume", "retry"):
                row.stalled = 0
            event = {"kind": "control", "action": body["action"], "signer": document["signer"]}
            await self._append(session, job, event)
        self.wake(job)

    async def move(self, job: JobId, position: Position, error: AppError | None = None) -> None:
        """Write down a new position and tell the listeners if the state changed.

        ``error`` says why a job failed, or why one that is queued does not go on at once.
        """
        async with self._database.writing() as session:
            row = await session.get_one(Job, job)
            is_news = row.state != position.state.value
            row.state, row.is_computed = position.state.value, position.is_computed
            reason = None if error is None else json.dumps(error.as_dict())
            row.error = reason if position.state is JobState.FAILED else None
            row.waiting = None if position.state.is_final else reason
            row.ended = int(self._clock()) if position.state.is_final else None
            if is_news:
                event: dict[str, Any] = {"kind": "state", "state": row.state}
                await self._append(session, job, event if error is None else {**event, "error": error.as_dict()})
        self.wake(job)

    async def postpone(self, job: JobId, error: AppError) -> None:
        """Write down why a queued job does not go on now; told once for each reason."""
        async with self._database.writing() as session:
            row = await session.get_one(Job, job)
            reason = error.as_dict()
            known = (decoded(row.waiting) or {}).get("code")
            if row.state == JobState.QUEUED.value and known != error.code:
                row.waiting = json.dumps(reason)
                await self._append(session, job, {"kind": "waiting", "error": reason})
        self.wake(job)

    async def count_stalled(self, job: JobId) -> int:
        """One more attempt that broke off; how many there were since the job last came further."""
        async with self._database.writing() as session:
            row = await session.get_one(Job, job)
            row.stalled += 1
            return row.stalled

    async def add(self, job: JobId, event: dict[str, Any]) -> None:
        """Write down something a worker reported and tell the listeners."""
        async with self._database.writing() as session:
            row = await session.get_one(Job, job)
            if JobState(row.state).is_final:
                return
            _summarise(row, event)
            await self._append(session, job, event)
        self.wake(job)

    async def events(self, job: str, after: int, kind: str | None = None, limit: int = _PAGE) -> list[dict[str, Any]]:
        """The next events after number ``after``, of one kind if it is given."""
        query = select(JobEvent.body).where(JobEvent.job == job, JobEvent.number > after)
        if kind is not None:
            query = query.where(JobEvent.kind == kind)
        async with self._database.reading() as session:
            bodies = (await session.scalars(query.order_by(JobEvent.number).limit(limit))).all()
        return [json.loads(body) for body in bodies]

    async def follow(self, job: JobId, after: int, is_wanted: Callable[[], bool]) -> AsyncGenerator[dict[str, Any]]:
        """Every event with an id above ``after``, then those that come.

        Ends after the final event, when the journal closes, and, after :meth:`wake`, when nobody wants more.
        """
        while True:
            news = self._news.setdefault(job, asyncio.Event())
            is_final = (await self.get(job)).position.state.is_final
            events = await self.events(job, after)
            for event in events:
                yield event
                after = event["id"]
            if not events:
                if is_final or self._is_closing or not is_wanted():
                    if is_final:
                        self._news.pop(job, None)
                    return
                await news.wait()

    def close(self) -> None:
        """End every :meth:`follow`."""
        self._is_closing = True
        self.rouse(None)

    def wake(self, job: str) -> None:
        """A job changed here: :meth:`rouse` its listeners, and have other processes do so with theirs."""
        self.rouse(job)
        self.on_wake(job)

    def rouse(self, job: str | None) -> None:
        """Set and replace: who waits for this job, or for any, wakes up; who comes later waits for the next news."""
        for name in list(self._news) if job is None else [job]:
            news = self._news.pop(name, None)
            if news is not None:
                news.set()

    async def _all(self, condition: Any) -> list[Entry]:
        async with self._database.reading() as session:
            query = select(Job).where(condition).order_by(Job.created, Job.id)
            return [Entry(row) for row in (await session.scalars(query)).all()]

    async def _append(self, session: AsyncSession, job: str, event: dict[str, Any]) -> None:
        query = select(func.max(JobEvent.number)).where(JobEvent.job == job)
        number = ((await session.execute(query)).scalar() or 0) + 1
        body = {"id": number, "job": job, "time": to_text(int(self._clock())), **event}
        session.add(JobEvent(job=job, number=number, kind=event["kind"], body=json.dumps(body)))


def _summarise(row: Job, event: dict[str, Any]) -> None:
    """Keep the latest of what a status question wants to know."""
    if event["kind"] == "progress":
        facts = {name: value for name, value in event.items() if name not in ("kind", "stage")}
        # Preparing goes on beside what is computed: the stage of a job that computes is what it computes.
        if event["stage"] != Stage.PREPARE.value or row.state == JobState.PREPARING.value:
            row.stage, row.progress = event["stage"], json.dumps(facts)
        row.stages = json.dumps({**(decoded(row.stages) or {}), event["stage"]: facts})
    elif event["kind"] == "metrics":
        row.epoch, row.stalled = event["epoch"], 0
    elif event["kind"] == "checkpoint":
        row.epoch, row.stalled = event["epoch"], 0
    elif event["kind"] == "model":
        row.model = json.dumps(event["sealed"])
