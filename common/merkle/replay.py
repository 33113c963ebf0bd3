"""Replays a log row by row, trusting nobody: what an auditor does, from a disk or over the network."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from common.errors import AppError, LogTampered
from common.merkle.checkpoint import Checkpoint
from common.merkle.entry import Event, check_event
from common.merkle.tree import CompactTree


@dataclass(frozen=True)
class Report:
    """What a whole, honest log holds."""

    size: int
    root: bytes
    actions: dict[str, int] = field(default_factory=dict)
    signers: dict[str, int] = field(default_factory=dict)


class Replay:
    """Feed every row in order, then :meth:`finish` against a checkpoint that was verified before."""

    def __init__(self, signers: Collection[str]) -> None:
        """``signers``: the verify keys of the nodes that may write to this log."""
        self._signers = frozenset(signers)
        self._tree = CompactTree()
        self._actions: Counter[str] = Counter()
        self._written: Counter[str] = Counter()

    @property
    def size(self) -> int:
        """Number of rows fed so far, which is the index of the next."""
        return self._tree.size

    def root(self) -> bytes:
        """Root over the rows fed so far."""
        return self._tree.root()

    def feed(self, entry: bytes, leaf: bytes | None = None) -> Event:
        """Check the next row; ``leaf`` is the hash that the log says it has, if the log says one.

        Raises:
            LogTampered: names the row and what is wrong with it.
        """
        row = self._tree.size
        event = checked_row(row, entry)
        if leaf is not None and leaf != event.leaf:
            raise LogTampered(f"Row {row} is not what its leaf hash says.", row=row)
        if event.signer not in self._signers:
            raise LogTampered(f"Row {row} was signed by a key that is no node's of this deployment.", row=row)
        self._tree.append(event.leaf)
        self._actions[event.action] += 1
        self._written[event.signer] += 1
        return event

    def finish(self, checkpoint: Checkpoint) -> Report:
        """Compare with the checkpoint.

        Raises:
            LogTampered: rows are missing or surplus, or the root is another.
        """
        if self.size != checkpoint.size:
            raise LogTampered(
                f"The log has {self.size} rows, its checkpoint says {checkpoint.size}.",
                row=min(self.size, checkpoint.size),
                rows=self.size,
                size=checkpoint.size,
            )
        if self.root() != checkpoint.root:
            raise LogTampered(
                f"The {self.size} rows are well formed but are not the ones the checkpoint was signed for."
            )
        return Report(self.size, checkpoint.root, dict(self._actions), dict(self._written))


def checked_row(row: int, entry: bytes) -> Event:
    """The event in a stored row.

    Raises:
        LogTampered: not a valid event, or not in canonical form.
    """
    try:
        event = check_event(json.loads(entry))
    except (ValueError, RecursionError, AppError) as error:
        raise LogTampered(f"Row {row} is not a validly signed event: {error}", row=row) from error
    if event.entry != entry:
        raise LogTampered(f"Row {row} is not in canonical form.", row=row)
    return event
