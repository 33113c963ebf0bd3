"""Replaying a log finds the first bad row and says which it is."""

from __future__ import annotations

from typing import Any

import pytest

from common.crypto.signing import SigningKey
from common.documents import canonical, sign_document
from common.errors import LogTampered
from common.merkle.checkpoint import Checkpoint
from common.merkle.replay import Replay
from common.merkle.tree import leaf_hash, root_of

NODE_A, NODE_B = SigningKey.from_bytes(b"\x01" * 32), SigningKey.from_bytes(b"\x03" * 32)
KEYS = (NODE_A.verify_key, NODE_B.verify_key)


def entry(index: int, key: SigningKey = NODE_A) -> bytes:
    body: dict[str, Any] = {
        "version": 1,
        "id": f"{index:032x}",
        "time": "2026-11-23T12:00:00Z",
        "actor": "node:a",
        "action": "job-stage" if index % 2 else "job-cancel",
        "subject": {"job": "ab" * 16},
    }
    return canonical(sign_document("event", body, key))


ENTRIES = [entry(index, (NODE_A, NODE_B)[index % 2]) for index in range(9)]
CHECKPOINT = Checkpoint("origin", 9, root_of([leaf_hash(x) for x in ENTRIES]))


def fed(entries: list[bytes]) -> Replay:
    replay = Replay(KEYS)
    for item in entries:
        replay.feed(item, leaf_hash(item))
    return replay


def test_replay_of_honest_log_counts_what_is_in_it() -> None:
    report = fed(ENTRIES).finish(CHECKPOINT)
    assert report.size == 9 and report.root == CHECKPOINT.root
    assert report.actions == {"job-cancel": 5, "job-stage": 4}
    assert report.signers == {NODE_A.verify_key: 5, NODE_B.verify_key: 4}


@pytest.mark.parametrize("row", range(9))
def test_replay_of_changed_row_names_it(row: int) -> None:
    changed = ENTRIES[row].replace(b"job-", b"joB-")
    with pytest.raises(LogTampered) as raised:
        fed([*ENTRIES[:row], changed, *ENTRIES[row + 1 :]])
    assert raised.value.details["row"] == row


def test_replay_of_row_with_another_leaf_hash_names_it() -> None:
    replay = fed(ENTRIES[:4])
    with pytest.raises(LogTampered) as raised:
        replay.feed(ENTRIES[4], leaf_hash(ENTRIES[5]))
    assert raised.value.details["row"] == 4


def test_replay_of_row_by_a_stranger_names_it() -> None:
    replay = fed(ENTRIES[:4])
    with pytest.raises(LogTampered) as raised:
        replay.feed(entry(4, SigningKey.from_bytes(bytes(32))))
    assert raised.value.details["row"] == 4


@pytest.mark.parametrize("bad", [b"", b"{", b"[" * 100000, b"1.5", b"\xff", b"null"])
def test_replay_of_row_that_is_no_event_names_it(bad: bytes) -> None:
    replay = fed(ENTRIES[:2])
    with pytest.raises(LogTampered) as raised:
        replay.feed(bad)
    assert raised.value.details["row"] == 2


def test_replay_of_row_not_in_canonical_form_names_it() -> None:
    replay = fed(ENTRIES[:2])
    with pytest.raises(LogTampered) as raised:
        replay.feed(ENTRIES[2].replace(b":", b": ", 1))
    assert raised.value.details["row"] == 2


def test_replay_of_swapped_rows_does_not_give_the_root() -> None:
    with pytest.raises(LogTampered):
        fed([ENTRIES[1], ENTRIES[0], *ENTRIES[2:]]).finish(CHECKPOINT)


@pytest.mark.parametrize(("entries", "row"), [(ENTRIES[:-1], 8), ([*ENTRIES, entry(9)], 9)])
def test_replay_of_missing_or_surplus_rows_raises(entries: list[bytes], row: int) -> None:
    with pytest.raises(LogTampered) as raised:
        fed(entries).finish(CHECKPOINT)
    assert raised.value.details["row"] == row
