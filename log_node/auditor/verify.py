"""Replays a whole log from its files, offline and read-only; trusts nothing but the keys in deployment.json."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from common.deployment import Deployment
from common.errors import ConfigError, LogTampered
from common.merkle.checkpoint import Checkpoint
from common.merkle.replay import Replay, Report
from log_node.ledger.publisher import history
from log_node.ledger.segments import DamagedRow, Row, scan
from log_node.ledger.writer import CHECKPOINTS, SEGMENTS


def verify_ledger(folder: Path, deployment: Deployment, progress: Callable[[int], None] | None = None) -> Report:
    """Check every row, every signature and every checkpoint ever signed; works while the log node runs.

    Rows that no checkpoint covers yet are left out.

    Raises:
        ConfigError: there is no ledger.
        LogTampered: names the first bad row, or the checkpoints between which the bad row is.
    """
    if not (folder / SEGMENTS).is_dir():
        raise ConfigError(f"There is no ledger in {folder}.")
    checkpoints = list(_distinct(history(folder / CHECKPOINTS, deployment.node("log").verify_key)))
    if not checkpoints:
        raise LogTampered("The log has no checkpoint.", file=CHECKPOINTS)
    replay = Replay([deployment.node(role).verify_key for role in ("a", "b")])
    rows = _rows(folder / SEGMENTS)
    good = 0
    for checkpoint in checkpoints:
        while replay.size < checkpoint.size:
            row = next(rows, None)
            if row is None:
                break
            replay.feed(row.entry, row.leaf)
            if progress and row.index % 1000 == 0:
                progress(row.index)
        _compare(replay, checkpoint, good)
        good = checkpoint.size
    return replay.finish(checkpoints[-1])


def _compare(replay: Replay, checkpoint: Checkpoint, good: int) -> None:
    if replay.size < checkpoint.size:
        raise LogTampered(
            f"Row {replay.size} is gone; the checkpoint was signed for {checkpoint.size} rows.", row=replay.size
        )
    if replay.root() != checkpoint.root:
        last = checkpoint.size - 1
        raise LogTampered(
            f"A row from {good} to {last} is well formed but is not the one that was signed for.", row=good, last=last
        )


def _rows(folder: Path) -> Iterator[Row]:
    try:
        yield from scan(folder)
    except DamagedRow as damage:
        raise LogTampered(
            f"Row {damage.row} is damaged: {damage}", row=damage.row, file=damage.segment.name
        ) from damage


def _distinct(checkpoints: Iterator[Checkpoint]) -> Iterator[Checkpoint]:
    """One checkpoint a size; two of one size with different roots are a fork that the log itself signed."""
    last: Checkpoint | None = None
    for checkpoint in checkpoints:
        if last is not None and last.size == checkpoint.size and last.root != checkpoint.root:
            raise LogTampered(f"The log signed two different trees of size {checkpoint.size}.", row=checkpoint.size)
        if last is None or last.size != checkpoint.size:
            yield checkpoint
        last = checkpoint
