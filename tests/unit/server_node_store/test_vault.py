"""Encryption at rest: each key works for one owner, each ciphertext in one place."""

from __future__ import annotations

import pytest

from common.crypto.rng import SystemRandom
from common.errors import StoreDamaged
from server_node.storage.vault import Vault

VAULT = Vault(bytes(range(32)), SystemRandom())


def test_what_was_encrypted_comes_back_and_looks_like_noise() -> None:
    key = VAULT.new_key("films")
    first, second = (VAULT.encrypt(key, "films", "0", b"share" * 20) for _ in range(2))
    assert VAULT.decrypt(key, "films", "0", first) == b"share" * 20
    assert first != second and b"share" not in first


@pytest.mark.parametrize(("owner", "part"), [("other", "0"), ("films", "1"), ("films\x00", "0")])
def test_moved_ciphertext_is_noticed(owner: str, part: str) -> None:
    key = VAULT.new_key("films")
    data = VAULT.encrypt(key, "films", "0", b"share")
    with pytest.raises(StoreDamaged):
        VAULT.decrypt(key, owner, part, data)


def test_other_keys_do_not_open() -> None:
    key = VAULT.new_key("films")
    data = VAULT.encrypt(key, "films", "0", b"share")
    for wrong in (VAULT.new_key("films"), VAULT.new_key("other"), b"", key[:-1]):
        with pytest.raises(StoreDamaged):
            VAULT.decrypt(wrong, "films", "0", data)
    with pytest.raises(StoreDamaged):
        Vault(bytes(32), SystemRandom()).decrypt(key, "films", "0", data)


def test_every_flipped_byte_is_noticed() -> None:
    key = VAULT.new_key("films")
    data = VAULT.encrypt(key, "films", "0", b"share")
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 1
        with pytest.raises(StoreDamaged):
            VAULT.decrypt(key, "films", "0", bytes(damaged))
