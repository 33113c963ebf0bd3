"""Long work for a client that may go away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from common.errors import Cancelled, SpecRefused
from server_node.api import call
from server_node.api.call import while_connected

THERE = cast(web.Request, SimpleNamespace(transport=SimpleNamespace(is_closing=lambda: False)))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "_LOOK_SECONDS", 0.005)


async def test_result_and_error_of_work_come_through() -> None:
    async def works() -> int:
        await asyncio.sleep(0.02)
        return 7

    async def fails() -> int:
        raise SpecRefused("Too small.")

    assert await while_connected(THERE, works()) == 7
    with pytest.raises(SpecRefused, match="Too small"):
        await while_connected(THERE, fails())


@pytest.mark.parametrize("transport", [None, SimpleNamespace(is_closing=lambda: True)], ids=["gone", "going"])
async def test_work_for_nobody_is_cancelled(transport: object) -> None:
    ended = asyncio.Event()
    with pytest.raises(Cancelled, match="has gone"):
        await while_connected(cast(web.Request, SimpleNamespace(transport=transport)), _for_ever(ended.set))
    assert ended.is_set()


async def test_work_ends_with_its_request() -> None:
    ended = asyncio.Event()
    task = asyncio.create_task(while_connected(THERE, _for_ever(ended.set)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_client_that_hangs_up_is_noticed() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        began.set()
        await while_connected(request, _for_ever(ended.set))
        raise AssertionError("it never ends by itself")

    app = web.Application()
    app.router.add_post("/", answer)
    async with TestClient(TestServer(app)) as client:
        asking = asyncio.create_task(client.post("/", json={}))
        await began.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        async with asyncio.timeout(5):
            await ended.wait()


async def _for_ever(end: Callable[[], None]) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        end()
