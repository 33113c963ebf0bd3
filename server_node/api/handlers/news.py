"""What is new, as it happens: numbered pieces that a broken stream continues after, and the load of the node between.

→ GET /v1/events?after=N   ← WebSocket: {kind: start, ...}, then {id, time, kind, body} with id > N, and {kind: load}

Closed with 1001 when the node stops, 4401 when the login ends; a client that takes nothing for too long is cut off.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import Any, Final

from aiohttp import WSCloseCode, web

from common.errors import AppError
from server_node.api.call import Answer, Call
from server_node.storage.context import to_text

LOGIN_ENDED: Final = 4401
SLOW_SECONDS = 10.0
LOGIN_CHECK_SECONDS = 10.0
_HEARTBEAT: Final = 20.0
_CLOSE_SECONDS: Final = 2.0


async def follow(call: Call) -> Answer:
    """Everything new that the user may see, after a number or from now on, and the load of the node."""
    bounds = await call.node.feed.bounds()
    after = min(call.query_number("after", bounds.newest), bounds.newest)
    socket = web.WebSocketResponse(heartbeat=_HEARTBEAT, timeout=_CLOSE_SECONDS, max_msg_size=1024)
    await socket.prepare(call.request)
    stream = _Stream(call, socket)
    start = {"kind": "start", "time": to_text(call.node.context.now), "body": vars(bounds)}
    tasks = [
        asyncio.create_task(work)
        for work in (stream.tell_news(start, after), stream.tell_load(), stream.watch_login(), stream.listen())
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        # Who listens must stop first: closing beside a listener drops the connection before the client has answered.
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    if not stream.is_cut:
        await socket.close(code=stream.code, message=stream.reason.encode())
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
    return socket


async def login_end(call: Call) -> str:
    """Wait until the login of a stream has ended: by time, by a log-out, or because the account was disabled; why."""
    token = call.request.headers["Authorization"].partition(" ")[2]
    while True:
        await asyncio.sleep(LOGIN_CHECK_SECONDS)
        try:
            await call.node.accounts.user_of(token)
        except AppError as error:
            if not error.is_temporary:
                return error.code


class _Stream:
    """The parts of one stream; the first that ends, ends it."""

    def __init__(self, call: Call, socket: web.WebSocketResponse) -> None:
        self._call, self._socket = call, socket
        self.code, self.reason = int(WSCloseCode.GOING_AWAY), ""
        self.is_cut = False

    async def tell_news(self, start: dict[str, Any], after: int) -> None:
        """Until the node stops, or the client takes nothing."""
        if await self._send(start):
            async with aclosing(self._call.node.feed.follow(self._call.user.name, after)) as pieces:
                async for piece in pieces:
                    if not await self._send(piece):
                        return

    async def tell_load(self) -> None:
        """One measurement every two seconds; a client that is behind gets the latest one only."""
        async with aclosing(self._call.node.load.follow()) as loads:
            async for body in loads:
                if not await self._send({"kind": "load", "time": to_text(self._call.node.context.now), "body": body}):
                    return

    async def watch_login(self) -> None:
        """Until the login has ended."""
        self.reason = await login_end(self._call)
        self.code = LOGIN_ENDED

    async def listen(self) -> None:
        """Until the client has gone; what it says does not matter."""
        async for _ in self._socket:
            continue

    async def _send(self, message: dict[str, Any]) -> bool:
        """Whether the client took it; one that does not is cut off, for it would not take a farewell either."""
        try:
            async with asyncio.timeout(SLOW_SECONDS):
                await self._socket.send_str(json.dumps(message))
        except ConnectionError:
            return False
        except TimeoutError:
            self.is_cut = True
            if self._call.request.transport is not None:
                self._call.request.transport.abort()
            return False
        return True
