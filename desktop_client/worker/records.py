"""The log in the helper process: fetch and verify what is new, check the whole of it, hand it to an auditor."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any, Final

from common.errors import AppError
from desktop_client.settings import Profile
from desktop_client.upload.client import NodeClient, Nodes, open_nodes
from desktop_client.upload.logbook.book import LogBook
from desktop_client.upload.logbook.bundle import write_bundle
from desktop_client.upload.logbook.check import Verification, verify_book
from desktop_client.upload.logbook.sync import Step, sync_log
from desktop_client.worker.arguments import path_of, profile_of
from desktop_client.worker.channel import Channel

MAX_REPORTED: Final = 5_000
"""Own events that are told one by one; the export has all."""


def fetch_log(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{profile}``: bring the copy up to date; ``{size, fetched, new}``."""
    profile = profile_of(args)

    async def work() -> dict[str, Any]:
        before = LogBook(profile.root).state().size
        async with open_nodes(profile) as nodes:
            state = await sync_log(nodes.log, profile.deployment(), profile, _step(channel, "fetch"))
        return {"size": state.size, "fetched": state.fetched, "new": state.size - before}

    return asyncio.run(work())


def check_log(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{profile}``: fetch what is new, then check everything; ``{size, root, intact, checks, actions, own}``.

    The rows of ``own`` come before it as parts ``{"own": [[number, time, action], ...]}``; the result has their count.
    """
    profile = profile_of(args)
    found, _ = asyncio.run(_checked(profile, channel))
    own = found.whole.own if found.whole is not None else []
    channel.rows("own", [[event.index, event.time, event.action] for event in own[:MAX_REPORTED]])
    return {
        "size": found.size,
        "root": found.root,
        "intact": found.is_intact,
        "checks": [asdict(check) for check in found.checks],
        "actions": dict(found.actions),
        "own": len(own),
    }


def export_log(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{profile, out}``: check everything and write the zip file for an auditor; ``{file, rows}``."""
    profile, out = profile_of(args), path_of(args, "out")
    found, witnessed = asyncio.run(_checked(profile, channel))
    book = LogBook(profile.root)
    rows = write_bundle(out, book, profile.deployment(), found, witnessed, _step(channel, "write"))
    return {"file": str(out), "rows": rows}


async def _checked(profile: Profile, channel: Channel) -> tuple[Verification, dict[str, str | None]]:
    deployment = profile.deployment()
    async with open_nodes(profile) as nodes:
        # Asked first: a server that is ahead of the copy would prove nothing.
        witnessed = await _witnessed(nodes)
        await sync_log(nodes.log, deployment, profile, _step(channel, "fetch"))
    book = LogBook(profile.root)
    return await verify_book(book, deployment, profile, witnessed, _step(channel, "check")), witnessed


async def _witnessed(nodes: Nodes) -> dict[str, str | None]:
    """The last checkpoint each server accepted; None where one is away, has none yet, or cannot say."""

    async def ask(node: NodeClient) -> str | None:
        try:
            return await node.log_checkpoint() or None
        except AppError:
            return None

    return dict(zip(("a", "b"), await nodes.each(ask), strict=True))


def _step(channel: Channel, stage: str) -> Step:
    return lambda done, total: channel.progress(stage, done, total)
