"""The log as people look at it: pages from the verified copy, who is who, the check of everything, an export."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from common.errors import AppError
from common.merkle.entry import user_actor
from desktop_client.jobs.child import run_child
from desktop_client.jobs.office import Office
from desktop_client.settings import UserRecord
from desktop_client.upload.identity.survey import survey
from desktop_client.upload.logbook.book import BookState, LogBook
from desktop_client.upload.logbook.rows import LogEntry, LogRow
from desktop_client.upload.logbook.search import LogFilter

OnProgress = Callable[[dict[str, Any]], None]
"""Called with ``{"stage", "done", "total"}``."""

MAX_PAGE: Final = 1000


@dataclass(frozen=True)
class LogPage:
    """Rows from ``offset`` on, and how many there are in all that the filter lets through."""

    rows: tuple[LogRow, ...]
    offset: int
    total: int


@dataclass(frozen=True)
class LogOverview:
    """What there is to choose from: how often each action, actor, kind of object and server is in the copy."""

    state: BookState
    actions: Mapping[str, int]
    actors: Mapping[str, int]
    kinds: Mapping[str, int]
    names: Mapping[str, str]
    mine: tuple[str, ...]


@dataclass(frozen=True)
class LogPoint:
    """One point of the check; codes and standings are those of ``upload.logbook.check``."""

    code: str
    standing: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LogVerdict:
    """Result of the check: ``own`` are number, time and action of what this user did; ``own_count`` counts all."""

    size: int
    root: str
    is_intact: bool
    points: tuple[LogPoint, ...]
    actions: Mapping[str, int]
    own: tuple[tuple[int, str, str], ...]
    own_count: int


async def fetch_log(office: Office, on_progress: OnProgress | None = None) -> BookState:
    """Bring the copy up to date: only rows that are new are fetched, and verified before they count.

    Whoever all nodes know by the same keys appears by name afterwards.

    Raises:
        LogTampered, LogFork: the log is not what it was, or not what it should be; the copy stays as it was.
        Conflict: it is being fetched already.
        NotLoggedIn, TokenExpired, NodeUnreachable: the log node cannot be asked.
    """
    await run_child("fetch_log", _args(office), on_progress)
    await learn_names(office, await _agreed(office))
    await asyncio.to_thread(_book(office).learn, _own_names(office))
    return await asyncio.to_thread(_book(office).state)


async def log_page(
    office: Office, wanted: LogFilter, offset: int = 0, limit: int = 200, newest_first: bool = True
) -> LogPage:
    """Some rows of the copy, without the network; at most 1000.

    Raises:
        StoreDamaged: the copy is damaged; :func:`fetch_log` makes it again.
    """
    book, count = _book(office), max(0, min(limit, MAX_PAGE))
    rows, total = await asyncio.to_thread(book.page, wanted, max(0, offset), count, newest_first)
    return LogPage(tuple(rows), max(0, offset), total)


async def log_entry(office: Office, number: int) -> LogEntry:
    """Everything about one row.

    Raises:
        NotFound: the copy has no such row.
    """
    return await asyncio.to_thread(_book(office).entry, number)


async def log_overview(office: Office) -> LogOverview:
    """How far the copy goes and what is in it, for filters."""
    book, mine = _book(office), own_actors(office)

    def read() -> LogOverview:
        return LogOverview(
            book.state(), book.tally("action"), book.tally("actor"), book.tally("kind"), book.names(), mine
        )

    return await asyncio.to_thread(read)


async def learn_names(office: Office, people: Iterable[tuple[str, str]]) -> None:
    """Note who is behind a pseudonym: pairs of a name and a verify key, as specifications and accounts have them."""
    names = {user_actor(key): name for name, key in people}
    await asyncio.to_thread(_book(office).learn, names)


async def check_log(office: Office, on_progress: OnProgress | None = None) -> LogVerdict:
    """Fetch what is new and check every row, the checkpoint, what was seen before, both servers, and the own events.

    A log that is not intact is a result. Raises as :func:`fetch_log`.
    """
    own: list[tuple[int, str, str]] = []

    def take(part: dict[str, Any]) -> None:
        own.extend((int(number), str(time), str(action)) for number, time, action in part["own"])

    found = await run_child("check_log", _args(office), on_progress, take)
    points = tuple(LogPoint(**point) for point in found["checks"])
    return LogVerdict(
        int(found["size"]),
        str(found["root"]),
        bool(found["intact"]),
        points,
        found["actions"],
        tuple(own),
        found["own"],
    )


async def export_log(office: Office, out: Path, on_progress: OnProgress | None = None) -> int:
    """Check everything and write the zip file for an auditor; the number of rows in it.

    Raises:
        LogTampered: the log is not intact; nothing was written.
        DiskFull: no room.
    """
    return int((await run_child("export_log", {**_args(office), "out": str(out)}, on_progress))["rows"])


def own_actors(office: Office) -> tuple[str, ...]:
    """The pseudonyms of the user of this profile, present and former; none if nobody registered."""
    return tuple(_own_names(office))


def only_mine(wanted: LogFilter, office: Office) -> LogFilter:
    """The same filter for events of the user alone."""
    return replace(wanted, actors=own_actors(office) or ("user:",))


async def _agreed(office: Office) -> list[tuple[str, str]]:
    """Names and verify keys that several nodes show alike; none while they cannot be asked."""
    try:
        accounts = (await survey(office.nodes)).accounts
    except AppError:
        return []
    alike = [one for one in accounts.values() if len(one.known) > 1 and not one.behind and one.contradiction is None]
    return [(one.user, one.newest.verify_key) for one in alike if one.newest.verify_key]


def _own_names(office: Office) -> dict[str, str]:
    if not (office.profile.root / "user.json").exists():
        return {}
    user: UserRecord = office.profile.user()
    return {user_actor(key): user.name for key in (user.verify_key, *user.former)}


def _book(office: Office) -> LogBook:
    return LogBook(office.profile.root)


def _args(office: Office) -> dict[str, Any]:
    return {"profile": str(office.profile.root)}
