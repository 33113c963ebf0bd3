"""The tables of accounts and logins: an SQLite file that is flushed with every change."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database

from common.errors import StoreDamaged

VERSION: Final = 1
_COLUMNS: Final[Mapping[str, tuple[dict[str, type], tuple[str, ...]]]] = {
    "users": (
        {
            "name": str,
            "organisation": str,
            "role": str,
            "state": str,
            "verify_key": str,
            "seal_key": str,
            "version": int,
            "created": int,
        },
        ("name",),
    ),
    "account_keys": ({"verify_key": str, "user": str}, ("verify_key",)),
    "account_documents": ({"user": str, "version": int, "document": str}, ("user", "version")),
    "registrations": ({"user": str, "document": str, "is_waiting": int, "created": int}, ("user",)),
    "invitations": (
        {
            "code_hash": str,
            "user": str,
            "organisation": str,
            "role": str,
            "state": str,
            "expires": int,
            "created": int,
            "document": str,
        },
        ("code_hash",),
    ),
    "devices": (
        {"user": str, "key": str, "name": str, "state": str, "created": int, "last_login": int},
        ("user", "key"),
    ),
    "challenges": ({"nonce": str, "user": str, "expires": int}, ("nonce",)),
    "logins": ({"hash": str, "user": str, "device": str, "expires": int}, ("hash",)),
}
_INDEXES: Final = (
    ("users", "verify_key", True),
    ("invitations", "user", False),
    ("challenges", "expires", False),
    ("logins", "user", False),
    ("logins", "expires", False),
)


def open_tables(path: Path) -> Database:
    """A connection to the file, which is made if it is not there.

    Raises:
        StoreDamaged: it is no such file, or made by another version of this program.
    """
    connection = sqlite3.connect(path, check_same_thread=False)
    try:
        path.chmod(0o600)
        database = Database(connection, execute_plugins=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "secure_delete=ON"):
            database.execute(f"pragma {pragma}").fetchall()
        _make(database)
    except (sqlite3.Error, StoreDamaged) as error:
        connection.close()
        raise StoreDamaged(f"{path.name} is damaged; restore it from a backup.") from error
    return database


def key_of(table: str) -> tuple[str, ...]:
    """The columns of a table's primary key."""
    return _COLUMNS[table][1]


def _make(database: Database) -> None:
    found = int(database.execute("pragma user_version").fetchone()[0])
    if found not in (0, VERSION):
        raise StoreDamaged("The file was made by another version of this program.")
    if found == VERSION:
        if database.execute("pragma quick_check(1)").fetchone()[0] != "ok":
            raise StoreDamaged("quick_check failed")
        return
    with database.atomic():
        for name, (columns, key) in _COLUMNS.items():
            optional = {"last_login"}
            pk: Any = key if len(key) > 1 else key[0]
            database.table(name).create(columns, pk=pk, not_null=set(columns) - optional)
        for name, column, is_unique in _INDEXES:
            database.table(name).create_index([column], unique=is_unique)
        database.execute(f"pragma user_version = {VERSION}")
