"""What a two-party protocol needs from the network: send an array, receive an array, count both."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
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
        body = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
        header = framing.encode_header(step, self._sent, body.size)
        self._sent += 1
        self.stats.bytes_sent += len(header) + body.size
        self._sent_since_wait = True
        if self._digests:
            self._digests[0].update(header + body.tobytes())
        self._write(header, body)

    def receive(self, step: str, out: Array) -> Array:
        """Fill ``out`` (C-contiguous) with the peer's next message and return it.

        Raises:
            BadFrame: another message or length came. PeerGone: the peer closed or stays silent.
        """
        if self._sent_since_wait:
            self.stats.rounds += 1
            self._sent_since_wait = False
        body = out.reshape(-1).view(np.uint8)
        if body.size and not np.shares_memory(body, out):
            raise ValueError("receive needs a contiguous array")
        header = np.empty(framing.HEADER_BYTES, np.uint8)
        self._read(header)
        framing.check_header(header.tobytes(), step, self._received, body.size)
        self._received += 1
        self._read(body)
        self.stats.bytes_received += header.size + body.size
        if self._digests:
            self._digests[1].update(header.tobytes() + body.tobytes())
        return out

    def exchange(self, step: str, values: Array) -> Array:
        """Send an array and receive one of the same shape and dtype in the same round."""
        self.send(step, values)
        return self.receive(step, np.empty(values.shape, values.dtype))

    def trace(self) -> tuple[str, str]:
        """Digests of everything sent and received so far; only with ``trace=True``."""
        if self._digests is None:
            raise ValueError("this channel does not trace")
        return self._digests[0].hexdigest(), self._digests[1].hexdigest()

    @abstractmethod
    def _write(self, header: bytes, body: npt.NDArray[np.uint8]) -> None: ...

    @abstractmethod
    def _read(self, out: npt.NDArray[np.uint8]) -> None: ...

    @abstractmethod
    def close(self) -> None:
        """Send what is queued and release the connection."""
