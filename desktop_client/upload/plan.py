"""Which chunk goes to which server next. Pure: no clock, no disk, no network.

Chunks go in order; after a failure a chunk goes to the front again, so an upload that is cut off leaves a gap only at
its end. A plan made from the ``missing`` lists of both servers continues where an earlier one stopped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from common.errors import BadManifest

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 30.0


class Standing(NamedTuple):
    """How much of a data set one server has: bytes and chunks, of all."""

    done_bytes: int
    total_bytes: int
    done_chunks: int
    total_chunks: int


class UploadPlan:
    """Sizes are bytes of every chunk for each server; ``missing`` is what each server still lacks."""

    def __init__(self, sizes: Mapping[str, Sequence[int]], missing: Mapping[str, Iterable[int]]) -> None:
        self._sizes = sizes
        self._waiting = {node: deque(sorted(missing[node])) for node in sizes}
        self._sending: dict[str, set[int]] = {node: set() for node in sizes}
        for node, waiting in self._waiting.items():
            if waiting and not 0 <= waiting[0] <= waiting[-1] < len(sizes[node]):
                raise BadManifest(f"Server {node.upper()} misses a chunk that this data set does not have.")
        self._total = {node: sum(of_node) for node, of_node in sizes.items()}
        self._open = {node: sum(sizes[node][chunk] for chunk in self._waiting[node]) for node in sizes}
        self.total_bytes = sum(self._total.values())

    def take(self, node: str) -> int | None:
        """The next chunk to send to this server, or None when none is waiting."""
        if not self._waiting[node]:
            return None
        chunk = self._waiting[node].popleft()
        self._sending[node].add(chunk)
        return chunk

    def finish(self, node: str, chunk: int) -> None:
        """The server has this chunk."""
        self._sending[node].remove(chunk)
        self._open[node] -= self._sizes[node][chunk]

    def give_back(self, node: str, chunk: int) -> None:
        """This chunk did not arrive; it is the next one again."""
        self._sending[node].remove(chunk)
        self._waiting[node].appendleft(chunk)

    @property
    def done_bytes(self) -> int:
        """Bytes that both servers have, those of earlier uploads included."""
        return self.total_bytes - sum(self._open.values())

    def standing(self, node: str) -> Standing:
        """What this server has by now."""
        total, chunks = self._total[node], len(self._sizes[node])
        open_chunks = len(self._waiting[node]) + len(self._sending[node])
        return Standing(total - self._open[node], total, chunks - open_chunks, chunks)

    @property
    def is_complete(self) -> bool:
        return not any(self._waiting.values()) and not any(self._sending.values())


def delay_before(attempt: int) -> float:
    """Seconds to wait before attempt ``attempt`` (the first repetition is 1): doubles up to half a minute."""
    return min(_LONGEST_DELAY, _FIRST_DELAY * 2.0 ** min(attempt - 1, 16))
