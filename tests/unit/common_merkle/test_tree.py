"""Hashes and roots of the tree, against the published reference tree and the recursive definition."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import BadInput
from common.merkle.tree import EMPTY_ROOT, CompactTree, MerkleTree, leaf_hash, node_hash, range_root, root_of

# The reference tree of the certificate transparency implementations.
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def defined_root(entries: list[bytes]) -> bytes:
    """MTH, word for word."""
    if len(entries) < 2:
        return leaf_hash(entries[0]) if entries else hashlib.sha256(b"").digest()
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return node_hash(defined_root(entries[:k]), defined_root(entries[k:]))


def grown(count: int) -> MerkleTree:
    tree = MerkleTree()
    for index in range(count):
        tree.append(leaf_hash(bytes([index])))
    return tree


def test_root_of_reference_tree_is_the_published_one() -> None:
    leaves = [leaf_hash(entry) for entry in ENTRIES]
    assert [root_of(leaves[:size]).hex() for size in range(9)] == ROOTS


def test_leaf_and_node_hash_have_different_prefixes() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(b"a") == hashlib.sha256(b"\x00a").digest()
    assert node_hash(left, right) == hashlib.sha256(b"\x01" + left + right).digest()
    assert leaf_hash(left + right) != node_hash(left, right)


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_root_of_any_list_equals_the_definition(entries: list[bytes]) -> None:
    leaves = [leaf_hash(entry) for entry in entries]
    tree = MerkleTree()
    for index, leaf in enumerate(leaves):
        assert tree.append(leaf) == index
    assert root_of(leaves) == tree.root() == tree.compact().root() == defined_root(entries)


def test_root_of_every_earlier_size_stays_what_it_was() -> None:
    tree, compact, seen = MerkleTree(), CompactTree(), [EMPTY_ROOT]
    for index in range(67):
        tree.append(leaf_hash(bytes([index])))
        compact.append(leaf_hash(bytes([index])))
        seen.append(compact.root())
    assert [tree.root(size) for size in range(68)] == seen


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, 9, 33])
def test_compact_of_tree_goes_on_like_the_tree(count: int) -> None:
    tree = grown(count)
    compact = tree.compact()
    trial = compact.copy()
    for index in range(count, count + 9):
        trial.append(leaf_hash(bytes([index])))
        tree.append(leaf_hash(bytes([index])))
        assert trial.size == tree.size and trial.root() == tree.root()
    assert compact.size == count and compact.root() == tree.root(count)


def test_range_root_of_aligned_range_equals_root_of_its_leaves() -> None:
    tree = grown(40)
    leaves = [leaf_hash(bytes([index])) for index in range(40)]
    for start, end in ((0, 40), (32, 40), (8, 13), (16, 31), (39, 40)):
        assert range_root(tree, start, end) == root_of(leaves[start:end])


@pytest.mark.parametrize(("level", "index"), [(0, 5), (0, -1), (1, 2), (2, 1), (3, 0), (60, 0)])
def test_node_of_incomplete_subtree_raises(level: int, index: int) -> None:
    with pytest.raises(BadInput):
        grown(5).node(level, index)


@pytest.mark.parametrize("size", [-1, 6])
def test_root_of_size_never_had_raises(size: int) -> None:
    with pytest.raises(BadInput):
        grown(5).root(size)


@pytest.mark.parametrize("leaf", [b"", bytes(31), bytes(33)])
def test_append_of_something_else_than_a_hash_raises(leaf: bytes) -> None:
    for tree in (MerkleTree(), CompactTree()):
        with pytest.raises(BadInput):
            tree.append(leaf)
        assert tree.size == 0
