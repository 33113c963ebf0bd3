"""The log node's HTTP API over real mutual TLS: who may write, who may read, and that every proof holds."""

from __future__ import annotations

import asyncio
import io
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from common.accounts.bootstrap import Bootstrap
from common.crypto.rng import SystemRandom
from common.documents import canonical
from common.merkle.checkpoint import Checkpoint, open_checkpoint
from common.merkle.proof import check_consistency, check_inclusion, decode_proof
from common.merkle.replay import Replay
from common.merkle.tree import leaf_hash
from common.merkle.witness import Witness
from common.net.identity import NodeIdentity
from common.net.tls import client_context, server_context
from common.openapi.fields import Record
from log_node.api.operations import OPERATIONS
from log_node.api.schemas import MAX_BODY, MAX_DOCUMENTS
from log_node.app import NODE, Node, build
from log_node.settings import load
from server_node.audit.delivery import EventRefused, LogNode, connect
from tests.helpers.accounts.people import Person, login_signature, registration
from tests.helpers.log_deployment import SmallDeployment, make_deployment
from tests.helpers.log_events import event_document


class Client:
    """Requests over one TLS identity, or none."""

    def __init__(self, session: aiohttp.ClientSession, url: str, tls: ssl.SSLContext) -> None:
        self._session, self._url, self._tls = session, url, tls
        self.headers: dict[str, str] = {}

    async def ask(self, method: str, path: str, data: bytes | None = None) -> tuple[int, bytes]:
        body = io.BytesIO(data) if data else None
        request = self._session.request(method, self._url + path, data=body, ssl=self._tls, headers=self.headers)
        async with request as response:
            return response.status, await response.read()

    async def get(self, path: str) -> Any:
        status, raw = await self.ask("GET", path)
        assert status == 200, raw
        return json.loads(raw)

    async def send(self, path: str, body: dict[str, Any]) -> Any:
        status, raw = await self.ask("POST", path, json.dumps(body).encode())
        assert status == 200, raw
        return json.loads(raw)

    async def post(self, documents: list[Any]) -> tuple[int, Any]:
        status, raw = await self.ask("POST", "/v1/entries", json.dumps({"documents": documents}).encode())
        return status, json.loads(raw)

    async def checkpoint(self, verify_key: str) -> Checkpoint:
        _, raw = await self.ask("GET", "/v1/checkpoint")
        return open_checkpoint(raw.decode(), verify_key)


class Running:
    """A deployment whose log node answers in this process."""

    def __init__(self, place: SmallDeployment, url: str, session: aiohttp.ClientSession) -> None:
        self.place, self.url, self._session = place, url, session
        self.key = place.log.signing.verify_key

    def client(self, identity: NodeIdentity | None = None) -> Client:
        files = (identity.cert_path, identity.key_path) if identity else (None, None)
        return Client(self._session, self.url, client_context(self.place.deployment.ca_pem, *files))

    async def member(self) -> Client:
        """The client of somebody who is logged in."""
        found, alice = self.client(), Person("alice")
        token = Bootstrap(self.place.folder("log")).renew(SystemRandom())
        await found.send("/v1/users", {"document": registration(alice, token)})
        nonce = (await found.send("/v1/auth/challenge", {"user": "alice"}))["nonce"]
        signature = login_signature(alice, self.key, nonce).hex()
        answer = {"user": "alice", "device": alice.device.verify_key, "nonce": nonce, "signature": signature}
        found.headers["Authorization"] = f"Bearer {(await found.send('/v1/auth/login', answer))['token']}"
        return found

    def events(self, first: int, end: int) -> list[dict[str, Any]]:
        return [event_document(number, self.place.a.signing) for number in range(first, end)]


@asynccontextmanager
async def serving(place: SmallDeployment) -> AsyncIterator[Running]:
    node = Node(place.folder("log"), place.log, load(place.folder("log")), "test")
    app = build(node)
    assert app[NODE] is node
    runner = web.AppRunner(app)
    await runner.setup()
    tls = server_context(place.log.cert_path, place.log.key_path, place.log.ca_pem)
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    async with aiohttp.ClientSession() as session:
        yield Running(place, f"https://127.0.0.1:{runner.addresses[0][1]}", session)
    await runner.cleanup()


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Running]:
    async with serving(make_deployment(tmp_path)) as running:
        yield running


