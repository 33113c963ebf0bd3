"""One measurement at a time on a machine: servers that share one would otherwise measure each other."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

NAME: Final = "imguard-measuring.lock"


@contextmanager
def turn(folder: Path | None = None) -> Iterator[None]:
    """Wait for it, whoever's process measures; ``folder`` is the machine's for short-lived files."""
    try:
        held = _open((folder or Path(tempfile.gettempdir())) / NAME)
    except OSError:
        # Without such a file a measurement is at worst too slow.
        yield
        return
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _open(path: Path) -> int:
    """Made once by whoever comes first; others may only read it, which is enough to lock it."""
    try:
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
