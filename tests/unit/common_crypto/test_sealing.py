"""Sealed messages: only the recipient opens them, only for their purpose, only whole."""

from __future__ import annotations

import pytest

from common.crypto.rng import SystemRandom
from common.crypto.sealing import SEAL_OVERHEAD, SealingKey, seal, sealed_size
from common.errors import BadSeal

DOMAIN = "imguard/test/v1"
LOW_ORDER = ["00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f"]


@pytest.mark.parametrize("message", [b"", b"x", bytes(100_000)])
def test_sealed_message_opens_for_its_recipient(message: bytes) -> None:
    key = SealingKey.generate(SystemRandom())
    sealed = seal(key.public, DOMAIN, message)
    assert len(sealed) == sealed_size(DOMAIN, len(message)) == len(message) + SEAL_OVERHEAD + 2 + len(DOMAIN)
    assert SealingKey.from_bytes(key.to_bytes()).open(DOMAIN, sealed) == message


def test_sealed_twice_differs() -> None:
    key = SealingKey.generate(SystemRandom())
    assert seal(key.public, DOMAIN, b"same") != seal(key.public, DOMAIN, b"same")


def test_sealed_message_does_not_open_for_another_key() -> None:
    key, other = SealingKey.generate(SystemRandom()), SealingKey.generate(SystemRandom())
    with pytest.raises(BadSeal):
        other.open(DOMAIN, seal(key.public, DOMAIN, b"message"))


@pytest.mark.parametrize("domain", ["imguard/other/v1", "imguard/test/v11", "imguard/test/v", ""])
def test_sealed_message_does_not_open_for_another_purpose(domain: str) -> None:
    key = SealingKey.generate(SystemRandom())
    with pytest.raises(BadSeal, match="purpose"):
        key.open(domain, seal(key.public, DOMAIN, b"message"))


def test_sealed_message_with_a_byte_flipped_does_not_open() -> None:
    key = SealingKey.generate(SystemRandom())
    sealed = seal(key.public, DOMAIN, b"message")
    for offset in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[offset] ^= 128 if offset == 31 else 1
        # X25519 ignores the top bit of the ephemeral point, but the box's nonce is derived from its bytes.
        with pytest.raises(BadSeal):
            key.open(DOMAIN, bytes(damaged))


@pytest.mark.parametrize("size", [0, 1, 47, 48])
def test_sealed_message_cut_short_does_not_open(size: int) -> None:
    key = SealingKey.generate(SystemRandom())
    with pytest.raises(BadSeal):
        key.open(DOMAIN, seal(key.public, DOMAIN, b"message")[:size])


@pytest.mark.parametrize("public_key", ["", "zz" * 32, "ab" * 31, "ab" * 33, *LOW_ORDER])
def test_malformed_recipient_is_refused(public_key: str) -> None:
    with pytest.raises(BadSeal, match="public key"):
        seal(public_key, DOMAIN, b"message")


def test_sealing_key_does_not_show_its_secret() -> None:
    key = SealingKey.from_bytes(bytes(range(32)))
    assert bytes(range(32)).hex() not in repr(key)
