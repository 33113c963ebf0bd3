"""What stores encrypted shares, and the one that is built in: content-addressed files.

An address is a hash of the bytes, so whatever comes back is verified. Only ciphertext is ever put.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import shutil
from pathlib import Path
from typing import Protocol

from common.crypto.rng import RandomSource, SystemRandom
from common.errors import DiskFull, StoreDamaged
from common.net.files import named
from common.system.permissions import sync_folder

_ADDRESS = re.compile(r"[0-9a-f]{64}")
_PART = ".part"


class Blobs(Protocol):
    """A store of immutable bytes by content address; blocking, for threads."""

    def require_room(self, size: int) -> None:
        """Raises:
        DiskFull: ``size`` more bytes do not fit.
        """
        ...

    def put(self, data: bytes) -> str:
        """Store ``data`` and give its address; it is durable then, and after a failure nothing of it is left.

        Raises:
            DiskFull: there is no room.
            BlobsGone: the store does not answer.
            StoreDamaged: it stored something else.
        """
        ...

    def get(self, address: str) -> bytes:
        """Exactly the bytes that were put.

        Raises:
            StoreDamaged: missing, unreadable or other bytes.
            BlobsGone: the store does not answer.
        """
        ...

    def holds(self, address: str) -> bool:
        """Whether there is something at this address; its bytes are not read.

        Raises:
            BlobsGone: the store does not answer.
        """
        ...

    def delete(self, address: str) -> None:
        """Give a blob up; at once, or by the next :meth:`tend`. Quick, and what is not there is no error."""
        ...

    def sweep(self, known: set[str]) -> int:
        """Give up what an interrupted run left and nobody refers to. Returns how many; nothing may be put meanwhile."""
        ...

    def tend(self) -> None:
        """What is to be done now and then. Never fails: what could not be done is done the next time."""
        ...

    async def check(self) -> str:
        """``ok``, or a sentence on what is wrong."""
        ...

    def close(self) -> None:
        """Close connections."""
        ...


class BlobFiles:
    """Blobs as files in 256 folders below one root; written beside, flushed, then renamed."""

    def __init__(self, root: Path, reserve_bytes: int = 0, rng: RandomSource | None = None) -> None:
        self._root = root
        self._reserve = reserve_bytes
        self._rng = rng or SystemRandom()
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def require_room(self, size: int) -> None:
        """Raises:
        DiskFull: storing ``size`` bytes would leave less than the reserve.
        """
        free = shutil.disk_usage(self._root).free
        if free - size < self._reserve:
            raise DiskFull(free_bytes=free, needed_bytes=size)

    def put(self, data: bytes) -> str:
        """Store ``data``; after a failure nothing of it is left.

        Raises:
            DiskFull: no room, or less than the reserve would stay free.
        """
        self.require_room(len(data))
        address = hashlib.sha256(data).hexdigest()
        target = self._path(address)
        beside = target.with_name(self._rng.token(8).hex() + _PART)
        try:
            target.parent.mkdir(exist_ok=True, mode=0o700)
            _write_durably(beside, data)
            os.replace(beside, target)
            sync_folder(target.parent)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise named(error) from error
        return address

    def get(self, address: str) -> bytes:
        """Raises:
        StoreDamaged: missing, unreadable or not the bytes that were put.
        """
        try:
            data = self._path(address).read_bytes()
        except OSError as error:
            raise StoreDamaged("A stored file is missing or cannot be read.", address=address) from error
        if not hmac.compare_digest(hashlib.sha256(data).hexdigest(), address):
            raise StoreDamaged(address=address)
        return data

    def holds(self, address: str) -> bool:
        """Whether there is a file for this address; its bytes are not read."""
        return self._path(address).is_file()

    def delete(self, address: str) -> None:
        self._path(address).unlink(missing_ok=True)

    def sweep(self, known: set[str]) -> int:
        """Remove what an interrupted run left: half-written files and blobs nobody refers to. Returns how many."""
        unknown = [path for path in self._root.glob("??/*") if path.name not in known or path != self._path(path.name)]
        for path in unknown:
            path.unlink(missing_ok=True)
        return len(unknown)

    def tend(self) -> None:
        """Files need no care."""

    async def check(self) -> str:
        """Whether files can be made."""
        is_usable = os.access(self._root, os.R_OK | os.W_OK | os.X_OK)
        return "ok" if is_usable else "The folder of the encrypted shares cannot be written."

    def close(self) -> None:
        """Nothing is open."""

    def _path(self, address: str) -> Path:
        if not _ADDRESS.fullmatch(address):
            raise StoreDamaged("This is not the address of a stored file.")
        return self._root / address[:2] / address


def _write_durably(path: Path, data: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
