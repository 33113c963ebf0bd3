"""Files that must not be half-written or readable by others."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from common.crypto.rng import SystemRandom
from common.errors import AppError, Conflict, DiskFull
from common.system.permissions import NEW_FILE, hold, set_mode, sync_folder, to_disk


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
        handle = os.open(beside, NEW_FILE, mode & 0o600)
        try:
            with open(handle, "wb") as out:
                set_mode(out.fileno(), mode)
                out.write(data)
                out.flush()
                to_disk(out.fileno())
            os.replace(beside, path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise named(error) from error


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write to beside ``path``, which takes its place once the block has ended well and all is on the disk.

    For what is too large for :func:`write_atomic`. After an error in the block nothing of it is left.

    Raises:
        DiskFull: no room; the old file is untouched.
    """
    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            to_disk(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise named(error) from error
    finally:
        beside.unlink(missing_ok=True)


def named(error: OSError) -> AppError | OSError:
    """A full disk as its named error; any other as it is."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull()
    return error


def hold_folder(folder: Path) -> int:
    """Take the lock of a folder that one process may use at a time; closing the returned handle gives it back.

    Raises:
        Conflict: another process has it.
    """
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        hold(handle)
    except OSError as error:
        os.close(handle)
        raise Conflict(f"Another process uses {folder} already.") from error
    return handle
