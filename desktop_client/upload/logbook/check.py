"""Check the whole copy, row by row, against everything that is known: codes and numbers, words are the window's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from common.deployment import Deployment
from common.errors import AppError, BadSignature, LogFork, LogTampered, StoreDamaged
from common.merkle.checkpoint import Checkpoint, open_checkpoint
from common.merkle.proof import encode_proof, prove_consistency
from common.merkle.tree import MerkleTree
from desktop_client.settings import Profile
from desktop_client.upload.audit import LogCheck, verify_log
from desktop_client.upload.logbook.book import LogBook
from desktop_client.upload.logbook.sync import Step


class Point(StrEnum):
    """What is proved, in this order."""

    ROWS = "rows"
    """Every row is a well-formed event that A or B signed, and users signed what only they can do."""
    CHECKPOINT = "checkpoint"
    """The rows are exactly those that the log node signed for."""
    REMEMBERED = "remembered"
    """They continue what this profile saw before."""
    SERVER_A = "server-a"
    SERVER_B = "server-b"
    """The last checkpoint that this server accepted is one of the same log."""
    OWN_EVENTS = "own-events"
    """What this user did is in the log; the number of events."""
    RECEIPTS = "receipts"
    """Every receipt of this profile was recorded by the server that gave it."""


class Standing(StrEnum):
    """``missing``: it could not be looked at, or is not there yet; it is neither proved nor disproved."""

    PROVED = "proved"
    FAILED = "failed"
    MISSING = "missing"


@dataclass(frozen=True)
class Check:
    """One point and how it stands, with the numbers that belong to it."""

    code: str
    standing: str
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verification:
    """The result: all points, the size and root of the log, and the whole check if every row was in order."""

    size: int
    root: str
    checks: tuple[Check, ...]
    actions: Mapping[str, int] = field(default_factory=dict)
    whole: LogCheck | None = field(default=None, repr=False)

    @property
    def is_intact(self) -> bool:
        """Nothing speaks against the log; what is missing does not count."""
        return all(check.standing != Standing.FAILED for check in self.checks)


class BookSource:
    """The copy as a :class:`~desktop_client.upload.audit_copy.LogSource`; nothing in it is believed either."""

    def __init__(self, book: LogBook) -> None:
        self._book = book

    async def checkpoint(self) -> str:
        return self._book.state().checkpoint

    async def entries(self, start: int, end: int) -> list[bytes]:
        return self._book.entries(start, end)

    async def consistency(self, first: int, second: int) -> object:
        return encode_proof(prove_consistency(self._book.tree(second), first, second))


async def verify_book(
    book: LogBook, deployment: Deployment, profile: Profile, witnessed: Mapping[str, str | None], step: Step
) -> Verification:
    """Check the copy of a profile as if it came from a stranger.

    ``witnessed`` has the last checkpoint that server ``a`` and ``b`` say they accepted, or None where one did not
    answer. A row that is wrong is a result, not an error.

    Raises:
        StoreDamaged: there is no copy, or its file is damaged; fetch it first.
    """
    state = book.state()
    if not state.checkpoint:
        raise StoreDamaged("There is no copy of the log yet; fetch it first.")
    try:
        whole = await verify_log(BookSource(book), deployment, profile, step)
    except (LogTampered, LogFork, BadSignature) as error:
        return Verification(state.size, "", _failure(error, state.size))
    tree = book.tree(state.size)
    log_key = deployment.node("log").verify_key
    checks = [
        Check(Point.ROWS, Standing.PROVED, {"rows": whole.report.size}),
        Check(Point.CHECKPOINT, Standing.PROVED, {"size": whole.report.size, "root": whole.report.root.hex()}),
        Check(Point.REMEMBERED, Standing.PROVED, {"size": whole.remembered_size}),
        *(_server(point, witnessed.get(role), tree, log_key) for point, role in _SERVERS),
        Check(Point.OWN_EVENTS, Standing.PROVED, {"events": len(whole.own)}),
        Check(
            Point.RECEIPTS,
            Standing.MISSING if whole.unlogged else Standing.PROVED,
            {"unlogged": whole.unlogged} if whole.unlogged else {},
        ),
    ]
    return Verification(whole.report.size, whole.report.root.hex(), tuple(checks), whole.report.actions, whole)


_SERVERS = ((Point.SERVER_A, "a"), (Point.SERVER_B, "b"))


def _server(point: Point, note: str | None, tree: MerkleTree, log_key: str) -> Check:
    """Whether what a server saw of the log is the same log."""
    if note is None:
        return Check(point, Standing.MISSING, {"reason": "unanswered"})
    try:
        seen: Checkpoint = open_checkpoint(note, log_key)
    except AppError:
        return Check(point, Standing.FAILED, {"reason": "unsigned"})
    numbers = {"size": seen.size}
    if seen.size > tree.size:
        return Check(point, Standing.MISSING, {**numbers, "reason": "ahead"})
    if tree.root(seen.size) != seen.root:
        return Check(point, Standing.FAILED, {**numbers, "reason": "fork"})
    return Check(point, Standing.PROVED, numbers)


def _failure(error: AppError, size: int) -> tuple[Check, ...]:
    """What failed, and that nothing after it was looked at."""
    order = list(Point)
    if isinstance(error, LogFork):
        place = order.index(Point.REMEMBERED)
    elif "row" in error.details:
        place = order.index(Point.ROWS)
    else:
        place = order.index(Point.CHECKPOINT)
    numbers = {name: value for name, value in error.details.items() if isinstance(value, (int, str))}
    details = {**numbers, "size": size, "reason": str(error)}
    return (
        *(Check(point, Standing.PROVED) for point in order[:place]),
        Check(order[place], Standing.FAILED, details),
        *(Check(point, Standing.MISSING) for point in order[place + 1 :]),
    )
