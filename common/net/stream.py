"""TLS over a connected socket, in big pieces: OpenSSL works on memory, one system call moves many records."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
import struct
import time
from collections.abc import Iterable
from typing import Any

_CHUNK = 256 * 1024
_LEAST_SECONDS = 1e-3
"""Left before a deadline: to the kernel, no time at all would mean for ever."""


class TlsStream:
    """A TLS connection for one thread at a time. All its methods raise OSError if the peer is gone or silent.

    Args:
        sock: connected; the stream closes it, also if it cannot be made.
        host: name the server's certificate must have, or None at the server.
    """

    def __init__(self, context: ssl.SSLContext, sock: socket.socket, host: str | None) -> None:
        self._sock = sock
        self._deadline: float | None = None
        self._arrived, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            self._tls = context.wrap_bio(self._arrived, self._leaving, server_side=host is None, server_hostname=host)
            # The declared type of a target is bytearray; any writable buffer will do.
            self._decrypt_into: Any = self._tls.read
            self._buffer = memoryview(bytearray(_CHUNK))
            self._unsent = memoryview(b"")
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            sock.close()
            raise

    def set_timeout(self, seconds: float) -> None:
        """After so long without a byte in or out the peer counts as silent; there is no deadline any more.

        The kernel keeps the time: with a timeout of its own, Python would ask before every call whether it may wait.
        """
        self._deadline = None
        self._sock.settimeout(None)
        self._wait_at_most(seconds)

    def set_deadline(self, seconds: float) -> None:
        """Everything from now on together, up to the next :meth:`set_timeout`, may take so long.

        A timeout alone would let a peer that sends one byte at a time hold the connection for ever.
        """
        self.set_timeout(seconds)
        self._deadline = time.monotonic() + seconds

    def handshake(self) -> None:
        """Must come first.

        Raises:
            ssl.SSLError: one of the two does not accept the other.
        """
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush()
            except ssl.SSLError:
                with contextlib.suppress(OSError):
                    self._flush()  # tells the peer why
                raise
            self._fill()
        self._flush()

    def certificate(self) -> dict[str, object]:
        """The peer's verified certificate; empty without one."""
        return dict(self._tls.getpeercert() or {})

    def certificate_hash(self) -> str:
        """SHA-256 of the peer's certificate, in hexadecimal; that of nothing without one."""
        return hashlib.sha256(self._tls.getpeercert(True) or b"").hexdigest()

    def write(self, pieces: Iterable[bytes | memoryview]) -> None:
        """Send everything, and first what :meth:`try_write` left over."""
        for piece in pieces:
            for start in range(0, len(piece), _CHUNK):
                self._encrypt(memoryview(piece)[start : start + _CHUNK])
                if self._leaving.pending >= _CHUNK:
                    self._flush()
        self._flush()

    def try_write(self, data: bytes) -> bool:
        """Send without waiting; False if something is left over, which the next :meth:`write` sends."""
        self._encrypt(memoryview(data))
        self._unsent = memoryview(self._leaving.read())
        with contextlib.suppress(BlockingIOError):
            self._unsent = self._unsent[self._sock.send(self._unsent, socket.MSG_DONTWAIT) :]
        return not self._unsent

    def read_into(self, out: memoryview) -> None:
        """Fill ``out``."""
        filled = 0
        while filled < len(out):
            if not self.unread:
                self._fill()
            try:
                got = self._decrypt_into(len(out) - filled, out[filled:])
            except ssl.SSLWantReadError:
                self._fill()
                continue
            if not got:
                raise ConnectionResetError("The peer ended the encryption.")
            filled += got

    @property
    def unread(self) -> bool:
        """Whether bytes have been taken from the socket that were not asked for yet."""
        return bool(self._arrived.pending or self._tls.pending())

    def fileno(self) -> int:
        """Of the socket."""
        return self._sock.fileno()

    def end_writing(self) -> None:
        """The peer will read to the end of what was written and no further."""
        self._sock.shutdown(socket.SHUT_WR)

    def cut(self) -> None:
        """End the connection; wakes a thread that waits in it."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Release the socket."""
        self._sock.close()

    def _wait_at_most(self, seconds: float) -> None:
        value = struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000))
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            self._sock.setsockopt(socket.SOL_SOCKET, option, value)

    def _heed_deadline(self) -> None:
        if self._deadline is None:
            return
        left = self._deadline - time.monotonic()
        if left < _LEAST_SECONDS:
            raise TimeoutError("The peer took too long.")
        self._wait_at_most(left)

    def _encrypt(self, data: memoryview) -> None:
        done = 0
        while done < len(data):
            done += self._tls.write(data[done:])

    def _flush(self) -> None:
        self._heed_deadline()
        if self._unsent:
            self._sock.sendall(self._unsent)
            self._unsent = memoryview(b"")
        if self._leaving.pending:
            self._sock.sendall(self._leaving.read())

    def _fill(self) -> None:
        self._heed_deadline()
        got = self._sock.recv_into(self._buffer)
        if not got:
            raise ConnectionResetError("The peer closed the connection.")
        self._arrived.write(self._buffer[:got])
