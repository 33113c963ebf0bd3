"""Bytes under a password: they open with it, say what is wrong otherwise, and show nothing."""

from __future__ import annotations

import hashlib
import struct

import pytest
from nacl import pwhash

from common.crypto.rng import SystemRandom
from common.errors import BadInput, StoreDamaged, WrongPassword
from desktop_client.locked import MAGIC_BYTES, MAX_BYTES, Cost, check_whole, lock, unlock
from tests.helpers.seeded import SeededRandom

CHEAP = Cost(pwhash.argon2id.OPSLIMIT_MIN, pwhash.argon2id.MEMLIMIT_MIN)
MAGIC = b"imguard-test-v1\n"
PASSWORD = "correct horse battery"


def locked(payload: bytes = b"payload") -> bytes:
    return lock(MAGIC, payload, PASSWORD, SystemRandom(), CHEAP)


def test_locked_opens_with_its_password_only() -> None:
    assert unlock(locked(), PASSWORD) == b"payload"
    assert unlock(locked(b""), PASSWORD) == b""
    with pytest.raises(WrongPassword):
        unlock(locked(), PASSWORD + "!")


def test_locked_hides_payload_and_password_and_differs_each_time() -> None:
    first, second = locked(b"a very secret payload"), locked(b"a very secret payload")
    assert b"secret" not in first and PASSWORD.encode() not in first
    assert first != second and check_whole(first) == MAGIC


def test_locked_same_password_in_another_unicode_form_opens() -> None:
    raw = lock(MAGIC, b"x", "m\u00fcller-stra\u00dfe", SystemRandom(), CHEAP)
    assert unlock(raw, "mu\u0308ller-stra\u00dfe") == b"x"


def test_locked_short_password_is_refused() -> None:
    with pytest.raises(BadInput, match="10 characters"):
        lock(MAGIC, b"", "123456789", SystemRandom(), CHEAP)


def test_locked_every_damaged_byte_is_noticed() -> None:
    raw = lock(MAGIC, b"payload", PASSWORD, SeededRandom("damage"), CHEAP)
    for position in range(len(raw)):
        with pytest.raises(StoreDamaged):
            unlock(raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :], PASSWORD)


@pytest.mark.parametrize("cut", [0, 1, 31, 40, 90, -1])
def test_locked_cut_file_is_noticed(cut: int) -> None:
    with pytest.raises(StoreDamaged):
        unlock(locked()[:cut], PASSWORD)


def test_locked_longer_file_is_noticed() -> None:
    for more in (b"x", bytes(MAX_BYTES)):
        with pytest.raises(StoreDamaged):
            unlock(locked() + more, PASSWORD)


@pytest.mark.parametrize(("passes", "memory"), [(0, 8192), (17, 8192), (1, 0), (1, (1 << 30) + 1)])
def test_locked_unreasonable_work_is_refused_before_it_is_done(passes: int, memory: int) -> None:
    raw = locked()[:-32]
    raw = raw[:MAGIC_BYTES] + struct.pack("<II", passes, memory) + raw[MAGIC_BYTES + 8 :]
    with pytest.raises(StoreDamaged, match="unreasonable"):
        unlock(raw + hashlib.sha256(raw).digest(), PASSWORD)
