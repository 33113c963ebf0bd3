"""A witness goes forward with an honest log and stops at every other."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from common.crypto.signing import SigningKey
from common.errors import BadSignature, DiskFull, LogFork, LogTampered
from common.merkle.checkpoint import Checkpoint, open_checkpoint, origin_of, sign_checkpoint
from common.merkle.proof import prove_consistency
from common.merkle.tree import MerkleTree, leaf_hash
from common.merkle.witness import Witness

KEY = SigningKey.from_bytes(bytes(range(32)))


def tree_of(*entries: bytes) -> MerkleTree:
    tree = MerkleTree()
    for entry in entries:
        tree.append(leaf_hash(entry))
    return tree


def note(tree: MerkleTree, size: int | None = None) -> str:
    size = tree.size if size is None else size
    return sign_checkpoint(Checkpoint(origin_of(KEY.verify_key), size, tree.root(size)), KEY)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path / "checkpoint.txt", KEY.verify_key)


def test_witness_first_checkpoint_is_remembered_across_restarts(witness: Witness, tmp_path: Path) -> None:
    tree = tree_of(b"a", b"b", b"c")
    assert witness.remembered() is None and witness.size == 0
    witness.accept(note(tree))
    again = Witness(tmp_path / "checkpoint.txt", KEY.verify_key)
    assert again.remembered() == open_checkpoint(note(tree), KEY.verify_key) and again.size == 3


def test_witness_longer_log_with_proof_is_accepted(witness: Witness) -> None:
    tree = tree_of(*(bytes([i]) for i in range(20)))
    for first, second in ((0, 1), (1, 1), (1, 7), (7, 8), (8, 20)):
        assert witness.size == (first if first else 0)
        witness.accept(note(tree, second), prove_consistency(tree, first, second))
    assert witness.size == 20


@pytest.mark.parametrize("size", [3, 5, 9])
def test_witness_other_history_raises_and_keeps_the_evidence(witness: Witness, size: int) -> None:
    honest = tree_of(*(bytes([i]) for i in range(5)))
    forged = tree_of(b"x", *(bytes([i]) for i in range(1, 9)))
    witness.accept(note(honest))
    proof = prove_consistency(forged, 5, size) if size >= 5 else []
    with pytest.raises(LogFork) as raised:
        witness.accept(note(forged, size), proof)
    assert raised.value.details == {"remembered": 5, "offered": size}
    assert witness.remembered() == open_checkpoint(note(honest), KEY.verify_key)
    assert witness.evidence_path.read_text(encoding="utf-8") == note(forged, size)


def test_witness_shrunk_log_raises(witness: Witness) -> None:
    tree = tree_of(b"a", b"b", b"c")
    witness.accept(note(tree))
    with pytest.raises(LogFork):
        witness.accept(note(tree, 2), prove_consistency(tree, 2, 3))


def test_witness_longer_log_without_proof_raises(witness: Witness) -> None:
    tree = tree_of(b"a", b"b", b"c")
    witness.accept(note(tree, 2))
    with pytest.raises(LogFork):
        witness.accept(note(tree))


def test_witness_checkpoint_of_another_key_raises_and_is_not_remembered(witness: Witness) -> None:
    other = SigningKey.from_bytes(bytes(32))
    foreign = sign_checkpoint(Checkpoint(origin_of(KEY.verify_key), 1, leaf_hash(b"a")), other)
    with pytest.raises(BadSignature):
        witness.accept(foreign)
    assert witness.remembered() is None


@pytest.mark.parametrize("damage", [b"\xff\xfe", b"something", b"x" * 5000])
def test_witness_damaged_memory_raises(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "checkpoint.txt"
    path.write_bytes(damage)
    with pytest.raises(LogTampered):
        Witness(path, KEY.verify_key).accept(note(tree_of(b"a")))
    assert path.read_bytes() == damage


def test_witness_full_disk_keeps_the_old_memory(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tree_of(b"a", b"b")
    witness.accept(note(tree, 1))

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        witness.accept(note(tree), prove_consistency(tree, 1, 2))
    monkeypatch.undo()
    assert witness.size == 1
    witness.accept(note(tree), prove_consistency(tree, 1, 2))
    assert witness.size == 2
