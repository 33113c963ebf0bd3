"""The workers' link: blocking TLS 1.3 sockets, one connection per direction, a thread that sends.

One SSL object must not be read and written from two threads, hence two connections. The sender thread lets a party
compute while its last message is still on the way.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import ssl
import threading
from collections.abc import Sequence

from common.errors import PeerGone
from common.net.channel import Channel

_QUEUE_BYTES = 64 * 1024 * 1024
_JOIN_SMALL = 16 * 1024
_MAX_WRITE = 1 << 20
_CLOSE_SECONDS = 10.0


class TlsChannel(Channel):
    """A channel over two connected TLS sockets, both already verified.

    Args:
        outgoing: socket this party only writes to.
        incoming: socket this party only reads from.
        timeout: seconds of silence after which the peer counts as gone.
    """

    def __init__(self, outgoing: ssl.SSLSocket, incoming: ssl.SSLSocket, timeout: float) -> None:
        super().__init__()
        self._out, self._in = outgoing, incoming
        for sock in (outgoing, incoming):
            sock.settimeout(timeout)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._queue: queue.SimpleQueue[tuple[bytes, Sequence[memoryview]] | None] = queue.SimpleQueue()
        self._pending = 0
        self._room = threading.Condition()
        self._failure: OSError | None = None
        self._sender = threading.Thread(target=self._send_all, name="imguard-link-sender", daemon=True)
        self._sender.start()

    def _write(self, header: bytes, bodies: Sequence[memoryview]) -> None:
        with self._room:
            self._room.wait_for(lambda: self._failure or self._pending < _QUEUE_BYTES)
            if self._failure:
                raise PeerGone() from self._failure
            self._pending += sum(map(len, bodies))
        self._queue.put((header, bodies))

    def _send_all(self) -> None:
        try:
            while item := self._queue.get():
                self._send_one(*item)
                with self._room:
                    self._pending -= sum(map(len, item[1]))
                    self._room.notify_all()
            # No wait for the peer's goodbye: lengths are known in advance, so a cut stream is noticed without one.
            self._out.shutdown(socket.SHUT_WR)
        except (OSError, ValueError) as error:
            with self._room:
                self._failure = error if isinstance(error, OSError) else OSError(str(error))
                self._room.notify_all()

    def _send_one(self, header: bytes, bodies: Sequence[memoryview]) -> None:
        if sum(map(len, bodies)) <= _JOIN_SMALL:
            self._out.sendall(header + b"".join(bodies))
            return
        self._out.sendall(header)
        for body in bodies:
            for start in range(0, len(body), _MAX_WRITE):
                self._out.sendall(body[start : start + _MAX_WRITE])

    def _read(self, out: memoryview) -> None:
        filled = 0
        try:
            while filled < len(out):
                got = self._in.recv_into(out[filled:])
                if got == 0:
                    raise PeerGone()
                filled += got
        except (OSError, ValueError) as error:
            raise PeerGone() from error

    def close(self) -> None:
        self._queue.put(None)
        self._sender.join(_CLOSE_SECONDS)
        if self._sender.is_alive():
            self._cut()
        for sock in (self._out, self._in):
            sock.close()

    def _cut(self) -> None:
        """The peer does not read: end the connection, which wakes the sender."""
        with contextlib.suppress(OSError):
            # Not SSLSocket.shutdown: that one drops the encryption first, while the sender may still be writing.
            socket.socket.shutdown(self._out, socket.SHUT_RDWR)
        self._sender.join(_CLOSE_SECONDS)
