"""The ledger: what it acknowledged survives everything, what it refused left no trace, what was changed is named."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from common.errors import ConfigError, Conflict, DiskFull, LogTampered, StoreDamaged
from common.merkle.checkpoint import open_checkpoint
from common.merkle.proof import check_consistency, prove_consistency
from common.merkle.tree import EMPTY_ROOT, leaf_hash, root_of
from log_node.ledger.segments import scan
from log_node.ledger.writer import Ledger
from tests.helpers.log_events import LOG_KEY, NODE_A, event, events, ledger_with

COUNT = 10


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ledger_with(tmp_path / "ledger", COUNT)
    return tmp_path / "ledger"


def opened(folder: Path) -> Ledger:
    return Ledger.open(folder, LOG_KEY, 2000)


def check_holds(folder: Path, count: int) -> None:
    """The ledger opens, holds the first ``count`` events and is signed for."""
    ledger = opened(folder)
    try:
        expected = events(0, count)
        assert ledger.head.checkpoint.size == count
        assert ledger.head.checkpoint.root == root_of([item.leaf for item in expected])
        assert open_checkpoint(ledger.head.note, LOG_KEY.verify_key) == ledger.head.checkpoint
        if count:
            assert ledger.read(0, count, 10**9) == [item.entry for item in expected]
        assert [ledger.find(item.leaf) for item in expected] == list(range(count))
    finally:
        ledger.close()


def files(folder: Path) -> dict[str, bytes]:
    """Everything but the index, which is derived."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("index.db")
    }


class Crash(BaseException):
    """Stands for kill -9: nothing of the program runs after it."""


