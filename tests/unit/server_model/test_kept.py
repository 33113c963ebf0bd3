"""A server's kept share of a model: only its own storage key reads it, only for its job, until it is forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from common.errors import StoreDamaged
from server_node.model.kept import keep_weights, kept_weights
from server_node.model.question import KEPT_NAME, are_kept, forget_weights
from server_node.model.snapshot import Checkpoint
from server_node.storage.vault import Vault
from server_node.train.state import ModelState
from tests.helpers.seeded import SeededRandom

JOB = "ab" * 16


def vault(key: str = "storage") -> Vault:
    return Vault(SeededRandom(key).token(32), SeededRandom("nonces"))


def last(attempt: int = 3) -> Checkpoint:
    weights = {"head.0.weight": torch.arange(-3, 3).reshape(2, 3), "head.0.bias": torch.tensor([2**62, -1, 0])}
    memory = {"velocity": {"head.0.weight": torch.ones(2, 3, dtype=torch.int64)}}
    return Checkpoint(JOB, 4, b"joint toss".ljust(32), ModelState(weights, memory, 20), 1, attempt)


def test_weights_come_back_without_what_the_optimiser_remembers(tmp_path: Path) -> None:
    keep_weights(tmp_path, vault(), last())
    found = kept_weights(tmp_path, vault(), JOB)
    assert found.agreement == last().agreement and found.state.slots == {}
    for name, value in last().state.weights.items():
        assert torch.equal(found.state.weights[name], value)
    assert (tmp_path / KEPT_NAME).stat().st_mode & 0o777 == 0o600


def test_weights_are_encrypted_on_the_disk(tmp_path: Path) -> None:
    digest = keep_weights(tmp_path, vault(), last())
    stored = (tmp_path / KEPT_NAME).read_bytes()
    assert b"head.0" not in stored and JOB.encode() not in stored and len(digest) == 64
    assert last().state.weights["head.0.bias"].numpy().tobytes() not in stored


@pytest.mark.slow
def test_weights_of_which_any_byte_was_changed_or_the_end_was_lost_are_refused(tmp_path: Path) -> None:
    keep_weights(tmp_path, vault(), last())
    good = (tmp_path / KEPT_NAME).read_bytes()
    for place in range(len(good)):
        for raw in (good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :], good[:place]):
            (tmp_path / KEPT_NAME).write_bytes(raw)
            with pytest.raises(StoreDamaged):
                kept_weights(tmp_path, vault(), JOB)


def test_weights_are_of_one_server_and_one_job(tmp_path: Path) -> None:
    keep_weights(tmp_path, vault(), last())
    for other, job in ((vault("another"), JOB), (vault(), "cd" * 16)):
        with pytest.raises(StoreDamaged):
            kept_weights(tmp_path, other, job)
    (tmp_path / KEPT_NAME).write_bytes(b"short")
    with pytest.raises(StoreDamaged):
        kept_weights(tmp_path, vault(), JOB)


def test_weights_are_forgotten_once(tmp_path: Path) -> None:
    keep_weights(tmp_path, vault(), last())
    assert are_kept(tmp_path)
    assert [forget_weights(tmp_path), forget_weights(tmp_path)] == [True, False]
    assert not are_kept(tmp_path) and list(tmp_path.iterdir()) == []
    with pytest.raises(StoreDamaged, match="does not keep"):
        kept_weights(tmp_path, vault(), JOB)


def test_weights_of_a_later_attempt_replace_those_of_an_earlier_one(tmp_path: Path) -> None:
    for attempt in (3, 4):
        keep_weights(tmp_path, vault(), last(attempt))
    assert kept_weights(tmp_path, vault(), JOB).attempt == 4
