"""Connections to either kind of database, and its troubles under our own names.

SQLite: write-ahead log, full synchronisation, foreign keys, overwritten values erased; transactions begin when asked.
MySQL: strict mode, UTC, bytes compared as bytes, REPEATABLE READ; a connection that went away is replaced.
"""

from __future__ import annotations

import re
import ssl
from typing import Any, Final

from sqlalchemy import Connection, NullPool, event
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from common.errors import AppError, BadInput, ConfigError, DatabaseGone, DiskFull, StoreDamaged
from server_node.storage.location import SQLITE, Location

BEGIN: Final = "imguard_begin"
"""Execution option: how a transaction on SQLite begins; empty: it does not."""
WRITES: Final = {BEGIN: "IMMEDIATE"}
NO_TRANSACTION: Final = {BEGIN: ""}
_PRAGMAS: Final = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "secure_delete=ON")
_CONNECT_SECONDS: Final = 10
_READ_SECONDS: Final = 60
_POOL_SECONDS: Final = 20
_SESSION: Final = (
    "SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE', time_zone='+00:00', "
    "innodb_lock_wait_timeout=10"
)
_SAID_BY_SQLITE: Final[tuple[tuple[str, type[AppError], str], ...]] = (
    ("disk is full", DiskFull, ""),
    ("not a database", StoreDamaged, "The node's database file is damaged."),
    ("malformed", StoreDamaged, "The node's database file is damaged."),
    ("is locked", DatabaseGone, "The node's database file is in use by another program."),
    ("unable to open", DatabaseGone, "The node's database file cannot be opened."),
    ("disk I/O error", DatabaseGone, "The disk of the node's database does not answer."),
    ("readonly database", DatabaseGone, "The node's database file cannot be written to."),
)
_GONE: Final = frozenset(
    (1040, 1053, 1077, 1079, 1080, 1129, 1158, 1159, 1160, 1161, 1205, 1213, 1226, 1290, 1836, 1927)
    + (2002, 2003, 2005, 2006, 2012, 2013, 2014, 2055, 4031)
)
_FULL: Final = frozenset((1021, 1030, 1041, 1114, 3675))
_DAMAGED: Final = frozenset((126, 127, 1033, 1034, 1035, 1194, 1195, 1712))
_REFUSED: Final = frozenset((1044, 1045, 1049, 1142, 1143, 1698, 4151))


def open_engine(location: Location, *, is_migration: bool = False) -> AsyncEngine:
    """An engine for a location; nothing is connected yet.

    ``is_migration``: one connection that does not enforce foreign keys, for tables are made anew under their names.
    """
    if location.kind == SQLITE:
        return _sqlite(location, is_migration)
    return _mysql(location, is_migration)


def named(error: BaseException) -> BaseException:
    """Trouble with the database as a named error; a violated constraint and what is none of ours as it is."""
    if isinstance(error, PoolTimeout):
        return DatabaseGone("All connections to the node's database are busy.")
    if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError):
        return error
    number = _number(error)
    if number is None:
        return _from_sqlite(error)
    if isinstance(error, DataError):
        return BadInput("A value is longer than the database of this node can hold.")
    return _from_server(error, number)


def is_gone(error: BaseException) -> bool:
    """Whether the database did not answer, so that it is unknown what became of the last statement."""
    return isinstance(named(error), DatabaseGone)


def _from_sqlite(error: DBAPIError) -> BaseException:
    said = str(error.orig)
    for words, kind, message in _SAID_BY_SQLITE:
        if words in said:
            return kind(message)
    return DatabaseGone() if error.connection_invalidated else error


def _from_server(error: DBAPIError, number: int) -> BaseException:
    if "[SSL" in str(error.orig):
        return ConfigError(f"No TLS with the database server: {_in_brackets(error)}.", setting="database_ca_file")
    if error.connection_invalidated or number in _GONE:
        return DatabaseGone(number=number)
    if number in _FULL:
        return DiskFull("There is no room left on the disk of the node's database.")
    if number in _DAMAGED:
        return StoreDamaged("A table of the node's database is damaged.")
    if number in _REFUSED:
        return ConfigError(f"The database server refuses this node (error {number}).", setting="database_url")
    return error


def _in_brackets(error: DBAPIError) -> str:
    """What TLS said, without host and user."""
    found = re.search(r"\[SSL: ([A-Z0-9_]+)\]", str(error.orig))
    return found[1].lower().replace("_", " ") if found else "it failed"


def _number(error: DBAPIError) -> int | None:
    """The error number of a MySQL server or its driver."""
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def _sqlite(location: Location, is_migration: bool) -> AsyncEngine:
    more: dict[str, Any] = {"poolclass": NullPool} if is_migration else {}
    engine = create_async_engine(location.url, **more)

    def prepare(connection: Any, record: object) -> None:
        # Transactions begin by statement, not by guess: tables are changed inside them, too.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (*_PRAGMAS, f"foreign_keys={'OFF' if is_migration else 'ON'}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", prepare)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get(BEGIN, "DEFERRED")
    if mode:
        connection.exec_driver_sql(f"BEGIN {mode}")


def _mysql(location: Location, is_migration: bool) -> AsyncEngine:
    pool: dict[str, Any] = {"poolclass": NullPool} if is_migration else {"pool_timeout": _POOL_SECONDS}
    arguments: dict[str, Any] = {
        "async_creator_fn": _driver(),
        "charset": "utf8mb4",
        "connect_timeout": _CONNECT_SECONDS,
        "init_command": _SESSION,
    }
    if not is_migration:
        # Changing a large table takes its time; everything else that takes so long comes from a lost connection.
        arguments["read_timeout"] = _READ_SECONDS
    if location.needs_tls:
        arguments["ssl"] = _tls(location)
    engine = create_async_engine(
        location.url, isolation_level="REPEATABLE READ", pool_pre_ping=True, connect_args=arguments, **pool
    )

    def prepare(connection: Any, record: object) -> None:
        if location.needs_tls:
            _require_tls(connection.driver_connection)
        cursor = connection.cursor()
        cursor.execute("SET NAMES utf8mb4 COLLATE utf8mb4_bin")
        cursor.close()

    event.listen(engine.sync_engine, "connect", prepare)
    return engine


def _driver() -> Any:
    try:
        from server_node.storage.driver import connect
    except ImportError as error:
        message = "The driver of MySQL is not installed; install imageguard[server,mysql]."
        raise ConfigError(message, setting="database_url") from error
    return connect


def _tls(location: Location) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=location.ca_file)
    except (OSError, ssl.SSLError) as error:
        message = "The certificates in 'database_ca_file' cannot be read."
        raise ConfigError(message, setting="database_ca_file") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _require_tls(connection: Any) -> None:
    """The driver goes on in the clear if the server says that it has no TLS, and so might somebody in between."""
    transport = getattr(connection, "_transport", None)
    if transport is None or transport.get_extra_info("ssl_object") is None:
        raise ConfigError("The database server offers no TLS; this node sends it nothing.", setting="database_url")
