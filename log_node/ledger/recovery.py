"""What happens when a ledger is opened: every row is read and hashed again and compared with what was signed.

Rows that the newest checkpoint covers must all be there and unchanged; anything else is tampering and stops the node.
Rows after it were being written when the power went: whole ones are kept and signed for, a torn one is cut off.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from common.errors import LogTampered
from common.merkle.checkpoint import Checkpoint
from common.merkle.replay import checked_row
from common.merkle.tree import MerkleTree
from log_node.ledger.index import LeafIndex
from log_node.ledger.segments import DamagedRow, Segments, scan

_log = logging.getLogger("imguard.ledger")
_BATCH = 1000


@dataclass
class Recovery:
    """The parts that are being filled: tree, segments and index of one ledger."""

    folder: Path
    checkpoint: Checkpoint
    tree: MerkleTree
    segments: Segments
    index: LeafIndex

    def run(self) -> None:
        """Fill tree, segments and index.

        Raises:
            LogTampered: names the first row that is missing, changed or out of place.
        """
        mismatch = self._read_rows()
        size = self.tree.size
        if size < self.checkpoint.size:
            raise LogTampered(
                f"Row {size} of the log is gone; the checkpoint was signed for {self.checkpoint.size} rows.", row=size
            )
        is_as_signed = self.tree.root(self.checkpoint.size) == self.checkpoint.root
        if mismatch is not None:
            where = "index.db" if is_as_signed else "the segments"
            raise LogTampered(f"Row {mismatch} was changed in {where}.", row=mismatch, file=where)
        if not is_as_signed:
            raise LogTampered("The rows of the log are well formed, but they are not what was signed.")

    def _read_rows(self) -> int | None:
        """Read every row; gives the first one on which the index disagrees."""
        known, mismatch = self.index.rows(), None
        missing: list[tuple[int, bytes]] = []
        try:
            for row in scan(self.folder):
                if row.index >= self.checkpoint.size:
                    checked_row(row.index, row.entry)
                self.tree.append(row.leaf)
                self.segments.remember(row)
                indexed = next(known, None)
                if indexed is None:
                    missing.append((row.index, row.leaf))
                elif indexed != (row.index, row.leaf) and mismatch is None:
                    mismatch = row.index
        except DamagedRow as damage:
            self._cut(damage)
        surplus = next(known, None)
        if mismatch is None and surplus is not None:
            mismatch = self.tree.size
        if mismatch is None:
            for start in range(0, len(missing), _BATCH):
                self.index.add(missing[start : start + _BATCH])
        return mismatch

    def _cut(self, damage: DamagedRow) -> None:
        if damage.row < self.checkpoint.size:
            raise LogTampered(
                f"Row {damage.row} of the log is damaged: {damage}", row=damage.row, file=damage.segment.name
            ) from damage
        _log.warning("cutting off an unfinished write after row %d (%s)", damage.row - 1, damage)
        self.segments.cut(damage)
