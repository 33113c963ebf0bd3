"""The hash of the extension against a second, slow implementation, and independent of how work is cut."""

from __future__ import annotations

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from common.crypto.domains import OT_HASH_V1
from common.crypto.prg import derive_key
from server_node.kernels.vector import detect
from server_node.offline.ot import hashing
from server_node.offline.ot.hashing import PadHash, Words
from tests.helpers.seeded import SeededRandom

SESSION = b"a public session"


def keys(count: int) -> Words:
    return np.frombuffer(SeededRandom("keys").token(16 * count), np.uint64).reshape(-1, 2)


def slow_pad(key: bytes, index: int, block: int) -> bytes:
    """pi(pi(x) ^ (index, block)) ^ pi(x), with the AES of the library one block at a time."""

    def permute(value: int) -> int:
        aes = Cipher(algorithms.AES(derive_key(SESSION, OT_HASH_V1)), modes.ECB()).encryptor()
        return int.from_bytes(aes.update(value.to_bytes(16, "little")), "little")

    inner = permute(int.from_bytes(key, "little"))
    return (permute(inner ^ (index | block << 64)) ^ inner).to_bytes(16, "little")


@pytest.fixture(params=["compiled", "portable"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the instructions of the processor, and without them."""
    if request.param == "portable":
        monkeypatch.setattr(detect, "has_aes", lambda: False)
    elif not detect.has_aes():
        pytest.skip("the processor has no AES instructions")


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("words", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("start", [0, 1, 2**32 - 2, 2**40])
def test_hash_equals_the_slow_one(words: int, start: int) -> None:
    table = keys(5)
    pads = PadHash(SESSION).pads(table, start, words)
    blocks = (words + 1) // 2
    assert pads.shape == (5, 2 * blocks)
    for row in range(5):
        expected = [slow_pad(table[row].tobytes(), start + row, block) for block in range(blocks)]
        assert pads[row].tobytes() == b"".join(expected)


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("start", [0, 2**32 - 70, 2**40])
def test_hash_of_keys_plus_delta_gives_words_and_bits_of_the_pads(start: int) -> None:
    table, delta = keys(192), np.array([3, 2**63 + 5], np.uint64)
    pads = PadHash(SESSION).pads(table ^ delta, start, 1)[:, 0]
    assert np.array_equal(PadHash(SESSION).pads(table, start, 1, delta)[:, 0], pads)
    words = np.empty(192, np.uint64)
    PadHash(SESSION).words(table, start, words, delta)
    assert np.array_equal(words, pads)
    for rows in (1, 2):
        out = np.full((rows, 5), 7, np.uint64)
        PadHash(SESSION).bits(table, start, (out, 1), delta)
        assert (out[:, [0, 4]] == 7).all()
        for bit in range(rows):
            found = np.unpackbits(out[bit, 1:4].view(np.uint8), bitorder="little")
            assert np.array_equal(found, (pads >> np.uint64(bit) & np.uint64(1)).astype(np.uint8))


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("words", [1, 2, 5])
def test_hash_does_not_depend_on_batch_boundaries(words: int) -> None:
    table, once = keys(50), PadHash(SESSION)
    whole = once.pads(table, 7, words)
    for cut in (1, 13, 49):
        parts = [once.pads(table[:cut].copy(), 7, words), once.pads(table[cut:].copy(), 7 + cut, words)]
        assert np.array_equal(np.concatenate(parts), whole)


def test_hash_does_not_depend_on_the_size_of_its_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detect, "has_aes", lambda: False)
    table, once = keys(300), PadHash(SESSION)
    whole = [once.pads(table, 0, words) for words in (1, 2, 9)]
    for piece in (1, 2, 64, 299):
        monkeypatch.setattr(hashing, "_PIECE", piece)
        for words, expected in zip((1, 2, 9), whole, strict=True):
            assert np.array_equal(once.pads(table, 0, words), expected)


def test_hash_of_the_same_key_differs_by_index_block_and_session() -> None:
    same = np.tile(keys(1), (4, 1))
    first, second = PadHash(SESSION).pads(same, 0, 8), PadHash(b"another session!").pads(same, 0, 8)
    values = np.concatenate([first.reshape(-1), second.reshape(-1)])
    assert len(np.unique(values)) == 2 * 4 * 8


def test_hash_of_no_keys_is_empty() -> None:
    assert PadHash(SESSION).pads(np.empty((0, 2), np.uint64), 0, 3).shape == (0, 4)


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("bits", [1, 2, 5])
def test_one_of_many_pads_are_sums_of_words_of_pads(bits: int) -> None:
    count, entries, start = 7, 1 << bits, 2**32 - 9
    zero, delta = keys(bits * count), np.array([3, 2**63 + 5], np.uint64)
    indices = np.arange(count, dtype=np.uint64) * np.uint64(3) % np.uint64(entries)
    tables = [PadHash(SESSION).pads(zero, start, entries, added) for added in (hashing.NONE, delta)]
    expected = np.zeros((count, entries), np.uint64)
    for row in range(count):
        for value in range(entries):
            for bit in range(bits):
                expected[row, value] ^= tables[value >> bit & 1][row * bits + bit, value]
    found = np.empty((count, entries), np.uint64)
    PadHash(SESSION).all_of_many(zero, start, delta, found)
    assert np.array_equal(found, expected)
    chosen = indices.repeat(bits) >> np.tile(np.arange(bits, dtype=np.uint64), count) & np.uint64(1)
    own = np.empty(count, np.uint64)
    PadHash(SESSION).one_of_many(zero ^ chosen[:, None] * delta, start, indices, own)
    assert np.array_equal(own, expected[np.arange(count), indices.astype(int)])
