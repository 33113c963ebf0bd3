"""Shares of answers come from servers that are not trusted with form: what is not exactly one is refused by name."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest

from common.crypto.domains import ANSWER_SEAL_V1, MODEL_SEAL_V1
from common.crypto.sealing import SealingKey, seal
from common.documents import canonical
from common.errors import BadBundle, BadSeal, Conflict, PeerMismatch
from desktop_client.reveal.answers import Answer, combine_answer, fetch_answer, open_answer_share
from tests.helpers.seeded import SeededRandom

KEY = SealingKey.generate(SeededRandom("carol"))
OLD = SealingKey.generate(SeededRandom("carol before"))
LOGITS = np.array([[1.5, -0.25], [0.0, 2.0], [-1.0, 1.0]])
LABELS = np.array([0, 1, 0])


def header(party: str = "a", **changes: Any) -> dict[str, Any]:
    return {
        "version": 1, "party": party, "test": "ab" * 16, "training": "cd" * 16, "project_hash": "ef" * 32,
        "dataset": "12" * 32, "classes": ["healthy", "ill"], "count": 3, "fraction_bits": 16, **changes,
    }  # fmt: skip


def shares() -> dict[str, bytes]:
    """Each server's shares of the logits and labels."""
    whole = np.concatenate([LOGITS * 2**16, np.eye(2)[LABELS]]).astype(np.int64).view(np.uint64)
    first = np.random.default_rng(1).integers(0, 2**63, whole.shape, np.uint64)
    return {"a": first.tobytes(), "b": (whole - first).tobytes()}


def sealed(about: object, body: bytes, domain: str = ANSWER_SEAL_V1) -> bytes:
    text = about if isinstance(about, bytes) else canonical(about)
    return seal(KEY.public, domain, struct.pack("<I", len(text)) + text + body)


class Server:
    def __init__(self, answer: bytes | Exception) -> None:
        self._answer = answer

    async def answer_share(self, job: str) -> bytes:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


async def fetched(a: bytes | Exception, b: bytes | Exception, test: str = "ab" * 16) -> Answer:
    return await fetch_answer(Server(a), Server(b), (test, "ef" * 32), (OLD, KEY))


def both() -> tuple[bytes, bytes]:
    """What two honest servers give."""
    return sealed(header("a"), shares()["a"]), sealed(header("b"), shares()["b"])


async def test_answer_is_the_sum_of_both_shares() -> None:
    found = await fetched(*both())
    assert found.logits.tolist() == LOGITS.tolist() and found.labels.tolist() == LABELS.tolist()
    assert (found.classes, found.training, found.dataset) == (("healthy", "ill"), "cd" * 16, "12" * 32)
    assert found.evaluation().confusion.tolist() == [[1, 1], [0, 1]]


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2}, {"version": True}, {"party": "c"}, {"test": "x"}, {"training": 1}, {"project_hash": "ef"},
        {"dataset": None}, {"classes": []}, {"classes": ["one"]}, {"classes": [1, 2]}, {"classes": ["c"] * 1001},
        {"count": 0}, {"count": 2}, {"count": 2**40}, {"count": "3"}, {"fraction_bits": 33}, {"fraction_bits": -1},
        {"more": 1},
    ],
    ids=str,
)  # fmt: skip
def test_answer_with_a_wrong_header_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadBundle):
        open_answer_share(KEY, sealed(header(**changes), shares()["a"]))


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"\xff", json.dumps(header()).encode(), b"[" * 3000])
def test_answer_with_a_header_that_is_not_canonical_is_refused(text: bytes) -> None:
    with pytest.raises(BadBundle):
        open_answer_share(KEY, sealed(text, shares()["a"]))


@pytest.mark.parametrize("raw", [b"", b"\x01\x00", struct.pack("<I", 2**31), struct.pack("<I", 100) + b"{}"])
def test_answer_that_is_cut_is_refused(raw: bytes) -> None:
    with pytest.raises(BadBundle):
        open_answer_share(KEY, seal(KEY.public, ANSWER_SEAL_V1, raw))


@pytest.mark.parametrize("body", [b"", shares()["a"][:-1], shares()["a"] + b"\x00"])
def test_answer_of_another_length_is_refused(body: bytes) -> None:
    with pytest.raises(BadBundle, match="shorter or longer"):
        open_answer_share(KEY, sealed(header(), body))


def test_answer_for_somebody_else_or_of_another_kind_is_refused() -> None:
    other = SealingKey.generate(SeededRandom("dave"))
    with pytest.raises(BadSeal):
        open_answer_share(other, sealed(header(), shares()["a"]))
    with pytest.raises(BadSeal):
        open_answer_share(KEY, sealed(header(), shares()["a"], MODEL_SEAL_V1))


@pytest.mark.parametrize(
    ("a", "b"), [(header("a"), header("a")), (header("b"), header("a")), (header("a"), header("b", dataset="34" * 32))]
)
def test_answers_that_do_not_belong_together_are_refused(a: dict[str, Any], b: dict[str, Any]) -> None:
    with pytest.raises(PeerMismatch):
        combine_answer(*(open_answer_share(KEY, sealed(h, shares()[p])) for h, p in ((a, "a"), (b, "b"))))


def test_answer_of_two_sharings_is_noise_and_refused() -> None:
    noise = np.random.default_rng(2).integers(0, 2**63, (6, 2), np.uint64).tobytes()
    with pytest.raises(BadBundle, match="noise"):
        parts = (sealed(header("a"), shares()["a"]), sealed(header("b"), noise))
        combine_answer(*(open_answer_share(KEY, part) for part in parts))


async def test_answer_of_another_test_or_from_a_server_that_refuses() -> None:
    share_a, share_b = both()
    with pytest.raises(BadBundle, match="another test"):
        await fetched(share_a, share_b, "00" * 16)
    with pytest.raises(Conflict):
        await fetched(share_a, Conflict("The job is queued."))


def test_answer_share_prints_no_values() -> None:
    share = open_answer_share(KEY, sealed(header(), shares()["a"]))
    assert repr(share) == object.__repr__(share)
