"""Both parties with lanes in one process: links that can be damaged, and randomness that repeats itself."""

from __future__ import annotations

import threading

from server_node.offline.preparation.lanes import THREAD
from tests.helpers.seeded import SeededRandom


class SeededByLane(SeededRandom):
    """Tokens that repeat themselves however lanes take turns: each draws from a sequence of its own."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self._lanes: dict[str, SeededRandom] = {}

    def token(self, size: int) -> bytes:
        name = threading.current_thread().name
        if not name.startswith(THREAD):
            return super().token(size)
        return self._lanes.setdefault(name, SeededRandom(self._seed + name.encode())).token(size)
