"""Segment files: the rows of the log on disk, append-only, each row with its leaf hash.

    file   = "IMGLOG1\\n" || index of its first row (8 bytes, big-endian) || row*
    row    = length of the entry (4 bytes) || leaf hash (32 bytes) || entry

A file is named after its first row. Reading never trusts a row: the leaf hash is computed again every time.
"""

from __future__ import annotations

import os
import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from common.errors import BadInput, LogTampered
from common.merkle.entry import MAX_ENTRY_BYTES
from common.merkle.tree import HASH_BYTES, leaf_hash
from common.system.permissions import sync_folder

MAGIC: Final = b"IMGLOG1\n"
_HEADER = struct.Struct(">8sQ")
_ROW = struct.Struct(f">I{HASH_BYTES}s")
_SUFFIX: Final = ".segment"


@dataclass(frozen=True)
class Row:
    """One intact row and where it was found."""

    index: int
    leaf: bytes
    entry: bytes
    segment: Path
    offset: int


class DamagedRow(Exception):
    """The first place where the segments do not go on; the caller knows whether that is a torn tail or tampering."""

    def __init__(self, row: int, segment: Path, offset: int, reason: str) -> None:
        super().__init__(f"{segment.name}, byte {offset}: {reason}")
        self.row, self.segment, self.offset = row, segment, offset


@dataclass(frozen=True)
class Mark:
    """A state of the segments to which an append that failed is taken back."""

    rows: int
    segment: Path | None
    length: int


def scan(folder: Path) -> Iterator[Row]:
    """Every row in order, its leaf hash checked.

    Raises:
        DamagedRow: at the first row that is cut off, changed or out of order.
    """
    index = 0
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        with open(path, "rb") as file:
            header = file.read(_HEADER.size)
            if header != _HEADER.pack(MAGIC, index) or path.name != _name(index):
                raise DamagedRow(index, path, 0, f"this is not the segment that begins with row {index}")
            first = index
            while row := _read_row(file, path, index):
                yield row
                index += 1
            if index == first:
                raise DamagedRow(index, path, 0, "the segment holds no row")


class Segments:
    """The files of one ledger, open for appending. Only one process may hold them."""

    def __init__(self, folder: Path, segment_bytes: int) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._paths: list[Path] = []
        self._firsts: list[int] = []
        self._offsets: list[array[int]] = []
        self._length = 0

    @property
    def rows(self) -> int:
        """Number of rows on disk."""
        return self._firsts[-1] + len(self._offsets[-1]) if self._firsts else 0

    def remember(self, row: Row) -> None:
        """Take over a row that :func:`scan` found."""
        if not self._paths or self._paths[-1] != row.segment:
            self._open_next(row.segment, row.index)
        self._offsets[-1].append(row.offset)
        self._length = row.offset + _ROW.size + len(row.entry)

    def cut(self, damage: DamagedRow) -> None:
        """Remove everything from the first damaged place on; only for rows that no checkpoint covers."""
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            if path > damage.segment or (path == damage.segment and damage.offset <= _HEADER.size):
                path.unlink()
        if damage.offset > _HEADER.size:
            _truncate(damage.segment, damage.offset)
        sync_folder(self._folder)

    def mark(self) -> Mark:
        """The present state, for :meth:`roll_back`."""
        return Mark(self.rows, self._paths[-1] if self._paths else None, self._length)

    def append(self, rows: Sequence[tuple[bytes, bytes]]) -> None:
        """Write rows of (leaf hash, entry) and flush them to the disk.

        Raises:
            OSError: the disk refused; call :meth:`roll_back`.
        """
        is_new = not self._paths or self._length >= self._segment_bytes
        if is_new:
            first = self.rows
            self._open_next(self._folder / _name(first), first)
        pieces = [_HEADER.pack(MAGIC, self._firsts[-1])] if is_new else []
        offset = self._length = self._length or _HEADER.size
        for leaf, entry in rows:
            self._offsets[-1].append(offset)
            pieces += [_ROW.pack(len(entry), leaf), entry]
            offset += _ROW.size + len(entry)
        _append(self._paths[-1], b"".join(pieces))
        if is_new:
            sync_folder(self._folder)
        self._length = offset

    def roll_back(self, mark: Mark) -> None:
        """Undo an append that failed.

        Raises:
            OSError: the disk refused even that; the ledger must not be written any more.
        """
        while self._paths and self._paths[-1] != mark.segment:
            self._paths.pop().unlink(missing_ok=True)
            self._firsts.pop()
            self._offsets.pop()
        if mark.segment:
            del self._offsets[-1][mark.rows - self._firsts[-1] :]
            _truncate(mark.segment, mark.length)
        self._length = mark.length
        sync_folder(self._folder)

    def read(self, first: int, end: int, max_bytes: int) -> list[bytes]:
        """Entries ``first`` to ``end - 1``, or fewer (at least one) once they exceed ``max_bytes``.

        Raises:
            BadInput: there are no such rows.
            LogTampered: a row on disk is not what it was; names it.
        """
        if not 0 <= first < end <= self.rows:
            raise BadInput(f"There are no rows {first} to {end - 1}.", rows=self.rows)
        entries: list[bytes] = []
        budget, place = max_bytes, bisect_right(self._firsts, first) - 1
        while first < end and budget > 0:
            stop = min(end, self._firsts[place] + len(self._offsets[place]))
            for entry in self._read_segment(place, first, stop):
                entries.append(entry)
                budget -= len(entry)
                if budget <= 0:
                    break
            first, place = stop, place + 1
        return entries

    def _read_segment(self, place: int, first: int, stop: int) -> Iterator[bytes]:
        path, base = self._paths[place], self._firsts[place]
        with _named(path, first), open(path, "rb") as file:
            file.seek(self._offsets[place][first - base])
            for index in range(first, stop):
                row = _read_row(file, path, index)
                if row is None:
                    raise DamagedRow(index, path, file.tell(), "the file ends here")
                yield row.entry

    def _open_next(self, path: Path, first: int) -> None:
        self._paths.append(path)
        self._firsts.append(first)
        self._offsets.append(array("I"))
        self._length = 0


@contextmanager
def _named(path: Path, row: int) -> Iterator[None]:
    try:
        yield
    except DamagedRow as error:
        raise LogTampered(f"Row {error.row} of the log is damaged: {error}", row=error.row, file=path.name) from error
    except FileNotFoundError as error:
        raise LogTampered(f"The file with row {row} of the log is gone.", row=row, file=path.name) from error


def _read_row(file: BinaryIO, path: Path, index: int) -> Row | None:
    """The row at the file's position; None at the end of the file."""
    offset = file.tell()
    head = file.read(_ROW.size)
    if not head:
        return None
    if len(head) < _ROW.size:
        raise DamagedRow(index, path, offset, "the row is cut off")
    length, leaf = _ROW.unpack(head)
    if not 0 < length <= MAX_ENTRY_BYTES:
        raise DamagedRow(index, path, offset, "the row has an impossible length")
    entry = file.read(length)
    if len(entry) < length:
        raise DamagedRow(index, path, offset, "the row is cut off")
    if leaf_hash(entry) != leaf:
        raise DamagedRow(index, path, offset, "the row is not what its leaf hash says")
    return Row(index, leaf, entry, path, offset)


def _name(first: int) -> str:
    return f"{first:020d}{_SUFFIX}"


def _append(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _truncate(path: Path, length: int) -> None:
    handle = os.open(path, os.O_WRONLY)
    try:
        os.ftruncate(handle, length)
        os.fsync(handle)
    finally:
        os.close(handle)
