"""A node's storage of accounts in memory.

It counts what it is asked, a failed transaction leaves no trace, and what belongs to an account comes after it.
"""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from common.accounts.bootstrap import Bootstrap
from common.accounts.model import Account, Challenge, Device, Document, Invitation, Login, Registration
from common.accounts.store import Desk, Store
from common.crypto.signing import SigningKey
from common.merkle.entry import Action
from tests.helpers.accounts.people import RNG, Person, registration

NODE = SigningKey.from_bytes(b"\x0a" * 32).verify_key


@dataclass
class Tables:
    """Everything that is stored."""

    accounts: dict[str, Account] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    documents: dict[str, dict[int, Document]] = field(default_factory=dict)
    registrations: dict[str, Registration] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    devices: dict[tuple[str, str], Device] = field(default_factory=dict)
    challenges: dict[str, Challenge] = field(default_factory=dict)
    logins: dict[str, Login] = field(default_factory=dict)


class MemoryStore:
    """One transaction; ``asked`` lists the names of the questions in order."""

    def __init__(self, tables: Tables, asked: list[str]) -> None:
        self.tables, self.asked = tables, asked

    def __getattribute__(self, name: str) -> Any:
        if name not in ("tables", "asked"):
            object.__getattribute__(self, "asked").append(name)
        return object.__getattribute__(self, name)

    async def account(self, name: str) -> Account | None:
        return self.tables.accounts.get(name)

    async def accounts(self) -> list[Account]:
        return [account for _, account in sorted(self.tables.accounts.items())]

    async def administrators(self) -> list[Account]:
        return [account for account in self.tables.accounts.values() if account.is_administrator]

    async def put_account(self, account: Account) -> None:
        self.tables.accounts[account.name] = account

    async def holder(self, verify_key: str) -> str | None:
        return next((a.name for a in self.tables.accounts.values() if a.verify_key == verify_key), None)

    async def past_holder(self, verify_key: str) -> str | None:
        return self.tables.keys.get(verify_key)

    async def remember_key(self, verify_key: str, name: str) -> None:
        assert name in self.tables.accounts
        self.tables.keys[verify_key] = name

    async def documents(self, name: str) -> list[Document]:
        return [document for _, document in sorted(self.tables.documents.get(name, {}).items())]

    async def add_document(self, name: str, version: int, document: Document) -> None:
        assert name in self.tables.accounts
        self.tables.documents.setdefault(name, {})[version] = document

    async def registration(self, name: str) -> Registration | None:
        return self.tables.registrations.get(name)

    async def registrations(self) -> dict[str, Registration]:
        return {name: found for name, found in self.tables.registrations.items() if found.is_waiting}

    async def put_registration(self, registration: Registration) -> None:
        assert registration.user in self.tables.accounts
        self.tables.registrations[registration.user] = registration

    async def invitation(self, code_hash: str) -> Invitation | None:
        return self.tables.invitations.get(code_hash)

    async def invitations(self, user: str | None = None) -> list[Invitation]:
        return [found for found in reversed(self.tables.invitations.values()) if user in (None, found.user)]

    async def put_invitation(self, invitation: Invitation) -> None:
        self.tables.invitations[invitation.code_hash] = invitation

    async def device(self, user: str, key: str) -> Device | None:
        return self.tables.devices.get((user, key))

    async def devices(self, user: str) -> list[Device]:
        return [device for device in self.tables.devices.values() if device.user == user]

    async def last_logins(self) -> dict[str, int]:
        return {device.user: device.last_login for device in self.tables.devices.values() if device.last_login}

    async def put_device(self, device: Device) -> None:
        assert device.user in self.tables.accounts
        self.tables.devices[device.user, device.key] = device

    async def put_challenge(self, challenge: Challenge) -> None:
        self.tables.challenges[challenge.nonce] = challenge

    async def take_challenge(self, nonce: str) -> Challenge | None:
        return self.tables.challenges.pop(nonce, None)

    async def login(self, hashed: str) -> Login | None:
        return self.tables.logins.get(hashed)

    async def put_login(self, login: Login) -> None:
        self.tables.logins[login.hash] = login

    async def end_login(self, hashed: str) -> None:
        self.tables.logins.pop(hashed, None)

    async def end_logins(self, user: str, device: str | None = None) -> int:
        ended = [x.hash for x in self.tables.logins.values() if x.user == user and device in (None, x.device)]
        for token_hash in ended:
            del self.tables.logins[token_hash]
        return len(ended)

    async def forget_ended(self, challenges_before: int, logins_before: int) -> None:
        for nonce in [c.nonce for c in self.tables.challenges.values() if c.expires < challenges_before]:
            del self.tables.challenges[nonce]
        for token_hash in [x.hash for x in self.tables.logins.values() if x.expires < logins_before]:
            del self.tables.logins[token_hash]


@dataclass
class MemoryStorage:
    """Opens transactions."""

    tables: Tables = field(default_factory=Tables)
    asked: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Store]:
        self.asked.append("reading")
        yield MemoryStore(copy.deepcopy(self.tables), self.asked)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Store]:
        self.asked.append("writing")
        tables = copy.deepcopy(self.tables)
        yield MemoryStore(tables, self.asked)
        self.tables = tables


@dataclass
class Node:
    """A desk on memory with a clock that a test can turn, and what it recorded."""

    storage: MemoryStorage
    desk: Desk
    events: list[tuple[str, dict[str, Any], str | None]]

    @property
    def tables(self) -> Tables:
        return self.storage.tables

    def later(self, seconds: float) -> Node:
        """The same node at a later time."""
        clock = self.desk.clock
        return replace(self, desk=replace(self.desk, clock=lambda: clock() + seconds))


def make_node(folder: Path) -> Node:
    """A node that nobody uses yet."""
    events: list[tuple[str, dict[str, Any], str | None]] = []

    async def record(action: Action, subject: dict[str, Any], author: str | None = None) -> None:
        events.append((str(action), subject, author))

    storage = MemoryStorage()
    return Node(storage, Desk(storage, NODE, Bootstrap(folder), record), events)


def first_administrator(node: Node, who: Person) -> Document:
    """The registration with which this person becomes the first administrator."""
    return registration(who, node.desk.bootstrap.renew(RNG))
