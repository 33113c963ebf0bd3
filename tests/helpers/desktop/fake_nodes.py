"""Stand-ins for the three nodes of a deployment: real TLS and real keys, answers as a test wants them."""

from __future__ import annotations

import hashlib
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from common.crypto.rng import SystemRandom
from common.deployment import Deployment
from common.documents import sign_document
from common.errors import AppError, BadInput, NotLoggedIn
from common.net.identity import NodeAddress, NodeIdentity, create_node_keys, install_kit, load_node_identity
from common.net.tls import server_context
from common.sharing.manifest import dataset_id, validate
from desktop_client.provision.kit import read_request, write_kit

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ROLES = ("a", "b", "log")


def make_deployment(folder: Path, ports: dict[str, int]) -> dict[str, NodeIdentity]:
    """Keys, kit and certificates of three nodes at these ports of 127.0.0.1."""
    for role in ROLES:
        address = NodeAddress(f"https://127.0.0.1:{ports[role]}", "127.0.0.1", ports[role])
        create_node_keys(folder / role, role, f"node-{role}", address, SystemRandom())
    requests = [read_request(folder / role / "join-request.json") for role in ROLES]
    write_kit(folder / "kit", "test", requests, SystemRandom())
    for role in ROLES:
        install_kit(folder / role, folder / "kit")
    return {role: load_node_identity(folder / role) for role in ROLES}


class FakeNode:
    """A server node that takes uploads. ``faults`` are raised, first to last, instead of storing a chunk."""

    def __init__(self, identity: NodeIdentity) -> None:
        self.identity = identity
        self.token = "t" * 64
        self.manifests: dict[str, dict[str, Any]] = {}
        self.chunks: dict[tuple[str, int], bytes] = {}
        self.puts: list[int] = []
        self.faults: list[AppError | None] = []
        self.states: list[str] = []
        self.receipt_change: dict[str, Any] = {}
        self.extra: dict[tuple[str, str], Handler] = {}
        self.everything: Handler | None = None

    def app(self) -> web.Application:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_route("*", "/{tail:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            special = self.extra.get((request.method, request.path))
            if special is not None:
                return await special(request)
            if self.everything is not None:
                return await self.everything(request)
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                raise NotLoggedIn()
            return web.json_response(await self._handle(request))
        except AppError as error:
            return web.json_response({"error": error.as_dict()}, status=error.status)

    async def _handle(self, request: web.Request) -> dict[str, Any]:
        parts = request.path.split("/")[2:]
        if request.method == "POST" and parts == ["datasets"]:
            return self._announce((await request.json())["document"])
        if request.method == "PUT" and parts[0] == "datasets":
            return await self._store(request, parts[1], int(parts[3]))
        if request.method == "POST" and parts[0] == "datasets" and parts[2] == "finish":
            return {"receipt": self._receipt(parts[1]), "state": "received"}
        if request.method == "GET" and parts[0] == "datasets":
            state = self.states.pop(0) if self.states else "usable"
            return {"id": parts[1], "manifest": self.manifests.get(parts[1]), "state": state, "missing": []}
        raise BadInput("The fake node has no such address.")

    def _announce(self, document: dict[str, Any]) -> dict[str, Any]:
        identity = dataset_id(document["body"])
        self.manifests[identity] = document
        count = len(document["body"]["chunks"])
        missing = [index for index in range(count) if (identity, index) not in self.chunks]
        return {"id": identity, "missing": missing, "state": "uploading"}

    async def _store(self, request: web.Request, dataset: str, index: int) -> dict[str, Any]:
        body = await request.read()
        self.puts.append(index)
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        assert hashlib.sha256(body).hexdigest() == request.headers["X-Chunk-Hash"]
        self.chunks[dataset, index] = body
        return {"missing_count": 0}

    def _receipt(self, dataset: str) -> dict[str, Any]:
        manifest = validate(self.manifests[dataset]["body"])
        sizes = [len(body) for (name, _), body in self.chunks.items() if name == dataset]
        facts = {
            "dataset": dataset, "node": self.identity.name, "party": self.identity.role,
            "chunks": len(manifest.chunks), "bytes": sum(sizes), "time": "2026-01-01T00:00:00Z",
        }  # fmt: skip
        return sign_document("receipt", facts | self.receipt_change, self.identity.signing)


def fixed(value: Any, status: int = 200) -> Handler:
    """A handler that always answers with this JSON value."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text=json.dumps(value), status=status, content_type="application/json")

    return answer


@asynccontextmanager
async def serving(app: web.Application, tls: ssl.SSLContext | None) -> AsyncIterator[int]:
    """Serve at a free port of 127.0.0.1 and give the port."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


class _Late:
    """An application that is chosen after the port is known, because the certificate names the port's deployment."""

    def __init__(self) -> None:
        self.node: FakeNode | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        assert self.node is not None
        return await self.node._answer(request)


@asynccontextmanager
async def fake_deployment(folder: Path) -> AsyncIterator[tuple[Deployment, dict[str, FakeNode]]]:
    """Three fake nodes that answer over TLS, and the description of their deployment."""
    async with AsyncExitStack() as stack:
        late, contexts, ports = {}, {}, {}
        for role in ROLES:
            late[role], contexts[role] = _Late(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            contexts[role].minimum_version = ssl.TLSVersion.TLSv1_3
            app = web.Application(client_max_size=1 << 26)
            app.router.add_route("*", "/{tail:.*}", late[role].answer)
            ports[role] = await stack.enter_async_context(serving(app, contexts[role]))
        identities = make_deployment(folder, ports)
        nodes = {}
        for role, identity in identities.items():
            contexts[role].load_cert_chain(identity.cert_path, identity.key_path)
            nodes[role] = late[role].node = FakeNode(identity)
        yield identities["a"].deployment, nodes


def node_tls(identity: NodeIdentity) -> ssl.SSLContext:
    """The server side of a node's TLS."""
    return server_context(identity.cert_path, identity.key_path, identity.ca_pem)
