"""Proofs for every pair of positions and sizes; every flipped bit must be noticed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import BadInput, LogTampered
from common.merkle.proof import (
    check_consistency,
    check_inclusion,
    decode_hash,
    decode_proof,
    encode_proof,
    prove_consistency,
    prove_inclusion,
)
from common.merkle.tree import EMPTY_ROOT, MerkleTree, leaf_hash

SIZE = 36


def grown(count: int) -> MerkleTree:
    tree = MerkleTree()
    for index in range(count):
        tree.append(leaf_hash(index.to_bytes(4, "big")))
    return tree


TREE = grown(SIZE)
BIG = grown(1000)


def leaf(index: int) -> bytes:
    return leaf_hash(index.to_bytes(4, "big"))


def damaged(hashes: list[bytes]) -> Iterator[list[bytes]]:
    """The list with each single bit flipped, with each hash missing, and with one more at either end."""
    for place, node in enumerate(hashes):
        for bit in range(256):
            flipped = (int.from_bytes(node, "big") ^ (1 << bit)).to_bytes(32, "big")
            yield [*hashes[:place], flipped, *hashes[place + 1 :]]
        yield hashes[:place] + hashes[place + 1 :]
    yield [*hashes, bytes(32)]
    yield [bytes(32), *hashes]


def test_inclusion_every_index_and_size_is_accepted() -> None:
    for size in range(1, SIZE + 1):
        for index in range(size):
            check_inclusion(leaf(index), index, size, prove_inclusion(TREE, index, size), TREE.root(size))


def test_inclusion_proof_for_another_index_is_refused() -> None:
    for size in range(2, 20):
        for index in range(size):
            proof, root = prove_inclusion(TREE, index, size), TREE.root(size)
            for other in (i for i in range(size) if i != index):
                with pytest.raises(LogTampered):
                    check_inclusion(leaf(index), other, size, proof, root)
                with pytest.raises(LogTampered):
                    check_inclusion(leaf(other), index, size, proof, root)


def test_inclusion_proof_for_another_root_is_refused() -> None:
    """Only the root is signed: a proof for one tree must never fit the root of another."""
    for size in range(1, 20):
        for other in (n for n in range(1, 24) if n != size):
            for index in range(min(size, other)):
                with pytest.raises(LogTampered):
                    check_inclusion(leaf(index), index, other, prove_inclusion(TREE, index, other), TREE.root(size))


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (5, 8), (6, 7), (4, 5), (17, 33)])
def test_inclusion_every_flipped_bit_is_noticed(index: int, size: int) -> None:
    proof, root = prove_inclusion(TREE, index, size), TREE.root(size)
    for bad_leaf, bad_root in [(x[0], root) for x in damaged([leaf(index)]) if len(x) == 1]:
        with pytest.raises(LogTampered):
            check_inclusion(bad_leaf, index, size, proof, bad_root)
    for bad_proof in damaged(proof):
        with pytest.raises(LogTampered):
            check_inclusion(leaf(index), index, size, bad_proof, root)


def test_consistency_every_pair_of_sizes_is_accepted() -> None:
    for second in range(SIZE + 1):
        for first in range(second + 1):
            proof = prove_consistency(TREE, first, second)
            check_consistency(first, TREE.root(first), second, TREE.root(second), proof)


def test_consistency_wrong_old_or_new_root_is_refused() -> None:
    for second in range(1, 20):
        for first in range(1, second + 1):
            proof, old, new = prove_consistency(TREE, first, second), TREE.root(first), TREE.root(second)
            for wrong_old, wrong_new in ((TREE.root(first - 1), new), (old, TREE.root(second + 1))):
                with pytest.raises(LogTampered):
                    check_consistency(first, wrong_old, second, wrong_new, proof)


@pytest.mark.parametrize(("first", "second"), [(1, 2), (1, 8), (4, 8), (6, 8), (2, 5), (3, 7), (17, 33)])
def test_consistency_every_flipped_bit_is_noticed(first: int, second: int) -> None:
    proof, old, new = prove_consistency(TREE, first, second), TREE.root(first), TREE.root(second)
    for bad in damaged(proof):
        with pytest.raises(LogTampered):
            check_consistency(first, old, second, new, bad)
    for bad_old in (x[0] for x in damaged([old]) if len(x) == 1):
        with pytest.raises(LogTampered):
            check_consistency(first, bad_old, second, new, proof)
    for bad_new in (x[0] for x in damaged([new]) if len(x) == 1):
        with pytest.raises(LogTampered):
            check_consistency(first, old, second, bad_new, proof)


def test_consistency_of_rewritten_history_is_refused() -> None:
    forged = MerkleTree()
    for index in range(SIZE):
        forged.append(leaf(index if index != 3 else 99))
    for first in range(4, SIZE):
        with pytest.raises(LogTampered):
            proof = prove_consistency(forged, first, SIZE)
            check_consistency(first, TREE.root(first), SIZE, forged.root(), proof)


def test_consistency_of_a_shrunk_log_is_refused() -> None:
    with pytest.raises(LogTampered):
        check_consistency(5, TREE.root(5), 4, TREE.root(4), prove_consistency(TREE, 4, 5))


def test_consistency_from_nothing_needs_the_empty_root() -> None:
    check_consistency(0, EMPTY_ROOT, 7, TREE.root(7), [])
    with pytest.raises(LogTampered):
        check_consistency(0, TREE.root(1), 7, TREE.root(7), [])
    with pytest.raises(LogTampered):
        check_consistency(0, EMPTY_ROOT, 7, TREE.root(7), [bytes(32)])


@given(st.integers(1, 1000), st.data())
def test_proofs_in_a_larger_tree_are_accepted(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, second))
    index = data.draw(st.integers(0, second - 1))
    check_inclusion(leaf(index), index, second, prove_inclusion(BIG, index, second), BIG.root(second))
    check_consistency(first, BIG.root(first), second, BIG.root(second), prove_consistency(BIG, first, second))


def test_published_proofs_are_reproduced() -> None:
    """The proofs of the certificate transparency reference tree."""
    entries = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
    tree = MerkleTree()
    for entry in entries:
        tree.append(leaf_hash(bytes.fromhex(entry)))
    assert encode_proof(prove_inclusion(tree, 5, 8)) == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert encode_proof(prove_consistency(tree, 6, 8)) == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert encode_proof(prove_consistency(tree, 2, 5)) == [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (0, SIZE + 1)])
def test_prove_inclusion_of_nothing_raises(index: int, size: int) -> None:
    with pytest.raises(BadInput):
        prove_inclusion(TREE, index, size)


@pytest.mark.parametrize(("first", "second"), [(-1, 3), (4, 3), (0, SIZE + 1)])
def test_prove_consistency_of_nothing_raises(first: int, second: int) -> None:
    with pytest.raises(BadInput):
        prove_consistency(TREE, first, second)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_check_inclusion_outside_the_log_raises(index: int, size: int) -> None:
    with pytest.raises(LogTampered):
        check_inclusion(leaf(0), index, size, [], leaf(0))


@pytest.mark.parametrize("value", [None, "ab", {}, ["ab"], [1], ["AB" * 32], ["a b" + "0" * 61], ["ab" * 32] * 65])
def test_decode_proof_of_wrong_form_raises(value: object) -> None:
    with pytest.raises(LogTampered):
        decode_proof(value)


def test_decode_proof_reads_what_encode_wrote() -> None:
    proof = prove_inclusion(TREE, 3, 30)
    assert decode_proof(encode_proof(proof)) == proof
    assert decode_hash("0f" * 32) == bytes([15]) * 32


def test_check_with_hashes_of_wrong_length_raises() -> None:
    proof = prove_inclusion(TREE, 3, 30)
    for bad in ([*proof[:-1], proof[-1] + b"\x00"], [proof[0][:-1], *proof[1:]], proof * 20):
        with pytest.raises(LogTampered):
            check_inclusion(leaf(3), 3, 30, bad, TREE.root(30))
        with pytest.raises(LogTampered):
            check_consistency(3, TREE.root(3), 30, TREE.root(30), bad)
