"""The stream of news of a real node: in order, to those it is for, through restarts, ended logins and slow clients."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio

from common.errors import BadInput, NotLoggedIn
from common.net.tls import client_context
from server_node import app
from server_node.api.handlers import news
from server_node.api.schemas.news import MESSAGE
from server_node.news.feed import Feed
from server_node.news.load import LoadMeter
from tests.helpers.nodes.local import local_nodes, team
from tests.helpers.nodes.members import Member
from tests.helpers.nodes.pair import Pair, make_pair

pytestmark = pytest.mark.expects_warnings


@pytest.fixture
def feeds(monkeypatch: pytest.MonkeyPatch) -> list[Feed]:
    """The feed of each node that is opened, in order."""
    opened: list[Feed] = []

    class Kept(Feed):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            opened.append(self)

    monkeypatch.setattr(app, "Feed", Kept)
    return opened


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path)


@pytest_asyncio.fixture
async def people(pair: Pair, feeds: list[Feed]) -> AsyncIterator[list[Member]]:
    async with local_nodes(pair), team(pair, "alice", "bob") as members:
        yield members


@asynccontextmanager
async def listening(member: Member, after: int | None = None, load: bool = False) -> AsyncIterator[Stream]:
    """Messages of server A, each checked against its description; the last one says how the stream was closed."""
    query = "" if after is None else f"?after={after}"
    url = f"{member.pair.url('a')}/v1/events{query}"
    async with (
        member.session.ws_connect(url, headers=member.bearer("a")) as stream,
        aclosing(_messages(stream, load)) as found,
    ):
        yield found


Stream = AsyncGenerator[dict[str, Any]]


async def _messages(stream: aiohttp.ClientWebSocketResponse, load: bool) -> Stream:
    async for message in stream:
        found = json.loads(message.data)
        MESSAGE.check(found, "message")
        if load or found["kind"] != "load":
            yield found
    yield {"closed": stream.close_code}


async def test_news_each_member_hears_their_own_and_goes_on_where_it_stopped(
    people: list[Member], feeds: list[Feed]
) -> None:
    alice, bob = people
    before = (await feeds[0].bounds()).newest
    await feeds[0].add("project", {"project": "p1"}, ["alice"])
    await feeds[0].add("dataset", {"dataset": "d1"}, None)
    async with listening(alice, before) as mine, listening(bob, before) as other, listening(alice, before + 1) as again:
        assert (await anext(mine))["body"]["newest"] == before + 2
        assert [(await anext(mine))["body"] for _ in range(2)] == [{"project": "p1"}, {"dataset": "d1"}]
        assert [(await anext(other)).get("id") for _ in range(2)] == [None, before + 2]
        assert [(await anext(again)).get("id") for _ in range(2)] == [None, before + 2]
        await feeds[0].add("job", {"job": "j1"}, ["bob"])
        await feeds[0].add("job", {"job": "j2"}, ["alice"])
        assert (await anext(mine))["body"] == (await anext(again))["body"] == {"job": "j2"}
        assert (await anext(other))["body"] == {"job": "j1"}


async def test_news_from_a_number_that_is_yet_to_come_start_at_the_newest(
    people: list[Member], feeds: list[Feed]
) -> None:
    async with listening(people[0], 10**9) as messages:
        await anext(messages)
        await feeds[0].add("node", {"state": "degraded"}, None)
        assert (await anext(messages))["body"] == {"state": "degraded"}


async def test_news_reach_many_clients_at_once(people: list[Member], feeds: list[Feed]) -> None:
    async def listen(member: Member) -> dict[str, Any]:
        async with listening(member) as messages:
            await anext(messages)
            ready.release()
            return await anext(messages)

    ready = asyncio.Semaphore(0)
    clients = [asyncio.create_task(listen(member)) for member in people for _ in range(20)]
    for _ in clients:
        await ready.acquire()
    await feeds[0].add("node", {"state": "degraded"}, None)
    assert [piece["body"] for piece in await asyncio.gather(*clients)] == [{"state": "degraded"}] * 40


async def test_news_load_comes_between_and_has_no_number(people: list[Member], monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(meter: LoadMeter) -> AsyncGenerator[dict[str, Any]]:
        yield await meter.measure()

    monkeypatch.setattr(LoadMeter, "follow", at_once)
    async with listening(people[0], load=True) as messages:
        found = [await anext(messages), await anext(messages)]
    load = next(message for message in found if message["kind"] == "load")
    assert set(load) == {"kind", "time", "body"}
    assert (load["body"]["running_jobs"], load["body"]["waiting_jobs"]) == (0, 0)


async def test_news_end_with_the_login(people: list[Member], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "LOGIN_CHECK_SECONDS", 0.01)
    alice = people[0]
    async with listening(alice) as messages:
        assert (await anext(messages))["kind"] == "start"
        await alice.ask("a", "POST", "/v1/auth/logout", {})
        assert await anext(messages) == {"closed": news.LOGIN_ENDED}


async def test_news_end_when_the_node_stops(pair: Pair, feeds: list[Feed]) -> None:
    async with team_of_one(pair) as (stop, alice), listening(alice) as messages:
        await anext(messages)
        stop.set()
        assert await anext(messages) == {"closed": aiohttp.WSCloseCode.GOING_AWAY}


@asynccontextmanager
async def team_of_one(pair: Pair) -> AsyncIterator[tuple[asyncio.Event, Member]]:
    """A member, and what stops both nodes."""
    stop, running = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        async with local_nodes(pair):
            running.set()
            await stop.wait()

    task = asyncio.create_task(run())
    await running.wait()
    async with team(pair, "alice") as [alice]:
        yield stop, alice
    stop.set()
    await task


async def test_news_slow_clients_are_cut_off(people: list[Member], monkeypatch: pytest.MonkeyPatch) -> None:
    ended = asyncio.Event()

    async def endless(feed: Feed, user: str, after: int) -> AsyncGenerator[dict[str, Any]]:
        try:
            while True:
                yield {"id": 1, "time": "2026-01-01T00:00:00Z", "kind": "job", "body": {"text": "x" * 50_000}}
        finally:
            ended.set()

    monkeypatch.setattr(news, "SLOW_SECONDS", 0.05)
    monkeypatch.setattr(Feed, "follow", endless)
    alice = people[0]
    with await asyncio.to_thread(_open_and_read_nothing, alice) as client:
        await ended.wait()
        with pytest.raises(ssl.SSLEOFError):
            await asyncio.to_thread(_read_to_the_end, client)
    assert (await alice.ask("a", "GET", "/v1/info"))["name"] == "node-a"


def _open_and_read_nothing(member: Member) -> ssl.SSLSocket:
    """A stream whose client has little room for what it does not take."""
    address = urlsplit(member.pair.url("a"))
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.connect((address.hostname, address.port))
    tls = client_context(member.pair.deployment.ca_pem)
    client = tls.wrap_socket(plain, server_hostname=address.hostname, suppress_ragged_eofs=False)
    client.settimeout(10)
    lines = [
        "GET /v1/events HTTP/1.1", "Host: node", f"Authorization: {member.bearer('a')['Authorization']}",
        "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "", "",
    ]  # fmt: skip
    client.sendall("\r\n".join(lines).encode())
    return client


def _read_to_the_end(client: ssl.SSLSocket) -> None:
    while client.recv(1 << 16):
        continue


async def test_news_are_for_members_and_numbers_are_checked(people: list[Member]) -> None:
    alice = people[0]
    for query in ("?after=-1", "?after=1&after=2", "?after=x", "?before=1", ""):
        with pytest.raises(BadInput):
            await alice.ask("a", "GET", f"/v1/events{query}")
    alice.tokens.clear()
    with pytest.raises(NotLoggedIn):
        await alice.ask("a", "GET", "/v1/events")
