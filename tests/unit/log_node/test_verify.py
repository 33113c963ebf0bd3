"""The offline auditor finds the first bad row, without the index and without the log node's help."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.crypto.signing import SigningKey
from common.deployment import Deployment
from common.errors import ConfigError, LogTampered
from common.merkle.checkpoint import Checkpoint, origin_of
from common.merkle.tree import leaf_hash
from log_node.auditor.verify import verify_ledger
from log_node.ledger.publisher import Publisher
from log_node.ledger.segments import scan
from log_node.ledger.writer import Ledger
from tests.helpers.log_events import LOG_KEY, NODE_A, NODE_B, event, events, ledger_with

COUNT = 10
STRANGER = SigningKey.from_bytes(b"\x99" * 32)


def deployment() -> Deployment:
    node = {"name": "n", "url": "https://127.0.0.1:1", "seal_key": "00" * 32}
    keys = {"a": NODE_A, "b": NODE_B, "log": LOG_KEY}
    return Deployment.from_json(
        {
            "version": 2,
            "name": "test",
            "created": "2026-11-23T12:00:00Z",
            "ca": "",
            "nodes": {role: {**node, "name": role, "verify_key": key.verify_key} for role, key in keys.items()},
        }
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten rows, signed for after 3, 6, 9 and 10."""
    ledger_with(tmp_path / "ledger", COUNT)
    return tmp_path / "ledger"


def replace_row(folder: Path, row: int, entry: bytes) -> None:
    """Put another entry of the same length in, with the right leaf hash."""
    found = [item for item in scan(folder / "segments") if item.index == row][0]
    assert len(entry) == len(found.entry)
    data = found.segment.read_bytes()
    start = found.offset + 4
    changed = data[:start] + leaf_hash(entry) + entry + data[start + 32 + len(entry) :]
    found.segment.write_bytes(changed)


def test_verify_of_an_honest_log_reports_what_is_in_it(folder: Path) -> None:
    seen: list[int] = []
    report = verify_ledger(folder, deployment(), seen.append)
    assert report.size == COUNT and report.actions == {"job-stage": COUNT}
    assert report.signers == {NODE_A.verify_key: COUNT} and seen == [0]


def test_verify_of_an_empty_log_is_in_order(tmp_path: Path) -> None:
    Ledger.create(tmp_path / "ledger", LOG_KEY)
    assert verify_ledger(tmp_path / "ledger", deployment()).size == 0


def test_verify_while_the_log_node_has_it_open(folder: Path) -> None:
    ledger = Ledger.open(folder, LOG_KEY, 2000)
    ledger.append([events(10, 12)])
    assert verify_ledger(folder, deployment()).size == 12
    ledger.close()


def test_verify_leaves_rows_out_that_are_not_signed_for_yet(folder: Path) -> None:
    last = max((folder / "segments").iterdir())
    last.write_bytes(last.read_bytes() + b"\x00\x00")
    assert verify_ledger(folder, deployment()).size == COUNT


@pytest.mark.parametrize("row", range(COUNT))
def test_verify_names_a_damaged_row(folder: Path, row: int) -> None:
    found = [item for item in scan(folder / "segments") if item.index == row][0]
    data = bytearray(found.segment.read_bytes())
    data[found.offset + 50] ^= 4
    found.segment.write_bytes(bytes(data))
    with pytest.raises(LogTampered) as raised:
        verify_ledger(folder, deployment())
    assert raised.value.details["row"] == row


@pytest.mark.parametrize("row", range(COUNT))
def test_verify_names_a_row_with_a_false_signature_and_right_hash(folder: Path, row: int) -> None:
    replace_row(folder, row, event(row).entry.replace(b"job-stage", b"job-stake"))
    with pytest.raises(LogTampered) as raised:
        verify_ledger(folder, deployment())
    assert raised.value.details["row"] == row


def test_verify_names_a_row_signed_by_a_stranger(folder: Path) -> None:
    replace_row(folder, 5, event(5, STRANGER).entry)
    with pytest.raises(LogTampered) as raised:
        verify_ledger(folder, deployment())
    assert raised.value.details["row"] == 5


@pytest.mark.parametrize(("row", "first", "last"), [(0, 0, 2), (4, 3, 5), (8, 6, 8), (9, 9, 9)])
def test_verify_narrows_a_genuine_but_foreign_row_down(folder: Path, row: int, first: int, last: int) -> None:
    replace_row(folder, row, event(row + 70).entry)
    with pytest.raises(LogTampered) as raised:
        verify_ledger(folder, deployment())
    assert raised.value.details == {"row": first, "last": last}


def test_verify_names_the_first_missing_row(folder: Path) -> None:
    last = max((folder / "segments").iterdir())
    first = min(row.index for row in scan(folder / "segments") if row.segment == last)
    last.unlink()
    with pytest.raises(LogTampered) as raised:
        verify_ledger(folder, deployment())
    assert raised.value.details["row"] == first


def test_verify_of_two_trees_signed_for_one_size_raises(folder: Path) -> None:
    publisher = Publisher(folder / "checkpoints.jsonl", LOG_KEY)
    publisher.load()
    publisher.publish(Checkpoint(origin_of(LOG_KEY.verify_key), COUNT, leaf_hash(b"other")))
    with pytest.raises(LogTampered):
        verify_ledger(folder, deployment())


def test_verify_without_checkpoints_raises(folder: Path) -> None:
    (folder / "checkpoints.jsonl").write_bytes(b"")
    with pytest.raises(LogTampered):
        verify_ledger(folder, deployment())


def test_verify_without_a_ledger_raises(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        verify_ledger(tmp_path, deployment())
