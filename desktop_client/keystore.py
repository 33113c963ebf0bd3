"""A user's private keys on disk, locked by a password that never leaves this machine.

``keys.enc`` of a profile (``imguard-keys-v2``) holds the account keys, which all devices of the user share, the login
key of this device alone, keys that a rotation has prepared, and sealing keys that were given up: what was sealed to
them stays readable. A file for moving to another device (``imguard-move-v1``) holds account keys, older sealing keys
and the description of the deployment. Both are canonical JSON inside a locked file (``desktop_client.locked``).
Files of version 1 held the two account keys only; they open, and their signing key is the login key, as it was then.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from common.crypto.rng import RandomSource
from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.documents import canonical
from common.errors import BadInput, Conflict, NotRegistered, StoreDamaged, WrongVersion
from common.net.files import write_private
from desktop_client.locked import MAX_BYTES, MIN_PASSWORD, Cost, check_password, check_whole, lock, unlock

__all__ = ["MIN_PASSWORD", "Cost", "KeyPair", "Moved", "UserKeys", "create_keys", "export_keys", "open_keys"]
MAX_RETIRED: Final = 64
_KEYS_V1: Final = b"imguard-keys-v1\n"
_KEYS_V2: Final = b"imguard-keys-v2\n"
_MOVE_V1: Final = b"imguard-move-v1\n"
_FAMILIES: Final = (b"imguard-keys-v", b"imguard-move-v")
_V1_PAYLOAD: Final = 64


@dataclass(frozen=True, repr=False)
class KeyPair:
    """Account keys: one signs documents, the other opens what is sealed to the user."""

    signing: SigningKey
    sealing: SealingKey

    @classmethod
    def generate(cls, rng: RandomSource) -> KeyPair:
        return cls(SigningKey.generate(rng), SealingKey.generate(rng))


@dataclass(frozen=True, repr=False)
class UserKeys:
    """The opened keys of one user on one device; they print as nothing.

    ``prepared`` are account keys that a rotation has not brought to every node yet; ``retired`` sealing keys of before.
    """

    signing: SigningKey
    sealing: SealingKey
    login: SigningKey
    prepared: KeyPair | None = None
    retired: tuple[SealingKey, ...] = ()

    def opener(self, public: str) -> SealingKey:
        """The key that opens what was sealed to ``public``; the present one if none of them does."""
        return next((key for key in self.retired if key.public == public), self.sealing)

    def prepare(self, rng: RandomSource) -> UserKeys:
        """The same with fresh account keys ready to take over; those that are ready already stay."""
        return self if self.prepared else replace(self, prepared=KeyPair.generate(rng))

    def rotated(self) -> UserKeys:
        """The prepared keys have taken over; the old sealing key is kept for what was sealed to it."""
        if self.prepared is None:
            return self
        return self.with_account(self.prepared)

    def with_account(self, pair: KeyPair, retired: tuple[SealingKey, ...] = ()) -> UserKeys:
        """Other account keys on this device; the sealing keys of before are kept, the newest first."""
        kept = {key.public: key for key in (self.sealing, *self.retired, *retired) if key.public != pair.sealing.public}
        return UserKeys(pair.signing, pair.sealing, self.login, None, tuple(kept.values())[:MAX_RETIRED])


@dataclass(frozen=True, repr=False)
class Moved:
    """What a file for moving to another device holds: the user's name, the deployment's description, account keys."""

    user: str
    deployment: dict[str, Any]
    account: KeyPair
    retired: tuple[SealingKey, ...] = ()

    def on_new_device(self, rng: RandomSource) -> UserKeys:
        """The same account with a login key of its own."""
        return UserKeys(self.account.signing, self.account.sealing, SigningKey.generate(rng), None, self.retired)


def create_keys(path: Path, password: str, rng: RandomSource, cost: Cost | None = None) -> UserKeys:
    """Make fresh keys and write them locked, mode 0600.

    Raises:
        BadInput: a password of fewer than ten characters.
    """
    check_password(password)
    keys = UserKeys(SigningKey.generate(rng), SealingKey.generate(rng), SigningKey.generate(rng))
    save_keys(path, keys, password, rng, cost)
    return keys


def save_keys(path: Path, keys: UserKeys, password: str, rng: RandomSource, cost: Cost | None = None) -> None:
    """Replace the key file of a profile as a whole; errors as :func:`create_keys`."""
    prepared = keys.prepared
    body = {
        **_account_body(KeyPair(keys.signing, keys.sealing), keys.retired),
        "login": keys.login.to_bytes().hex(),
        "prepared": None if prepared is None else _pair_body(prepared),
    }
    write_private(path, lock(_KEYS_V2, canonical(body), password, rng, cost))


def open_keys(path: Path, password: str) -> UserKeys:
    """Raises:
    NotRegistered: there is no key file here.
    StoreDamaged: the file is not what was written.
    WrongVersion: a newer program wrote it.
    WrongPassword: the password does not open it.
    """
    raw = _read(path, NotRegistered(f"There are no keys in {path.parent}."))
    if _known(raw, _KEYS_V1, _KEYS_V2) == _KEYS_V1:
        return _from_v1(unlock(raw, password))
    body = _body(unlock(raw, password), {"signing", "sealing", "retired", "login", "prepared"})
    try:
        prepared = None if body["prepared"] is None else _pair(body["prepared"])
        account = _pair(body)
        return UserKeys(account.signing, account.sealing, _signing(body["login"]), prepared, _retired(body))
    except (KeyError, TypeError, ValueError) as error:
        raise StoreDamaged("The key file is damaged inside.") from error


def change_password(path: Path, password: str, new: str, rng: RandomSource, cost: Cost | None = None) -> None:
    """Lock the key file with another password; a file of version 1 becomes one of version 2.

    Raises:
        WrongPassword, StoreDamaged, NotRegistered: as :func:`open_keys`.
        BadInput: a new password of fewer than ten characters.
    """
    check_password(new)
    save_keys(path, open_keys(path, password), new, rng, cost)


def export_keys(path: Path, moved: Moved, password: str, rng: RandomSource, cost: Cost | None = None) -> None:
    """Write a file for another device; it never replaces one.

    Raises:
        Conflict: there is a file of this name.
        BadInput: a password of fewer than ten characters.
    """
    if path.exists():
        raise Conflict(f"{path} exists already; choose another name.")
    account = _account_body(moved.account, moved.retired)
    body = {**account, "user": moved.user, "deployment": moved.deployment}
    write_private(path, lock(_MOVE_V1, canonical(body), password, rng, cost))


def read_export(path: Path, password: str) -> Moved:
    """What :func:`export_keys` wrote.

    Raises:
        BadInput: no such file.
        StoreDamaged, WrongVersion, WrongPassword: as :func:`open_keys`.
    """
    raw = _read(path, BadInput(f"There is no file {path}."))
    _known(raw, _MOVE_V1)
    body = _body(unlock(raw, password), {"signing", "sealing", "retired", "user", "deployment"})
    try:
        if not isinstance(body["user"], str) or not isinstance(body["deployment"], dict):
            raise TypeError("user or deployment")
        return Moved(body["user"], body["deployment"], _pair(body), _retired(body))
    except (KeyError, TypeError, ValueError) as error:
        raise StoreDamaged("The key file is damaged inside.") from error


def _read(path: Path, missing: Exception) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise missing from error


def _known(raw: bytes, *magics: bytes) -> bytes:
    """Which of these kinds the file is."""
    magic = check_whole(raw)
    if magic in magics:
        return magic
    if magic in (_KEYS_V1, _KEYS_V2):
        raise BadInput("This is the key file of a profile; make one for another device with `imguard keys export`.")
    if magic == _MOVE_V1:
        raise BadInput("This file moves keys to another device; take it in with `imguard keys import`.")
    if magic.startswith(_FAMILIES):
        raise WrongVersion("A newer version of the program wrote this key file; install that version here.")
    raise StoreDamaged("This is not a key file.")


def _from_v1(payload: bytes) -> UserKeys:
    if len(payload) != _V1_PAYLOAD:
        raise StoreDamaged("The key file is damaged inside.")
    signing = SigningKey.from_bytes(payload[:32])
    return UserKeys(signing, SealingKey.from_bytes(payload[32:]), signing)


def _account_body(account: KeyPair, retired: tuple[SealingKey, ...]) -> dict[str, Any]:
    return {**_pair_body(account), "retired": [key.to_bytes().hex() for key in retired]}


def _pair_body(pair: KeyPair) -> dict[str, str]:
    return {"signing": pair.signing.to_bytes().hex(), "sealing": pair.sealing.to_bytes().hex()}


def _body(payload: bytes, fields: set[str]) -> dict[str, Any]:
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise StoreDamaged("The key file is damaged inside.") from error
    if not isinstance(body, dict) or set(body) != fields:
        raise StoreDamaged("The key file is damaged inside.")
    return body


def _pair(body: dict[str, Any]) -> KeyPair:
    return KeyPair(_signing(body["signing"]), SealingKey.from_bytes(_key(body["sealing"])))


def _retired(body: dict[str, Any]) -> tuple[SealingKey, ...]:
    return tuple(SealingKey.from_bytes(_key(one)) for one in list(body["retired"])[:MAX_RETIRED])


def _signing(text: str) -> SigningKey:
    return SigningKey.from_bytes(_key(text))


def _key(text: str) -> bytes:
    raw = bytes.fromhex(text)
    if len(raw) != 32:
        raise ValueError("a key has 32 bytes")
    return raw
