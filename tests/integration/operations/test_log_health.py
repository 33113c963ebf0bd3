"""How the log node says that it is well, to everybody, to operators and to Prometheus."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from common.errors import StoreDamaged
from common.net.identity import load_node_identity
from common.net.tls import client_context, server_context
from log_node.api.context import CONTEXT
from log_node.app import Node, build
from log_node.ledger.writer import Ledger
from log_node.settings import load
from tests.helpers.log_deployment import make_deployment


class Log:
    """A running log node and one session to it."""

    def __init__(self, app: web.Application, session: aiohttp.ClientSession, url: str, folder: Path) -> None:
        self.app, self._session, self._url, self._folder = app, session, url, folder

    async def ask(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        async with self._session.get(self._url + path, headers=headers) as response:
            is_json = response.content_type == "application/json"
            return response.status, await (response.json() if is_json else response.text())

    def bearer(self) -> dict[str, str]:
        value = (self._folder / "keys" / "metrics.token").read_text(encoding="ascii").strip()
        return {"Authorization": f"Bearer {value}"}


@asynccontextmanager
async def running(root: Path) -> AsyncIterator[Log]:
    place = make_deployment(root)
    folder = place.folder("log")
    identity = load_node_identity(folder)
    app = build(Node(folder, identity, load(folder), "1"))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        tls = server_context(identity.cert_path, identity.key_path, identity.ca_pem)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        connector = aiohttp.TCPConnector(ssl=client_context(identity.ca_pem))
        async with aiohttp.ClientSession(connector=connector) as session:
            yield Log(app, session, f"https://127.0.0.1:{runner.addresses[0][1]}", folder)
    finally:
        await runner.cleanup()


async def test_health_of_the_log_node(tmp_path: Path) -> None:
    async with running(tmp_path) as log:
        assert await log.ask("/healthz") == (200, {"status": "ok"})
        status, found = await log.ask("/readyz")
        assert status == 200 and set(found) == {"status"}
        status, found = await log.ask("/readyz", log.bearer())
        assert set(found["components"]) == {"ledger", "disk", "certificate"}
        assert found["components"]["ledger"] == {"state": "ok", "says": "ok"}
        for headers in (None, {"Authorization": "Bearer " + "0" * 64}):
            assert (await log.ask("/metrics", headers))[0] == 401
        status, text = await log.ask("/metrics", log.bearer())
        lines = text.splitlines()
        assert status == 200 and 'imguard_component_ok{component="ledger"} 1.0' in lines
        assert 'imguard_requests_total{route="GET /healthz",status="200"} 1.0' in lines
        assert "imguard_log_entries 0.0" in lines


@pytest.mark.expects_warnings
async def test_a_log_that_cannot_be_written_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(tmp_path) as log:
        assert log.app[CONTEXT].ledger.fault is None
        monkeypatch.setattr(Ledger, "fault", property(lambda self: StoreDamaged("The disk failed.")))
        status, found = await log.ask("/readyz", log.bearer())
        assert status == 503 and found["error"]["code"] == "not-ready"
        assert found["error"]["details"]["components"]["ledger"] == {"state": "fail", "says": "The disk failed."}
