"""A witness remembers the last checkpoint it saw and refuses any that does not continue it.

This is what makes the log honest: a log server that rewrites, forgets or shows two histories has to satisfy every
server and every desktop that remembers another one.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

from common.errors import DiskFull, LogFork, LogTampered
from common.merkle.checkpoint import MAX_CHECKPOINT, Checkpoint, open_checkpoint
from common.merkle.proof import check_consistency
from common.system.permissions import to_disk


class Witness:
    """The memory of one program about one log, kept in a small text file that holds the signed checkpoint itself."""

    def __init__(self, path: Path, verify_key: str) -> None:
        self._path = path
        self._verify_key = verify_key

    @property
    def evidence_path(self) -> Path:
        """Where a signed checkpoint that contradicts the remembered one is kept."""
        return self._path.with_name(self._path.name + ".fork")

    def remembered(self) -> Checkpoint | None:
        """The last accepted checkpoint, or None before the first.

        Raises:
            LogTampered, BadSignature: the file is not what was written.
        """
        note = self._read()
        return open_checkpoint(note, self._verify_key) if note else None

    @property
    def size(self) -> int:
        """Size of the remembered log; ask for the consistency proof from here. 0 before the first checkpoint."""
        known = self.remembered()
        return known.size if known else 0

    def read(self, note: str) -> Checkpoint:
        """Verify the signature of a checkpoint without accepting it: to learn which proof to ask for.

        Raises:
            LogTampered, BadSignature: not a checkpoint of this log.
        """
        return open_checkpoint(note, self._verify_key)

    def accept(self, note: str, proof: Sequence[bytes] = ()) -> Checkpoint:
        """Verify a checkpoint, check that it continues the remembered one, and remember it.

        The first one ever seen is trusted as it is. ``proof`` leads from the remembered size to the new one.

        Raises:
            LogTampered, BadSignature: not a checkpoint of this log.
            LogFork: it contradicts the remembered one; it is kept at ``evidence_path``.
            DiskFull: it could not be remembered.
        """
        new = open_checkpoint(note, self._verify_key)
        known = self.remembered()
        if known is not None:
            try:
                check_consistency(known.size, known.root, new.size, new.root, proof)
            except LogTampered as error:
                self._write(self.evidence_path, note)
                raise LogFork(
                    f"A log of size {new.size} does not continue the log of size {known.size} seen before.",
                    remembered=known.size,
                    offered=new.size,
                ) from error
        if known != new:
            self._write(self._path, note)
        return new

    def _read(self) -> str:
        try:
            with open(self._path, encoding="utf-8", newline="") as file:
                return file.read(MAX_CHECKPOINT + 1)
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError as error:
            raise LogTampered("The remembered checkpoint is damaged.") from error

    def _write(self, path: Path, note: str) -> None:
        beside = path.with_name(path.name + ".part")
        try:
            with open(beside, "w", encoding="utf-8", newline="") as file:
                file.write(note)
                file.flush()
                to_disk(file.fileno())
            os.replace(beside, path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull("There is no room to remember the checkpoint of the log.") from error
            raise