def fail_at(monkeypatch: pytest.MonkeyPatch, call: int, failure: Callable[[], BaseException]) -> list[int]:
    """Make the ``call``-th write or flush fail, after half of a write went through; gives a counter of calls."""
    count = [0]
    plain_write, plain_sync = os.write, os.fsync

    def write(handle: int, data: Any) -> int:
        count[0] += 1
        if count[0] == call:
            plain_write(handle, bytes(data[: len(data) // 2]))
            raise failure()
        return plain_write(handle, data)

    def sync(handle: int) -> None:
        count[0] += 1
        if count[0] == call:
            raise failure()
        plain_sync(handle)

    monkeypatch.setattr(os, "write", write)
    monkeypatch.setattr(os, "fsync", sync)
    return count


def calls_of_one_append(monkeypatch: pytest.MonkeyPatch, ledger: Ledger, first: int) -> int:
    count = fail_at(monkeypatch, -1, Crash)
    ledger.append([[event(first)]])
    monkeypatch.undo()
    return count[0]


def test_create_makes_an_empty_signed_ledger(tmp_path: Path) -> None:
    Ledger.create(tmp_path / "ledger", LOG_KEY)
    check_holds(tmp_path / "ledger", 0)
    ledger = opened(tmp_path / "ledger")
    assert ledger.head.checkpoint.root == EMPTY_ROOT
    ledger.close()


def test_create_over_a_ledger_raises(folder: Path) -> None:
    with pytest.raises(Conflict):
        Ledger.create(folder, LOG_KEY)
    check_holds(folder, COUNT)


def test_create_on_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_at(monkeypatch, 1, lambda: OSError(errno.ENOSPC, "no space"))
    with pytest.raises(DiskFull):
        Ledger.create(tmp_path / "ledger", LOG_KEY)
    assert list(tmp_path.iterdir()) == []


def test_open_without_a_ledger_raises(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        opened(tmp_path / "ledger")


def test_open_twice_raises(folder: Path) -> None:
    ledger = opened(folder)
    with pytest.raises(Conflict):
        opened(folder)
    ledger.close()
    check_holds(folder, COUNT)


def test_append_gives_positions_and_a_consistent_checkpoint(folder: Path) -> None:
    check_holds(folder, COUNT)
    ledger = opened(folder)
    before = ledger.head.checkpoint
    assert ledger.append([events(10, 13), [], events(13, 14)]) == [[10, 11, 12], [], [13]]
    after = ledger.head.checkpoint
    proof = prove_consistency(ledger.tree, before.size, after.size)
    check_consistency(before.size, before.root, after.size, after.root, proof)
    ledger.close()
    check_holds(folder, 14)


def test_append_of_the_same_event_gives_the_same_position(folder: Path) -> None:
    ledger = opened(folder)
    before, note = files(folder), ledger.head.note
    assert ledger.append([events(3, 6), [event(4)]]) == [[3, 4, 5], [4]]
    assert files(folder) == before and ledger.head.note == note
    assert ledger.append([[event(10), event(10)], [event(10), event(2), event(11)]]) == [[10, 10], [10, 2, 11]]
    assert ledger.head.checkpoint.size == 12
    ledger.close()
    check_holds(folder, 12)


def test_find_of_an_unknown_leaf_gives_none(folder: Path) -> None:
    ledger = opened(folder)
    assert ledger.find(event(99).leaf) is None
    ledger.close()


def test_append_on_a_full_disk_at_any_moment_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = opened(folder)
    total = calls_of_one_append(monkeypatch, ledger, COUNT)
    assert total >= 4
    before, note = files(folder), ledger.head.note
    for call in range(1, total + 1):
        fail_at(monkeypatch, call, lambda: OSError(errno.ENOSPC, "no space"))
        with pytest.raises(DiskFull):
            ledger.append([events(11, 20)])
        monkeypatch.undo()
        assert files(folder) == before and ledger.head.note == note and ledger.fault is None
    assert ledger.append([events(11, 20)]) == [list(range(11, 20))]
    ledger.close()
    check_holds(folder, 20)


@pytest.mark.expects_warnings
def test_append_on_a_failing_disk_stops_the_ledger(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = opened(folder)
    fail_at(monkeypatch, 2, lambda: OSError(errno.EIO, "input/output error"))
    with pytest.raises(StoreDamaged):
        ledger.append([events(10, 11)])
    monkeypatch.undo()
    assert ledger.fault is not None
    with pytest.raises(StoreDamaged):
        ledger.append([events(10, 11)])
    ledger.close()
    check_holds(folder, COUNT)


@pytest.mark.expects_warnings
def test_append_that_cannot_even_be_undone_stops_the_ledger(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = opened(folder)
    fail_at(monkeypatch, 1, lambda: OSError(errno.ENOSPC, "no space"))

    def refuse(*_: Any) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(os, "ftruncate", refuse)
    with pytest.raises(StoreDamaged):
        ledger.append([events(10, 11)])
    monkeypatch.undo()
    with pytest.raises(StoreDamaged):
        ledger.append([events(10, 11)])
    ledger.close()
    check_holds(folder, COUNT)


@pytest.mark.expects_warnings
def test_crash_at_any_moment_keeps_what_was_acknowledged(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the crash the new rows are there whole or not at all, and sending them again gives one place each."""
    ledger = opened(folder)
    total = calls_of_one_append(monkeypatch, ledger, COUNT)
    ledger.close()
    for call in range(1, total + 1):
        first = COUNT + call
        ledger = opened(folder)
        assert ledger.head.checkpoint.size == first
        fail_at(monkeypatch, call, Crash)
        with pytest.raises(Crash):
            ledger.append([[event(first)]])
        monkeypatch.undo()
        ledger.close()
        ledger = opened(folder)
        assert ledger.head.checkpoint.size in (first, first + 1)
        assert ledger.append([[event(first)]]) == [[first]]
        ledger.close()
        check_holds(folder, first + 1)


@pytest.mark.expects_warnings
def test_open_with_whole_rows_after_the_checkpoint_signs_for_them(folder: Path) -> None:
    path = folder / "checkpoints.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    (folder / "index.db").unlink()
    check_holds(folder, COUNT)


def test_open_with_a_forged_row_after_the_checkpoint_raises(folder: Path) -> None:
    """Its hash is right, but no crash leaves a row that no node signed."""
    entry = event(COUNT).entry.replace(b"job-stage", b"job-stake")
    last = max((folder / "segments").iterdir())
    last.write_bytes(last.read_bytes() + len(entry).to_bytes(4, "big") + leaf_hash(entry) + entry)
    with pytest.raises(LogTampered) as raised:
        opened(folder)
    assert raised.value.details["row"] == COUNT


@pytest.mark.parametrize("row", range(COUNT))
def test_open_with_a_changed_row_names_it(folder: Path, row: int) -> None:
    found = [item for item in scan(folder / "segments") if item.index == row][0]
    data = bytearray(found.segment.read_bytes())
    data[found.offset + 60] ^= 1
    found.segment.write_bytes(bytes(data))
    with pytest.raises(LogTampered) as raised:
        opened(folder)
    assert raised.value.details == {"row": row, "file": found.segment.name}


@pytest.mark.parametrize("row", range(COUNT))
def test_open_with_a_row_replaced_by_another_genuine_event_names_it(folder: Path, row: int) -> None:
    """Hash and signature of the new row are right; only the tree and the index know better."""
    found = [item for item in scan(folder / "segments") if item.index == row][0]
    other = event(row + 70)
    data = found.segment.read_bytes()
    assert len(other.entry) == len(found.entry)
    start = found.offset + 4
    data = data[:start] + other.leaf + other.entry + data[start + 32 + len(other.entry) :]
    found.segment.write_bytes(data)
    with pytest.raises(LogTampered) as raised:
        opened(folder)
    assert raised.value.details == {"row": row, "file": "the segments"}
    (folder / "index.db").unlink()
    with pytest.raises(LogTampered):
        opened(folder)


def test_open_with_missing_rows_names_the_first(folder: Path) -> None:
    paths = sorted((folder / "segments").iterdir())
    first = min(row.index for row in scan(folder / "segments") if row.segment == paths[-1])
    paths[-1].unlink()
    with pytest.raises(LogTampered) as raised:
        opened(folder)
    assert raised.value.details["row"] == first


@pytest.mark.parametrize("row", [0, 4, COUNT - 1])
def test_open_with_a_changed_index_names_the_row(folder: Path, row: int) -> None:
    with sqlite3.connect(folder / "index.db") as database:
        database.execute("update leaves set leaf = ? where position = ?", [leaf_hash(b"other"), row])
    database.close()
    with pytest.raises(LogTampered) as raised:
        opened(folder)
    assert raised.value.details == {"row": row, "file": "index.db"}


def test_open_with_a_row_missing_from_or_surplus_in_the_index_names_it(folder: Path) -> None:
    with sqlite3.connect(folder / "index.db") as database:
        database.execute("insert into leaves (position, leaf) values (?, ?)", [COUNT, leaf_hash(b"other")])
    with pytest.raises(LogTampered) as raised:
        opened(folder)
    assert raised.value.details["row"] == COUNT
    with sqlite3.connect(folder / "index.db") as again:
        again.execute("delete from leaves where position in (6, ?)", [COUNT])
    again.close()
    database.close()
    with pytest.raises(LogTampered) as raised:
        opened(folder)
    assert raised.value.details["row"] == 6


def test_open_with_a_lagging_or_missing_index_completes_it(folder: Path) -> None:
    with sqlite3.connect(folder / "index.db") as database:
        database.execute("delete from leaves where position >= 4")
    database.close()
    check_holds(folder, COUNT)
    for path in folder.glob("index.db*"):
        path.unlink()
    check_holds(folder, COUNT)


@pytest.mark.expects_warnings
def test_open_with_an_index_that_is_no_database_makes_it_again(folder: Path) -> None:
    (folder / "index.db").write_bytes(b"not a database at all" * 100)
    check_holds(folder, COUNT)
    assert (folder / "index.db.damaged").exists()


def test_open_with_a_forged_checkpoint_raises(folder: Path) -> None:
    path = folder / "checkpoints.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    note = json.loads(lines[-1]).replace(f"\n{COUNT}\n", f"\n{COUNT - 1}\n")
    path.write_bytes(b"".join(lines[:-1]) + json.dumps(note).encode() + b"\n")
    with pytest.raises(LogTampered):
        opened(folder)


def test_open_with_another_key_raises(folder: Path) -> None:
    with pytest.raises(LogTampered):
        Ledger.open(folder, NODE_A, 2000)


def test_open_of_a_ledger_put_back_to_an_earlier_state_is_caught_by_the_index(folder: Path, tmp_path: Path) -> None:
    """Old segments and old checkpoints fit together; what gives it away here is the index, elsewhere the witnesses."""
    ledger_with(tmp_path / "old", 4)
    for name in ("segments", "checkpoints.jsonl"):
        (folder / name).rename(tmp_path / f"set-aside-{name}")
        (tmp_path / "old" / name).rename(folder / name)
    with pytest.raises(LogTampered) as raised:
        opened(folder)
    assert raised.value.details["row"] == 4


@pytest.mark.expects_warnings
def test_append_with_an_index_that_cannot_be_written_still_finds_its_rows(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = opened(folder)
    index: Any = getattr(ledger, "_index")
    table = type(index._database.table("leaves"))

    def full(*_: Any, **__: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(table, "insert_all", full)
    assert ledger.append([events(10, 12)]) == [[10, 11]]
    assert ledger.append([events(10, 13)]) == [[10, 11, 12]]
    monkeypatch.undo()
    assert ledger.append([events(11, 14)]) == [[11, 12, 13]]
    ledger.close()
    check_holds(folder, 14)
