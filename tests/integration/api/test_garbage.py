"""Bytes that are no TLS, no HTTP or no request a node knows: it refuses, closes, and goes on answering."""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from common.net.tls import client_context
from log_node.app import Node, serve
from log_node.settings import load
from tests.helpers.log_deployment import make_deployment
from tests.helpers.nodes.local import local_nodes
from tests.helpers.nodes.pair import make_pair

pytestmark = pytest.mark.expects_warnings
PATIENCE = 10.0
SILENCE = 0.5
GET = b"GET /v1/info HTTP/1.1\r\nHost: node\r\n"

POST = b"POST /v1/auth/challenge HTTP/1.1\r\nHost: node\r\n"
SOCKET = b"GET /v1/events HTTP/1.1\r\nHost: node\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"

REQUESTS = {
    "no request": b"\x00\x01\x02\r\n\r\n",
    "a method nobody has": b"BREW /v1/info HTTP/1.1\r\nHost: node\r\n\r\n",
    "a method with signs": b"G{T /v1/info HTTP/1.1\r\nHost: node\r\n\r\n",
    "another version": b"GET /v1/info HTTP/9.9\r\nHost: node\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a long line": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: node\r\n\r\n",
    "a long header": GET + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    "many headers": GET + b"".join(b"X%d: a\r\n" % number for number in range(5000)) + b"\r\n",
    "a header without a name": GET + b": a\r\n\r\n",
    "a header that breaks lines": GET + b"X: a\r\n b\r\n\r\n",
    "nul in a header": GET + b"X: a\x00b\r\n\r\n",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "length and chunks": POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
    "chunks of no size": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a compressed body that is none": POST + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "a damaged compressed body": POST + b"Content-Encoding: deflate\r\nContent-Length: 5\r\n\r\nabcde",
    "an unknown compression": POST + b"Content-Encoding: x\r\nContent-Length: 2\r\n\r\n{}",
    "an expectation nobody has": GET + b"Expect: the-unexpected\r\n\r\n",
    "a path that leads up": b"GET /v1/../../etc/passwd HTTP/1.1\r\nHost: node\r\n\r\n",
    "a path that is no text": b"GET /v1/users/%ff%fe HTTP/1.1\r\nHost: node\r\n\r\n",
    "a whole address": b"GET http://elsewhere/v1/info HTTP/1.1\r\nHost: node\r\n\r\n",
    "an upgrade to nothing": GET + b"Upgrade: nothing\r\nConnection: Upgrade\r\n\r\n",
    "a tunnel": b"CONNECT node:1 HTTP/1.1\r\nHost: node\r\n\r\n",
    "a socket of another version": SOCKET + b"Sec-WebSocket-Version: 99\r\nSec-WebSocket-Key: x\r\n\r\n",
    "a body without its end": POST + b"Content-Length: 50\r\n\r\n{",
}


@dataclass(frozen=True)
class Target:
    """Where a node answers, and the authority of its certificate."""

    url: str
    authority: str

    @property
    def address(self) -> tuple[str, int]:
        found = urlsplit(self.url)
        assert found.hostname and found.port
        return found.hostname, found.port


@pytest_asyncio.fixture(params=["server", "log"])
async def node(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Target]:
    """A server node, then a log node."""
    if request.param == "log":
        async with _log_node(tmp_path) as found:
            yield found
        return
    pair = make_pair(tmp_path, logins_per_minute=10_000)
    async with local_nodes(pair, "a"):
        yield Target(pair.url("a"), pair.deployment.ca_pem)


@asynccontextmanager
async def _log_node(folder: Path) -> AsyncIterator[Target]:
    place = make_deployment(folder)
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    node = Node(place.folder("log"), place.log, load(place.folder("log")), "test")
    serving = asyncio.create_task(serve(node, address.set_result))
    yield Target(await address, place.deployment.ca_pem)
    serving.cancel()
    await asyncio.wait([serving])


def _speak_tls(node: Target, data: bytes) -> bytes:
    """What the node says to these bytes inside TLS until it closes, or says nothing for a while."""
    host, port = node.address
    said = b""
    with (
        socket.create_connection((host, port), PATIENCE) as plain,
        client_context(node.authority).wrap_socket(plain, server_hostname=host) as tls,
    ):
        try:
            tls.sendall(data)
            tls.settimeout(SILENCE)
            while more := tls.recv(1 << 16):
                said += more
        except OSError:
            return said
    return said


def _speak_plain(node: Target, data: bytes) -> bytes:
    """What the node says to bytes that are no TLS."""
    said = b""
    with socket.create_connection(node.address, PATIENCE) as plain:
        try:
            plain.sendall(data)
            plain.shutdown(socket.SHUT_WR)
            while more := plain.recv(1 << 16):
                said += more
        except OSError:
            return said
    return said


async def _still_answers(node: Target) -> None:
    said = await asyncio.to_thread(_speak_tls, node, GET + b"Connection: close\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 200 ")
    assert json.loads(said.partition(b"\r\n\r\n")[2])["name"].startswith("node-")


def _is_fine(said: bytes) -> bool:
    """Silence, or an answer that says neither that it went wrong nor how."""
    return not said or (200 <= int(said.split(b" ", 2)[1]) < 500 and b"Traceback" not in said)


async def test_garbage_in_http_is_refused(node: Target) -> None:
    said = await asyncio.gather(*(asyncio.to_thread(_speak_tls, node, data) for data in REQUESTS.values()))
    assert {name: one[:300] for name, one in zip(REQUESTS, said, strict=True) if not _is_fine(one)} == {}
    await _still_answers(node)


async def test_garbage_within_http_is_refused(node: Target) -> None:
    chance = random.Random(8)
    requests = []
    for _ in range(60):
        data = bytearray(POST + b"Content-Type: application/json\r\nContent-Length: 20\r\n\r\n" + b"x" * 20)
        for _ in range(chance.randrange(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        requests.append(bytes(data))
    said = await asyncio.gather(*(asyncio.to_thread(_speak_tls, node, data) for data in requests))
    assert [(data, one) for data, one in zip(requests, said, strict=True) if not _is_fine(one)] == []
    await _still_answers(node)


async def test_garbage_instead_of_tls_is_dropped(node: Target) -> None:
    chance = random.Random(7)
    garbage = [chance.randbytes(chance.choice((1, 5, 300, 20_000))) for _ in range(20)]
    tls_like = [b"\x16\x03\x01" + chance.randbytes(402) for _ in range(20)]
    everything = [b"", GET + b"\r\n", b"\x80\x2e\x01\x00\x02", *garbage, *tls_like]
    said = await asyncio.gather(*(asyncio.to_thread(_speak_plain, node, data) for data in everything))
    assert [one for one in said if one.startswith(b"HTTP/")] == [], "nothing is served without TLS"
    await _still_answers(node)


async def test_garbage_older_tls_is_refused(node: Target) -> None:
    host, port = node.address
    context = ssl.create_default_context(cadata=node.authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    def connect() -> None:
        with socket.create_connection((host, port), PATIENCE) as plain:
            context.wrap_socket(plain, server_hostname=host).close()

    with pytest.raises(ssl.SSLError):
        await asyncio.to_thread(connect)
    await _still_answers(node)


async def test_garbage_many_half_open_connections_do_no_harm(node: Target) -> None:
    held = [socket.create_connection(node.address, PATIENCE) for _ in range(100)]
    try:
        for number, connection in enumerate(held):
            connection.sendall(os.urandom(number))
        await _still_answers(node)
    finally:
        for connection in held:
            connection.close()
