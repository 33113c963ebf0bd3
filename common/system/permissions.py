"""Who may read a file, who holds it, and whether it survives a power cut.

On Windows a file has no mode: what lies in a user's own folders is closed to other users by the list that it inherits
from them. On macOS ``fsync`` leaves data in the cache of the drive; ``F_FULLFSYNC`` does not.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

NEW_FILE: Final[int] = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
)
"""To open a file that must not be there yet, a link least of all."""


def set_mode(handle: int, mode: int) -> None:
    """The mode as given, whatever the process's mask takes away; nothing where files have no modes."""
    if sys.platform != "win32":
        os.fchmod(handle, mode)


def is_private(path: Path) -> bool:
    """Whether nobody but its owner may read the file; always true where files have no modes."""
    return sys.platform == "win32" or path.stat().st_mode & 0o077 == 0


def to_disk(handle: int) -> None:
    """Have what was written to an open file survive a power cut."""
    if sys.platform == "darwin":
        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
    else:
        os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder survive a power cut; Windows does that by itself and opens no folders."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def hold(handle: int) -> None:
    """Take the lock of an open file without waiting; it is given back when the file is closed or the process ends.

    Raises:
        OSError: another process has it.
    """
    if sys.platform == "win32":
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
