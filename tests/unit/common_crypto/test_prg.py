"""Streams against the published AES vectors, and read in any pieces."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.crypto.prg import Stream, derive_key, expand

# NIST SP 800-38A, F.5.1: CTR-AES128.
KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
COUNTER = int("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", 16)
PLAIN = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)
CIPHER = bytes.fromhex(
    "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
    "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee"
)


def test_stream_is_the_published_keystream() -> None:
    stream = Stream(KEY, COUNTER).raw(64)
    assert (stream ^ np.frombuffer(PLAIN, np.uint8)).tobytes() == CIPHER


@given(cuts=st.lists(st.integers(0, 70), max_size=6))
def test_stream_does_not_depend_on_how_it_is_read(cuts: list[int]) -> None:
    whole, pieces = Stream(KEY), Stream(KEY)
    parts = [pieces.raw(size).tobytes() for size in cuts]
    assert b"".join(parts) == whole.raw(sum(cuts)).tobytes()


def test_stream_longer_than_one_piece_goes_on() -> None:
    block = 40_000  # well inside the third piece of 256 KiB
    assert Stream(KEY).raw(16 * block + 17)[-17:].tobytes() == Stream(KEY, block).raw(17).tobytes()


@pytest.mark.parametrize("block", [1, 2, 1000, 2**64])
def test_stream_starts_at_any_block(block: int) -> None:
    if block <= 1000:
        assert Stream(KEY, block).raw(16).tobytes() == Stream(KEY).raw(16 * block + 16)[-16:].tobytes()
    assert Stream(KEY, block).raw(32)[16:].tobytes() == Stream(KEY, block + 1).raw(16).tobytes()


def test_stream_fills_any_shape_and_type_with_the_same_bytes() -> None:
    words = Stream(KEY).words(3, 5)
    assert words.shape == (3, 5)
    table = np.empty((5, 3), np.int64)
    Stream(KEY).fill(table)
    assert table.tobytes() == words.tobytes() == Stream(KEY).raw(120).tobytes()


def test_stream_fills_nothing_into_nothing() -> None:
    stream = Stream(KEY)
    stream.fill(np.empty((0, 4), np.uint64))
    assert stream.raw(8).tobytes() == Stream(KEY).raw(8).tobytes()


def test_stream_refuses_arrays_that_are_not_contiguous() -> None:
    with pytest.raises(ValueError, match="contiguous"):
        Stream(KEY).fill(np.empty((4, 6), np.uint64).T)


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_stream_refuses_keys_of_another_length(size: int) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Stream(bytes(size))


def test_derived_key_is_keyed_blake2b() -> None:
    seed = bytes(range(32))
    expected = hashlib.blake2b(b"domain\x00context", key=seed, digest_size=16).digest()
    assert derive_key(seed, "domain", b"context") == expected


def test_derived_keys_differ_by_seed_domain_and_context() -> None:
    seed = bytes(32)
    keys = {derive_key(seed, "a"), derive_key(seed, "b"), derive_key(seed, "a", b"1"), derive_key(b"\x01" * 32, "a")}
    assert len(keys) == 4


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.uint64])
def test_expand_gives_little_endian_elements_of_the_stream(dtype: type) -> None:
    seed = bytes(range(32))
    found = expand(seed, "domain", 100, dtype)
    assert found.shape == (100,)
    width = np.dtype(dtype).itemsize
    raw = Stream(derive_key(seed, "domain")).raw(100 * width).tobytes()
    assert [int(value) for value in found] == [
        int.from_bytes(raw[at : at + width], "little") for at in range(0, len(raw), width)
    ]
