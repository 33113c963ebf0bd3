"""Both ways of making AES against the package ``cryptography``."""

from __future__ import annotations

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from server_node.kernels.vector import aes, detect
from server_node.kernels.vector.aes import Path, Words
from server_node.kernels.vector.schedules import expand_key
from tests.helpers.seeded import SeededRandom

PATHS = [
    pytest.param(
        aes.COMPILED,
        id="compiled",
        marks=pytest.mark.skipif(not detect.has_aes(), reason="the processor has no AES instructions"),
    ),
    pytest.param(aes.PORTABLE, id="portable"),
]
COUNTS = [0, 1, 31, 32, 33, 100]


def blocks(count: int) -> Words:
    return np.frombuffer(SeededRandom(f"blocks {count}").token(16 * count), np.uint64).reshape(count, 2).copy()


def reference(key: bytes, source: Words) -> Words:
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return np.frombuffer(encryptor.update(source.tobytes()), np.uint64).reshape(source.shape)


def test_round_keys_are_those_of_the_standard() -> None:
    schedule = expand_key(bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"))
    assert schedule.shape == (11, 2)
    assert schedule[0].tobytes().hex() == "2b7e151628aed2a6abf7158809cf4f3c"
    assert schedule[1].tobytes().hex() == "a0fafe1788542cb123a339392a6c7605"
    assert schedule[10].tobytes().hex() == "d014f9a8c9ee2589e13f0cc8b6630ca6"


@pytest.mark.parametrize("path", PATHS)
def test_the_block_of_the_standard(path: Path) -> None:
    schedule = expand_key(bytes.fromhex("000102030405060708090a0b0c0d0e0f"))
    source = np.frombuffer(bytes.fromhex("00112233445566778899aabbccddeeff"), np.uint64).reshape(1, 2)
    target = np.empty_like(source)
    path(schedule, source, target)
    assert target.tobytes().hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("count", COUNTS)
def test_every_block_is_encrypted_also_in_place(path: Path, count: int) -> None:
    key, source = SeededRandom("key").token(16), blocks(count)
    target = np.empty_like(source)
    path(expand_key(key), source, target)
    assert np.array_equal(target, reference(key, source))
    path(expand_key(key), source, source)
    assert np.array_equal(target, source)


def test_permute_takes_the_way_of_this_processor() -> None:
    key, source = SeededRandom("key").token(16), blocks(3)
    schedule, target = expand_key(key), np.empty_like(source)
    aes.permute(schedule, source, target)
    assert np.array_equal(target, reference(key, source))


@pytest.mark.parametrize("told", ["+aes,+sse2", "-aes,+vaes,+avx512f"])
def test_what_numba_is_told_to_leave_out_is_not_used(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numba.config.CPU_FEATURES", told)
    assert detect.has_aes() == told.startswith("+aes")
    assert not detect.has_vector_aes()


def test_a_key_has_sixteen_bytes() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        expand_key(bytes(15))
