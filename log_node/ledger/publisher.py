"""The file of signed checkpoints: one JSON string a line, the newest last, nothing ever removed.

The newest line is what the log commits to. The older ones tell an auditor between which two of them a row went bad.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from common.crypto.signing import SigningKey
from common.errors import AppError, LogTampered
from common.merkle.checkpoint import MAX_CHECKPOINT, Checkpoint, open_checkpoint, origin_of, sign_checkpoint

MAX_LINE: Final = 2 * MAX_CHECKPOINT


class Publisher:
    """Signs checkpoints and appends them to the file; what :meth:`publish` returned may be shown to the world."""

    def __init__(self, path: Path, key: SigningKey) -> None:
        self._path = path
        self._key = key
        self._length = 0
        self._before = 0

    @property
    def origin(self) -> str:
        return origin_of(self._key.verify_key)

    def load(self) -> tuple[Checkpoint, str]:
        """The newest checkpoint and its note; a line that a power cut tore off is removed.

        Raises:
            LogTampered: no checkpoint is there, or the newest is not signed by this log.
        """
        tail, end = _tail(self._path)
        line = tail.rpartition(b"\n")[2]
        if not line:
            raise LogTampered("The log has no checkpoint.", file=self._path.name)
        note = _note(line, self._path)
        try:
            checkpoint = open_checkpoint(note, self._key.verify_key)
        except AppError as error:
            raise LogTampered(f"The newest checkpoint is not valid: {error}", file=self._path.name) from error
        if end < self._path.stat().st_size:
            self._cut(end)
        self._length = self._before = end
        return checkpoint, note

    def publish(self, checkpoint: Checkpoint) -> str:
        """Sign a checkpoint and store it durably; gives the note.

        Raises:
            OSError: the disk refused; call :meth:`roll_back`.
        """
        note = sign_checkpoint(checkpoint, self._key)
        line = json.dumps(note).encode() + b"\n"
        self._before = self._length
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            view = memoryview(line)
            while view:
                view = view[os.write(handle, view) :]
            os.fsync(handle)
        finally:
            os.close(handle)
        self._length += len(line)
        return note

    def roll_back(self) -> None:
        """Remove what a publish that failed may have left; nobody has seen it.

        Raises:
            OSError: the disk refused even that; the ledger must not be written any more.
        """
        if self._path.exists():
            self._cut(self._before)
        self._length = self._before

    def _cut(self, length: int) -> None:
        handle = os.open(self._path, os.O_WRONLY)
        try:
            os.ftruncate(handle, length)
            os.fsync(handle)
        finally:
            os.close(handle)


def history(path: Path, verify_key: str) -> Iterator[Checkpoint]:
    """Every checkpoint ever signed, oldest first, verified; a torn last line is passed over.

    Raises:
        LogTampered: names the first line that is no checkpoint of this log, or that is smaller than the one before.
    """
    size = 0
    with open(path, "rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(MAX_LINE + 1), b""), start=1):
            if not line.endswith(b"\n") and len(line) <= MAX_LINE:
                return
            try:
                checkpoint = open_checkpoint(_note(line, path), verify_key)
            except AppError as error:
                raise LogTampered(f"Line {number} of {path.name} is not valid: {error}", line=number) from error
            if checkpoint.size < size:
                raise LogTampered(f"Line {number} of {path.name} goes back to size {checkpoint.size}.", line=number)
            size = checkpoint.size
            yield checkpoint


def _tail(path: Path) -> tuple[bytes, int]:
    """The last whole lines without their final newline, and where the last one ends in the file."""
    try:
        with open(path, "rb") as file:
            start = max(0, file.seek(0, os.SEEK_END) - 2 * MAX_LINE)
            file.seek(start)
            data = file.read(2 * MAX_LINE)
    except FileNotFoundError as error:
        raise LogTampered("The file of checkpoints is gone.", file=path.name) from error
    whole = data.rpartition(b"\n")[0]
    return whole, start + len(whole) + 1


def _note(line: bytes, path: Path) -> str:
    try:
        note = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LogTampered(f"{path.name} holds a line that is no checkpoint.", file=path.name) from error
    if not isinstance(note, str):
        raise LogTampered(f"{path.name} holds a line that is no checkpoint.", file=path.name)
    return note
