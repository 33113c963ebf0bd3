"""A slow link between two workers of one machine: a process between them that hands on what they say, late.

What it has of a network is the way's length and rate, and room for what is under way; nothing is lost, and TCP sees the
machine's own loopback on both sides. Two network namespaces with a shaped link (``--across``) have the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from typing import Final

_HOST: Final = "127.0.0.1"
_PIECE: Final = 1 << 16
_ROOM_SECONDS: Final = 0.05
"""How long a byte may wait for its turn before no more are taken in."""
_CONNECT_PAUSE: Final = 0.05


@dataclass(frozen=True)
class SlowLink:
    """Milliseconds there and back, and 10^6 bits a second each way."""

    round_trip_ms: float
    mbit: float

    @classmethod
    def parse(cls, text: str) -> SlowLink:
        """From ``MS,MBIT``."""
        round_trip, rate = text.split(",")
        return cls(float(round_trip), float(rate))

    @property
    def delay(self) -> float:
        """Seconds of one way."""
        return self.round_trip_ms / 2e3

    @property
    def bytes_per_second(self) -> float:
        return self.mbit * 1e6 / 8


class _Direction:
    """One direction of the link, which all connections share."""

    def __init__(self, link: SlowLink) -> None:
        self._link, self._free_at = link, 0.0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Everything of one connection, to its end."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arriving = asyncio.create_task(self._arrive(under_way, writer))
        clock = asyncio.get_running_loop().time
        while data := await reader.read(_PIECE):
            self._free_at = max(clock(), self._free_at) + len(data) / self._link.bytes_per_second
            under_way.put_nowait((self._free_at + self._link.delay, data))
            await asyncio.sleep(max(0.0, self._free_at - clock() - _ROOM_SECONDS))
        under_way.put_nowait((clock() + self._link.delay, b""))
        await arriving

    @staticmethod
    async def _arrive(under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(max(0.0, due - clock()))
            if not data:
                writer.write_eof()
                return
            writer.write(data)
            await writer.drain()


@contextmanager
def slowed(context: SpawnContext, link: SlowLink, port: int) -> Iterator[int]:
    """A port that leads to another one over the link, for as long as the context is open."""
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(link, port, sending))
    process.start()
    sending.close()
    try:
        yield receiving.recv()
    finally:
        process.terminate()
        process.join()


def _serve(link: SlowLink, port: int, sending: Connection) -> None:
    asyncio.run(_relay(link, port, sending))


async def _relay(link: SlowLink, port: int, sending: Connection) -> None:
    there, back = _Direction(link), _Direction(link)

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other_reader, other_writer = await _connected(port)
        try:
            with suppress(ConnectionError):
                await asyncio.gather(there.carry(reader, other_writer), back.carry(other_reader, writer))
        finally:
            writer.close()
            other_writer.close()

    server = await asyncio.start_server(join, _HOST, 0, limit=_PIECE)
    sending.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def _connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The one who listens may come later than the one who calls."""
    while True:
        try:
            return await asyncio.open_connection(_HOST, port, limit=_PIECE)
        except ConnectionRefusedError:
            await asyncio.sleep(_CONNECT_PAUSE)
