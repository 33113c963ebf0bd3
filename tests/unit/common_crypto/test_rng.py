"""The operating system's randomness."""

from __future__ import annotations

import pytest

from common.crypto.rng import SystemRandom
from tests.helpers.two_party.uniformity import assert_uniform_bytes


@pytest.mark.parametrize("size", [0, 1, 32, 1000])
def test_token_has_the_size_asked_for(size: int) -> None:
    assert len(SystemRandom().token(size)) == size


def test_tokens_do_not_repeat() -> None:
    assert len({SystemRandom().token(16) for _ in range(1000)}) == 1000


def test_token_is_uniform() -> None:
    assert_uniform_bytes(SystemRandom().token(200_000))
