"""Builds the log node: ledger, its writer and the HTTPS server, each a resource that closes itself."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from common.config import Settings
from common.errors import ConfigError
from common.net.identity import NodeIdentity
from common.net.tls import server_context
from log_node.accounts.desk import open_reception
from log_node.api.context import CONTEXT, LogContext
from log_node.api.health import MONITOR, open_monitor
from log_node.api.middleware import count_requests, name_answer, name_errors, name_requests
from log_node.api.routes import ROUTES
from log_node.api.schemas import MAX_BODY
from log_node.ledger.commit import GroupCommit
from log_node.ledger.writer import Ledger
from log_node.settings import ledger_path

_log = logging.getLogger("imguard.app")
_MIB: Final = 1024 * 1024
_SHUTDOWN_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Node:
    """What a log node is started from."""

    folder: Path
    identity: NodeIdentity
    settings: Settings
    version: str


NODE: web.AppKey[Node] = web.AppKey("node", Node)


def build(node: Node) -> web.Application:
    """The application; its resources open when it starts."""
    app = web.Application(middlewares=[name_requests, count_requests, name_errors], client_max_size=MAX_BODY)
    app[NODE] = node
    app.add_routes(ROUTES)
    app.on_response_prepare.append(name_answer)
    app.cleanup_ctx.append(_ledger)
    return app


async def serve(node: Node, ready: Callable[[str], None]) -> None:
    """Run until SIGTERM or SIGINT; ``ready`` gets the address once the node answers.

    Raises:
        ConfigError: the address cannot be used.
        LogTampered, Conflict: as :meth:`Ledger.open`.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(build(node), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS, auto_decompress=False)
    try:
        await runner.setup()
        ready(await _listen(runner, node))
        await stop.wait()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, node: Node) -> str:
    host, port = node.settings["host"], node.settings["port"]
    tls = server_context(node.identity.cert_path, node.identity.key_path, node.identity.ca_pem)
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
    except OSError as error:
        raise ConfigError(f"Cannot listen on {host}:{port}: {error.strerror}.", setting="port") from error
    return f"https://{host}:{runner.addresses[0][1]}"


async def _ledger(app: web.Application) -> AsyncIterator[None]:
    """The open ledger and the one task that writes to it."""
    node = app[NODE]
    segment_bytes = node.settings["segment_mib"] * _MIB
    ledger = await asyncio.to_thread(Ledger.open, ledger_path(node.folder), node.identity.signing, segment_bytes)
    try:
        _log.info("the log has %d entries", ledger.head.checkpoint.size)
        app[MONITOR] = open_monitor(node.folder, node.identity, node.settings, ledger, node.version)
        async with open_reception(node.folder, node.identity, node.settings) as reception:
            commit = GroupCommit(ledger)
            app[CONTEXT] = LogContext(
                node.identity.name,
                node.identity.signing.verify_key,
                node.version,
                node.identity.deployment,
                ledger,
                commit,
                reception,
            )
            writer = asyncio.create_task(commit.run(), name="log-writer")
            yield
            writer.cancel()
            await asyncio.wait([writer])
    finally:
        ledger.close()
