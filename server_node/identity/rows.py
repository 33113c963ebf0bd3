"""Accounts and logins as rows of the node's database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

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
from common.errors import Conflict
from common.ids import UserName
from server_node.storage import rows
from server_node.storage.database import IDENTITY, Database


class SqlStore:
    """One transaction, as the rules of accounts see it."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def account(self, name: str) -> Account | None:
        row = await self._session.get(rows.User, name)
        return account_of(row) if row else None

    async def accounts(self) -> list[Account]:
        found = await self._session.scalars(select(rows.User).order_by(rows.User.name))
        return [account_of(row) for row in found]

    async def administrators(self) -> list[Account]:
        query = select(rows.User).where(rows.User.state == State.ACTIVE, rows.User.role == Role.ADMINISTRATOR)
        return [account_of(row) for row in await self._session.scalars(query)]

    async def put_account(self, account: Account) -> None:
        await self._session.merge(rows.User(**vars(account)))
        await self._session.flush()

    async def holder(self, verify_key: str) -> str | None:
        return await self._session.scalar(select(rows.User.name).where(rows.User.verify_key == verify_key))

    async def past_holder(self, verify_key: str) -> str | None:
        row = await self._session.get(rows.AccountKey, verify_key)
        return row.user if row else None

    async def remember_key(self, verify_key: str, name: str) -> None:
        await self._session.merge(rows.AccountKey(verify_key=verify_key, user=name))

    async def documents(self, name: str) -> list[Document]:
        mine = select(rows.AccountDocument).where(rows.AccountDocument.user == name)
        found = await self._session.scalars(mine.order_by(rows.AccountDocument.version))
        return [json.loads(row.document) for row in found]

    async def add_document(self, name: str, version: int, document: Document) -> None:
        self._session.add(rows.AccountDocument(user=name, version=version, document=_text(document)))
        await self._session.flush()

    async def registration(self, name: str) -> Registration | None:
        row = await self._session.get(rows.Registered, name)
        return _registration(row) if row else None

    async def registrations(self) -> dict[str, Registration]:
        found = await self._session.scalars(select(rows.Registered).where(rows.Registered.is_waiting))
        return {row.user: _registration(row) for row in found}

    async def put_registration(self, registration: Registration) -> None:
        values = {**vars(registration), "document": _text(registration.document)}
        await self._session.merge(rows.Registered(**values))

    async def invitation(self, code_hash: str) -> Invitation | None:
        row = await self._session.get(rows.Invited, code_hash)
        return _invitation(row) if row else None

    async def invitations(self, user: str | None = None) -> list[Invitation]:
        query = select(rows.Invited).order_by(rows.Invited.created.desc(), rows.Invited.code_hash)
        found = await self._session.scalars(query if user is None else query.where(rows.Invited.user == user))
        return [_invitation(row) for row in found]

    async def put_invitation(self, invitation: Invitation) -> None:
        await self._session.merge(rows.Invited(**{**vars(invitation), "document": _text(invitation.document)}))

    async def device(self, user: str, key: str) -> Device | None:
        row = await self._session.get(rows.UserDevice, (user, key))
        return _device(row) if row else None

    async def devices(self, user: str) -> list[Device]:
        mine = select(rows.UserDevice).where(rows.UserDevice.user == user)
        found = await self._session.scalars(mine.order_by(rows.UserDevice.created, rows.UserDevice.key))
        return [_device(row) for row in found]

    async def last_logins(self) -> dict[str, int]:
        latest = func.max(rows.UserDevice.last_login)
        query = select(rows.UserDevice.user, latest).group_by(rows.UserDevice.user)
        return {user: at for user, at in await self._session.execute(query) if at is not None}

    async def put_device(self, device: Device) -> None:
        await self._session.merge(rows.UserDevice(**vars(device)))

    async def put_challenge(self, challenge: Challenge) -> None:
        self._session.add(rows.Challenge(**vars(challenge)))

    async def take_challenge(self, nonce: str) -> Challenge | None:
        row = await self._session.get(rows.Challenge, nonce)
        # Whoever deletes the row has it: two answers at the same moment do not both find it.
        taken = await self._delete(delete(rows.Challenge).where(rows.Challenge.nonce == nonce))
        if row is None or not taken:
            return None
        self._session.expunge(row)
        return Challenge(row.nonce, row.user, row.expires)

    async def login(self, hashed: str) -> Login | None:
        row = await self._session.get(rows.Token, hashed)
        return Login(row.hash, row.user, row.device, row.expires) if row else None

    async def put_login(self, login: Login) -> None:
        self._session.add(rows.Token(**vars(login)))
        await self._session.flush()

    async def end_login(self, hashed: str) -> None:
        await self._delete(delete(rows.Token).where(rows.Token.hash == hashed))

    async def end_logins(self, user: str, device: str | None = None) -> int:
        query = delete(rows.Token).where(rows.Token.user == user)
        return await self._delete(query if device is None else query.where(rows.Token.device == device))

    async def forget_ended(self, challenges_before: int, logins_before: int) -> None:
        await self._delete(delete(rows.Challenge).where(rows.Challenge.expires < challenges_before))
        await self._delete(delete(rows.Token).where(rows.Token.expires < logins_before))

    async def _delete(self, query: Any) -> int:
        found = await self._session.execute(query.execution_options(synchronize_session=False))
        assert isinstance(found, CursorResult)
        return int(found.rowcount)


class SqlStorage:
    """Opens transactions on the node's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def reading(self) -> AbstractAsyncContextManager[Store]:
        return self._open(self._database.reading())

    def writing(self) -> AbstractAsyncContextManager[Store]:
        """Raises:
        Conflict: somebody else took the same name or key at the same moment.
        """
        return self._open(self._database.writing(of=IDENTITY))

    @asynccontextmanager
    async def _open(self, transaction: AbstractAsyncContextManager[AsyncSession]) -> AsyncIterator[Store]:
        try:
            async with transaction as session:
                yield SqlStore(session)
        except IntegrityError as error:
            raise Conflict("This name or key belongs to another account.") from error


def account_of(row: rows.User) -> Account:
    """A row of the table of users."""
    return Account(
        name=UserName(row.name),
        organisation=row.organisation,
        role=row.role,
        state=row.state,
        verify_key=row.verify_key,
        seal_key=row.seal_key,
        version=row.version,
        created=row.created,
    )


def _registration(row: rows.Registered) -> Registration:
    return Registration(row.user, json.loads(row.document), row.is_waiting, row.created)


def _invitation(row: rows.Invited) -> Invitation:
    return Invitation(
        code_hash=row.code_hash,
        user=row.user,
        organisation=row.organisation,
        role=row.role,
        state=row.state,
        expires=row.expires,
        created=row.created,
        document=json.loads(row.document),
    )


def _device(row: rows.UserDevice) -> Device:
    return Device(row.user, row.key, row.name, row.state, row.created, row.last_login)


def _text(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False)
