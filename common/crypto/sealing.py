"""Messages only one recipient can open: libsodium sealed boxes (X25519, XSalsa20-Poly1305) bound to a domain."""

from __future__ import annotations

import hmac

from nacl import exceptions, public

from common.crypto.rng import RandomSource
from common.errors import BadSeal

_TAG_BYTES = 2
SEAL_OVERHEAD = 48
"""Bytes a sealed box adds, without the domain tag."""


class SealingKey:
    """A private X25519 key; never printed, never logged."""

    def __init__(self, secret: bytes) -> None:
        self._key = public.PrivateKey(secret)

    @classmethod
    def generate(cls, rng: RandomSource) -> SealingKey:
        return cls(rng.token(32))

    @classmethod
    def from_bytes(cls, secret: bytes) -> SealingKey:
        return cls(secret)

    def to_bytes(self) -> bytes:
        return bytes(self._key)

    @property
    def public(self) -> str:
        """The public key, 64 hexadecimal characters."""
        return bytes(self._key.public_key).hex()

    def open(self, domain: str, sealed: bytes) -> bytes:
        """Raises:
        BadSeal: wrong recipient, wrong domain or damaged.
        """
        try:
            framed = public.SealedBox(self._key).decrypt(sealed)
        except (exceptions.CryptoError, ValueError, TypeError) as error:
            raise BadSeal() from error
        prefix = _prefix(domain)
        if not hmac.compare_digest(framed[: len(prefix)], prefix):
            raise BadSeal("The sealed message was made for another purpose.")
        return framed[len(prefix) :]


def seal(public_key: str, domain: str, message: bytes) -> bytes:
    """Seal ``message`` to a public key; adds ``SEAL_OVERHEAD`` bytes plus two and the length of the domain.

    Raises:
        BadSeal: not a public key, or one of low order, with which everybody could open the message.
    """
    try:
        box = public.SealedBox(public.PublicKey(bytes.fromhex(public_key)))
        return bytes(box.encrypt(_prefix(domain) + message))
    except (ValueError, TypeError, exceptions.CryptoError) as error:
        raise BadSeal("The recipient's public key is not valid.") from error


def sealed_size(domain: str, size: int) -> int:
    """Length of a sealed message of ``size`` bytes."""
    return size + SEAL_OVERHEAD + _TAG_BYTES + len(domain.encode())


def _prefix(domain: str) -> bytes:
    tag = domain.encode()
    return len(tag).to_bytes(_TAG_BYTES, "big") + tag
