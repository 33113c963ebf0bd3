"""A user's private keys on disk, locked by a password that never leaves this machine.

File ``keys.enc``: ``"imguard-keys-v1\\n" || ops u32 || memory u32 || salt (16) || secret box || SHA-256``.
The box key is Argon2id(password, salt, ops, memory); the box holds the Ed25519 seed and the X25519 key, 32 bytes each.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nacl import exceptions, pwhash, secret

from common.crypto.rng import RandomSource
from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.errors import BadInput, NotRegistered, StoreDamaged, WrongPassword
from common.net.files import write_private

MIN_PASSWORD: Final = 10
_MAGIC: Final = b"imguard-keys-v1\n"
_LIMITS: Final = struct.Struct("<II")
_SALT: Final = pwhash.argon2id.SALTBYTES
_PAYLOAD: Final = 64
_BOX: Final = _PAYLOAD + secret.SecretBox.NONCE_SIZE + secret.SecretBox.MACBYTES
_SIZE: Final = len(_MAGIC) + _LIMITS.size + _SALT + _BOX + hashlib.sha256().digest_size
_MAX_OPS: Final = 16
_MAX_MEMORY: Final = 1 << 30


@dataclass(frozen=True)
class Cost:
    """Work of one Argon2id run: passes and bytes of memory."""

    passes: int = pwhash.argon2id.OPSLIMIT_MODERATE
    memory: int = pwhash.argon2id.MEMLIMIT_MODERATE


@dataclass(frozen=True, repr=False)
class UserKeys:
    """The opened keys of one user; they print as nothing."""

    signing: SigningKey
    sealing: SealingKey


def create_keys(path: Path, password: str, rng: RandomSource, cost: Cost | None = None) -> UserKeys:
    """Make fresh keys and write them locked, mode 0600.

    Raises:
        BadInput: a password of fewer than ten characters.
    """
    if len(password) < MIN_PASSWORD:
        raise BadInput(f"A password needs at least {MIN_PASSWORD} characters.")
    cost = cost or Cost()
    keys = UserKeys(SigningKey.generate(rng), SealingKey.generate(rng))
    salt = rng.token(_SALT)
    box = secret.SecretBox(_derive(password, salt, cost))
    sealed = box.encrypt(keys.signing.to_bytes() + keys.sealing.to_bytes(), rng.token(secret.SecretBox.NONCE_SIZE))
    raw = _MAGIC + _LIMITS.pack(cost.passes, cost.memory) + salt + bytes(sealed)
    write_private(path, raw + hashlib.sha256(raw).digest())
    return keys


def open_keys(path: Path, password: str) -> UserKeys:
    """Raises:
    NotRegistered: there is no key file here.
    StoreDamaged: the file is not what was written.
    WrongPassword: the password does not open it.
    """
    cost, salt, box = _parse(_read(path))
    try:
        payload = secret.SecretBox(_derive(password, salt, cost)).decrypt(box)
    except exceptions.CryptoError as error:
        raise WrongPassword() from error
    return UserKeys(SigningKey.from_bytes(payload[:32]), SealingKey.from_bytes(payload[32:]))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_SIZE + 1)
    except FileNotFoundError as error:
        raise NotRegistered(f"There are no keys in {path.parent}.") from error


def _parse(raw: bytes) -> tuple[Cost, bytes, bytes]:
    body, checksum = raw[:-32], raw[-32:]
    intact = len(raw) == _SIZE and hmac.compare_digest(hashlib.sha256(body).digest(), checksum)
    if not intact or not raw.startswith(_MAGIC):
        raise StoreDamaged("The key file is damaged.")
    start = len(_MAGIC)
    passes, memory = _LIMITS.unpack_from(raw, start)
    if not (0 < passes <= _MAX_OPS and 0 < memory <= _MAX_MEMORY):
        raise StoreDamaged("The key file asks for an unreasonable amount of work.")
    salt_end = start + _LIMITS.size + _SALT
    return Cost(passes, memory), body[start + _LIMITS.size : salt_end], body[salt_end:]


def _derive(password: str, salt: bytes, cost: Cost) -> bytes:
    """32 bytes; the same password typed on different keyboards gives the same key (Unicode form NFKC)."""
    text = unicodedata.normalize("NFKC", password).encode()
    return pwhash.argon2id.kdf(secret.SecretBox.KEY_SIZE, text, salt, opslimit=cost.passes, memlimit=cost.memory)
