"""The events that wait for the log node, in an SQLite file: on disk before anything else happens."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from common.errors import AppError, DiskFull, StoreDamaged
from common.merkle.entry import check_event

BUSY_SECONDS: Final = 20.0
_SCHEMA: Final = """
create table if not exists events (
    number integer primary key autoincrement,
    leaf text not null unique,
    document text not null,
    state text not null default 'waiting' check (state in ('waiting', 'delivered', 'refused')),
    position integer,
    reason text
);
create index if not exists waiting on events (number) where state = 'waiting';
"""


@dataclass(frozen=True)
class Waiting:
    """One event that the log has not confirmed yet."""

    number: int
    document: dict[str, Any]


class Spool:
    """May be opened by several processes and used from several threads at once."""

    def __init__(self, path: Path) -> None:
        """Raises:
        StoreDamaged: the file is no SQLite database.
        DiskFull: no room.
        """
        self._lock = threading.Lock()
        self._name = path.name
        self._connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
        try:
            with self._named():
                self._connection.execute("pragma journal_mode = wal")
                self._connection.execute("pragma synchronous = full")
                self._connection.executescript(_SCHEMA)
        except AppError:
            self._connection.close()
            raise

    def add(self, documents: Sequence[dict[str, Any]]) -> None:
        """Keep events, all or none; they are on disk when this returns. One that is there already is left as it is.

        Raises:
            BadInput, TooLarge, BadSignature: not an event that the log would take.
            DiskFull: no room.
        """
        rows = [(check_event(document).leaf.hex(), json.dumps(document)) for document in documents]
        with self._named():
            self._connection.executemany("insert or ignore into events (leaf, document) values (?, ?)", rows)

    def take(self, limit: int) -> list[Waiting]:
        """The oldest waiting events, oldest first; they stay until :meth:`deliver` or :meth:`refuse`."""
        with self._named():
            found = self._connection.execute(
                "select number, document from events where state = 'waiting' order by number limit ?", [limit]
            ).fetchall()
        return [Waiting(number, json.loads(document)) for number, document in found]

    def deliver(self, numbers: Sequence[int], positions: Sequence[int]) -> None:
        """Note where in the log events stand."""
        rows = list(zip(positions, numbers, strict=True))
        with self._named():
            self._connection.executemany("update events set state = 'delivered', position = ? where number = ?", rows)

    def refuse(self, number: int, reason: str) -> None:
        """Set an event aside that the log will never take; it is kept for the operator."""
        with self._named():
            self._connection.execute(
                "update events set state = 'refused', reason = ? where number = ?", [reason[:500], number]
            )

    def count(self, state: str) -> int:
        """How many events are ``waiting``, ``delivered`` or ``refused``."""
        with self._named():
            found = self._connection.execute("select count(*) from events where state = ?", [state]).fetchone()
        return int(found[0])

    def position(self, leaf: bytes) -> int | None:
        """Where in the log the event with this leaf hash stands; None while it waits or if it is unknown."""
        with self._named():
            found = self._connection.execute("select position from events where leaf = ?", [leaf.hex()]).fetchone()
        return None if found is None or found[0] is None else int(found[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _named(self) -> Iterator[None]:
        """One transaction under the lock, with SQLite's errors as ours."""
        with self._lock:
            try:
                with self._connection:
                    yield
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                    raise DiskFull("There is no room to record an event; nothing goes on without a record.") from error
                raise StoreDamaged(f"{self._name} cannot be used: {error}") from error
            except sqlite3.DatabaseError as error:
                raise StoreDamaged(f"{self._name} is damaged: {error}") from error
