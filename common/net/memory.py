"""Two joined channels inside one process: for protocol tests and for simulations of both parties."""

from __future__ import annotations

import queue
from collections.abc import Sequence

from common.errors import PeerGone
from common.net.channel import Channel

_Pipe = queue.SimpleQueue[bytes | None]


class MemoryChannel(Channel):
    """One end of a pair made by :func:`memory_pair`."""

    def __init__(self, outgoing: _Pipe, incoming: _Pipe, *, trace: bool, timeout: float) -> None:
        super().__init__(trace=trace)
        self._outgoing, self._incoming, self._timeout = outgoing, incoming, timeout
        self._rest = memoryview(b"")
        self._closed = False

    def _write(self, header: bytes, bodies: Sequence[memoryview]) -> None:
        if self._closed:
            raise PeerGone("The channel is closed.")
        self._outgoing.put(header + b"".join(bodies))

    def _read(self, out: memoryview) -> None:
        filled = 0
        while filled < len(out):
            if not self._rest:
                self._rest = memoryview(self._next())
            take = min(len(self._rest), len(out) - filled)
            out[filled : filled + take] = self._rest[:take]
            self._rest = self._rest[take:]
            filled += take

    def _next(self) -> bytes:
        try:
            piece = self._incoming.get(timeout=self._timeout)
        except queue.Empty as error:
            raise PeerGone("The other party stays silent.") from error
        if piece is None:
            raise PeerGone()
        return piece

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._outgoing.put(None)

    def cut(self) -> None:
        self.close()
        self._incoming.put(None)


def memory_pair(*, trace: bool = False, timeout: float = 60.0) -> tuple[MemoryChannel, MemoryChannel]:
    """Two ends; what one sends the other receives."""
    forth: _Pipe = queue.SimpleQueue()
    back: _Pipe = queue.SimpleQueue()
    return (
        MemoryChannel(forth, back, trace=trace, timeout=timeout),
        MemoryChannel(back, forth, trace=trace, timeout=timeout),
    )
