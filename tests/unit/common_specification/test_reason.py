"""Reasons are committed to with a salt; other words than the signed ones are noticed."""

from __future__ import annotations

import pytest

from common.agreement.reason import MAX_REASON, Reason
from common.crypto.rng import SystemRandom
from common.documents import digest
from common.errors import BadInput


def signed(text: str, salt: str) -> str:
    return digest({"reason": text, "salt": salt})


def test_reason_is_committed_to_with_a_new_salt_each_time() -> None:
    first, second = (Reason.give("  no ethics vote ", SystemRandom()) for _ in range(2))
    assert first.text == "no ethics vote" and len(first.salt) == 32
    assert first.digest == signed("no ethics vote", first.salt) != second.digest
    first.check(first.digest)
    assert Reason(**first.as_json()) == first


def test_reason_can_be_left_out() -> None:
    assert Reason.give(" ", SystemRandom()) == Reason() and Reason().digest == ""
    Reason().check("")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (Reason("a", "00" * 16), signed("b", "00" * 16)),
        (Reason("a", "00" * 16), signed("a", "11" * 16)),
        (Reason("a", "00" * 16), ""),
        (Reason(), signed("a", "00" * 16)),
        (Reason("", "00" * 16), ""),
        (Reason("a", ""), signed("a", "")),
        (Reason(), None),
    ],
)
def test_reason_that_was_not_signed_is_refused(reason: Reason, said: object) -> None:
    with pytest.raises(BadInput):
        reason.check(said)


def test_reason_is_short() -> None:
    assert Reason.give("x" * MAX_REASON, SystemRandom()).text == "x" * MAX_REASON
    with pytest.raises(BadInput):
        Reason.give("x" * (MAX_REASON + 1), SystemRandom())
