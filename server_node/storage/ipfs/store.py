"""Blobs in an IPFS node: always ciphertext, pinned there, and verified against their address whenever they are read.

The node may hold other people's pins too, so this store keeps a name for each pin of its own: an empty file below
``pins``, made before the blob is sent, moved below ``doomed`` when the blob is not wanted any more, and removed once
the node confirmed that it is unpinned. So whatever stops either program, no pin of ours is forgotten and none of others
touched; and deleting never has to wait for a node that is gone. The blocks themselves go when the node next makes room.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from common.errors import AppError, DiskFull, StoreDamaged
from common.net.endpoint import Endpoint
from common.net.files import named
from common.system.permissions import sync_folder
from server_node.storage.ipfs.cid import FORM, cid_of
from server_node.storage.ipfs.node import IpfsNode

_LOG = logging.getLogger("imguard.blobs")
MAX_BLOB: Final = 16 * 1024 * 1024
"""No blob is longer; more is never read from the node."""
_LATE_SECONDS: Final = 600.0
"""After that a node has given up whatever it was asked to add by a connection that broke."""


class IpfsBlobs:
    """Blobs of one node, by CID; blocking, for threads, but for :meth:`delete` and :meth:`require_room`."""

    def __init__(
        self, folder: Path, endpoint: Endpoint, reserve_bytes: int = 0, clock: Callable[[], float] = time.time
    ) -> None:
        self._pins, self._doomed = folder / "pins", folder / "doomed"
        for place in (self._pins, self._doomed):
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._reserve, self._clock = reserve_bytes, clock
        self._node = IpfsNode(endpoint)
        self._room: int | None = None
        self._is_tending = threading.Lock()

    def close(self) -> None:
        self._node.close()

    def require_room(self, size: int) -> None:
        """By what the node last said of its limit; the reserve is kept on this machine's disk, for the tables.

        Raises:
            DiskFull: the node's limit would be passed, or the reserve is touched.
        """
        free = shutil.disk_usage(self._pins).free
        if free < self._reserve:
            raise DiskFull(free_bytes=free, needed_bytes=size)
        if self._room is not None and self._room < size:
            raise DiskFull("The IPFS node has no room left.", free_bytes=max(self._room, 0), needed_bytes=size)

    def put(self, data: bytes) -> str:
        """Store and pin ``data``; after a failure it is unpinned as soon as the node can be asked.

        Raises:
            BlobsGone: the node cannot be asked.
            DiskFull: it has no room, or this machine has none.
            StoreDamaged: the node gave it another address than it has.
        """
        if len(data) > MAX_BLOB:
            raise ValueError("this is too long for a blob")
        self.require_room(len(data))
        cid = cid_of(data)
        self._write_down(cid)
        try:
            given = self._node.add(data)
            if given != cid:
                raise StoreDamaged("The IPFS node stored something else than it was given.", address=cid)
        except AppError:
            self.delete(cid)
            raise
        return cid

    def get(self, address: str) -> bytes:
        """Raises:
        StoreDamaged: the node has no such block, or gave other bytes.
        BlobsGone: it cannot be asked.
        """
        data = self._node.cat(_checked(address), MAX_BLOB)
        if cid_of(data) != address:
            raise StoreDamaged("The IPFS node gave a wrong block.", address=address)
        return data

    def holds(self, address: str) -> bool:
        """Whether it was put here and is still pinned there.

        Raises:
            BlobsGone: the node cannot be asked.
        """
        return (self._pins / _checked(address)).exists() and self._node.is_pinned(address)

    def delete(self, address: str) -> None:
        """Have it unpinned by the next :meth:`tend`; asks nobody."""
        try:
            os.replace(self._pins / _checked(address), self._doomed / address)
        except FileNotFoundError:
            return
        except OSError as error:
            raise named(error) from error

    def sweep(self, known: set[str]) -> int:
        """Doom every pin that nobody refers to. Returns how many."""
        unknown = [path.name for path in self._pins.iterdir() if path.name not in known]
        for name in unknown:
            os.replace(self._pins / name, self._doomed / name)
        return len(unknown)

    def tend(self) -> None:
        """Unpin what is doomed, and ask how much room there is; when the node is gone, the next time does it."""
        with self._is_tending:
            try:
                for path in self._doomed.iterdir():
                    if self._node.unpin(path.name) or self._clock() - path.stat().st_mtime > _LATE_SECONDS:
                        path.unlink(missing_ok=True)
                self._room = self._node.room()
            except (AppError, OSError) as error:
                _LOG.info("the IPFS node was not tended: %s", error)

    async def check(self) -> str:
        """``ok``, or a sentence on what is wrong."""
        try:
            await asyncio.to_thread(self._node.name)
        except AppError as error:
            return f"{error} Uploads and jobs wait for it."
        return "ok"

    def _write_down(self, cid: str) -> None:
        try:
            os.close(os.open(self._pins / cid, os.O_WRONLY | os.O_CREAT, 0o600))
            sync_folder(self._pins)
        except OSError as error:
            raise named(error) from error


def _checked(address: str) -> str:
    if not FORM.fullmatch(address):
        raise StoreDamaged("This is not the address of a stored block.")
    return address
