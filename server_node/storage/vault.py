"""Encryption at rest: AES-256-GCM under one key per data set, which is itself wrapped by the node's storage key.

Destroying the wrapped key makes every copy of the data set's blobs unreadable, backups of the blobs included.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from common.crypto import domains
from common.crypto.rng import RandomSource
from common.errors import StoreDamaged

KEY_BYTES = 32
_NONCE_BYTES = 12
_WRAP = "key"


class Vault:
    """Makes, wraps and uses data-set keys; plain keys never leave this class."""

    def __init__(self, storage_key: bytes, rng: RandomSource) -> None:
        self._master = AESGCM(storage_key)
        self._rng = rng

    def new_key(self, owner: str) -> bytes:
        """A fresh wrapped key that only works for ``owner``, the id of a data set."""
        return self._encrypt(self._master, self._rng.token(KEY_BYTES), _label(owner, _WRAP))

    def encrypt(self, wrapped_key: bytes, owner: str, part: str, plain: bytes) -> bytes:
        """Nonce, ciphertext and tag, bound to ``owner`` and ``part``.

        Raises:
            StoreDamaged: the wrapped key is not one of this node for this owner.
        """
        return self._encrypt(self._unwrap(wrapped_key, owner), plain, _label(owner, part))

    def decrypt(self, wrapped_key: bytes, owner: str, part: str, data: bytes) -> bytes:
        """Raises:
        StoreDamaged: wrong key, wrong place or damaged.
        """
        return _decrypt(self._unwrap(wrapped_key, owner), data, _label(owner, part))

    def _unwrap(self, wrapped_key: bytes, owner: str) -> AESGCM:
        return AESGCM(_decrypt(self._master, wrapped_key, _label(owner, _WRAP)))

    def _encrypt(self, key: AESGCM, plain: bytes, label: bytes) -> bytes:
        nonce = self._rng.token(_NONCE_BYTES)
        return nonce + key.encrypt(nonce, plain, label)


def _decrypt(key: AESGCM, data: bytes, label: bytes) -> bytes:
    try:
        return key.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], label)
    except (InvalidTag, ValueError) as error:
        raise StoreDamaged() from error


def _label(owner: str, part: str) -> bytes:
    return b"\x00".join(text.encode() for text in (domains.STORAGE_V1, owner, part))
