"""What the node asks of its worker while it computes, and that one folder has one worker."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common.errors import WorkerDied

_LOCK = "worker.lock"
_PATIENCE_SECONDS = 20.0
_PAUSE_SECONDS = 0.05


class Wishes:
    """A pause is wanted once the signal came; it is granted at the end of an epoch."""

    def __init__(self) -> None:
        self._pause = False

    def hear(self, _number: int, _frame: object) -> None:
        """The handler of the signal."""
        self._pause = True

    def want_pause(self) -> bool:
        return self._pause


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder of a job; a worker of an earlier attempt that is still dying is waited for.

    Raises:
        WorkerDied: another worker keeps it.
    """
    held = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise WorkerDied("Another worker still holds the folder of this job.") from error
            time.sleep(_PAUSE_SECONDS)
        yield
    finally:
        os.close(held)
