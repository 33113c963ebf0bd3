"""Follow what is new at both servers at once, for as long as one likes.

Each node numbers its news. A connection that broke is opened again after the last number that arrived; a login that
ended is made anew where the keys are at hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from common.errors import AppError, BadFrame, NotLoggedIn, TokenExpired
from desktop_client.upload.client import NodeClient, Nodes, first_error
from desktop_client.upload.plan import delay_before

OnNews = Callable[[str, dict[str, Any]], None]
"""Called with the role of the node (``a`` or ``b``) and a message: ``kind``, ``time``, ``body``, and ``id`` of news."""

OnLink = Callable[[str, AppError | None], None]
"""Called when a connection is open (None), and when it is lost and will be tried again (why)."""

START: Final = "start"
LOAD: Final = "load"


@dataclass
class _Place:
    """How far one node's news were seen; None: whatever comes from now on."""

    last: int | None
    failures: int = 0
    is_login_new: bool = False


async def follow_news(nodes: Nodes, after: Mapping[str, int], on_news: OnNews, on_link: OnLink) -> None:
    """Hand on the news and the load of both servers until cancelled; ``after`` says where to begin, by role.

    The first message of a connection is of kind ``start``; its body has ``is_gap``: whether news were missed that the
    node keeps no more.

    Raises:
        AppError: a node refused for a reason that does not pass, or sent nonsense.
    """
    try:
        async with asyncio.TaskGroup() as group:
            for node in nodes.servers:
                group.create_task(_follow(node, _Place(after.get(node.node.role)), on_news, on_link))
    except BaseExceptionGroup as errors:
        raise first_error(errors) from errors


async def _follow(node: NodeClient, place: _Place, on_news: OnNews, on_link: OnLink) -> None:
    while True:
        try:
            await _one_connection(node, place, on_news, on_link)
        except (NotLoggedIn, TokenExpired):
            if node.relogin is None or place.is_login_new:
                raise
            place.is_login_new = True
            await node.relogin(node)
            continue
        except AppError as error:
            if not error.is_temporary:
                raise
            place.failures += 1
            on_link(node.node.role, error)
        await asyncio.sleep(delay_before(max(place.failures, 1)))


async def _one_connection(node: NodeClient, place: _Place, on_news: OnNews, on_link: OnLink) -> None:
    path = "/v1/events" if place.last is None else f"/v1/events?after={place.last}"
    async with node.transport.events(path) as messages:
        async for message in messages:
            kind, body = message.get("kind"), message.get("body")
            if not isinstance(kind, str) or not isinstance(body, dict):
                raise BadFrame(f"Node {node.node.name} sent news of another form.")
            if kind == START:
                is_gap = _begin(node, place, body)
                on_link(node.node.role, None)
                message = {**message, "body": {**body, "is_gap": is_gap}}
            elif kind != LOAD:
                _advance(node, place, message.get("id"))
            place.failures, place.is_login_new = 0, False
            on_news(node.node.role, message)


def _begin(node: NodeClient, place: _Place, bounds: dict[str, Any]) -> bool:
    """Where to go on from, and whether there is a gap: a node restored from a backup may be behind what was seen."""
    oldest, newest = bounds.get("oldest"), bounds.get("newest")
    if type(oldest) is not int or type(newest) is not int:
        raise BadFrame(f"Node {node.node.name} does not say which news it has.")
    if place.last is None:
        place.last = newest
        return False
    is_gap = newest < place.last or oldest > place.last + 1
    place.last = min(place.last, newest)
    return is_gap


def _advance(node: NodeClient, place: _Place, number: object) -> None:
    if type(number) is not int or place.last is None or number <= place.last:
        raise BadFrame(f"Node {node.node.name} sent news out of order.")
    place.last = number
