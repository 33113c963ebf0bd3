"""Bytes locked by a password: what key files consist of.

``magic (16) || ops u32 || memory u32 || salt (16) || secret box || SHA-256`` of everything before. The key of the box
is Argon2id(password, salt, ops, memory); the checksum tells a damaged file from a wrong password.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
import unicodedata
from dataclasses import dataclass
from typing import Final

from nacl import exceptions, pwhash, secret

from common.crypto.rng import RandomSource
from common.errors import BadInput, StoreDamaged, WrongPassword

MIN_PASSWORD: Final = 10
MAX_BYTES: Final = 256 * 1024
MAGIC_BYTES: Final = 16
_LIMITS: Final = struct.Struct("<II")
_SALT: Final = pwhash.argon2id.SALTBYTES
_HEAD: Final = MAGIC_BYTES + _LIMITS.size + _SALT
_CHECKSUM: Final = hashlib.sha256().digest_size
_BOX: Final = secret.SecretBox.NONCE_SIZE + secret.SecretBox.MACBYTES
_MAX_OPS: Final = 16
_MAX_MEMORY: Final = 1 << 30


@dataclass(frozen=True)
class Cost:
    """Work of one Argon2id run: passes and bytes of memory."""

    passes: int = pwhash.argon2id.OPSLIMIT_MODERATE
    memory: int = pwhash.argon2id.MEMLIMIT_MODERATE


def check_password(password: str) -> None:
    """Raises:
    BadInput: fewer than ten characters.
    """
    if len(password) < MIN_PASSWORD:
        raise BadInput(f"A password needs at least {MIN_PASSWORD} characters.")


def lock(magic: bytes, payload: bytes, password: str, rng: RandomSource, cost: Cost | None = None) -> bytes:
    """The payload under a password, as a file that begins with ``magic``.

    Raises:
        BadInput: a password of fewer than ten characters.
    """
    check_password(password)
    cost = cost or Cost()
    salt = rng.token(_SALT)
    box = secret.SecretBox(_derive(password, salt, cost))
    sealed = bytes(box.encrypt(payload, rng.token(secret.SecretBox.NONCE_SIZE)))
    raw = magic + _LIMITS.pack(cost.passes, cost.memory) + salt + sealed
    return raw + hashlib.sha256(raw).digest()


def check_whole(raw: bytes) -> bytes:
    """The magic of a locked file that is whole.

    Raises:
        StoreDamaged: it is not what was written.
    """
    intact = hmac.compare_digest(hashlib.sha256(raw[:-_CHECKSUM]).digest(), raw[-_CHECKSUM:])
    if not _HEAD + _BOX + _CHECKSUM <= len(raw) <= MAX_BYTES or not intact:
        raise StoreDamaged("The key file is damaged.")
    return raw[:MAGIC_BYTES]


def unlock(raw: bytes, password: str) -> bytes:
    """The payload of a locked file.

    Raises:
        StoreDamaged: the file is not what was written, or asks for an unreasonable amount of work.
        WrongPassword: the password does not open it.
    """
    check_whole(raw)
    passes, memory = _LIMITS.unpack_from(raw, MAGIC_BYTES)
    if not (0 < passes <= _MAX_OPS and 0 < memory <= _MAX_MEMORY):
        raise StoreDamaged("The key file asks for an unreasonable amount of work.")
    salt, sealed = raw[_HEAD - _SALT : _HEAD], raw[_HEAD:-_CHECKSUM]
    try:
        return bytes(secret.SecretBox(_derive(password, salt, Cost(passes, memory))).decrypt(sealed))
    except exceptions.CryptoError as error:
        raise WrongPassword() from error


def _derive(password: str, salt: bytes, cost: Cost) -> bytes:
    """32 bytes; the same password typed on different keyboards gives the same key (Unicode form NFKC)."""
    text = unicodedata.normalize("NFKC", password).encode()
    return pwhash.argon2id.kdf(secret.SecretBox.KEY_SIZE, text, salt, opslimit=cost.passes, memlimit=cost.memory)
