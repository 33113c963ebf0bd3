"""A sender who waits for a word sends no body that would be refused, and none before there is room for it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from common.net.tls import client_context
from server_node.store import intake
from tests.helpers.nodes.local import local_nodes, team
from tests.helpers.nodes.members import Dataset, Member
from tests.helpers.nodes.pair import Pair, make_pair
from tests.helpers.nodes.uploads import LARGE, announce, show

# There is no log node.
pytestmark = pytest.mark.expects_warnings


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path)


async def put_in_two_steps(member: Member, dataset: Dataset, number: int, claimed: str) -> tuple[bytes, bytes]:
    """The node's first word to a chunk that is announced, and its word to the chunk itself if it was asked for."""
    address = urlsplit(member.pair.url("a"))
    tls = client_context(member.pair.deployment.ca_pem)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, ssl=tls)
    sealed = dataset.sealed["a"][number]
    head = [
        f"PUT /v1/datasets/{dataset.id}/chunks/{number} HTTP/1.1", f"Host: {address.netloc}",
        f"Authorization: {member.bearer('a')['Authorization']}", f"X-Chunk-Hash: {claimed}",
        f"Content-Length: {len(sealed)}", "Content-Type: application/octet-stream", "Expect: 100-continue", "", "",
    ]  # fmt: skip
    try:
        writer.write("\r\n".join(head).encode())
        first = await reader.readuntil(b"\r\n\r\n")
        if not first.startswith(b"HTTP/1.1 100 "):
            return first, await reader.read()
        writer.write(sealed)
        return first, await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.close()
        await writer.wait_closed()


async def test_the_body_is_asked_for_when_it_is_wanted(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        dataset = alice.split(**LARGE)
        await announce(alice, dataset)
        first, second = await put_in_two_steps(alice, dataset, 1, dataset.hash("a", 1))
        assert first == b"HTTP/1.1 100 Continue\r\n\r\n" and second.startswith(b"HTTP/1.1 200 ")
        assert (await show(alice, dataset))["missing"] == [0, 2]


async def test_a_body_that_would_be_refused_is_never_sent(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        dataset = alice.split(**LARGE)
        await announce(alice, dataset)
        first, rest = await put_in_two_steps(alice, dataset, 1, "0" * 64)
        assert first.startswith(b"HTTP/1.1 422 ") and b"share-tampered" in rest
        assert b"connection: close" in first.lower()
        assert (await show(alice, dataset))["missing"] == [0, 1, 2]


async def test_another_expectation_is_ignored(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        dataset = alice.split()
        await announce(alice, dataset)
        headers = {**alice.bearer("a"), "X-Chunk-Hash": dataset.hash("a", 0), "Expect": "a-miracle"}
        path = f"{pair.url('a')}/v1/datasets/{dataset.id}/chunks/0"
        async with alice.session.put(path, data=io.BytesIO(dataset.sealed["a"][0]), headers=headers) as response:
            assert response.status == 200


async def test_nobody_sends_before_there_is_room(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "SLOTS", 1)
    gates: list[intake.Gate] = []
    make = intake.Gate.__init__

    def noting(gate: intake.Gate) -> None:
        make(gate)
        gates.append(gate)

    monkeypatch.setattr(intake.Gate, "__init__", noting)
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        dataset = alice.split(**LARGE)
        await announce(alice, dataset)
        release = asyncio.Event()

        async def pieces() -> AsyncIterator[bytes]:
            half = len(dataset.sealed["a"][1]) // 2
            yield dataset.sealed["a"][1][:half]
            await release.wait()
            yield dataset.sealed["a"][1][half:]

        path, headers = f"/v1/datasets/{dataset.id}/chunks/1", {"X-Chunk-Hash": dataset.hash("a", 1)}
        first = asyncio.create_task(alice.ask("a", "PUT", path, data=pieces(), headers=headers))
        while not gates[0].slot.locked():
            await asyncio.sleep(0)
        second = asyncio.create_task(put_in_two_steps(alice, dataset, 0, dataset.hash("a", 0)))
        done, _ = await asyncio.wait([second], timeout=0.2)
        assert not done
        release.set()
        await first
        assert (await second)[0].startswith(b"HTTP/1.1 100 ")
