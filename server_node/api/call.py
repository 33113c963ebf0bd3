"""One request after all checks: who asks, what was sent, and the node it is asked of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from common.errors import BadInput, Cancelled, NotLoggedIn, RateLimited
from server_node.api.recent import Recent
from server_node.api.throttle import Throttle
from server_node.estimate.desk import EstimateDesk
from server_node.identity.accounts import Account, Accounts
from server_node.jobs.admission import Admission
from server_node.jobs.asking.keeping import Keeping
from server_node.jobs.dispatch import Dispatcher
from server_node.jobs.entry import Entry
from server_node.jobs.journal import Journal
from server_node.jobs.peers import Confirmer
from server_node.live.state import LiveState
from server_node.monitor.monitor import Monitor
from server_node.monitor.summary import Summary
from server_node.news.feed import Feed
from server_node.news.load import LoadMeter
from server_node.projects.decisions import Decisions
from server_node.projects.drafts import Drafts, StoredDraft
from server_node.projects.projects import Projects
from server_node.projects.stored import StoredProject
from server_node.storage.context import NodeContext
from server_node.store.changes import Changes
from server_node.store.datasets import DatasetInfo, Datasets
from server_node.store.deletion import Deletions
from server_node.store.history import History
from server_node.store.uploads import Uploads

T = TypeVar("T")
LOG = logging.getLogger("imguard.api")
_BODY_SECONDS = 300
_LOOK_SECONDS = 1.0
_EXPECTED = "100-continue"
_CONTINUED = web.RequestKey("continued", bool)


@dataclass(frozen=True)
class Services:
    """The parts of a node that answer requests."""

    folder: Path
    context: NodeContext
    version: str
    accounts: Accounts
    datasets: Datasets
    uploads: Uploads
    changes: Changes
    deletions: Deletions
    history: History
    projects: Projects
    drafts: Drafts
    decisions: Decisions
    journal: Journal
    admission: Admission
    keeping: Keeping
    dispatcher: Dispatcher
    confirmer: Confirmer
    feed: Feed
    load: LoadMeter
    live: LiveState
    throttle: Throttle
    monitor: Monitor
    estimates: EstimateDesk
    summary: Summary
    recent: Recent


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)


@dataclass(frozen=True)
class Call:
    """A checked request: ``body`` has the fields of the route's schema, ``query`` and ``headers`` those it lists."""

    request: web.Request
    node: Services
    account: Account | None
    body: dict[str, Any]
    found_dataset: DatasetInfo | None = None
    found_project: StoredProject | None = None
    found_job: Entry | None = None
    found_draft: StoredDraft | None = None
    query: dict[str, str | int] = field(default_factory=dict)
    headers: dict[str, str | int] = field(default_factory=dict)

    @property
    def user(self) -> Account:
        """Who is logged in.

        Raises:
            NotLoggedIn: nobody, on a route that asks for no login.
        """
        if self.account is None:
            raise NotLoggedIn()
        return self.account

    @property
    def dataset(self) -> DatasetInfo:
        """The data set the path names; the user was found to be allowed to do this to it."""
        assert self.found_dataset is not None
        return self.found_dataset

    @property
    def project(self) -> StoredProject:
        """The project the path names, or the one of the job it names."""
        assert self.found_project is not None
        return self.found_project

    @property
    def job(self) -> Entry:
        """The job the path names."""
        assert self.found_job is not None
        return self.found_job

    @property
    def draft(self) -> StoredDraft:
        """The draft the path names."""
        assert self.found_draft is not None
        return self.found_draft

    def part(self, name: str) -> str:
        """A piece of the path."""
        return self.request.match_info[name]

    def query_number(self, name: str, default: int) -> int:
        """A number of the query as the route declares it."""
        return int(self.query.get(name, default))

    async def read_exactly(self, size: int) -> bytes:
        """The raw body, which must have this length; more is never taken into memory.

        Raises:
            BadInput: shorter or longer.
            RateLimited: it did not arrive in time.
        """
        if self.request.content_length not in (None, size):
            raise BadInput(f"The body must have exactly {size} bytes.", field="body")
        await let_body_come(self.request)
        pieces: list[bytes] = []
        left = size
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                while left >= 0 and (piece := await self.request.content.readany()):
                    pieces.append(piece)
                    left -= len(piece)
        except TimeoutError as error:
            raise RateLimited(f"The body did not arrive within {_BODY_SECONDS} seconds.") from error
        if left:
            raise BadInput(f"The body must have exactly {size} bytes.", field="body")
        return b"".join(pieces)


async def while_connected(request: web.Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of long work, which is cancelled when the client goes away: nobody waits for it any more.

    Raises:
        Cancelled: the client has gone.
    """
    task = asyncio.create_task(work)
    try:
        while not task.done():
            await asyncio.wait([task], timeout=_LOOK_SECONDS)
            if not task.done() and (request.transport is None or request.transport.is_closing()):
                raise Cancelled("Whoever asked has gone.")
    finally:
        task.cancel()
        await asyncio.wait([task])
    return task.result()


async def hold_body(request: web.Request) -> None:
    """A sender who waits for a word before the body goes on waiting: it is said when somebody reads the body."""


async def let_body_come(request: web.Request) -> None:
    """Say the word that the sender of a body waits for; other expectations are ignored, as HTTP allows."""
    if waits_for_word(request):
        request[_CONTINUED] = True
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # The answer itself has not begun.
        request.writer.output_size = 0


def waits_for_word(request: web.Request) -> bool:
    """Whether the sender still has the body of this request."""
    return request.headers.get("Expect", "").lower() == _EXPECTED and _CONTINUED not in request


Answer = dict[str, Any] | web.StreamResponse
Handler = Callable[[Call], Awaitable[Answer]]
