"""A way to the database server that can be cut, at any time or just when a statement of one kind goes through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server_node.storage.location import Location


class Proxy:
    """Forwards connections to a server; what is cut stays cut until it is mended."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_cut = False
        self.port = 0
        self.cut_after: bytes | None = None
        """Once a request that holds these bytes went through, everything is cut, so that no answer comes back."""
        self.cut_before: bytes | None = None
        """The same, but the request does not go through either."""
        self.seen = 0
        """How often a request was cut."""

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self._is_cut = True
        for writer in list(self._writers):
            writer.close()

    def mend(self) -> None:
        """Let connections through again."""
        self._is_cut, self.cut_after, self.cut_before = False, None, None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            if self._is_cut:
                return
            there, back = await asyncio.open_connection(self._host, self._port)
            self._writers.add(back)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._requests(reader, back))
                group.create_task(self._answers(there, writer))
        except* OSError:
            pass
        finally:
            for end in (writer, *([back] if "back" in locals() else [])):
                self._writers.discard(end)
                end.close()
            self._tasks.discard(task)

    async def stop(self) -> None:
        self.cut()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)

    async def _requests(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(1 << 16):
            if self.cut_before and self.cut_before in data:
                self.seen += 1
                self.cut()
                return
            target.write(data)
            await target.drain()
            if self.cut_after and self.cut_after in data:
                # The server has it; its answer is kept from the client.
                self.seen += 1
                self._is_cut = True
        target.close()

    async def _answers(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(1 << 16):
            if self._is_cut:
                self.cut()
                return
            target.write(data)
            await target.drain()
        target.close()


@asynccontextmanager
async def proxied(location: Location) -> AsyncIterator[tuple[Proxy, Location]]:
    """A proxy, and the same database as seen through it."""
    proxy = Proxy(location.url.host or "", location.url.port or 3306)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield proxy, Location(location.url.set(host="127.0.0.1", port=port))
    finally:
        await proxy.stop()
        server.close()
        await server.wait_closed()
