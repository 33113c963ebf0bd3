"""Signatures: bound to key, domain and message; what does not fit raises."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from common.crypto.rng import SystemRandom
from common.crypto.signing import SIGNATURE_BYTES, SigningKey, verify
from common.errors import BadSignature

SEED = bytes(range(32))
DOMAIN = "imguard/test/v1"
MESSAGE = b"a message"


def test_signature_is_ed25519_over_domain_and_message() -> None:
    """A second implementation makes the same key and the same signature."""
    other = Ed25519PrivateKey.from_private_bytes(SEED)
    key = SigningKey.from_bytes(SEED)
    assert key.verify_key == other.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    framed = len(DOMAIN).to_bytes(2, "big") + DOMAIN.encode() + MESSAGE
    assert key.sign(DOMAIN, MESSAGE) == other.sign(framed)


def test_signature_of_a_fresh_key_verifies() -> None:
    key = SigningKey.generate(SystemRandom())
    signature = key.sign(DOMAIN, MESSAGE)
    assert len(signature) == SIGNATURE_BYTES
    verify(key.verify_key, DOMAIN, MESSAGE, signature)
    verify(SigningKey.from_bytes(key.to_bytes()).verify_key, DOMAIN, MESSAGE, signature)


@pytest.mark.parametrize(
    ("domain", "message"),
    [("imguard/test/v2", MESSAGE), (DOMAIN, b"another"), (DOMAIN, b""), (DOMAIN + "a", MESSAGE[1:])],
)
def test_signature_for_another_domain_or_message_is_refused(domain: str, message: bytes) -> None:
    key = SigningKey.from_bytes(SEED)
    with pytest.raises(BadSignature):
        verify(key.verify_key, domain, message, key.sign(DOMAIN, MESSAGE))


def test_signature_moves_no_byte_from_domain_to_message() -> None:
    key = SigningKey.from_bytes(SEED)
    with pytest.raises(BadSignature):
        verify(key.verify_key, "ab", b"c", key.sign("a", b"bc"))


def test_signature_of_another_key_is_refused() -> None:
    signature = SigningKey.from_bytes(SEED).sign(DOMAIN, MESSAGE)
    with pytest.raises(BadSignature):
        verify(SigningKey.from_bytes(bytes(32)).verify_key, DOMAIN, MESSAGE, signature)


@pytest.mark.parametrize("offset", range(SIGNATURE_BYTES))
def test_signature_with_a_byte_flipped_is_refused(offset: int) -> None:
    key = SigningKey.from_bytes(SEED)
    signature = bytearray(key.sign(DOMAIN, MESSAGE))
    signature[offset] ^= 1
    with pytest.raises(BadSignature):
        verify(key.verify_key, DOMAIN, MESSAGE, bytes(signature))


@pytest.mark.parametrize("verify_key", ["", "zz" * 32, "ab" * 31, "ab" * 33, "00" * 32, "é" * 64])
def test_malformed_verify_key_is_refused(verify_key: str) -> None:
    with pytest.raises(BadSignature):
        verify(verify_key, DOMAIN, MESSAGE, SigningKey.from_bytes(SEED).sign(DOMAIN, MESSAGE))


@pytest.mark.parametrize("signature", [b"", b"short", bytes(63), bytes(64), bytes(65)])
def test_malformed_signature_is_refused(signature: bytes) -> None:
    with pytest.raises(BadSignature):
        verify(SigningKey.from_bytes(SEED).verify_key, DOMAIN, MESSAGE, signature)


def test_signing_key_does_not_show_its_secret() -> None:
    key = SigningKey.from_bytes(SEED)
    assert SEED.hex() not in repr(key)
    assert SEED.hex() not in str(vars(key))
