"""Following news: every piece once, in order, through broken connections and ended logins."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSCloseCode, web

from common.errors import AppError, BadFrame, Forbidden, NodeUnreachable, NotLoggedIn
from desktop_client.cli.live.watch import describe_load, describe_news
from desktop_client.upload.identity.client import IdentityClient
from desktop_client.upload.live import news
from desktop_client.upload.live.news import follow_news
from tests.helpers.desktop.fake_nodes import FakeNode, fixed
from tests.unit.desktop_upload.world import World, open_world


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "delay_before", lambda attempt: 0.0)


class Feed:
    """The news of a node, numbered ``oldest`` to ``newest``; closes the stream after each number in ``breaks``."""

    def __init__(self, node: FakeNode, newest: int, breaks: tuple[int, ...] = (), oldest: int = 1) -> None:
        self.node, self.oldest, self.newest, self.breaks = node, oldest, newest, list(breaks)
        self.asked: list[str | None] = []
        node.extra["GET", "/v1/events"] = self._events

    def piece(self, number: int) -> dict[str, Any]:
        return {"id": number, "time": "2026-01-01T10:00:00Z", "kind": "job", "body": {"n": number}}

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if request.headers["Authorization"] != f"Bearer {self.node.token}":
            raise NotLoggedIn()
        self.asked.append(request.query.get("after"))
        after = int(request.query.get("after", self.newest))
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(
            json.dumps({"kind": "start", "time": "", "body": {"oldest": self.oldest, "newest": self.newest}})
        )
        for number in range(max(after + 1, self.oldest), self.newest + 1):
            await socket.send_str(json.dumps(self.piece(number)))
            if number in self.breaks:
                self.breaks.remove(number)
                await socket.close(code=WSCloseCode.GOING_AWAY)
                return socket
        await socket.send_str(json.dumps({"kind": "load", "time": "", "body": {}}))
        async for _ in socket:
            continue
        return socket


class Seen:
    """What arrived, by node; ends the following when both nodes have sent their load."""

    def __init__(self) -> None:
        self.numbers: dict[str, list[int]] = {"a": [], "b": []}
        self.gaps: dict[str, list[bool]] = {"a": [], "b": []}
        self.links: list[tuple[str, type[AppError] | None]] = []
        self.loads: set[str] = set()
        self.both = asyncio.Event()

    def on_news(self, role: str, message: dict[str, Any]) -> None:
        if message["kind"] == "start":
            self.gaps[role].append(message["body"]["is_gap"])
        elif message["kind"] == "load":
            self.loads.add(role)
            if self.loads == {"a", "b"}:
                self.both.set()
        else:
            self.numbers[role].append(message["id"])

    def on_link(self, role: str, trouble: AppError | None) -> None:
        self.links.append((role, type(trouble) if trouble else None))


async def follow(world: World, **after: int) -> Seen:
    seen = Seen()
    task = asyncio.create_task(follow_news(world.nodes, after, seen.on_news, seen.on_link))
    ended = asyncio.create_task(seen.both.wait())
    await asyncio.wait([task, ended], return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    if task.done():
        await task
    task.cancel()
    await asyncio.wait([task, ended])
    return seen


async def test_news_of_both_servers_arrive_from_where_one_left_off(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        feeds = {role: Feed(world.fakes[role], 5) for role in ("a", "b")}
        seen = await follow(world, a=0, b=3)
        assert seen.numbers == {"a": [1, 2, 3, 4, 5], "b": [4, 5]}
        assert seen.gaps == {"a": [False], "b": [False]}
        assert [feed.asked for feed in feeds.values()] == [["0"], ["3"]]


async def test_news_from_now_on_are_asked_for_without_a_number(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        feeds = {role: Feed(world.fakes[role], 5) for role in ("a", "b")}
        seen = await follow(world)
        assert seen.numbers == {"a": [], "b": []}
        assert feeds["a"].asked == [None]


async def test_news_go_on_after_the_last_number_when_the_connection_broke(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        feed = Feed(world.fakes["a"], 5, breaks=(2, 3))
        Feed(world.fakes["b"], 0)
        seen = await follow(world, a=0, b=0)
        assert seen.numbers["a"] == [1, 2, 3, 4, 5]
        assert feed.asked == ["0", "2", "3"]
        assert [link for link in seen.links if link[0] == "a"] == [("a", None), ("a", NodeUnreachable)] * 2 + [
            ("a", None)
        ]


@pytest.mark.parametrize(("oldest", "newest", "after"), [(4, 9, 2), (1, 3, 7)])
async def test_news_that_are_gone_are_told(tmp_path: Path, oldest: int, newest: int, after: int) -> None:
    async with open_world(tmp_path) as world:
        Feed(world.fakes["a"], newest, oldest=oldest)
        Feed(world.fakes["b"], 0)
        seen = await follow(world, a=after, b=0)
        assert seen.gaps == {"a": [True], "b": [False]}


async def test_news_a_login_that_ended_is_made_anew(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        Feed(world.fakes["a"], 1)
        Feed(world.fakes["b"], 0)
        world.fakes["a"].token = "u" * 64

        async def relogin(node: IdentityClient) -> None:
            node.transport.use_token("u" * 64)

        world.nodes.a.relogin = relogin
        seen = await follow(world, a=0, b=0)
        assert seen.numbers["a"] == [1]


async def test_news_without_keys_an_ended_login_is_an_error(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        Feed(world.fakes["a"], 1)
        Feed(world.fakes["b"], 0)
        world.fakes["a"].token = "u" * 64
        with pytest.raises(NotLoggedIn):
            await follow(world)


async def test_news_a_refusal_that_stays_is_an_error(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        Feed(world.fakes["a"], 1)
        world.fakes["b"].extra["GET", "/v1/events"] = fixed({"error": Forbidden("No.").as_dict()}, 403)
        with pytest.raises(Forbidden):
            await follow(world)


@pytest.mark.parametrize("piece", [{}, {"id": 0}, {"id": True}, {"kind": 3}, {"body": []}, {"id": "2"}])
async def test_news_of_another_form_are_refused(tmp_path: Path, piece: dict[str, Any]) -> None:
    class Nonsense(Feed):
        def piece(self, number: int) -> dict[str, Any]:
            return {**super().piece(number), "id": 0, **piece}

    async with open_world(tmp_path) as world:
        Nonsense(world.fakes["a"], 2)
        Feed(world.fakes["b"], 0)
        with pytest.raises(BadFrame):
            await follow(world, a=0, b=0)


def test_news_are_one_line() -> None:
    line = describe_news("job", {"job": "ab" * 16, "state": "training", "name": None, "users": ["alice", "bob"]})
    assert line == "job      job abababababab, state training, users alice, bob"
    body = {"processor_percent": 37.4, "memory_used": 3.1e9, "memory_total": 24_000_000_000, "disk_free": 12e9,
            "received_per_second": 1_200_000, "running_jobs": 1, "waiting_jobs": True}  # fmt: skip
    assert describe_load(body) == (
        "processor 37 %, memory 3.1 of 24.0 GB, in 1.2 MB/s, out 0.0 MB/s, disk 12 GB free, jobs 1 running, 0 waiting"
    )
