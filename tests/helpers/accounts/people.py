"""People with keys, and the documents of identity-v1 that they sign."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from common.accounts.forms import rotation_proof
from common.accounts.logins import login_statement
from common.crypto import domains
from common.crypto.rng import SystemRandom
from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.documents import sign_document

RNG = SystemRandom()
CLINIC = "General Hospital"
Document = dict[str, Any]


class Holder(Protocol):
    """Whoever has the keys of an account and of a device."""

    name: str
    organisation: str
    signing: SigningKey
    sealing: SealingKey
    device: SigningKey


@dataclass
class Person:
    """Somebody with fresh keys."""

    name: str
    organisation: str = CLINIC
    signing: SigningKey = field(default_factory=lambda: SigningKey.generate(RNG))
    sealing: SealingKey = field(default_factory=lambda: SealingKey.generate(RNG))
    device: SigningKey = field(default_factory=lambda: SigningKey.generate(RNG))

    @property
    def keys(self) -> tuple[str, str]:
        return self.signing.verify_key, self.sealing.public


def new_code() -> str:
    return RNG.token(16).hex()


def now_text(seconds: float = 0) -> str:
    """A time from now in the form documents use."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def invitation(by: SigningKey, user: str, code: str, **changes: Any) -> Document:
    body = {
        "user": user,
        "organisation": CLINIC,
        "role": "user",
        "code_hash": hashlib.sha256(code.encode()).hexdigest(),
        "expires": now_text(24 * 3600),
    }
    return sign_document("invitation", {**body, **changes}, by)


def registration(who: Holder, code: str, **changes: Any) -> Document:
    body = {
        "user": who.name,
        "organisation": who.organisation,
        "verify_key": who.signing.verify_key,
        "seal_key": who.sealing.public,
        "device": {"name": "desk", "key": who.device.verify_key},
        "code": code,
    }
    return sign_document("registration", {**body, **changes}, who.signing)


def decision(by: SigningKey, who: Holder, version: int = 1, **changes: Any) -> Document:
    """An ``account`` document, which approves if nothing is changed."""
    body = {
        "user": who.name,
        "organisation": who.organisation,
        "role": "user",
        "state": "active",
        "verify_key": who.signing.verify_key,
        "seal_key": who.sealing.public,
        "version": version,
        "time": now_text(),
        "reason": "",
    }
    return sign_document("account", {**body, **changes}, by)


def rotation(old: SigningKey, who: Holder, version: int, **changes: Any) -> Document:
    """To the keys that ``who`` has now."""
    body = {
        "user": who.name,
        "verify_key": who.signing.verify_key,
        "seal_key": who.sealing.public,
        "version": version,
        "time": now_text(),
        **changes,
    }
    return sign_document("account-rotate", {"proof": rotation_proof(body, who.signing), **body}, old)


def device(who: Holder, key: str, state: str = "active", **changes: Any) -> Document:
    body = {"user": who.name, "name": "laptop", "key": key, "state": state, "time": now_text()}
    return sign_document("device", {**body, **changes}, who.signing)


def login_signature(who: Holder, node: str, nonce: str) -> bytes:
    """What the device answers a challenge with; ``node`` is the node's verify key."""
    statement = login_statement(node, who.name, who.device.verify_key, nonce)
    return who.device.sign(domains.LOGIN_V2, statement)
