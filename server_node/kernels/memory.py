"""Memory of a computing process: large tensors come and go many times a second, and fresh pages cost more than sums."""

from __future__ import annotations

import ctypes
import os
from typing import Final

ENVIRONMENT: Final = {"THP_MEM_ALLOC_ENABLE": "1"}
"""Makes torch ask for huge pages; it is read at the first allocation, so better given to a process from its start."""
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_LARGEST_BLOCK: Final = 32 << 20
"""The most that glibc lets its own heap serve."""
_KEEP: Final = (1 << 31) - 1


def keep_memory() -> bool:
    """Let this process reuse the memory of freed tensors and use huge pages; called before the first tensor.

    Returns whether the C library can do it (glibc can); without it everything works, slower.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _LARGEST_BLOCK)) and bool(mallopt(_TRIM_THRESHOLD, _KEEP))
