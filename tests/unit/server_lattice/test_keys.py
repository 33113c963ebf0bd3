"""Nothing leaves a party without the key that hides it."""

from __future__ import annotations

import numpy as np
import pytest

from server_node.offline.lattice.keys import Evaluator, Owner
from server_node.offline.lattice.ring.parameters import DEGREE
from tests.helpers.seeded import SeededRandom

T = 1 << 48


def messages(rows: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint64]]:
    return np.zeros((rows, DEGREE), np.uint64)


def test_nothing_is_encrypted_under_fewer_secrets_than_rows() -> None:
    owner = Owner(SeededRandom("owner"))
    with pytest.raises(ValueError, match="secrets"):
        owner.encrypt(messages(1), T)
    owner.publics(1)
    with pytest.raises(ValueError, match="secrets"):
        owner.encrypt(messages(2), T)
    assert owner.encrypt(messages(1), T).shape[0] == 1


def test_nothing_is_encrypted_after_the_secrets_are_gone() -> None:
    owner = Owner(SeededRandom("owner"))
    owner.publics(1)
    owner.wipe()
    with pytest.raises(ValueError, match="secrets"):
        owner.encrypt(messages(1), T)


def test_nothing_is_answered_under_fewer_keys_than_rows() -> None:
    owner, evaluator = Owner(SeededRandom("owner")), Evaluator(bytes(32), SeededRandom("evaluator"))
    with pytest.raises(ValueError, match="keys"):
        evaluator.panel(1, 1)
    evaluator.add_publics(owner.publics(2))
    with pytest.raises(ValueError, match="keys"):
        evaluator.panel(3, 1)
    assert evaluator.panel(2, 1).shape[2:4] == (2, 3)
