"""How the C library keeps memory: a program that handles chunk after chunk should not get fresh pages for each."""

from __future__ import annotations

import ctypes
from typing import Final

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_LARGEST_BLOCK: Final = 32 << 20
"""The most that glibc lets its own heap serve."""


def keep_freed(size: int) -> bool:
    """Let this process use freed memory again instead of giving it back, up to ``size`` bytes in each of its heaps.

    Returns whether the C library can do it (glibc can); without it everything works, slower.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _LARGEST_BLOCK)) and bool(mallopt(_TRIM_THRESHOLD, size))
