"""A deployment by the address of a node: believed by its fingerprint and by nothing else."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from common.config import Settings
from common.deployment import MAX_BYTES, Deployment
from common.errors import AppError, BadFrame, BadInput, NodeUnreachable, UnknownCertificate
from desktop_client.settings import Profile
from desktop_client.upload.introduction import fetch_deployment, parse_address, parse_fingerprint
from tests.helpers.desktop.fake_nodes import Handler, fake_deployment, fixed

WANTED = ("GET", "/v1/deployment")


@asynccontextmanager
async def node(folder: Path, answer: Handler | None = None) -> AsyncIterator[tuple[Deployment, Settings]]:
    """A node that shows its description, or answers otherwise; what comes out is its deployment."""
    async with fake_deployment(folder) as (deployment, fakes):
        fakes["a"].extra[WANTED] = answer or fixed(deployment.body)
        yield deployment, Profile(folder / "profile").settings()


async def test_description_with_the_fingerprint_that_was_told_is_taken(tmp_path: Path) -> None:
    async with node(tmp_path) as (deployment, settings):
        told = " ".join(deployment.fingerprint[at : at + 8].upper() for at in range(0, 64, 8))
        found = await fetch_deployment(deployment.node("a").url.removeprefix("https://"), told, settings)
        assert found.body == deployment.body


async def test_another_deployment_is_refused(tmp_path: Path) -> None:
    async with node(tmp_path) as (deployment, settings):
        with pytest.raises(UnknownCertificate):
            await fetch_deployment(deployment.node("a").url, "0" * 64, settings)


async def test_a_description_that_was_changed_by_one_letter_is_refused(tmp_path: Path) -> None:
    async with fake_deployment(tmp_path) as (deployment, fakes):
        fakes["a"].extra[WANTED] = fixed({**deployment.body, "name": f"{deployment.name}x"})
        with pytest.raises(UnknownCertificate):
            await fetch_deployment(deployment.node("a").url, deployment.fingerprint, Profile(tmp_path).settings())


@pytest.mark.parametrize(
    "answer",
    [fixed({}), fixed([1]), fixed({}, 404), fixed({"x": "y" * MAX_BYTES})],
    ids=["nothing in it", "a list", "no such address", "too much"],
)
async def test_what_is_no_description_is_refused(tmp_path: Path, answer: Handler) -> None:
    async with node(tmp_path, answer) as (deployment, settings):
        with pytest.raises(BadFrame):
            await fetch_deployment(deployment.node("a").url, deployment.fingerprint, settings)


@pytest.mark.parametrize("value", [1.5, "\ud800", [[]] * 2, None], ids=["float", "no text", "a list", "nothing"])
async def test_description_that_has_no_fingerprint_or_another_one_is_refused(tmp_path: Path, value: object) -> None:
    async with fake_deployment(tmp_path) as (deployment, fakes):
        fakes["a"].extra[WANTED] = fixed({**deployment.body, "more": value})
        has_none = isinstance(value, float | str)
        with pytest.raises(BadFrame if has_none else UnknownCertificate):
            await fetch_deployment(deployment.node("a").url, deployment.fingerprint, Profile(tmp_path).settings())


async def test_nothing_is_unpacked(tmp_path: Path) -> None:
    asked: list[str | None] = []

    async def packed(request: web.Request) -> web.StreamResponse:
        asked.append(request.headers.get("Accept-Encoding"))
        body = gzip.compress(json.dumps(deployment.body).encode())
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    async with node(tmp_path, packed) as (deployment, settings):
        with pytest.raises(BadFrame):
            await fetch_deployment(deployment.node("a").url, deployment.fingerprint, settings)
    assert asked == ["identity"]


async def test_description_at_another_address_is_not_fetched(tmp_path: Path) -> None:
    async def elsewhere(request: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": "/v1/elsewhere"})

    async with fake_deployment(tmp_path) as (deployment, fakes):
        fakes["a"].extra[WANTED] = elsewhere
        fakes["a"].extra["GET", "/v1/elsewhere"] = fixed(deployment.body)
        with pytest.raises(BadFrame):
            await fetch_deployment(deployment.node("a").url, deployment.fingerprint, Profile(tmp_path).settings())


async def test_nobody_there_is_told_as_such(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(NodeUnreachable) as caught:
            await fetch_deployment(address, "0" * 64, Profile(tmp_path).settings())
        assert caught.value.details == {"url": f"https://{address}"}


@pytest.mark.parametrize(
    "given, expected",
    [
        ("a.example:9001", "https://a.example:9001"),
        (" https://a.example/ ", "https://a.example"),
        ("[::1]:9001", "https://[::1]:9001"),
    ],
)
def test_addresses_are_read_with_and_without_their_beginning(given: str, expected: str) -> None:
    assert parse_address(given) == expected


@pytest.mark.parametrize("given", ["", "http://a", "a:port", "a:99999", "me@a", "a/path", "a?x=1", "[::1", "ftp://a"])
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(BadInput):
        parse_address(given)


@pytest.mark.parametrize("given", ["", "ab", "g" * 64, "0" * 63, "0" * 65])
def test_what_is_no_fingerprint_is_refused(given: str) -> None:
    with pytest.raises(AppError, match="64 digits"):
        parse_fingerprint(given)
