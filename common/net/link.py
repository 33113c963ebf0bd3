"""The workers' link: TLS 1.3 on blocking sockets, one connection per direction, a thread for what has to wait.

One SSL object must not be read and written from two threads, hence two connections. A short message is written by the
caller at once, as nothing is gained by waking a thread for it; long ones are written while the caller computes.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections import deque
from collections.abc import Sequence

from common.errors import PeerGone
from common.net.channel import Channel
from common.net.stream import TlsStream

_QUEUE_BYTES = 64 * 1024 * 1024
_WRITE_AT_ONCE = 256 * 1024
_CLOSE_SECONDS = 10.0


class TlsChannel(Channel):
    """A channel over two TLS connections, both already verified.

    Args:
        outgoing: connection this party only writes to.
        incoming: connection this party only reads from.
        timeout: seconds of silence after which the peer counts as gone.
    """

    def __init__(self, outgoing: TlsStream, incoming: TlsStream, timeout: float) -> None:
        super().__init__()
        self._out, self._in = outgoing, incoming
        for stream in (outgoing, incoming):
            stream.set_timeout(timeout)
        self._state = threading.Condition()
        # The first message stays in the queue while it is written: an empty queue means that the thread rests.
        self._queue: deque[tuple[bytes | memoryview, ...]] = deque()
        self._pending = 0
        self._failure: OSError | None = None
        self._closed = False
        self._room, self._tell_room = socket.socketpair()
        self._sender = threading.Thread(target=self._send_all, name="imguard-link-sender", daemon=True)
        self._sender.start()

    def _write(self, header: bytes, bodies: Sequence[memoryview]) -> None:
        size = sum(map(len, bodies))
        self._wait_for_room()
        with self._state:
            self._check()
            if size <= _WRITE_AT_ONCE and not self._queue:
                if self._write_at_once(header + b"".join(bodies)):
                    return
                self._queue.append(())
            else:
                self._queue.append((header, *bodies))
                self._pending += size
            self._state.notify()

    def _check(self) -> None:
        if self._failure:
            raise PeerGone() from self._failure
        if self._closed:
            raise PeerGone("The channel is closed.")

    def _write_at_once(self, data: bytes) -> bool:
        try:
            return self._out.try_write(data)
        except OSError as error:
            self._failure = error
            raise PeerGone() from error

    def _wait_for_room(self) -> None:
        """Wait while much is queued, but not once the peer has sent something: it may be waiting for us to read.

        Without the exception two parties that both send much before they read would wait for each other for ever.
        """
        if self._pending <= _QUEUE_BYTES or self._in.unread:
            return
        poll = select.poll()
        poll.register(self._in, select.POLLIN)
        poll.register(self._room, select.POLLIN)
        while self._pending > _QUEUE_BYTES and not self._failure:
            ready = dict(poll.poll())
            if self._in.fileno() in ready:
                return
            self._room.recv(4096)

    def _send_all(self) -> None:
        try:
            while self._send_first():
                pass
            # No wait for the peer's goodbye: lengths are known in advance, so a cut stream is noticed without one.
            self._out.end_writing()
        except OSError as error:
            with self._state:
                self._failure = error
                self._queue.clear()
                self._count_down(self._pending)

    def _send_first(self) -> bool:
        """Wait for a message and write it; False if the channel is closed and nothing is left."""
        with self._state:
            self._state.wait_for(lambda: self._queue or self._closed)
            if not self._queue:
                return False
            pieces = self._queue[0]
        self._out.write(pieces)
        with self._state:
            self._queue.popleft()
            self._count_down(sum(map(len, pieces[1:])))
        return True

    def _count_down(self, written: int) -> None:
        crowded = self._pending > _QUEUE_BYTES
        self._pending -= written
        if crowded and self._pending <= _QUEUE_BYTES:
            # If nobody waits, the signals may fill their buffer; one is enough.
            with contextlib.suppress(BlockingIOError):
                self._tell_room.send(b"\0", socket.MSG_DONTWAIT)

    def _read(self, out: memoryview) -> None:
        try:
            self._in.read_into(out)
        except OSError as error:
            raise PeerGone() from error

    def cut(self) -> None:
        with self._state:
            self._failure = self._failure or ConnectionAbortedError("The connection was cut.")
        for stream in (self._out, self._in):
            stream.cut()

    def close(self) -> None:
        with self._state:
            self._closed = True
            self._state.notify()
        self._sender.join(_CLOSE_SECONDS)
        if self._sender.is_alive():
            self._out.cut()  # the peer does not read
            self._sender.join(_CLOSE_SECONDS)
        for end in (self._out, self._in, self._room, self._tell_room):
            end.close()
