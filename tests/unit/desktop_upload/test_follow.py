"""Following a job: every event once, in order, through broken connections, to the end at both servers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSCloseCode, web

from common.errors import AppError, BadFrame, DatabaseGone, Forbidden, NodeUnreachable, TokenExpired
from common.pipeline import JobState
from desktop_client.upload.jobs import follow
from desktop_client.upload.jobs.follow import follow_job
from tests.helpers.desktop.fake_nodes import FakeNode, fixed
from tests.unit.desktop_upload.world import World, open_world

JOB = "ab" * 16


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "delay_before", lambda attempt: 0.0)


class Feed:
    """The events of a job at one node; breaks off after each number in ``breaks``."""

    def __init__(self, node: FakeNode, count: int, breaks: tuple[int, ...] = (), state: str = "finished") -> None:
        self.count, self.breaks, self.state = count, list(breaks), state
        self.asked: list[int] = []
        self.on_open: Callable[[], None] = lambda: None
        node.extra["GET", f"/v1/jobs/{JOB}/events"] = self._events
        node.extra["GET", f"/v1/jobs/{JOB}"] = self._show

    def event(self, number: int) -> str:
        return json.dumps({"id": number, "kind": "state"})

    async def _show(self, request: web.Request) -> web.StreamResponse:
        return await fixed({"id": JOB, "project": "p", "state": self.state, "stage": None})(request)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        after = int(request.query["after"])
        self.asked.append(after)
        self.on_open()
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for number in range(after + 1, self.count + 1):
            await socket.send_str(self.event(number))
            if number in self.breaks:
                self.breaks.remove(number)
                await socket.close(code=WSCloseCode.GOING_AWAY)
                return socket
        await socket.close()
        return socket


async def _follow(world: World, retries: int = 3) -> tuple[dict[str, JobState], dict[str, list[int]]]:
    seen: dict[str, list[int]] = {"a": [], "b": []}

    def on_event(role: str, event: dict[str, Any]) -> None:
        seen[role].append(event["id"])

    return await follow_job(world.nodes, JOB, on_event, retries), seen


async def test_follow_gives_every_event_of_both_servers(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        feeds = {role: Feed(world.fakes[role], 5) for role in ("a", "b")}
        states, seen = await _follow(world)
        assert states == {"a": JobState.FINISHED, "b": JobState.FINISHED}
        assert seen == {"a": [1, 2, 3, 4, 5], "b": [1, 2, 3, 4, 5]}
        assert feeds["a"].asked == [0]


async def test_follow_goes_on_after_the_last_event_when_the_connection_broke(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        feed = Feed(world.fakes["a"], 5, breaks=(2, 3))
        Feed(world.fakes["b"], 1)
        _, seen = await _follow(world, retries=1)
        assert seen["a"] == [1, 2, 3, 4, 5]
        assert feed.asked == [0, 2, 3]


async def test_follow_gives_up_after_too_many_empty_connections(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        feed = Feed(world.fakes["a"], 0, state="training")
        Feed(world.fakes["b"], 1)
        with pytest.raises(NodeUnreachable):
            await _follow(world, retries=2)
        assert feed.asked == [0, 0, 0]


async def test_follow_tells_how_the_job_ended_at_each_server(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        Feed(world.fakes["a"], 1, state="failed")
        Feed(world.fakes["b"], 1, state="cancelled")
        states, _ = await _follow(world)
        assert states == {"a": JobState.FAILED, "b": JobState.CANCELLED}


async def test_follow_says_why_a_server_gives_no_events(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        Feed(world.fakes["a"], 1)
        refusal = fixed({"error": Forbidden("Not your job.").as_dict()}, 403)
        world.fakes["b"].extra["GET", f"/v1/jobs/{JOB}/events"] = refusal
        with pytest.raises(Forbidden, match="Not your job"):
            await _follow(world)


@pytest.mark.parametrize("text", ["{", "[]", '{"kind": "state"}', '{"id": 0}', '{"id": "1"}', '{"id": true}'])
async def test_follow_events_of_another_form_are_refused(tmp_path: Path, text: str) -> None:
    class Nonsense(Feed):
        def event(self, number: int) -> str:
            return text

    async with open_world(tmp_path) as world:
        Nonsense(world.fakes["a"], 2)
        Feed(world.fakes["b"], 1)
        with pytest.raises(BadFrame):
            await _follow(world)


async def test_follow_goes_on_over_a_pause_in_which_a_server_restarts_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "_LASTING_SECONDS", 0.0)
    async with open_world(tmp_path) as world:
        feed = Feed(world.fakes["a"], 2, state="paused")
        Feed(world.fakes["b"], 1)

        def resume_at_the_sixth() -> None:
            if len(feed.asked) == 6:
                feed.count, feed.state = 3, "finished"

        feed.on_open = resume_at_the_sixth
        states, seen = await _follow(world, retries=1)
        assert states["a"] is JobState.FINISHED
        assert (seen["a"], feed.asked) == ([1, 2, 3], [0, 2, 2, 2, 2, 2])


async def test_follow_goes_on_when_a_failed_job_is_retried_meanwhile(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        slow, fast = Feed(world.fakes["a"], 2, state="failed"), Feed(world.fakes["b"], 2, state="failed")

        def finish() -> None:
            for feed in (slow, fast):
                if len(feed.asked) == 2:
                    feed.count, feed.state = 4, "finished"

        slow.on_open = fast.on_open = finish
        states, seen = await _follow(world)
        assert states == {"a": JobState.FINISHED, "b": JobState.FINISHED}
        assert seen == {"a": [1, 2, 3, 4], "b": [1, 2, 3, 4]}


async def test_follow_waits_while_a_server_cannot_work(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        feed = Feed(world.fakes["a"], 3)
        Feed(world.fakes["b"], 1)
        events, links = world.fakes["a"].extra["GET", f"/v1/jobs/{JOB}/events"], list[tuple[str, str | None]]()

        async def out_of_order_twice(request: web.Request) -> web.StreamResponse:
            if len(links) < 2:
                raise DatabaseGone()
            return await events(request)

        world.fakes["a"].extra["GET", f"/v1/jobs/{JOB}/events"] = out_of_order_twice

        def on_link(role: str, trouble: AppError | None) -> None:
            links.append((role, trouble.code if trouble is not None else None))

        states = await follow_job(world.nodes, JOB, lambda role, event: None, 2, on_link)
        assert states["a"] is JobState.FINISHED and feed.asked == [0]
        assert links == [("a", "database-gone"), ("a", "database-gone"), ("a", None)]


async def test_follow_renews_a_login_that_ran_out_while_the_server_was_away(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        feed = Feed(world.fakes["a"], 3, breaks=(1,))
        Feed(world.fakes["b"], 1)
        renewed: list[str] = []
        show = world.fakes["a"].extra["GET", f"/v1/jobs/{JOB}"]

        async def ask_for_login(request: web.Request) -> web.StreamResponse:
            if not renewed:
                raise TokenExpired()
            return await show(request)

        world.fakes["a"].extra["GET", f"/v1/jobs/{JOB}"] = ask_for_login

        async def relogin(node: Any) -> None:
            renewed.append(node.node.role)

        world.nodes.a.relogin = relogin
        states, seen = await _follow(world)
        assert (states["a"], seen["a"], renewed, feed.asked) == (JobState.FINISHED, [1, 2, 3], ["a"], [0, 1])
