"""What a node knows about people: accounts, requests, devices, invitations and logins. Times are seconds since 1970."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from common.crypto import domains
from common.documents import canonical, digest
from common.ids import UserName

MAX_DEVICES: Final = 32
"""Active ones of an account."""
MAX_DEVICE_KEYS: Final = 500
"""Of an account, revoked ones too."""
_GROUPS: Final = 6
_GROUP_DIGITS: Final = 5

Document = dict[str, Any]


class Role(StrEnum):
    """What an account may do in the whole deployment."""

    ADMINISTRATOR = "administrator"
    USER = "user"


class State(StrEnum):
    """Whether an account may do anything."""

    REQUESTED = "requested"
    ACTIVE = "active"
    DISABLED = "disabled"


class DeviceState(StrEnum):
    """A revoked key never returns."""

    ACTIVE = "active"
    REVOKED = "revoked"


class InvitationState(StrEnum):
    """What can still be done with a code; ``expired`` is never stored, it follows from the clock."""

    OPEN = "open"
    USED = "used"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Account:
    """A person in the deployment. ``version`` counts the documents that were applied to the account."""

    name: UserName
    organisation: str
    role: str
    state: str
    verify_key: str
    seal_key: str
    version: int
    created: int

    @property
    def is_active(self) -> bool:
        return self.state == State.ACTIVE

    @property
    def is_administrator(self) -> bool:
        """Whether the account is one that may sign for others now."""
        return self.is_active and self.role == Role.ADMINISTRATOR

    @property
    def keys(self) -> tuple[str, str]:
        return self.verify_key, self.seal_key

    @property
    def digest(self) -> str:
        """Stands for name and keys in the log."""
        return digest(_identity(self.name, self.verify_key, self.seal_key))


@dataclass(frozen=True)
class Registration:
    """The newest registration of a user; it is a request as long as it waits for an administrator."""

    user: str
    document: Document
    is_waiting: bool
    created: int

    @property
    def body(self) -> Document:
        body: Document = self.document["body"]
        return body

    @property
    def keys(self) -> tuple[str, str]:
        return self.body["verify_key"], self.body["seal_key"]


@dataclass(frozen=True)
class Device:
    """A login key of an account."""

    user: str
    key: str
    name: str
    state: str
    created: int
    last_login: int | None = None

    @property
    def is_active(self) -> bool:
        return self.state == DeviceState.ACTIVE


@dataclass(frozen=True)
class Invitation:
    """An administrator's word that the holder of a code may register under a name."""

    code_hash: str
    user: str
    organisation: str
    role: str
    state: str
    expires: int
    created: int
    document: Document

    def is_open(self, now: int) -> bool:
        return self.state == InvitationState.OPEN and now < self.expires

    def state_at(self, now: int) -> str:
        """The state as people see it."""
        is_over = self.state == InvitationState.OPEN and not self.is_open(now)
        return InvitationState.EXPIRED if is_over else self.state


@dataclass(frozen=True)
class Challenge:
    """A login question that was not answered yet; names nobody has are stored like any other."""

    nonce: str
    user: str
    expires: int


@dataclass(frozen=True)
class Login:
    """A token, known by its hash only."""

    hash: str
    user: str
    device: str
    expires: int


@dataclass(frozen=True)
class Granted:
    """Something that works until ``expires``; never printed."""

    value: str
    expires: int

    def __repr__(self) -> str:
        return f"Granted(***, {self.expires})"


def fingerprint(user: str, verify_key: str, seal_key: str) -> str:
    """What two people compare by voice: 6 groups of 5 digits, about 100 bits."""
    message = domains.FINGERPRINT_V1.encode() + b"\x00" + canonical(_identity(user, verify_key, seal_key))
    count = _GROUPS * _GROUP_DIGITS
    digits = str(int.from_bytes(hashlib.sha256(message).digest(), "big") % 10**count).zfill(count)
    return " ".join(digits[start : start + _GROUP_DIGITS] for start in range(0, count, _GROUP_DIGITS))


def _identity(user: str, verify_key: str, seal_key: str) -> dict[str, str]:
    return {"user": user, "verify_key": verify_key, "seal_key": seal_key}
