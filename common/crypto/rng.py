"""The one door to the operating system's randomness. A seeded source exists only under ``tests/helpers``."""

from __future__ import annotations

import os
from typing import Protocol


class RandomSource(Protocol):
    """Gives bytes nobody can predict."""

    def token(self, size: int) -> bytes:
        """``size`` fresh random bytes."""
        ...


class SystemRandom:
    """The operating system's generator."""

    def token(self, size: int) -> bytes:
        return os.urandom(size)
