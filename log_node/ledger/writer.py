"""The ledger: appends rows, flushes them, signs a checkpoint, and only then says that they are in the log."""

from __future__ import annotations

import errno
import logging
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common.crypto.signing import SigningKey
from common.errors import AppError, ConfigError, Conflict, DiskFull, StoreDamaged
from common.merkle.checkpoint import Checkpoint, origin_of
from common.merkle.entry import Event
from common.merkle.tree import EMPTY_ROOT, MerkleTree
from common.net.files import hold_folder
from common.system.permissions import sync_folder
from log_node.ledger.index import LeafIndex
from log_node.ledger.publisher import Publisher
from log_node.ledger.recovery import Recovery
from log_node.ledger.segments import Segments

_log = logging.getLogger("imguard.ledger")
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
SEGMENTS: Final = "segments"
CHECKPOINTS: Final = "checkpoints.jsonl"
INDEX: Final = "index.db"


@dataclass(frozen=True)
class Head:
    """What the log commits to now."""

    checkpoint: Checkpoint
    note: str


class Ledger:
    """One open ledger. ``append`` is for one thread at a time; reading is for any."""

    def __init__(self, folder: Path, publisher: Publisher, segments: Segments, index: LeafIndex, lock: int) -> None:
        """Use :meth:`create` and :meth:`open`."""
        self._folder = folder
        self._publisher = publisher
        self._segments = segments
        self._index = index
        self._lock = lock
        self._fault: AppError | None = None
        self.tree = MerkleTree()
        checkpoint, note = publisher.load()
        Recovery(folder / SEGMENTS, checkpoint, self.tree, segments, index).run()
        self.head = Head(checkpoint, note)
        if self.tree.size > checkpoint.size:
            _log.warning("signing for %d whole rows that the last run left", self.tree.size - checkpoint.size)
            self.head = self._publish(Checkpoint(publisher.origin, self.tree.size, self.tree.root()))

    @staticmethod
    def create(folder: Path, key: SigningKey) -> None:
        """Make an empty ledger and sign for it.

        Raises:
            Conflict: there is one already.
            DiskFull: no room; nothing is left behind.
        """
        if folder.exists():
            raise Conflict(f"{folder} holds a ledger already; a log never begins again.")
        beside = folder.with_name(folder.name + ".part")
        shutil.rmtree(beside, ignore_errors=True)
        try:
            (beside / SEGMENTS).mkdir(parents=True)
            Publisher(beside / CHECKPOINTS, key).publish(Checkpoint(origin_of(key.verify_key), 0, EMPTY_ROOT))
            sync_folder(beside)
            beside.rename(folder)
            sync_folder(folder.parent)
        except OSError as error:
            shutil.rmtree(beside, ignore_errors=True)
            raise _named(error) from error

    @classmethod
    def open(cls, folder: Path, key: SigningKey, segment_bytes: int) -> Ledger:
        """Read the whole ledger, check it against its checkpoint and mend a torn tail.

        Raises:
            ConfigError: there is no ledger.
            Conflict: another process has it open.
            LogTampered: it is not what was signed; names the row.
        """
        if not folder.is_dir():
            raise ConfigError(f"There is no ledger in {folder}; if this node ran before, restore it from a backup.")
        lock = hold_folder(folder)
        try:
            index = _open_index(folder / INDEX)
            try:
                publisher = Publisher(folder / CHECKPOINTS, key)
                return cls(folder, publisher, Segments(folder / SEGMENTS, segment_bytes), index, lock)
            except BaseException:
                index.close()
                raise
        except BaseException:
            os.close(lock)
            raise

    @property
    def fault(self) -> AppError | None:
        """Why nothing can be appended any more, if so."""
        return self._fault

    def append(self, groups: Sequence[Sequence[Event]]) -> list[list[int]]:
        """Append the events of several requests with one flush; gives the position of each.

        An event that is in the log already keeps its position and is not written again.

        Raises:
            DiskFull: no room; none of the events was written.
            StoreDamaged: the disk failed; nothing is taken in until the node was restarted.
        """
        if self._fault:
            raise self._fault
        fresh: dict[bytes, tuple[int, bytes]] = {}
        positions = [[self._place(event, fresh) for event in group] for group in groups]
        if fresh:
            self._write([(leaf, entry) for leaf, (_, entry) in fresh.items()])
        return positions

    def read(self, first: int, end: int, max_bytes: int) -> list[bytes]:
        """Entries ``first`` to ``end - 1`` of the signed log, fewer if they exceed ``max_bytes``; see Segments."""
        return self._segments.read(first, end, max_bytes)

    def find(self, leaf: bytes) -> int | None:
        """Position of a leaf hash in the signed log."""
        position = self._index.find(leaf)
        return position if position is not None and position < self.head.checkpoint.size else None

    def close(self) -> None:
        """Close the files and let another process have them."""
        self._index.close()
        os.close(self._lock)

    def _place(self, event: Event, fresh: dict[bytes, tuple[int, bytes]]) -> int:
        known = self._index.find(event.leaf)
        if known is not None:
            return known
        return fresh.setdefault(event.leaf, (self.tree.size + len(fresh), event.entry))[0]

    def _write(self, rows: list[tuple[bytes, bytes]]) -> None:
        """Rows, flush, checkpoint, flush; whatever fails in between is undone before anyone can see it."""
        ahead = self.tree.compact()
        ahead.extend(leaf for leaf, _ in rows)
        mark = self._segments.mark()
        try:
            self._segments.append(rows)
            head = self._publish(Checkpoint(self._publisher.origin, ahead.size, ahead.root()))
        except OSError as error:
            try:
                self._segments.roll_back(mark)
            except OSError as worse:
                self._stop(worse)
            raise self._failed(error) from error
        first = self.tree.size
        for leaf, _ in rows:
            self.tree.append(leaf)
        self.head = head
        if not self._index.add([(first + place, leaf) for place, (leaf, _) in enumerate(rows)]):
            _log.warning("the index could not be written; it is completed with the next rows")

    def _publish(self, checkpoint: Checkpoint) -> Head:
        try:
            return Head(checkpoint, self._publisher.publish(checkpoint))
        except OSError:
            try:
                self._publisher.roll_back()
            except OSError as worse:
                self._stop(worse)
            raise

    def _failed(self, error: OSError) -> AppError:
        """A full disk can be cleared; after any other failure nobody knows what the disk holds."""
        if self._fault is None and error.errno not in _NO_ROOM:
            self._stop(error)
        return self._fault or _named(error)

    def _stop(self, error: OSError) -> None:
        _log.error("the disk failed; nothing is taken in any more: %s", error)
        self._fault = StoreDamaged("The disk of the log node failed; it must be mended and the node started again.")


def _named(error: OSError) -> AppError:
    if error.errno in _NO_ROOM:
        return DiskFull("The log node has no room left; nothing was written.")
    return StoreDamaged(f"The disk refused: {error.strerror}")


def _open_index(path: Path) -> LeafIndex:
    """The index; a file that is no database any more is set aside and made again."""
    try:
        return LeafIndex(path)
    except StoreDamaged:
        _log.warning("%s is damaged; it is made again", path.name)
        path.replace(path.with_name(path.name + ".damaged"))
        return LeafIndex(path)