async def test_written_events_are_read_and_proved_by_members(log: Running) -> None:
    status, answer = await log.client(log.place.a).post(log.events(0, 7))
    assert status == 200 and [entry["index"] for entry in answer["entries"]] == list(range(7))
    reader = await log.member()
    checkpoint = await reader.checkpoint(log.key)
    assert checkpoint == open_checkpoint(answer["checkpoint"], log.key) and checkpoint.size == 7
    page = await reader.get("/v1/entries?from=0&to=7")
    assert page["entries"] == log.events(0, 7) and page["from"] == 0 and page["size"] == 7
    for index, document in enumerate(page["entries"]):
        leaf = leaf_hash(canonical(document))
        found = await reader.get(f"/v1/proof/inclusion?index={index}&size=7")
        assert found["leaf_hash"] == leaf.hex()
        check_inclusion(leaf, index, 7, decode_proof(found["proof"]), checkpoint.root)
        assert await reader.get(f"/v1/proof/inclusion?leaf={leaf.hex()}") == found


async def test_load_is_told_to_members_only(log: Running) -> None:
    await log.client(log.place.a).post(log.events(0, 3))
    member = await log.member()
    found = await member.get("/v1/load")
    described = next(one.answer for one in OPERATIONS if one.name == "node.load")
    assert isinstance(described, Record)
    described.check(found)
    # One request of server A, and three to register and log in.
    assert (found["entries"], found["requests"]) == (3, 4)
    assert 0 < found["memory_used"] < found["memory_total"]
    assert 0 < found["disk_free"] < found["disk_total"]
    assert (await member.get("/v1/load"))["requests"] == 5
    for stranger in (log.client(), log.client(log.place.a)):
        assert (await stranger.ask("GET", "/v1/load"))[0] == 401


async def test_entries_and_proofs_are_for_members_and_servers_only(log: Running) -> None:
    await log.client(log.place.a).post(log.events(0, 2))
    closed = [
        "/v1/entries?from=0&to=1",
        "/v1/proof/inclusion?index=0",
        "/v1/proof/consistency?first=1&second=2",
    ]
    member, server, notary = await log.member(), log.client(log.place.b), log.client(log.place.log)
    for path in closed:
        for reader in (member, server):
            assert (await reader.ask("GET", path))[0] == 200
        for stranger in (log.client(), notary):
            status, raw = await stranger.ask("GET", path)
            assert (status, json.loads(raw)["error"]["code"]) == (401, "not-logged-in")
    for path in ("/v1/checkpoint", "/v1/info", "/v1/healthz", "/v1/deployment"):
        assert (await log.client().ask("GET", path))[0] == 200
    await member.send("/v1/auth/logout", {})
    assert [(await member.ask("GET", path))[0] for path in closed] == [401, 401, 401]


async def test_checkpoints_of_a_growing_log_continue_each_other(log: Running, tmp_path: Path) -> None:
    writer, reader = log.client(log.place.a), log.client(log.place.b)
    checkpoints = [await reader.checkpoint(log.key)]
    for start in (0, 1, 4):
        await writer.post(log.events(start, start + 3))
        checkpoints.append(await reader.checkpoint(log.key))
    assert [checkpoint.size for checkpoint in checkpoints] == [0, 3, 4, 7]
    for place, first in enumerate(checkpoints):
        for second in checkpoints[place:]:
            found = await reader.get(f"/v1/proof/consistency?first={first.size}&second={second.size}")
            proof = decode_proof(found["proof"])
            check_consistency(first.size, first.root, second.size, second.root, proof)


async def test_same_event_twice_has_the_same_place(log: Running) -> None:
    writer = log.client(log.place.a)
    first = await writer.post(log.events(0, 3))
    again = await writer.post(log.events(0, 3))
    assert first == again
    _, mixed = await writer.post([*log.events(2, 4), *log.events(2, 4)])
    assert [entry["index"] for entry in mixed["entries"]] == [2, 3, 2, 3]


async def test_nobody_but_a_server_node_may_write(log: Running) -> None:
    for identity in (None, log.place.log):
        status, answer = await log.client(identity).post(log.events(0, 1))
        assert status == 403 and answer["error"]["code"] == "forbidden"
    assert (await log.client().checkpoint(log.key)).size == 0


async def test_node_may_not_write_in_the_name_of_the_other(log: Running) -> None:
    status, answer = await log.client(log.place.b).post(log.events(0, 1))
    assert status == 403 and answer["error"]["code"] == "bad-signature"
    status, answer = await log.client(log.place.b).post([event_document(1, log.place.b.signing, actor="node:a")])
    assert status == 400 and answer["error"]["details"] == {"field": "actor", "position": 0}


async def test_batch_with_one_bad_event_is_refused_whole(log: Running) -> None:
    writer = log.client(log.place.a)
    bad = event_document(5, log.place.a.signing, subject={"note": "free text"})
    status, answer = await writer.post([*log.events(0, 4), bad])
    assert status == 400 and answer["error"]["details"]["position"] == 4
    assert (await writer.checkpoint(log.key)).size == 0


