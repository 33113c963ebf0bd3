"""HTTP to a node: every failure has its name, nothing is trusted before it was checked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from common.errors import (
    AppError,
    BadFrame,
    BadInput,
    Conflict,
    NodeUnreachable,
    NotLoggedIn,
    RangeExceeded,
    TokenExpired,
    UnknownCertificate,
)
from desktop_client.settings import Profile
from desktop_client.upload import client
from desktop_client.upload.client import Nodes, open_nodes
from desktop_client.upload.transport import Call
from tests.helpers.desktop.fake_nodes import Handler, fixed, make_deployment, node_tls, serving
from tests.unit.desktop_upload.world import open_world

INFO = ("GET", "/v1/info")


async def test_transport_error_of_a_node_comes_back_as_its_class(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        error = RangeExceeded("Too high.", epoch=3).as_dict()
        world.fakes["a"].extra[INFO] = fixed({"error": error}, 500)
        with pytest.raises(RangeExceeded, match="Too high") as found:
            await world.nodes.a.info()
        assert found.value.details == {"epoch": 3, "node": "a"}


@pytest.mark.parametrize("value", [None, [], {}, {"error": "x"}, {"error": None}])
async def test_transport_refusal_without_a_reason_is_named(tmp_path: Path, value: object) -> None:
    async with open_world(tmp_path) as world:
        world.fakes["a"].extra[INFO] = fixed(value, 418)
        with pytest.raises(AppError):
            await world.nodes.a.info()


async def test_transport_answer_that_is_no_object_is_refused(tmp_path: Path) -> None:
    async def no_json(request: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>")

    async with open_world(tmp_path) as world:
        for handler in (fixed([1]), fixed("x"), no_json):
            world.fakes["a"].extra[INFO] = handler
            with pytest.raises(BadFrame):
                await world.nodes.a.info()


@pytest.mark.parametrize("status", [200, 400])
async def test_transport_answer_nested_too_deep_is_refused(tmp_path: Path, status: int) -> None:
    async def deep(request: web.Request) -> web.StreamResponse:
        return web.Response(text='{"error":' + "[" * 30_000, status=status, content_type="application/json")

    async with open_world(tmp_path) as world:
        world.fakes["a"].extra[INFO] = deep
        with pytest.raises(BadFrame):
            await world.nodes.a.info()


async def test_transport_event_nested_too_deep_is_refused(tmp_path: Path) -> None:
    async def deep(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str('{"a":' * 100_000)
        await socket.close()
        return socket

    async with open_world(tmp_path) as world:
        world.fakes["a"].extra["GET", "/v1/jobs/j/events"] = deep
        with pytest.raises(BadFrame):
            async with world.nodes.a.job_events("j", 0) as events:
                async for _ in events:
                    pass


async def test_log_entry_that_is_not_canonical_is_refused(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.fakes["log"].extra["GET", "/v1/entries"] = fixed({"entries": [{"rate": 0.5}]})
        with pytest.raises(BadFrame, match="canonical"):
            await world.nodes.log.entries(0, 1)


async def test_transport_answer_longer_than_allowed_is_refused(tmp_path: Path) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(8):
            await response.write(bytes(1024))
        return response

    async with open_world(tmp_path) as world:
        for handler in (fixed("x" * 5000), endless):
            world.fakes["a"].extra[INFO] = handler
            with pytest.raises(BadFrame, match="more than"):
                await world.nodes.a.transport.raw("GET", "/v1/info", Call(login=False, limit=4096))


async def test_transport_does_not_follow_a_redirect(tmp_path: Path) -> None:
    async def elsewhere(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/v1/elsewhere")

    async with open_world(tmp_path) as world:
        world.fakes["a"].extra[INFO] = elsewhere
        world.fakes["a"].extra["GET", "/v1/elsewhere"] = fixed({"name": "other"})
        with pytest.raises(BadFrame):
            await world.nodes.a.info()


async def test_transport_without_a_token_asks_for_a_login_before_anything_is_sent(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.nodes.a.transport.use_token(None)
        with pytest.raises(NotLoggedIn):
            await world.nodes.a.datasets()


async def test_transport_node_that_is_silent_is_unreachable(tmp_path: Path) -> None:
    released = asyncio.Event()

    async def silent(request: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response()

    async with open_world(tmp_path, {"answer_seconds": 1}) as world:
        world.fakes["a"].extra[INFO] = silent
        with pytest.raises(NodeUnreachable, match="in time"):
            await world.nodes.a.info()
        released.set()


async def test_transport_node_that_hangs_up_is_unreachable(tmp_path: Path) -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with open_world(tmp_path) as world:
        world.fakes["a"].extra[INFO] = hang_up
        with pytest.raises(NodeUnreachable):
            await world.nodes.a.info()


@asynccontextmanager
async def _nodes_of(folder: Path) -> AsyncIterator[Nodes]:
    """Clients that know only the description of the deployment that was made in ``folder``."""
    profile = Profile(folder / "kit")
    async with open_nodes(profile) as nodes:
        yield nodes


async def test_transport_connection_refused_is_unreachable(tmp_path: Path) -> None:
    async with serving(web.Application(), None) as port:
        closed = port
    make_deployment(tmp_path, {"a": closed, "b": closed, "log": closed})
    async with _nodes_of(tmp_path) as nodes:
        with pytest.raises(NodeUnreachable):
            await nodes.a.info()


async def test_transport_certificate_of_another_deployment_is_refused(tmp_path: Path) -> None:
    ports = {"a": 1, "b": 2, "log": 3}
    stranger = make_deployment(tmp_path / "stranger", ports)["a"]
    app = web.Application()
    app.router.add_get("/v1/info", fixed({"name": "node-a"}))
    async with serving(app, node_tls(stranger)) as port:
        make_deployment(tmp_path / "real", {**ports, "a": port})
        async with _nodes_of(tmp_path / "real") as nodes:
            with pytest.raises(UnknownCertificate):
                await nodes.a.info()


async def test_transport_other_node_of_the_deployment_is_refused(tmp_path: Path) -> None:
    """B answers where A should, with a good certificate for the same host: nothing is sent to it."""
    asked: list[str] = []

    async def info(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.json_response({"name": "node-a"})

    app, late = web.Application(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    late.minimum_version = ssl.TLSVersion.TLSv1_3
    app.router.add_get("/v1/info", info)
    async with serving(app, late) as port:
        for role, is_right in (("b", False), ("a", True)):
            identity = make_deployment(tmp_path / role, {"a": port, "b": 2, "log": 3})[role]
            late.load_cert_chain(identity.cert_path, identity.key_path)
            async with _nodes_of(tmp_path / role) as nodes:
                if is_right:
                    assert await nodes.a.info() == {"name": "node-a"}
                else:
                    with pytest.raises(UnknownCertificate, match="Another node"):
                        await nodes.a.info()
                    assert asked == []


async def test_transport_server_without_tls_is_refused(tmp_path: Path) -> None:
    app = web.Application()
    app.router.add_get("/v1/info", fixed({"name": "node-a"}))
    async with serving(app, None) as port:
        make_deployment(tmp_path, {"a": port, "b": 2, "log": 3})
        async with _nodes_of(tmp_path) as nodes:
            with pytest.raises((UnknownCertificate, NodeUnreachable)):
                await nodes.a.info()


@pytest.mark.parametrize("name", ["", ".", "..", "../users", "a/b", "a?b", "a#b", "a b", "%2e%2e", "a" * 200])
async def test_client_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    async with open_world(tmp_path) as world:
        for ask in (world.nodes.a.user, world.nodes.a.dataset, world.nodes.a.project, world.nodes.a.job):
            with pytest.raises(BadInput):
                await ask(name)


async def test_client_logs_in_again_once_when_the_token_ran_out(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        node, fake = world.nodes.a, world.fakes["a"]
        calls: list[str] = []

        async def renew(client: object) -> None:
            calls.append("login")
            node.transport.use_token(fake.token)

        node.transport.use_token("0" * 64)
        node.relogin = renew
        fake.extra["GET", "/v1/projects"] = _expired_once(fake.token)
        assert await node.projects() == []
        assert calls == ["login"]


async def test_both_reports_the_named_error_and_does_not_wait_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PATIENCE_SECONDS", 0.01)
    released, arrived = asyncio.Event(), asyncio.Event()

    async def silent(request: web.Request) -> web.StreamResponse:
        arrived.set()
        await released.wait()
        return web.Response()

    async def refuse(request: web.Request) -> web.StreamResponse:
        await arrived.wait()
        raise Conflict("Not now.")

    async with open_world(tmp_path) as world:
        world.fakes["a"].extra[INFO] = silent
        world.fakes["b"].extra[INFO] = refuse
        with pytest.raises(Conflict, match="Not now"):
            await world.nodes.both(lambda node: node.info())
        released.set()


def _expired_once(token: str) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.headers["Authorization"] != f"Bearer {token}":
            raise TokenExpired()
        return web.json_response({"projects": []})

    return answer


async def test_both_reports_the_error_of_a_when_both_failed(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        for role in ("a", "b"):
            world.fakes[role].extra[INFO] = fixed({"error": Conflict(f"From {role}.").as_dict()}, 409)
        with pytest.raises(Conflict, match="From a"):
            await world.nodes.both(lambda node: node.info())


async def test_both_that_is_cancelled_cancels_both_requests(tmp_path: Path) -> None:
    released, arrived = asyncio.Event(), asyncio.Event()

    async def silent(request: web.Request) -> web.StreamResponse:
        arrived.set()
        await released.wait()
        return web.Response()

    async with open_world(tmp_path) as world:
        for role in ("a", "b"):
            world.fakes[role].extra[INFO] = silent
        task = asyncio.create_task(world.nodes.both(lambda node: node.info()))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        released.set()
