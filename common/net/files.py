"""Files that must not be half-written or readable by others."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Final

from common.crypto.rng import SystemRandom
from common.errors import AppError, Conflict, DiskFull

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_NO_FOLLOW: Final[int] = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def write_private(path: Path, data: bytes) -> None:
    """Write a file of mode 0600 atomically; see :func:`write_atomic`."""
    write_atomic(path, data, mode=0o600)


def write_atomic(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write beside the target, flush to disk, then rename: readers see the old file or the whole new one.

    ``mode`` is what the file has in the end. Two writers at once do not meet: the one who ends last wins.

    Raises:
        DiskFull: no room; the old file is untouched.
    """
    beside = path.with_name(f"{path.name}.{SystemRandom().token(8).hex()}.part")
    try:
        # A new file and no other: what somebody put there, a link above all, is not written to.
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW, mode & 0o600)
        try:
            with open(handle, "wb") as out:
                _set_mode(out.fileno(), mode)
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            os.replace(beside, path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise named(error) from error


def _set_mode(handle: int, mode: int) -> None:
    """The mode as given, whatever the process's mask takes away; nothing where files have no modes."""
    if sys.platform != "win32":
        os.fchmod(handle, mode)


def named(error: OSError) -> AppError | OSError:
    """A full disk as its named error; any other as it is."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull()
    return error


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder survive a power cut, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def hold_folder(folder: Path) -> int:
    """Take the lock of a folder that one process may use at a time; closing the returned handle gives it back.

    Raises:
        Conflict: another process has it.
    """
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise Conflict(f"Another process uses {folder} already.") from error
    return handle
