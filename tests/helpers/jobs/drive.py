"""One node's queue and runner on a real database, with a server beside it and workers that do what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from common.errors import AppError, WorkerDied
from common.ids import JobId, Party
from common.pipeline import JobState
from server_node.jobs.admission import Admission
from server_node.jobs.attempts.attempt import Attempt
from server_node.jobs.attempts.ticket import job_id
from server_node.jobs.dispatch import Dispatcher
from server_node.jobs.entry import Admitted, Entry, Origin
from server_node.jobs.journal import Journal
from server_node.jobs.peers import PeerStatus
from server_node.jobs.runner import Runner
from server_node.policy.policy import Policy
from server_node.storage.context import NodeContext
from server_node.storage.database import Database
from server_node.storage.rows import Project, User

PROJECT, REVISION = "cd" * 16, "ef" * 32
_SETTINGS = {
    "running_jobs": 1, "waiting_jobs": 16, "stalled_attempts": 10, "keep_failed_hours": 168,
    "stop_grace_seconds": 0, "peer_retry_seconds": 1,
}  # fmt: skip


class Worker:
    """Says and does what the test tells it; ends when it is stopped."""

    def __init__(self) -> None:
        self.orders: asyncio.Queue[dict[str, Any] | AppError | None] = asyncio.Queue()
        self.is_asked_to_pause = False

    def ask_to_pause(self) -> None:
        self.is_asked_to_pause = True

    async def stop(self, grace_seconds: float) -> None:
        self.orders.put_nowait(WorkerDied())

    async def work(self, take: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        while (said := await self.orders.get()) is not None:
            if isinstance(said, AppError):
                raise said
            await take(said)

    def say(self, state: str) -> None:
        self.orders.put_nowait({"kind": "state", "state": state})


class Peer:
    """The other server: ``on[name]`` is called first; what it raises is the answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.on: dict[str, Callable[[], Awaitable[object]]] = {}
        self.status = PeerStatus(JobState.QUEUED, False, None)

    async def _hear(self, name: str) -> None:
        self.asked.append(name)
        if name in self.on:
            await self.on[name]()

    async def compare_dataset(self, dataset: str, manifest_hash: str, state: str) -> tuple[str, str]:
        return "", "absent"

    async def propose_job(self, document: dict[str, Any], job: JobId, controls: list[dict[str, Any]]) -> None:
        await self._hear("propose")

    async def start_job(self, job: JobId, slot: int, attempt: int) -> None:
        await self._hear("start")

    async def end_job(self, job: JobId, error: AppError | None) -> None:
        await self._hear("end")

    async def job_status(self, job: JobId) -> PeerStatus:
        status = self.status
        await self._hear("status")
        return status


class Admits:
    """Everything is allowed."""

    def __init__(self) -> None:
        specification = SimpleNamespace(hash=REVISION, recipients=())
        self.project = cast(Any, SimpleNamespace(id=PROJECT, audience=("alice",), specification=specification))

    async def check(self, document: dict[str, Any]) -> Admitted:
        return Admitted(self.project, Origin(PROJECT, REVISION, "alice", str(document["body"]["organisation"])), [])

    async def resumed(self, entry: Entry) -> Admitted:
        return Admitted(self.project, entry.origin, [])

    async def require_data(self) -> None:
        return None

    async def project_of(self, entry: Entry) -> Any:
        return self.project

    async def check_control(self, entry: Entry, document: dict[str, Any]) -> str:
        return str(document["body"]["action"])


@dataclass
class Drive:
    """A node whose jobs a test drives."""

    journal: Journal
    runner: Runner
    dispatcher: Dispatcher
    peer: Peer
    workers: dict[tuple[JobId, int], Worker] = field(default_factory=dict)
    settings: dict[str, int] = field(default_factory=dict)
    now: float = 86400.0

    async def submit(self, nonce: str = "1", organisation: str = "clinic") -> JobId:
        document = start_of(nonce, organisation)
        await self.dispatcher.submit("alice", document)
        return job_id(document)

    async def control(self, job: JobId, action: str) -> None:
        entry = await self.journal.get(job)
        await self.dispatcher.control(entry, control_of(entry, action))

    async def until(self, job: JobId, *states: str) -> Entry:
        """Wait until the job is in one of these states."""
        while (entry := await self.journal.get(job)).row.state not in states:
            await asyncio.sleep(0)
        return entry

    async def worker(self, job: JobId, attempt: int) -> Worker:
        """Wait until this attempt has a worker."""
        while (job, attempt) not in self.workers:
            await asyncio.sleep(0)
        return self.workers[job, attempt]


def start_of(nonce: str, organisation: str = "clinic") -> dict[str, Any]:
    return {"body": {"nonce": nonce, "organisation": organisation}, "signer": "11" * 32}


def control_of(entry: Entry, action: str) -> dict[str, Any]:
    body = {"job": entry.id, "action": action, "sequence": len(entry.controls) + 1}
    return {"body": body, "signer": "11" * 32}


async def _ignore(*about: Any) -> None:
    return None


@asynccontextmanager
async def driving(folder: Path, party: Party, patch: pytest.MonkeyPatch) -> AsyncIterator[Drive]:
    """A node with one account and one project, and nothing running yet."""
    database = await Database.open(folder / "node.db")
    async with database.writing() as session:
        session.add(User(name="alice", organisation="clinic", role="user", state="active", verify_key="11" * 32,
                         seal_key="22" * 32, version=1, created=0))  # fmt: skip
        await session.flush()
        session.add(Project(id=PROJECT, hash="cd" * 32, owner="alice", is_archived=False, created=0))
    settings = dict(_SETTINGS)
    context = cast(NodeContext, SimpleNamespace(party=party, settings=settings, record=_ignore, announce=_ignore,
                                                policy=Policy(), now=86400))  # fmt: skip
    journal, admission, peer = Journal(database, lambda: found.now), cast(Admission, Admits()), Peer()
    runner = Runner(context, folder, journal, admission, peer)
    found = Drive(journal, runner, Dispatcher(context, journal, admission, runner, peer), peer, settings=settings)

    async def run(attempt: Attempt, context: Any, folder: Path, command: Any, take: Any) -> None:
        worker = found.workers[attempt.job, attempt.number] = Worker()
        attempt.process = cast(Any, worker)
        await worker.work(take)

    patch.setattr(Attempt, "run", run)
    try:
        yield found
    finally:
        found.dispatcher.close()
        await runner.stop()
        await database.close()
