"""Deployments whose nodes keep their data in files or in real components, in the combinations that matter."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from common.ids import DatasetId
from common.net.identity import load_node_identity
from server_node.app import open_node
from server_node.store.shares import ShareStore, open_share_store
from tests.helpers.databases.server import fresh_database
from tests.helpers.nodes.local import plan, usable
from tests.helpers.nodes.members import Dataset, Member
from tests.helpers.nodes.pair import Pair, make_pair
from tests.services import reading_worker
from tests.services.available import IPFS, MYSQL, REDIS, need


@dataclass(frozen=True)
class Places:
    """Which components the nodes of a deployment use; the rest is built in."""

    mysql: bool = False
    ipfs: bool = False
    redis: bool = False

    def __str__(self) -> str:
        database, blobs = "mysql" if self.mysql else "sqlite", "ipfs" if self.ipfs else "files"
        return f"{database}+{blobs}+{'redis' if self.redis else 'memory'}"

    @property
    def settings(self) -> dict[str, Any]:
        """What both nodes have in their settings besides the database. Skips the test where something is missing."""
        wanted = [(self.mysql, MYSQL, None), (self.ipfs, IPFS, "blobs_url"), (self.redis, REDIS, "live_url")]
        values = need(*(variable for is_used, variable, _ in wanted if is_used))
        names = [name for is_used, _, name in wanted if is_used]
        return {name: value for name, value in zip(names, values, strict=True) if name is not None}


ALL = [Places(), Places(mysql=True, redis=True), Places(ipfs=True), Places(mysql=True, ipfs=True, redis=True)]
combinations = pytest.mark.parametrize("places", ALL, ids=str)


@asynccontextmanager
async def deployment(folder: Path, places: Places, **settings: Any) -> AsyncIterator[Pair]:
    """Provisioned nodes that do not run yet; each has a database of its own."""
    chosen = {**places.settings, "peer_retry_seconds": 1, **settings}
    async with AsyncExitStack() as stack:
        pair = make_pair(folder, **chosen)
        if places.mysql:
            for role in ("a", "b"):
                location = await stack.enter_async_context(fresh_database())
                url = location.url.render_as_string(hide_password=False)
                pair.settings(role, **chosen, database_url=url)
        yield pair


def reading_command(folder: Path, ticket: Path) -> list[str]:
    return [sys.executable, str(reading_worker.__file__), str(folder), str(ticket)]


@asynccontextmanager
async def running(pair: Pair) -> AsyncIterator[None]:
    """Both nodes, serving; their workers read every share."""
    async with AsyncExitStack() as stack:
        for role in ("a", "b"):
            await stack.enter_async_context(open_node(replace(plan(pair, role), command=reading_command)))
        yield


async def agreed(owner: Member, dataset: Dataset) -> dict[str, Any]:
    """A project on this data set, uploaded and consented to."""
    body = owner.specification([(await usable(owner, dataset), owner)])
    await owner.propose(body)
    await owner.consent(body, dataset.id)
    return body


async def last_events(member: Member, job: str) -> list[dict[str, Any]]:
    """Watch a job to its end at both nodes."""
    return [[event async for event in member.events(role, job)][-1] for role in ("a", "b")]


async def delete(owner: Member, dataset: Dataset, role: str) -> dict[str, Any]:
    time = (await owner.ask(role, "GET", "/v1/info"))["time"]
    signed = owner.sign("dataset-delete", dataset=dataset.id, node_time=time, stop_jobs=False, reason="")
    return await owner.ask(role, "DELETE", f"/v1/datasets/{dataset.id}", signed)


@asynccontextmanager
async def stores(pair: Pair) -> AsyncIterator[list[ShareStore]]:
    """What workers of the two nodes read from."""
    found = [open_share_store(pair.folder(role), load_node_identity(pair.folder(role))) for role in ("a", "b")]
    try:
        yield found
    finally:
        for store in found:
            store.blobs.close()


def pixels(found: list[ShareStore], dataset: Dataset) -> list[bytes]:
    """The images of every chunk, put together from both shares."""
    pairs = zip(*(store.iter_chunks(DatasetId(dataset.id)) for store in found), strict=True)
    return [(one.pixels_share() + other.pixels_share()).astype("u1").tobytes() for one, other in pairs]


def kept(pair: Pair, role: str, place: str = "") -> list[Path]:
    """The blobs of a node: its files, and the names of its pins (or of what is ``doomed``)."""
    root = pair.folder(role) / "shares"
    if place:
        return list((root / "ipfs" / place).glob("*"))
    return [*(root / "blobs").glob("??/*"), *(root / "ipfs" / "pins").glob("*")]
