"""Transactions on the tables of accounts.

A block is run without giving way to anything else until its end, so a reader never sees half of it; the flush to the
disk waits in a thread.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from common.accounts.model import (
    Account,
    Challenge,
    Device,
    Document,
    Invitation,
    Login,
    Registration,
    Role,
    State,
)
from common.accounts.store import Store
from common.errors import AppError, Conflict, DiskFull, StoreDamaged
from log_node.accounts.tables import key_of, open_tables

Row = dict[str, Any]


class TableStore:
    """One transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def account(self, name: str) -> Account | None:
        row = self._row("users", name)
        return Account(**row) if row else None

    async def accounts(self) -> list[Account]:
        return [Account(**row) for row in self._rows("users", order_by="name")]

    async def administrators(self) -> list[Account]:
        wanted = "state = :state and role = :role"
        found = self._rows("users", wanted, {"state": str(State.ACTIVE), "role": str(Role.ADMINISTRATOR)})
        return [Account(**row) for row in found]

    async def put_account(self, account: Account) -> None:
        self._put("users", vars(account))

    async def holder(self, verify_key: str) -> str | None:
        found = self._rows("users", "verify_key = :key", {"key": verify_key})
        return found[0]["name"] if found else None

    async def past_holder(self, verify_key: str) -> str | None:
        row = self._row("account_keys", verify_key)
        return row["user"] if row else None

    async def remember_key(self, verify_key: str, name: str) -> None:
        self._put("account_keys", {"verify_key": verify_key, "user": name})

    async def documents(self, name: str) -> list[Document]:
        found = self._rows("account_documents", "user = :user", {"user": name}, "version")
        return [json.loads(row["document"]) for row in found]

    async def add_document(self, name: str, version: int, document: Document) -> None:
        values = {"user": name, "version": version, "document": _text(document)}
        self._database.table("account_documents").insert(values)

    async def registration(self, name: str) -> Registration | None:
        row = self._row("registrations", name)
        return _registration(row) if row else None

    async def registrations(self) -> dict[str, Registration]:
        return {row["user"]: _registration(row) for row in self._rows("registrations", "is_waiting", {})}

    async def put_registration(self, registration: Registration) -> None:
        document, is_waiting = _text(registration.document), int(registration.is_waiting)
        self._put("registrations", {**vars(registration), "document": document, "is_waiting": is_waiting})

    async def invitation(self, code_hash: str) -> Invitation | None:
        row = self._row("invitations", code_hash)
        return _invitation(row) if row else None

    async def invitations(self, user: str | None = None) -> list[Invitation]:
        wanted = None if user is None else "user = :user"
        found = self._rows("invitations", wanted, {"user": user}, "created desc, code_hash")
        return [_invitation(row) for row in found]

    async def put_invitation(self, invitation: Invitation) -> None:
        self._put("invitations", {**vars(invitation), "document": _text(invitation.document)})

    async def device(self, user: str, key: str) -> Device | None:
        row = self._row("devices", user, key)
        return Device(**row) if row else None

    async def devices(self, user: str) -> list[Device]:
        return [Device(**row) for row in self._rows("devices", "user = :user", {"user": user}, "created, key")]

    async def last_logins(self) -> dict[str, int]:
        query = "select user, max(last_login) from devices group by user having max(last_login) is not null"
        return {str(user): int(at) for user, at in self._database.execute(query)}

    async def put_device(self, device: Device) -> None:
        self._put("devices", vars(device))

    async def put_challenge(self, challenge: Challenge) -> None:
        self._put("challenges", vars(challenge))

    async def take_challenge(self, nonce: str) -> Challenge | None:
        row = self._row("challenges", nonce)
        self._delete("challenges", "nonce = ?", nonce)
        return Challenge(**row) if row else None

    async def login(self, hashed: str) -> Login | None:
        row = self._row("logins", hashed)
        return Login(**row) if row else None

    async def put_login(self, login: Login) -> None:
        self._put("logins", vars(login))

    async def end_login(self, hashed: str) -> None:
        self._delete("logins", "hash = ?", hashed)

    async def end_logins(self, user: str, device: str | None = None) -> int:
        if device is None:
            return self._delete("logins", "user = ?", user)
        return self._delete("logins", "user = ? and device = ?", user, device)

    async def forget_ended(self, challenges_before: int, logins_before: int) -> None:
        self._delete("challenges", "expires < ?", challenges_before)
        self._delete("logins", "expires < ?", logins_before)

    def _row(self, table: str, *key: str) -> Row | None:
        wanted = " and ".join(f"{column} = ?" for column in key_of(table))
        return next(iter(self._database.table(table).rows_where(wanted, list(key))), None)

    def _rows(
        self, table: str, wanted: str | None = None, values: Mapping[str, Any] | None = None, order_by: str = ""
    ) -> list[Row]:
        return list(self._database.table(table).rows_where(wanted, dict(values or {}), order_by=order_by or None))

    def _put(self, table: str, values: Mapping[str, Any]) -> None:
        key = key_of(table)
        plain = {name: str(value) if isinstance(value, str) else value for name, value in values.items()}
        self._database.table(table).upsert(plain, pk=key if len(key) > 1 else key[0])

    def _delete(self, table: str, wanted: str, *values: str | int) -> int:
        return int(self._database.execute(f"delete from {table} where {wanted}", list(values)).rowcount)


class TableStorage:
    """The file of accounts, open; :meth:`close` it."""

    def __init__(self, path: Path) -> None:
        """Raises:
        StoreDamaged: the file cannot be used.
        """
        self._writer = open_tables(path)
        self._reader = open_tables(path)
        self._lock = asyncio.Lock()

    def has_administrator(self) -> bool:
        """Whether anybody can approve others."""
        wanted = [str(State.ACTIVE), str(Role.ADMINISTRATOR)]
        return bool(self._reader.table("users").count_where("state = ? and role = ?", wanted))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Store]:
        """Raises:
        StoreDamaged: the file cannot be read.
        """
        try:
            yield TableStore(self._reader)
        except sqlite3.Error as error:
            raise _named(error) from error

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Store]:
        """Raises:
        Conflict: somebody else has this name or key.
        DiskFull: nothing was changed.
        StoreDamaged: the file cannot be used.
        """
        async with self._lock:
            try:
                self._writer.execute("begin immediate")
                try:
                    yield TableStore(self._writer)
                except BaseException:
                    self._writer.rollback()
                    raise
                await self._commit()
            except sqlite3.Error as error:
                raise _named(error) from error

    async def _commit(self) -> None:
        """To its end, even if nobody waits for it any more."""
        work = asyncio.ensure_future(asyncio.to_thread(self._flush))
        try:
            await asyncio.shield(work)
        finally:
            if not work.done():
                await asyncio.wait([work])

    def _flush(self) -> None:
        try:
            self._writer.execute("commit")
        except BaseException:
            self._writer.rollback()
            raise

    def close(self) -> None:
        """Close the file."""
        self._reader.close()
        self._writer.close()


def _named(error: sqlite3.Error) -> AppError:
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict("This name or key belongs to another account.")
    if "disk is full" in str(error):
        return DiskFull("The log node has no room left; nothing was changed.")
    return StoreDamaged("The accounts of the log node cannot be used; look at its disk and start it again.")


def _registration(row: Row) -> Registration:
    return Registration(**{**row, "document": json.loads(row["document"]), "is_waiting": bool(row["is_waiting"])})


def _invitation(row: Row) -> Invitation:
    return Invitation(**{**row, "document": json.loads(row["document"])})


def _text(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False)
