"""The load of three nodes in one form."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from common.errors import AppError, BadFrame, Forbidden, NodeUnreachable, NotReady
from common.pipeline import JobState
from desktop_client.upload.live import load as module
from desktop_client.upload.live.load import NodeLoad, follow_log_load, log_load, parse_load, server_load
from desktop_client.upload.live.summary import Summary, fetch_summary
from tests.unit.desktop_upload.world import open_world

MACHINE = {
    "processor_percent": 37.5, "memory_used": 3_000, "memory_total": 12_000, "disk_free": 25, "disk_total": 100,
    "received_per_second": 7, "sent_per_second": 8, "uptime_seconds": 60,
}  # fmt: skip
SERVER = {**MACHINE, "running_jobs": 1, "waiting_jobs": 2}
LOG = {**MACHINE, "requests": 12, "entries": 34}


def test_load_of_a_server_comes_with_its_news() -> None:
    found = server_load("a", {"kind": "load", "time": "", "body": SERVER})
    assert found == NodeLoad("a", 37.5, 3_000, 12_000, 25, 100, 7, 8, 60, running_jobs=1, waiting_jobs=2)
    assert (found.memory_percent, found.disk_percent) == (25.0, 75.0)
    assert server_load("a", {"kind": "job", "id": 1, "body": {}}) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("processor_percent", "much"), ("processor_percent", True), ("processor_percent", -1), ("memory_used", 1.5),
     ("disk_total", None), ("running_jobs", -1)],
)  # fmt: skip
def test_load_of_another_form_is_refused(name: str, value: object) -> None:
    with pytest.raises(BadFrame):
        parse_load("b", {**SERVER, name: value})


def test_load_of_the_log_node_has_no_jobs_but_entries() -> None:
    found = parse_load("log", LOG)
    assert (found.running_jobs, found.waiting_jobs, found.requests, found.entries) == (None, None, 12, 34)
    with pytest.raises(BadFrame):
        parse_load("log", SERVER)


def test_load_without_memory_or_disk_is_nothing_of_nothing() -> None:
    found = parse_load("a", {**SERVER, "memory_total": 0, "disk_total": 0, "processor_percent": 250})
    assert (found.memory_percent, found.disk_percent, found.processor_percent) == (0.0, 0.0, 100.0)


async def test_load_of_the_log_node_is_followed_through_a_break(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "delay_before", lambda attempt: 0.0)
    answers: list[dict[str, Any] | AppError] = [LOG, NotReady(), NodeUnreachable("away"), LOG, LOG, Forbidden("no")]
    loads: list[NodeLoad] = []
    links: list[str | None] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        found = answers.pop(0)
        if isinstance(found, AppError):
            raise found
        return web.json_response(found)

    def on_link(role: str, error: AppError | None) -> None:
        links.append(error.code if error else None)

    async with open_world(tmp_path) as world:
        world.fakes["log"].extra["GET", "/v1/load"] = answer
        assert await log_load(world.nodes.log) == parse_load("log", LOG)
        answers.insert(0, LOG)
        with pytest.raises(Forbidden):
            await follow_log_load(world.nodes.log, loads.append, on_link, period=0.0)
    assert loads == [parse_load("log", LOG)] * 3
    assert links == [None, "not-ready", "node-unreachable", None]


async def test_load_is_asked_for_again_after_a_while(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:

        async def answer(request: web.Request) -> web.StreamResponse:
            return web.json_response(LOG)

        world.fakes["log"].extra["GET", "/v1/load"] = answer
        seen = asyncio.Event()
        following = asyncio.create_task(
            follow_log_load(world.nodes.log, lambda load: seen.set(), lambda role, error: None)
        )
        await seen.wait()
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following


async def test_summary_counts_what_runs_and_what_is_done(tmp_path: Path) -> None:
    jobs = {"queued": 1, "preparing": 2, "hiding": 3, "training": 4, "paused": 5, "finished": 6, "failed": 7}
    answer = {"users": 8, "projects": {"active": 9, "archived": 10}, "jobs": {**jobs, "cancelled": 0, "novel": 99}}

    async def serve(request: web.Request) -> web.StreamResponse:
        return web.json_response(answer)

    async with open_world(tmp_path) as world:
        world.fakes["a"].extra["GET", "/v1/summary"] = serve
        found = await fetch_summary(world.nodes.a)
        answer["users"] = "many"
        with pytest.raises(BadFrame):
            await fetch_summary(world.nodes.a)
    known = {JobState(name): number for name, number in {**jobs, "cancelled": 0}.items()}
    assert found == Summary(8, 9, 10, known)
    assert (found.running, found.finished) == (9, 6)
