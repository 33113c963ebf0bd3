"""HTTP to one node over the deployment's own TLS: size limits, named errors, and nothing else."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.connector import Connection

from common.config import Settings
from common.deployment import ROLES, Deployment, NodeEntry
from common.errors import AppError, BadFrame, NodeUnreachable, NotLoggedIn, UnknownCertificate, error_from_dict
from common.net.tls import client_context, peer_name

MAX_JSON: Final = 32 * 1024 * 1024
MAX_EVENT: Final = 4 * 1024 * 1024
_MAX_ERROR: Final = 64 * 1024
_PIECE: Final = 256 * 1024
_WORTH_ASKING: Final = 64 * 1024
"""Larger bodies are sent when the node says that it has room for them."""
_HTTPS_PORT: Final = 443


@dataclass(frozen=True)
class Call:
    """One request: what is sent besides the method and the path."""

    json: Mapping[str, Any] | None = None
    data: bytes | None = None
    headers: Mapping[str, str] | None = None
    query: Mapping[str, str] | None = None
    login: bool = True
    limit: int = MAX_JSON


def open_session(deployment: Deployment, settings: Settings) -> aiohttp.ClientSession:
    """One connection pool for all nodes; it trusts the deployment's authority and no other, and follows no proxy."""
    context = client_context(deployment.ca_pem)
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=settings["connect_seconds"], sock_read=settings["answer_seconds"]
    )
    names: dict[tuple[str | None, int | None], NodeEntry] = {}
    for role in ROLES:
        node = deployment.node(role)
        address = urlsplit(node.url)
        names[address.hostname, address.port or _HTTPS_PORT] = node
    return aiohttp.ClientSession(connector=_NamedConnector(names, context), timeout=timeout)


