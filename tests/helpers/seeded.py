"""A source of randomness that repeats itself: for tests and vectors, never for anything that protects something."""

from __future__ import annotations

import hashlib


class SeededRandom:
    """Tokens from SHA-256 over the seed and a counter; the same seed gives the same tokens."""

    def __init__(self, seed: bytes | str = b"") -> None:
        self._seed = seed.encode() if isinstance(seed, str) else seed
        self._count = 0

    def token(self, size: int) -> bytes:
        self._count += 1
        return hashlib.shake_256(self._seed + b"|" + self._count.to_bytes(8, "little")).digest(size)
