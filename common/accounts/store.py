"""What the rules ask of a node's storage. A block is one transaction: all of it is kept, or after any error nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from common.accounts.bootstrap import Bootstrap
from common.accounts.model import Account, Challenge, Device, Document, Invitation, Login, Registration
from common.crypto.rng import RandomSource, SystemRandom
from common.errors import Conflict, Forbidden
from common.merkle.entry import Action


class People(Protocol):
    """Accounts, their documents, keys and requests."""

    async def account(self, name: str) -> Account | None: ...

    async def accounts(self) -> list[Account]:
        """All, by name."""
        ...

    async def administrators(self) -> list[Account]:
        """Active accounts with the role administrator."""
        ...

    async def put_account(self, account: Account) -> None: ...

    async def holder(self, verify_key: str) -> str | None:
        """Which account has this key now, requested ones too."""
        ...

    async def past_holder(self, verify_key: str) -> str | None:
        """Which account has or had this key in force."""
        ...

    async def remember_key(self, verify_key: str, name: str) -> None: ...

    async def documents(self, name: str) -> list[Document]:
        """Every account and account-rotate document, by version."""
        ...

    async def add_document(self, name: str, version: int, document: Document) -> None: ...

    async def registration(self, name: str) -> Registration | None: ...

    async def registrations(self) -> dict[str, Registration]:
        """Those that wait for an administrator, by name."""
        ...

    async def put_registration(self, registration: Registration) -> None: ...


class Invited(Protocol):
    """Invitations."""

    async def invitation(self, code_hash: str) -> Invitation | None: ...

    async def invitations(self, user: str | None = None) -> list[Invitation]:
        """Of everybody or of one user, newest first."""
        ...

    async def put_invitation(self, invitation: Invitation) -> None: ...


class Access(Protocol):
    """Devices, challenges and logins."""

    async def device(self, user: str, key: str) -> Device | None: ...

    async def devices(self, user: str) -> list[Device]:
        """The oldest first."""
        ...

    async def last_logins(self) -> dict[str, int]:
        """Of everybody who has logged in, by name."""
        ...

    async def put_device(self, device: Device) -> None: ...

    async def put_challenge(self, challenge: Challenge) -> None: ...

    async def take_challenge(self, nonce: str) -> Challenge | None:
        """Found once and never again, whoever else asks at the same moment."""
        ...

    async def login(self, hashed: str) -> Login | None: ...

    async def put_login(self, login: Login) -> None: ...

    async def end_login(self, hashed: str) -> None: ...

    async def end_logins(self, user: str, device: str | None = None) -> int:
        """Of a user, or of one device; how many there were."""
        ...

    async def forget_ended(self, challenges_before: int, logins_before: int) -> None:
        """Remove what ended before these times."""
        ...


class Store(People, Invited, Access, Protocol):
    """One transaction on everything."""


class Storage(Protocol):
    """Opens transactions."""

    def reading(self) -> AbstractAsyncContextManager[Store]: ...

    def writing(self) -> AbstractAsyncContextManager[Store]:
        """One at a time."""
        ...


class Record(Protocol):
    """Keeps an event; what cannot be recorded does not happen."""

    async def __call__(self, action: Action, subject: dict[str, Any], author: str | None = None) -> None:
        """``author`` is the verify key of who did it."""
        ...


@dataclass(frozen=True)
class Desk:
    """What the rules work with at one node."""

    storage: Storage
    verify_key: str
    bootstrap: Bootstrap
    record: Record
    challenge_seconds: int = 60
    token_minutes: int = 60
    clock: Callable[[], float] = time.time
    rng: RandomSource = field(default_factory=SystemRandom)

    @property
    def now(self) -> int:
        """Seconds since 1970."""
        return int(self.clock())


async def require_administrator(store: Store, verify_key: str) -> Account:
    """The administrator whose key this is.

    Raises:
        Forbidden: it is no active administrator's at this node.
    """
    for account in await store.administrators():
        if account.verify_key == verify_key:
            return account
    raise Forbidden("This document was not signed by an administrator of this node.")


async def require_fresh_key(store: Store, verify_key: str, name: str) -> None:
    """Raises:
    Conflict: the key of this account was replaced before, or is or was somebody else's.
    """
    past, present = await store.past_holder(verify_key), await store.holder(verify_key)
    if past is not None or present not in (None, name):
        raise Conflict("This key is or was in use.", field="verify_key")
