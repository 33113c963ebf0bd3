"""The database of the copy: ``log/book.db`` in a profile. It is filled by one process at a time and read by any.

Rows are pending until the root over all of them was compared with a signed checkpoint; nothing shows pending rows.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common.errors import DiskFull, NotFound, StoreDamaged
from common.merkle.entry import Action, Event
from common.merkle.tree import MerkleTree
from common.net.files import hold_folder
from desktop_client.upload.logbook.rows import LogEntry, LogRow, columns_of
from desktop_client.upload.logbook.search import LogFilter

_VERSION: Final = 1
_BUSY_SECONDS: Final = 20.0
_SCHEMA: Final = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY, time TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, kind TEXT NOT NULL,
    object TEXT NOT NULL, node TEXT NOT NULL, subject TEXT NOT NULL, entry BLOB NOT NULL, leaf BLOB NOT NULL
) STRICT;
CREATE INDEX entries_action ON entries (action);
CREATE INDEX entries_actor ON entries (actor);
CREATE INDEX entries_object ON entries (object);
CREATE TABLE names (actor TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""
_COLUMNS: Final = 10
_ROW: Final = "e.number, e.time, e.actor, coalesce(n.name, ''), e.action, e.kind, e.object, e.node"
_FROM: Final = "entries e LEFT JOIN names n ON n.actor = e.actor"


@dataclass(frozen=True)
class BookState:
    """How far the copy goes: verified rows, the checkpoint that covers them, and when it was fetched (UTC)."""

    size: int = 0
    checkpoint: str = ""
    fetched: str = ""


class LogBook:
    """The copy of a profile; every method opens the database anew, so any thread may call it.

    Raises:
        StoreDamaged: from every method, if the file is no such database; it is only a copy and can be made again.
    """

    def __init__(self, profile: Path) -> None:
        self.folder = profile / "log"
        self.path = self.folder / "book.db"

    @contextmanager
    def held(self) -> Iterator[None]:
        """For whoever fills it: makes the folder, and keeps every other process from filling it, too.

        Raises:
            Conflict: another process fills it.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = hold_folder(self.folder)
        try:
            yield
        finally:
            os.close(handle)

    def prepare(self) -> None:
        """Make the tables where they are missing; a file that cannot be used is thrown away. Only while held."""
        if self.path.exists():
            try:
                self.state()
            except StoreDamaged:
                for name in (self.path.name, f"{self.path.name}-wal", f"{self.path.name}-shm"):
                    (self.folder / name).unlink(missing_ok=True)
        if not self.path.exists():
            os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
            with self._open() as database:
                database.execute("PRAGMA journal_mode = WAL")
                database.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")

    def state(self) -> BookState:
        """How far the copy goes; nothing if there is none yet."""
        if not self.path.exists():
            return BookState()
        with self._open() as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version != _VERSION:
                raise StoreDamaged("The copy of the log is of another version; fetch it again.")
            found = dict(database.execute("SELECT name, value FROM state"))
        return BookState(int(found.get("verified", "0")), found.get("checkpoint", ""), found.get("fetched", ""))

    def count(self) -> int:
        """Rows that are there, pending ones included."""
        with self._open() as database:
            return int(database.execute("SELECT count(*) FROM entries").fetchone()[0])

    def add(self, first: int, events: Iterable[tuple[Event, str]]) -> None:
        """Append events with the letter of the server that wrote each; they are pending.

        Raises:
            DiskFull: no room; none of them was added.
        """
        rows = [columns_of(first + place, event, node) for place, (event, node) in enumerate(events)]
        with self._open() as database:
            database.executemany(f"INSERT INTO entries VALUES ({', '.join('?' * _COLUMNS)})", rows)

    def settle(self, size: int, checkpoint: str, fetched: str) -> None:
        """The first ``size`` rows are those of the checkpoint: they are verified."""
        values = {"verified": str(size), "checkpoint": checkpoint, "fetched": fetched}
        with self._open() as database:
            database.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", values.items())

    def drop(self, first: int) -> None:
        """Throw away rows from number ``first`` on."""
        with self._open() as database:
            database.execute("DELETE FROM entries WHERE number >= ?", (first,))

    def learn(self, names: Mapping[str, str]) -> None:
        """Who is behind a pseudonym, as far as this profile knows."""
        if not self.path.exists():
            return
        with self._open() as database:
            database.executemany("INSERT OR REPLACE INTO names VALUES (?, ?)", names.items())

    def tree(self, size: int | None = None) -> MerkleTree:
        """The Merkle tree over the first ``size`` rows, or over all."""
        tree = MerkleTree()
        with self._open() as database:
            for place, (number, leaf) in enumerate(
                database.execute("SELECT number, leaf FROM entries ORDER BY number")
            ):
                if number != place:
                    raise StoreDamaged("The copy of the log has a gap; fetch it again.")
                if size is not None and place >= size:
                    break
                tree.append(leaf)
        return tree

    def entries(self, start: int, end: int) -> list[bytes]:
        """Canonical bytes of the rows ``start`` to ``end - 1``, as far as they are there."""
        with self._open() as database:
            found = database.execute(
                "SELECT entry FROM entries WHERE number >= ? AND number < ? ORDER BY number", (start, end)
            )
            return [bytes(row[0]) for row in found]

    def page(self, wanted: LogFilter, offset: int, limit: int, newest_first: bool = True) -> tuple[list[LogRow], int]:
        """Some of the rows that a filter lets through, and how many there are in all."""
        if not self.path.exists():
            return [], 0
        condition, values = wanted.condition()
        order = "DESC" if newest_first else "ASC"
        with self._open() as database:
            values = [*values, self._verified(database)]
            where = f"FROM {_FROM} WHERE {condition} AND e.number < ?"
            (total,) = database.execute(f"SELECT count(*) {where}", values).fetchone()
            found = database.execute(
                f"SELECT {_ROW} {where} ORDER BY e.number {order} LIMIT ? OFFSET ?", [*values, limit, offset]
            )
            return [LogRow(*row) for row in found], int(total)

    def entry(self, number: int) -> LogEntry:
        """Everything about one row.

        Raises:
            NotFound: there is no such row.
        """
        with self._open() as database:
            found = database.execute(
                f"SELECT {_ROW}, e.entry, e.leaf FROM {_FROM} WHERE e.number = ? AND e.number < ?",
                (number, self._verified(database)),
            ).fetchone()
        if found is None:
            raise NotFound(f"The copy of the log has no row {number}.")
        text = bytes(found[-2]).decode()
        document = json.loads(text)
        body = document["body"]
        leaf = bytes(found[-1]).hex()
        return LogEntry(LogRow(*found[:-2]), body["subject"], document["signer"], body.get("evidence"), leaf, text)

    def tally(self, column: str) -> dict[str, int]:
        """How often each value of ``action``, ``actor``, ``kind`` or ``node`` is there, the most frequent first."""
        if column not in ("action", "actor", "kind", "node"):
            raise NotFound("The log has no such column.")
        if not self.path.exists():
            return {}
        with self._open() as database:
            found = database.execute(
                f"SELECT {column}, count(*) FROM entries WHERE number < ? GROUP BY {column} ORDER BY 2 DESC, 1",
                (self._verified(database),),
            )
            return {str(value): int(number) for value, number in found}

    def names(self) -> dict[str, str]:
        """Who is behind each pseudonym that is known."""
        if not self.path.exists():
            return {}
        with self._open() as database:
            return {str(actor): str(name) for actor, name in database.execute("SELECT actor, name FROM names")}

    def sealed(self, role: str, job: str, digest: str) -> int | None:
        """The row where a server says that it sealed a model share with this hash; None if there is none."""
        if not self.path.exists():
            return None
        with self._open() as database:
            found = database.execute(
                "SELECT number, subject FROM entries WHERE object = ? AND action = ? AND node = ? AND number < ?",
                (job, Action.MODEL_SEAL, role, self._verified(database)),
            )
            rows = [int(number) for number, subject in found if json.loads(subject).get("sealed_hash") == digest]
        return rows[0] if rows else None

    @staticmethod
    def _verified(database: sqlite3.Connection) -> int:
        found = database.execute("SELECT value FROM state WHERE name = 'verified'").fetchone()
        return int(found[0]) if found else 0

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            database = sqlite3.connect(self.path, timeout=_BUSY_SECONDS)
        except sqlite3.Error as error:
            raise _named(error) from error
        try:
            with database:
                yield database
        except sqlite3.Error as error:
            raise _named(error) from error
        finally:
            database.close()


def _named(error: sqlite3.Error) -> DiskFull | StoreDamaged:
    if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL":
        return DiskFull()
    return StoreDamaged("The copy of the log cannot be read; it is made again when the log is fetched.")
