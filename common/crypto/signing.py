"""Ed25519 identity keys (RFC 8032, libsodium). Every signature is bound to a domain; ``verify`` raises or is silent."""

from __future__ import annotations

from nacl import exceptions, signing

from common.crypto.rng import RandomSource
from common.errors import BadSignature

SIGNATURE_BYTES = 64


class SigningKey:
    """A private signing key; never printed, never logged."""

    def __init__(self, seed: bytes) -> None:
        self._key = signing.SigningKey(seed)

    @classmethod
    def generate(cls, rng: RandomSource) -> SigningKey:
        return cls(rng.token(32))

    @classmethod
    def from_bytes(cls, seed: bytes) -> SigningKey:
        return cls(seed)

    def to_bytes(self) -> bytes:
        return bytes(self._key)

    @property
    def verify_key(self) -> str:
        """The public key, 64 hexadecimal characters."""
        return bytes(self._key.verify_key).hex()

    def sign(self, domain: str, message: bytes) -> bytes:
        """64-byte signature over the domain and the message."""
        return bytes(self._key.sign(_framed(domain, message)).signature)


def verify(verify_key: str, domain: str, message: bytes, signature: bytes) -> None:
    """Raises:
    BadSignature: unless the signature fits key, domain and message.
    """
    try:
        key = signing.VerifyKey(bytes.fromhex(verify_key))
        key.verify(_framed(domain, message), signature)
    except (exceptions.CryptoError, ValueError, TypeError) as error:
        raise BadSignature() from error


def _framed(domain: str, message: bytes) -> bytes:
    tag = domain.encode()
    return len(tag).to_bytes(2, "big") + tag + message
