"""Accounts of a server node: the rules of identity-v1 on the node's database, recorded for the log and announced."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from common.accounts import devices, history, invitations, logins, registration, shown
from common.accounts.bootstrap import Bootstrap
from common.accounts.model import Account as Account
from common.accounts.model import Document, Granted, State
from common.accounts.store import Desk
from common.errors import NotFound
from server_node.identity.rows import SqlStorage, account_of
from server_node.storage.context import NodeContext
from server_node.storage.database import Database
from server_node.storage.rows import User

ACTIVE = State.ACTIVE
Answer = dict[str, Any]


class Accounts:
    """Who may speak to this node. Everything raises what the rules in :mod:`common.accounts` say."""

    def __init__(self, database: Database, context: NodeContext) -> None:
        self._context = context
        self._desk = Desk(
            storage=SqlStorage(database),
            verify_key=context.identity.signing.verify_key,
            bootstrap=Bootstrap(context.identity.cert_path.parent),
            record=context.record,
            challenge_seconds=int(context.settings["challenge_seconds"]),
            token_minutes=int(context.settings["token_minutes"]),
            clock=context.clock,
            rng=context.rng,
        )

    async def get(self, name: str) -> Account:
        """Raises:
        NotFound: nobody has this name, or somebody who was not approved yet.
        """
        async with self._desk.storage.reading() as store:
            account = await store.account(name)
        if account is None or account.state == State.REQUESTED:
            raise NotFound("There is no such user.")
        return account

    async def register(self, document: Document) -> Answer:
        """Take a registration; it becomes a request, or the first administrator."""
        found = await registration.register(self._desk, document)
        if found.is_new:
            await self._announce(found.user, found.state)
        return shown.registered(found)

    async def apply(self, document: Document) -> Answer:
        """Take an administrator's document about an account; its row."""
        return await self._changed(await history.apply_account(self._desk, document))

    async def rotate(self, document: Document) -> Answer:
        """Take new account keys for which the old ones signed; the row of the account."""
        return await self._changed(await history.rotate(self._desk, document))

    async def change_device(self, document: Document) -> Answer:
        """Add or revoke a device."""
        found = await devices.change_device(self._desk, document)
        return shown.devices(document["body"]["user"], found)

    async def invite(self, document: Document) -> Answer:
        """Take an invitation; its row."""
        return shown.invitation_row(await invitations.invite(self._desk, document), self._desk.now)

    async def withdraw(self, code_hash: str, by: Account) -> Answer:
        """Make an invitation's code worthless; its row."""
        return shown.invitation_row(await invitations.withdraw(self._desk, code_hash, by), self._desk.now)

    async def invitations(self) -> list[Answer]:
        """All, newest first."""
        return await shown.list_invitations(self._desk)

    async def listed(self, asker: Account) -> list[Answer]:
        """Every account that ``asker`` may know of."""
        return await shown.list_users(self._desk, asker)

    async def show(self, name: str, asker: Account) -> Answer:
        """One account with its history."""
        return await shown.show_user(self._desk, name, asker)

    async def challenge(self, name: str) -> Granted:
        """A question for ``name``, whether or not somebody has that name."""
        return await logins.challenge(self._desk, name)

    async def log_in(self, name: str, device: str, nonce: str, signature: bytes) -> Granted:
        """A token for an answered challenge."""
        return await logins.log_in(self._desk, name, device, nonce, signature)

    async def user_of(self, token: str) -> Account:
        """Whose token this is."""
        return await logins.account_of(self._desk, token)

    async def log_out(self, token: str) -> None:
        """End this login."""
        await logins.log_out(self._desk, token)

    async def log_out_everywhere(self, account: Account) -> int:
        """End all logins of the user here; how many there were."""
        return await logins.log_out_everywhere(self._desk, account)

    async def awaits_administrator(self) -> bool:
        """Whether the bootstrap token of this node can be used."""
        return self._desk.bootstrap.exists and not await self._administrators()

    async def _administrators(self) -> list[str]:
        async with self._desk.storage.reading() as store:
            return [account.name for account in await store.administrators()]

    async def _changed(self, account: Account) -> Answer:
        await self._announce(account.name, account.state)
        return await shown.row_of(self._desk, account)

    async def _announce(self, name: str, state: str) -> None:
        """Requests are for administrators; what an account is, everybody may know."""
        audience = await self._administrators() if state == State.REQUESTED else None
        await self._context.announce("account", {"user": name, "state": state}, audience)


async def find_accounts(database: Database, names: Iterable[str]) -> dict[str, Account]:
    """The accounts with these names; names nobody has, and those who wait to be approved, are left out."""
    async with database.reading() as session:
        query = select(User).where(User.name.in_(list(names)), User.state != State.REQUESTED)
        return {row.name: account_of(row) for row in await session.scalars(query)}