class _NamedConnector(aiohttp.TCPConnector):
    """Opens connections to named nodes only: each must show the certificate of its own name before it is sent anything.

    The host alone does not tell nodes apart that share a machine.
    """

    def __init__(self, nodes: Mapping[tuple[str | None, int | None], NodeEntry], context: ssl.SSLContext) -> None:
        super().__init__(ssl=context, limit=64)
        self._nodes = nodes

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[aiohttp.tracing.Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """Raises:
        UnknownCertificate: another node answers there.
        """
        connection = await super().connect(req, traces, timeout)
        node = self._nodes.get((req.url.host, req.url.port))
        if node is None or peer_name(connection.transport) != node.name:
            connection.close()
            raise UnknownCertificate(f"Another node than the one asked for answers at {req.url.origin()}.")
        return connection


class _Body(aiohttp.payload.Payload):
    """Bytes that are sent piece by piece without being copied first."""

    _value: bytes

    def __init__(self, value: bytes) -> None:
        super().__init__(value)
        self._size = len(value)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self._value.decode(encoding, errors)

    async def write(self, writer: aiohttp.abc.AbstractStreamWriter) -> None:
        view = memoryview(self._value)
        for start in range(0, len(view), _PIECE):
            await writer.write(view[start : start + _PIECE])


class Transport:
    """Requests to one node; holds the login token of that node and never shows it."""

    def __init__(self, session: aiohttp.ClientSession, node: NodeEntry, token: str | None = None) -> None:
        self._session = session
        self.node = node
        self._token = token

    def use_token(self, token: str | None) -> None:
        """Send this token from now on."""
        self._token = token

    @property
    def has_token(self) -> bool:
        """Whether there is a login to send; it may have ended."""
        return self._token is not None

    async def json(self, method: str, path: str, call: Call = Call()) -> dict[str, Any]:
        """The JSON object a node answers with.

        Raises:
            AppError: whatever the node refused with; NodeUnreachable, UnknownCertificate, BadFrame.
        """
        raw = await self.raw(method, path, call)
        try:
            answer = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise BadFrame(f"Node {self.node.name} answered with something that is not JSON.") from error
        if not isinstance(answer, dict):
            raise BadFrame(f"Node {self.node.name} answered with something that is not an object.")
        return answer

    async def raw(self, method: str, path: str, call: Call = Call()) -> bytes:
        """The body a node answers with, at most ``call.limit`` bytes; errors as :meth:`json`."""
        with _NamedErrors(self.node):
            async with self._session.request(
                method,
                self.node.url + path,
                json=call.json,
                data=None if call.data is None else _Body(call.data),
                params=call.query,
                headers=self._headers(call),
                allow_redirects=False,
                expect100=len(call.data or b"") > _WORTH_ASKING,
            ) as response:
                if response.status >= 300:
                    raise await self._refusal(response)
                return await _read(response, call.limit, self.node)

    @asynccontextmanager
    async def events(self, path: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """A WebSocket of JSON objects; the iterator ends when the node closes it.

        Raises:
            AppError: as :meth:`json`.
        """
        timeout = aiohttp.ClientWSTimeout(ws_receive=None, ws_close=5.0)
        with _NamedErrors(self.node):
            try:
                socket = await self._session.ws_connect(
                    self.node.url + path,
                    headers=self._headers(Call()),
                    heartbeat=20.0,
                    max_msg_size=MAX_EVENT,
                    timeout=timeout,
                )
            except aiohttp.WSServerHandshakeError as error:
                raise await self._handshake_refusal(path, error) from error
        async with socket:
            yield self._messages(socket)

    async def _messages(self, socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[dict[str, Any]]:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.ERROR:
                raise NodeUnreachable(f"The connection to node {self.node.name} broke.", node=self.node.role)
            try:
                event = json.loads(message.data) if message.type is aiohttp.WSMsgType.TEXT else None
            except (ValueError, RecursionError):
                event = None
            if not isinstance(event, dict):
                raise BadFrame(f"Node {self.node.name} sent an event that is not a JSON object.")
            yield event
        # 1000 is a regular end; anything else means that there is more to come after a new connection.
        if socket.close_code != aiohttp.WSCloseCode.OK:
            raise NodeUnreachable(f"The connection to node {self.node.name} broke.", node=self.node.role)

    async def _handshake_refusal(self, path: str, error: aiohttp.WSServerHandshakeError) -> AppError:
        """A refused WebSocket carries no body here; the same address as a plain request says why."""
        try:
            await self.raw("GET", path)
        except AppError as refusal:
            return refusal
        return BadFrame(f"Node {self.node.name} opened no event stream (HTTP {error.status}).")

    def _headers(self, call: Call) -> dict[str, str]:
        headers = dict(call.headers or {})
        if call.login:
            if self._token is None:
                raise NotLoggedIn(f"There is no login at node {self.node.name}.", node=self.node.role)
            headers["Authorization"] = f"Bearer {self._token}"
        return headers

    async def _refusal(self, response: aiohttp.ClientResponse) -> AppError:
        try:
            answer = json.loads(await _read(response, _MAX_ERROR, self.node))
            error = error_from_dict(answer["error"])
        except (ValueError, KeyError, TypeError, RecursionError, BadFrame):
            error = BadFrame(f"Node {self.node.name} refused with HTTP {response.status} and no reason.")
        error.details.setdefault("node", self.node.role)
        return error


async def _read(response: aiohttp.ClientResponse, limit: int, node: NodeEntry) -> bytes:
    if (response.content_length or 0) > limit:
        raise BadFrame(f"Node {node.name} announced an answer of more than {limit} bytes.")
    body = bytearray()
    async for piece in response.content.iter_chunked(_PIECE):
        body += piece
        if len(body) > limit:
            raise BadFrame(f"Node {node.name} sent more than {limit} bytes.")
    return bytes(body)


class _NamedErrors:
    """Turns what aiohttp, the resolver and TLS raise into the named errors of this program."""

    def __init__(self, node: NodeEntry) -> None:
        self._node = node

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, AppError):
            return
        name, role = self._node.name, self._node.role
        tls = (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError, ssl.SSLError)
        if isinstance(error, tls):
            message = f"Node {name} at {self._node.url} does not prove to belong to this deployment."
            raise UnknownCertificate(message, node=role) from error
        if isinstance(error, (aiohttp.ServerTimeoutError, TimeoutError)):
            raise NodeUnreachable(f"Node {name} at {self._node.url} did not answer in time.", node=role) from error
        if isinstance(error, (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, OSError)):
            raise NodeUnreachable(f"Node {name} at {self._node.url} cannot be reached.", node=role) from error
        if isinstance(error, (aiohttp.ClientError, ValueError)):
            raise BadFrame(f"Node {name} does not speak the protocol it should.", node=role) from error
