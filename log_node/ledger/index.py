"""Which leaf hash stands where: an SQLite file beside the segments, made from them and never trusted over them."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from common.errors import StoreDamaged

_TABLE: Final = "leaves"


class LeafIndex:
    """Rows of (position, leaf hash). May lag behind the segments after a crash; never runs ahead of them."""

    def __init__(self, path: Path) -> None:
        """Raises:
        StoreDamaged: the file is no SQLite database; it can be removed, it is made again from the segments.
        """
        self._lock = threading.Lock()
        self._waiting: dict[bytes, int] = {}
        connection = sqlite3.connect(path, check_same_thread=False)
        try:
            self._database = Database(connection, execute_plugins=False)
            self._database.enable_wal()
            self._database.table(_TABLE).create(
                {"position": int, "leaf": bytes}, pk="position", not_null={"leaf"}, if_not_exists=True
            )
            self._database.table(_TABLE).create_index(["leaf"], unique=True, if_not_exists=True)
            if self._database.execute("pragma quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("quick_check failed")
        except sqlite3.DatabaseError as error:
            connection.close()
            raise StoreDamaged(f"{path.name} is damaged; remove it, it is made again from the segments.") from error

    def rows(self) -> Iterator[tuple[int, bytes]]:
        """Every row in order of position; only while nobody else uses the index."""
        for position, leaf in self._database.execute(f"select position, leaf from {_TABLE} order by position"):
            yield int(position), leaf if isinstance(leaf, bytes) else b""

    def find(self, leaf: bytes) -> int | None:
        """Where this leaf hash stands, if it does.

        Raises:
            StoreDamaged: the file cannot be read.
        """
        with self._lock:
            if leaf in self._waiting:
                return self._waiting[leaf]
            try:
                found = self._database.execute(f"select position from {_TABLE} where leaf = ?", [leaf]).fetchone()
            except sqlite3.Error as error:
                raise StoreDamaged("The index of the log cannot be read; start the log node again.") from error
        return int(found[0]) if found else None

    def add(self, rows: Sequence[tuple[int, bytes]]) -> bool:
        """Add rows; False if the file cannot be written now.

        They are found all the same, and written with the next ones: the segments hold them already.
        """
        with self._lock:
            self._waiting.update((leaf, position) for position, leaf in rows)
            records = [{"position": position, "leaf": leaf} for leaf, position in self._waiting.items()]
            try:
                with self._database.atomic():
                    self._database.table(_TABLE).insert_all(records, batch_size=400)
            except sqlite3.Error:
                return False
            self._waiting.clear()
            return True

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()