async def test_requests_of_wrong_form_or_size_are_refused_by_name(log: Running) -> None:
    writer = log.client(log.place.a)
    cases = [
        (b"{", 400, "bad-input"),
        (b"[" * 50_000, 400, "bad-input"),
        (json.dumps({"documents": [1] * (MAX_DOCUMENTS + 1)}).encode(), 413, "too-large"),
        (b" " * (MAX_BODY + 1), 413, "too-large"),
    ]
    for body, expected, code in cases:
        status, raw = await writer.ask("POST", "/v1/entries", body)
        assert (status, json.loads(raw)["error"]["code"]) == (expected, code)
    for method, path, expected in (
        ("GET", "/v1/elsewhere", 404),
        ("PUT", "/v1/entries", 405),
        ("GET", "/v1/entries", 400),
        ("GET", "/v1/entries?from=0&to=1", 400),
        ("GET", "/v1/proof/inclusion?index=0&size=0", 400),
        ("GET", "/v1/proof/inclusion?index=0&size=5", 400),
        ("GET", f"/v1/proof/inclusion?leaf={'00' * 32}", 404),
        ("GET", "/v1/proof/consistency?first=0&second=1", 400),
        ("GET", "/v1/proof/consistency?first=1&second=0", 400),
    ):
        status, raw = await writer.ask(method, path)
        error = json.loads(raw)["error"]
        assert status == expected and set(error) == {"code", "message", "advice", "details"}


async def test_info_and_health_say_who_and_how(log: Running) -> None:
    info = await log.client().get("/v1/info")
    assert (info["name"], info["role"], info["verify_key"], info["size"]) == ("node-log", "log", log.key, 0)
    assert await log.client().get("/v1/healthz") == {"status": "ok"}
    assert await log.client().get("/v1/deployment") == log.place.log.deployment.body


async def test_two_nodes_writing_at_once_give_one_honest_log(log: Running) -> None:
    async def write(identity: NodeIdentity, role: str) -> None:
        client = log.client(identity)
        for number in range(12):
            document = event_document(number, identity.signing, actor=f"node:{role}")
            status, _ = await client.post([document])
            assert status == 200

    await asyncio.gather(write(log.place.a, "a"), write(log.place.b, "b"))
    reader = log.client(log.place.b)
    replay = Replay([log.place.a.signing.verify_key, log.place.b.signing.verify_key])
    for document in (await reader.get("/v1/entries?from=0&to=24"))["entries"]:
        replay.feed(canonical(document))
    report = replay.finish(await reader.checkpoint(log.key))
    assert report.size == 24 and set(report.signers.values()) == {12}


async def test_long_page_is_cut_but_never_empty(log: Running) -> None:
    writer = log.client(log.place.a)
    filler = {f"field{number}": "x" * 128 for number in range(16)}
    for first in range(0, 2000, 250):
        await writer.post([event_document(n, log.place.a.signing, subject=filler) for n in range(first, first + 250)])
    page = await writer.get("/v1/entries?from=0&to=1000")
    assert 1000 >= len(page["entries"]) > 1 and page["size"] == 2000
    status, _ = await writer.ask("GET", "/v1/entries?from=0&to=1001")
    assert status == 400


async def test_courier_delivers_to_the_real_log_node(log: Running, tmp_path: Path) -> None:
    identity = log.place.a
    tls = client_context(identity.ca_pem, identity.cert_path, identity.key_path)
    witness = Witness(tmp_path / "remembered.txt", log.key)
    async with connect(LogNode(log.url, tls, witness)) as courier:
        assert await courier.deliver(log.events(0, 3)) == [0, 1, 2]
        assert await courier.deliver(log.events(1, 200)) == list(range(1, 200))
        with pytest.raises(EventRefused) as raised:
            await courier.deliver([*log.events(200, 202), event_document(1, log.place.b.signing)])
        assert raised.value.position == 2
    assert witness.size == 200


async def test_log_goes_on_after_a_restart(tmp_path: Path) -> None:
    place = make_deployment(tmp_path)
    async with serving(place) as log:
        await log.client(place.a).post(log.events(0, 5))
        before = await log.client().checkpoint(log.key)
    async with serving(place) as log:
        assert await log.client().checkpoint(log.key) == before
        _, answer = await log.client(place.a).post(log.events(4, 7))
        assert [entry["index"] for entry in answer["entries"]] == [4, 5, 6]
        found = await log.client(place.a).get("/v1/proof/consistency?first=5&second=7")
        after = await log.client().checkpoint(log.key)
        check_consistency(5, before.root, 7, after.root, decode_proof(found["proof"]))
