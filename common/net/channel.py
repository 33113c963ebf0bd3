"""What a two-party protocol needs from the network: send an array, receive an array, count both."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from common.wire import framing

Array = npt.NDArray[Any]


@dataclass
class Stats:
    """Traffic of one party. A round is a wait for the peer after something was sent (or at the very start)."""

    bytes_sent: int = 0
    bytes_received: int = 0
    rounds: int = 0

    def copy(self) -> Stats:
        return Stats(self.bytes_sent, self.bytes_received, self.rounds)

    def since(self, earlier: Stats) -> Stats:
        """Traffic since an earlier copy."""
        return Stats(
            self.bytes_sent - earlier.bytes_sent,
            self.bytes_received - earlier.bytes_received,
            self.rounds - earlier.rounds,
        )


class Channel(ABC):
    """An ordered, labelled message stream to the other party."""

    def __init__(self, *, trace: bool = False) -> None:
        self.stats = Stats()
        self._sent = 0
        self._received = 0
        self._sent_since_wait = True
        self._digests = (hashlib.sha256(), hashlib.sha256()) if trace else None

    def send(self, step: str, values: Array) -> None:
        """Queue an array for the peer without waiting; it must not be changed afterwards."""
        self._send_frame(step, (values,))

    def receive(self, step: str, out: Array) -> Array:
        """Fill ``out`` (C-contiguous) with the peer's next message and return it.

        Raises:
            BadFrame: another message or length came. PeerGone: the peer closed or stays silent.
        """
        self._receive_frame(step, (out,))
        return out

    def exchange(self, step: str, values: Array) -> Array:
        """Send an array and receive one of the same shape and dtype in the same round."""
        self.send(step, values)
        return self.receive(step, np.empty(values.shape, values.dtype))

    def send_parts(self, step: str, outgoing: Sequence[Array]) -> None:
        """Queue one message that is the concatenation of the arrays' bytes; none if there are no bytes at all.

        Nothing is joined or copied; the arrays must not be changed afterwards.

        Raises:
            BadFrame: more bytes than a message may have.
        """
        if any(part.size for part in outgoing):
            self._send_frame(step, outgoing)

    def receive_parts(self, step: str, incoming: Sequence[Array]) -> None:
        """Fill C-contiguous arrays, in order, from one message; none is awaited if they hold no bytes at all.

        Raises:
            BadFrame: another message or length came. PeerGone: the peer closed or stays silent.
        """
        if any(part.size for part in incoming):
            self._receive_frame(step, incoming)

    def exchange_parts(self, step: str, outgoing: Sequence[Array], incoming: Sequence[Array]) -> None:
        """:meth:`send_parts`, then :meth:`receive_parts`: one round if anything is received.

        The two directions may differ in size, and either may be empty: then it carries no message.
        """
        self.send_parts(step, outgoing)
        self.receive_parts(step, incoming)

    def _send_frame(self, step: str, parts: Sequence[Array]) -> None:
        bodies = [np.ascontiguousarray(part).reshape(-1).view(np.uint8).data for part in parts]
        size = sum(map(len, bodies))
        header = framing.encode_header(step, self._sent, size)
        self._sent += 1
        self.stats.bytes_sent += len(header) + size
        self._sent_since_wait = True
        if self._digests:
            self._digests[0].update(header + b"".join(bodies))
        self._write(header, bodies)

    def _receive_frame(self, step: str, parts: Sequence[Array]) -> None:
        if not all(part.flags.c_contiguous for part in parts):
            raise ValueError("receive needs contiguous arrays")
        bodies = [part.reshape(-1).view(np.uint8).data for part in parts]
        size = sum(map(len, bodies))
        expected = framing.encode_header(step, self._received, size)
        if self._sent_since_wait:
            self.stats.rounds += 1
            self._sent_since_wait = False
        header = bytearray(framing.HEADER_BYTES)
        self._read(memoryview(header))
        if header != expected:
            framing.check_header(bytes(header), step, self._received, size)
        self._received += 1
        for body in bodies:
            self._read(body)
        self.stats.bytes_received += len(expected) + size
        if self._digests:
            self._digests[1].update(expected + b"".join(bodies))

    def trace(self) -> tuple[str, str]:
        """Digests of everything sent and received so far; only with ``trace=True``."""
        if self._digests is None:
            raise ValueError("this channel does not trace")
        return self._digests[0].hexdigest(), self._digests[1].hexdigest()

    @abstractmethod
    def _write(self, header: bytes, bodies: Sequence[memoryview]) -> None: ...

    @abstractmethod
    def _read(self, out: memoryview) -> None: ...

    @abstractmethod
    def close(self) -> None:
        """Send what is queued and release the connection."""

    def cut(self) -> None:
        """End the connection at once, whatever is on its way; wakes a thread that waits for it. Close it afterwards."""
        self.close()
