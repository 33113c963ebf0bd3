"""A door in front of a real service on loopback: open it passes everything, closed nobody answers at its address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.helpers.nodes.pair import free_ports

_PIECE = 256 * 1024


class Gate:
    """Forwards TCP connections to a port of this machine."""

    def __init__(self, target: int) -> None:
        self._target = target
        [self.port] = free_ports(1)
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._enter, "127.0.0.1", self.port)

    async def close(self) -> None:
        """Refuse everybody, and break what is under way."""
        if self._server is None:
            return
        self._server.close()
        for task in list(self._passing):
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._pass(reader, writer))
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            await asyncio.gather(_copy(reader, outer), _copy(inner, writer))
        finally:
            for end in (writer, outer):
                end.close()
                with suppress(OSError):
                    await end.wait_closed()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await source.read(_PIECE):
            target.write(piece)
            await target.drain()
        target.write_eof()


@asynccontextmanager
async def gate(target: int) -> AsyncIterator[Gate]:
    """An open gate."""
    found = Gate(target)
    await found.open()
    try:
        yield found
    finally:
        await found.close()
