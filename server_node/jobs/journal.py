"""What happened to each job, on disk before anybody hears of it, and the live feed of it.

An event is a JSON object with ``id`` (1, 2, 3, ... without gaps), ``job``, ``time`` and ``kind``; the last event of a
job is of kind ``state`` and names a final state.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from common.errors import AppError, Conflict, NotFound
from common.ids import JobId
from common.pipeline import JobState
from server_node.jobs.machine import Position
from server_node.storage.context import Clock, to_text
from server_node.storage.database import Database
from server_node.storage.rows import Job, JobEvent

_PAGE = 32


@dataclass(frozen=True)
class Entry:
    """A job as the journal knows it."""

    row: Job

    @property
    def id(self) -> JobId:
        return JobId(self.row.id)

    @property
    def position(self) -> Position:
        return Position(JobState(self.row.state), self.row.is_computed)

    @property
    def document(self) -> dict[str, Any]:
        """The signed job-start document."""
        document: dict[str, Any] = json.loads(self.row.document)
        return document

    @property
    def model(self) -> dict[str, str]:
        """File of the sealed model share for each recipient; empty before it was made."""
        sealed: dict[str, str] = _json(self.row.model) or {}
        return sealed

    def as_dict(self) -> dict[str, Any]:
        """The public form of a job."""
        row = self.row
        return {
            "id": row.id,
            "project": row.project,
            "state": row.state,
            "stage": row.stage,
            "progress": _json(row.progress),
            "epoch": row.epoch,
            "error": _json(row.error),
            "created": to_text(row.created),
        }


class Journal:
    """Jobs and their events in the node's database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._news: dict[str, asyncio.Event] = {}
        self._is_closing = False

    async def create(self, job: JobId, project: str, document: dict[str, Any]) -> Entry:
        """Write down a new job, queued.

        Raises:
            Conflict: this job-start was used before.
        """
        now = int(self._clock())
        row = Job(
            id=job,
            project=project,
            document=json.dumps(document),
            state=JobState.QUEUED.value,
            is_computed=False,
            created=now,
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
        async with self._database.reading() as session:
            query = select(Job).where(Job.project == project).order_by(Job.created, Job.id)
            return [Entry(row) for row in (await session.scalars(query)).all()]

    async def unfinished(self) -> list[Entry]:
        """All jobs that are in no final state, oldest first."""
        final = [state.value for state in JobState if state.is_final]
        async with self._database.reading() as session:
            query = select(Job).where(Job.state.not_in(final)).order_by(Job.created, Job.id)
            return [Entry(row) for row in (await session.scalars(query)).all()]

    async def move(self, job: JobId, position: Position, error: AppError | None = None) -> None:
        """Write down a new position and tell the listeners if the state changed."""
        async with self._database.writing() as session:
            row = await session.get_one(Job, job)
            is_news = row.state != position.state.value
            row.state, row.is_computed = position.state.value, position.is_computed
            event: dict[str, Any] = {"kind": "state", "state": row.state}
            if error is not None:
                row.error = json.dumps(error.as_dict())
                event["error"] = error.as_dict()
            if is_news:
                await self._append(session, job, event)
        self.wake(job)

    async def add(self, job: JobId, event: dict[str, Any]) -> None:
        """Write down something a worker reported and tell the listeners."""
        async with self._database.writing() as session:
            row = await session.get_one(Job, job)
            if JobState(row.state).is_final:
                return
            _summarise(row, event)
            await self._append(session, job, event)
        self.wake(job)

    async def follow(self, job: JobId, after: int, is_wanted: Callable[[], bool]) -> AsyncIterator[dict[str, Any]]:
        """Every event with an id above ``after``, then those that come.

        Ends after the final event, when the journal closes, and, after :meth:`wake`, when nobody wants more.
        """
        while True:
            news = self._news.setdefault(job, asyncio.Event())
            is_over = self._is_closing or not is_wanted() or (await self.get(job)).position.state.is_final
            events = await self._events(job, after)
            for event in events:
                yield event
                after = event["id"]
                if event["kind"] == "state" and JobState(event["state"]).is_final:
                    self._news.pop(job, None)
                    return
            if not events:
                if is_over:
                    return
                await news.wait()

    def close(self) -> None:
        """End every :meth:`follow`."""
        self._is_closing = True
        for job in list(self._news):
            self.wake(job)

    def wake(self, job: str) -> None:
        """Set and replace: those who wait now wake up, those who come later wait for the next news."""
        news = self._news.pop(job, None)
        if news is not None:
            news.set()

    async def _events(self, job: str, after: int) -> list[dict[str, Any]]:
        async with self._database.reading() as session:
            query = select(JobEvent.body).where(JobEvent.job == job, JobEvent.number > after)
            bodies = (await session.scalars(query.order_by(JobEvent.number).limit(_PAGE))).all()
        return [json.loads(body) for body in bodies]

    async def _append(self, session: AsyncSession, job: str, event: dict[str, Any]) -> None:
        query = select(func.max(JobEvent.number)).where(JobEvent.job == job)
        number = ((await session.execute(query)).scalar() or 0) + 1
        body = {"id": number, "job": job, "time": to_text(int(self._clock())), **event}
        session.add(JobEvent(job=job, number=number, body=json.dumps(body)))


def _summarise(row: Job, event: dict[str, Any]) -> None:
    """Keep the latest of what a status question wants to know."""
    if event["kind"] == "progress":
        row.stage = event["stage"]
        row.progress = json.dumps({name: value for name, value in event.items() if name not in ("kind", "stage")})
    elif event["kind"] == "metrics":
        row.epoch = event["epoch"]
    elif event["kind"] == "model":
        row.model = json.dumps(event["sealed"])


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)
