"""The log node of a pair inside the test's own event loop, over real TLS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from common.config import render_settings
from common.net.identity import load_node_identity
from common.net.tls import server_context
from log_node.app import Node, build
from log_node.ledger.writer import Ledger
from log_node.settings import SETTINGS, ledger_path, load, settings_path
from tests.helpers.nodes.pair import Pair


@asynccontextmanager
async def local_log(pair: Pair) -> AsyncIterator[None]:
    """The log node, serving; what it kept is there again the next time."""
    folder = pair.folder("log")
    identity = load_node_identity(folder)
    port = int(pair.url("log").rpartition(":")[2])
    settings_path(folder).write_text(render_settings(SETTINGS, {"port": port}), encoding="utf-8")
    if not ledger_path(folder).exists():
        Ledger.create(ledger_path(folder), identity.signing)
    runner = web.AppRunner(build(Node(folder, identity, load(folder), "test")), shutdown_timeout=1.0)
    await runner.setup()
    try:
        tls = server_context(identity.cert_path, identity.key_path, identity.ca_pem)
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()
        yield
    finally:
        await runner.cleanup()
