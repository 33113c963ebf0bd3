"""Builds every part of a node once, in order, and closes them in the opposite order."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from common.config import Settings
from common.crypto.rng import SystemRandom
from common.errors import ConfigError
from common.merkle.entry import Action
from common.net.files import hold_folder
from common.net.identity import NodeIdentity
from common.net.tls import server_context
from common.openapi.operation import Raw
from common.pipeline import JobState
from server_node.api.call import LOG, SERVICES, Services, hold_body, let_body_come
from server_node.api.middleware import count_requests, name_answer, name_errors, name_requests, serve
from server_node.api.openapi import all_routes
from server_node.api.peer_client import HttpPeer
from server_node.api.recent import Recent
from server_node.api.throttle import Throttle
from server_node.audit.events import EventMaker, Recorder
from server_node.audit.outbox import Outbox, open_outbox
from server_node.estimate.desk import open_desk
from server_node.identity.accounts import Accounts
from server_node.jobs.admission import Admission
from server_node.jobs.asking.keeping import Keeping
from server_node.jobs.asking.questions import Questions
from server_node.jobs.attempts.process import WorkerCommand, worker_command
from server_node.jobs.dispatch import Dispatcher
from server_node.jobs.journal import Journal
from server_node.jobs.peers import Confirmer
from server_node.jobs.runner import Runner
from server_node.live.opening import open_live
from server_node.live.relay import Relay
from server_node.live.state import LiveState
from server_node.monitor.monitor import Watched, open_monitor
from server_node.monitor.summary import Summary
from server_node.news.feed import Feed
from server_node.news.load import CountJobs, LoadMeter
from server_node.policy.policy import Policy
from server_node.projects.decisions import Decisions
from server_node.projects.drafts import Drafts
from server_node.projects.projects import Projects
from server_node.storage.context import NodeContext, Record
from server_node.storage.database import Database
from server_node.storage.location import locate
from server_node.store.changes import Changes
from server_node.store.datasets import Datasets
from server_node.store.deletion import Deletions
from server_node.store.history import History
from server_node.store.shares import keep_tended, open_share_store
from server_node.store.uploads import Uploads

_MIB = 1 << 20
_CLOSE_SECONDS = 1.0
RNG = SystemRandom()


@dataclass(frozen=True)
class Plan:
    """What a node is built from; ``command`` starts workers."""

    folder: Path
    identity: NodeIdentity
    settings: Settings
    version: str
    command: WorkerCommand = worker_command


async def run_node(plan: Plan, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; ``on_ready`` gets the address once requests are answered.

    Raises:
        ConfigError: the address cannot be listened on.
        Conflict: this node runs already.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_node(plan) as address:
        on_ready(address)
        await stop.wait()
        LOG.info("stopping")


@asynccontextmanager
async def open_node(plan: Plan) -> AsyncIterator[str]:
    """A serving node as a context; gives its address."""
    async with AsyncExitStack() as stack:
        # Before anything is read: a second process on this folder would take the first one's jobs for broken off.
        stack.callback(os.close, hold_folder(plan.folder))
        services = await stack.enter_async_context(_open_services(plan))
        address = await stack.enter_async_context(_listening(plan, services))
        yield address


@asynccontextmanager
async def _open_services(plan: Plan) -> AsyncIterator[Services]:
    async with AsyncExitStack() as stack:
        outbox, record = await stack.enter_async_context(_open_record(plan))
        live = await stack.enter_async_context(open_live(plan.folder, plan.settings, plan.identity.storage_key, RNG))
        patience = plan.settings["database_patience_seconds"]
        database = await Database.open(locate(plan.folder, plan.settings), plan.identity.signing.verify_key, patience)
        stack.push_async_callback(database.close)
        feed = Feed(database, time.time, live)
        context = NodeContext(plan.identity, plan.settings, record, announce=feed.add, policy=Policy.load(plan.folder))
        peer = HttpPeer(context)
        await peer.open()
        stack.push_async_callback(peer.close)
        shares = await asyncio.to_thread(open_share_store, plan.folder, plan.identity, plan.settings)
        stack.callback(shares.blobs.close)
        datasets = Datasets(database, shares, context)
        uploads = Uploads(database, shares, context)
        stack.push_async_callback(uploads.close)
        projects = Projects(database, datasets, context)
        journal = Journal(database, context.clock)
        accounts = Accounts(database, context)
        questions = Questions(projects, datasets, database, journal, plan.folder)
        admission = Admission(projects, datasets, database, questions)
        keeping = Keeping(context, plan.folder, journal, projects)
        runner = Runner(context, plan.folder, journal, admission, peer, plan.command)
        runner.on_close = keeping.look
        dispatcher = Dispatcher(context, journal, admission, runner, peer)
        confirmer = Confirmer(datasets, peer, plan.settings["peer_retry_seconds"])
        await uploads.sweep()
        await runner.recover()
        stack.push_async_callback(runner.stop)
        stack.callback(dispatcher.close)
        for work in (confirmer.run, dispatcher.watch, runner.keep_swept, keeping.run):
            await stack.enter_async_context(_background(work()))
        await stack.enter_async_context(_relaying(journal, live))
        await stack.enter_async_context(_background(feed.run()))
        await stack.enter_async_context(_background(keep_tended(shares)))
        load = LoadMeter(plan.folder, _count_jobs(journal))
        await stack.enter_async_context(_background(load.run()))
        useful = (("blobs", shares.blobs), ("live state", live), ("policy", context.policy))
        monitor = open_monitor(
            Watched(plan.folder, context, plan.version, database, outbox, peer, (("database", database),), useful)
        )
        estimates = await stack.enter_async_context(open_desk(context, plan.folder, monitor.link))
        yield Services(
            folder=plan.folder,
            context=context,
            version=plan.version,
            accounts=accounts,
            datasets=datasets,
            uploads=uploads,
            changes=Changes(database, context),
            deletions=Deletions(database, shares, context),
            history=History(database),
            projects=projects,
            drafts=Drafts(database, context),
            decisions=Decisions(database, projects, context),
            journal=journal,
            admission=admission,
            keeping=keeping,
            dispatcher=dispatcher,
            confirmer=confirmer,
            feed=feed,
            load=load,
            live=live,
            throttle=Throttle(live, plan.settings["logins_per_minute"]),
            monitor=monitor,
            estimates=estimates,
            summary=Summary(database),
            recent=Recent(database),
        )


@asynccontextmanager
async def _relaying(journal: Journal, live: LiveState) -> AsyncIterator[None]:
    """Listeners of a job wake up in whatever process of the node they wait."""
    relay = Relay(live, "jobs", journal.rouse)
    journal.on_wake = relay.tell
    async with _background(relay.run()):
        yield


@asynccontextmanager
async def _listening(plan: Plan, services: Services) -> AsyncIterator[str]:
    """The HTTPS server; its open event streams end first when it closes."""
    app = web.Application(middlewares=[name_requests, count_requests, name_errors], client_max_size=_MIB)
    app[SERVICES] = services
    for route in all_routes():
        expect = hold_body if isinstance(route.schema, Raw) else let_body_come
        app.router.add_route(route.method, route.path, serve(route), expect_handler=expect)
    app.on_response_prepare.append(name_answer)
    app.on_shutdown.append(_end_streams)
    server = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_SECONDS, auto_decompress=False)
    await server.setup()
    try:
        yield await _bind(server, plan)
    finally:
        await server.cleanup()


async def _bind(server: web.AppRunner, plan: Plan) -> str:
    host, port = plan.settings["listen_host"], plan.settings["listen_port"]
    identity = plan.identity
    tls = server_context(identity.cert_path, identity.key_path, identity.ca_pem)
    try:
        await web.TCPSite(server, host, port, ssl_context=tls, reuse_address=True).start()
    except OSError as error:
        raise ConfigError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
    shown = f"[{host}]" if ":" in host else host
    return f"https://{shown}:{server.addresses[0][1]}"


async def _end_streams(app: web.Application) -> None:
    app[SERVICES].journal.close()
    app[SERVICES].feed.close()


def _count_jobs(journal: Journal) -> CountJobs:
    """How many jobs of this node are computed and how many wait; paused ones do neither."""

    async def count() -> tuple[int, int]:
        states = [entry.position.state for entry in await journal.unfinished()]
        return sum(state.is_computing for state in states), states.count(JobState.QUEUED)

    return count


@asynccontextmanager
async def _open_record(plan: Plan) -> AsyncIterator[tuple[Outbox, Record]]:
    """The local outbox, with its delivery to the log node beside everything else."""
    outbox = await asyncio.to_thread(open_outbox, plan.folder, plan.identity)
    recorder = Recorder(EventMaker(plan.identity), outbox, _no_key)

    async def record(
        action: Action, subject: dict[str, Any], author: str | None = None, evidence: dict[str, Any] | None = None
    ) -> None:
        await recorder(action, author or plan.identity.name, subject, evidence)

    try:
        async with _background(outbox.run()):
            await record(Action.NODE_START, {"deployment": plan.identity.deployment.fingerprint})
            yield outbox, record
            await record(Action.NODE_STOP, {"deployment": plan.identity.deployment.fingerprint})
    finally:
        outbox.close()


async def _no_key(name: str) -> str | None:
    """Users are recorded by their key; a name is never one."""
    return None


@asynccontextmanager
async def _background(work: Any) -> AsyncIterator[None]:
    """A task that runs as long as the context; an error that ends it is logged."""
    task = asyncio.create_task(work)
    task.add_done_callback(_log_end)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _log_end(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        LOG.error("a background task of the node ended", exc_info=error)
