"""Both server nodes inside the test's own event loop, over real TLS, with the fake worker in place of the real one."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from common.net.identity import load_node_identity
from server_node.app import Plan, open_node
from server_node.settings import load
from tests.helpers.nodes import fake_worker
from tests.helpers.nodes.members import Dataset, Member, open_members
from tests.helpers.nodes.pair import Pair


def fake_command(folder: Path, ticket: Path) -> list[str]:
    return [sys.executable, str(fake_worker.__file__), str(folder), str(ticket)]


def order(pair: Pair, role: str, mode: str) -> None:
    """Tell the next workers of a node what to do."""
    (pair.folder(role) / "fake-worker.json").write_text(json.dumps({"mode": mode}), encoding="utf-8")


def plan(pair: Pair, role: str) -> Plan:
    folder = pair.folder(role)
    return Plan(folder, load_node_identity(folder), load(folder), "test", fake_command)


@asynccontextmanager
async def local_nodes(pair: Pair, *roles: str) -> AsyncIterator[None]:
    """The nodes with these roles (both by default), serving."""
    async with AsyncExitStack() as stack:
        for role in roles or ("a", "b"):
            await stack.enter_async_context(open_node(plan(pair, role)))
        yield


@asynccontextmanager
async def team(pair: Pair, *names: str) -> AsyncIterator[list[Member]]:
    """Members who are registered and logged in at both nodes."""
    async with open_members(pair, *names) as members:
        for member in members:
            await member.join()
        yield members


async def usable(member: Member, dataset: Dataset) -> str:
    """Upload a data set and wait until both nodes confirmed it; its id."""
    await member.upload(dataset)
    await until_state(member, dataset.id, "usable")
    return dataset.id


async def until_state(member: Member, dataset: str, state: str, *roles: str) -> None:
    """Ask until the data set is in this state at these nodes; the test's timeout is the limit."""
    for role in roles or ("a", "b"):
        while (await member.ask(role, "GET", f"/v1/datasets/{dataset}"))["state"] != state:
            continue


@asynccontextmanager
async def again(member: Member) -> AsyncIterator[Member]:
    """The same person with new connections and no login."""
    async with open_members(member.pair, member.name) as [found]:
        yield replace(found, signing=member.signing, sealing=member.sealing, device=member.device)
