"""Rows on disk: written whole or not at all, and every damage is found at its place."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from common.errors import BadInput, LogTampered
from common.merkle.tree import leaf_hash
from log_node.ledger.segments import DamagedRow, Segments, scan

ENTRIES = [bytes([65 + index]) * (20 + index) for index in range(12)]


def rows(first: int, end: int) -> list[tuple[bytes, bytes]]:
    return [(leaf_hash(entry), entry) for entry in ENTRIES[first:end]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve rows in batches of two, about four rows a file."""
    segments = Segments(tmp_path, 200)
    for first in range(0, 12, 2):
        segments.append(rows(first, first + 2))
    return tmp_path


def reopened(folder: Path) -> Segments:
    segments = Segments(folder, 200)
    for row in scan(folder):
        segments.remember(row)
    return segments


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_scan_gives_every_row_in_order(folder: Path) -> None:
    found = list(scan(folder))
    assert [row.entry for row in found] == ENTRIES and [row.index for row in found] == list(range(12))
    assert len(files(folder)) > 2


def test_read_any_range_gives_its_entries(folder: Path) -> None:
    segments = reopened(folder)
    assert segments.rows == 12
    for first in range(12):
        for end in range(first + 1, 13):
            assert segments.read(first, end, 10**6) == ENTRIES[first:end]


def test_read_stops_at_the_byte_limit_but_gives_one(folder: Path) -> None:
    segments = reopened(folder)
    assert segments.read(2, 12, 1) == ENTRIES[2:3]
    assert segments.read(2, 12, 23) == ENTRIES[2:4]


@pytest.mark.parametrize(("first", "end"), [(-1, 2), (3, 3), (4, 3), (0, 13), (12, 13)])
def test_read_of_rows_that_are_not_there_raises(folder: Path, first: int, end: int) -> None:
    with pytest.raises(BadInput):
        reopened(folder).read(first, end, 10**6)


def test_append_after_reopening_goes_on(folder: Path) -> None:
    segments = reopened(folder)
    segments.append([(leaf_hash(b"next"), b"next")])
    assert segments.read(11, 13, 10**6) == [ENTRIES[11], b"next"]
    assert [row.entry for row in scan(folder)] == [*ENTRIES, b"next"]


@pytest.mark.parametrize("rows_before", [2, 4])
def test_roll_back_leaves_the_files_as_they_were(tmp_path: Path, rows_before: int) -> None:
    """With two rows the undone append went into the same file, with four into a new one."""
    segments = Segments(tmp_path, 120)
    for first in range(0, rows_before, 2):
        segments.append(rows(first, first + 2))
    before, mark = files(tmp_path), segments.mark()
    segments.append(rows(rows_before, rows_before + 2))
    segments.roll_back(mark)
    assert files(tmp_path) == before and segments.rows == rows_before
    segments.append(rows(rows_before, 12))
    assert [row.entry for row in scan(tmp_path)] == ENTRIES


def test_roll_back_of_the_very_first_append_leaves_nothing(tmp_path: Path) -> None:
    segments = Segments(tmp_path, 120)
    mark = segments.mark()
    segments.append(rows(0, 2))
    segments.roll_back(mark)
    assert files(tmp_path) == {} and segments.rows == 0


def test_append_short_writes_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: plain(handle, bytes(data[:7])))
    Segments(tmp_path, 10**6).append(rows(0, 12))
    monkeypatch.undo()
    assert [row.entry for row in scan(tmp_path)] == ENTRIES


def test_append_full_disk_then_roll_back_leaves_nothing_half_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segments = reopened(folder)
    before, mark, plain = files(folder), segments.mark(), os.write
    left = [50]

    def filling(handle: int, data: Any) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, "no space")
        done = plain(handle, bytes(data[: left[0]]))
        left[0] -= done
        return done

    monkeypatch.setattr(os, "write", filling)
    with pytest.raises(OSError, match="no space"):
        segments.append([(leaf_hash(b"x" * 100), b"x" * 100)])
    segments.roll_back(mark)
    assert files(folder) == before


def test_scan_of_every_flipped_byte_stops_at_its_row(folder: Path) -> None:
    intact = list(scan(folder))
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        for place in range(len(data)):
            path.write_bytes(data[:place] + bytes([data[place] ^ 0x40]) + data[place + 1 :])
            expected = max((row.index for row in intact if row.segment == path and row.offset <= place), default=None)
            if expected is None:
                expected = min(row.index for row in intact if row.segment == path)
            with pytest.raises(DamagedRow) as raised:
                list(scan(folder))
            assert raised.value.row == expected and raised.value.segment == path
        path.write_bytes(data)


def test_scan_of_every_cut_of_the_last_file_stops_at_the_row(folder: Path) -> None:
    last = max(folder.iterdir())
    data = last.read_bytes()
    ends = {row.offset for row in scan(folder) if row.segment == last}
    for length in range(len(data)):
        last.write_bytes(data[:length])
        if length in ends and length > 16:
            list(scan(folder))
        else:
            with pytest.raises(DamagedRow):
                list(scan(folder))


@pytest.mark.parametrize("length", [0, 5, 16, 17, 40, 70, 120])
def test_cut_then_append_gives_a_sound_file_again(folder: Path, length: int) -> None:
    last = max(folder.iterdir())
    last.write_bytes(last.read_bytes()[:length])
    segments = Segments(folder, 200)
    try:
        for row in scan(folder):
            segments.remember(row)
    except DamagedRow as damage:
        segments.cut(damage)
    kept = segments.rows
    segments.append(rows(kept, 12))
    assert [row.entry for row in scan(folder)] == ENTRIES


def test_scan_of_a_missing_or_swapped_file_stops_there(folder: Path) -> None:
    paths = sorted(folder.iterdir())
    paths[1].rename(folder / "aside")
    with pytest.raises(DamagedRow):
        list(scan(folder))
    (folder / "aside").rename(paths[1])
    paths[0].rename(folder / "aside")
    paths[1].rename(paths[0])
    (folder / "aside").rename(paths[1])
    with pytest.raises(DamagedRow) as raised:
        list(scan(folder))
    assert raised.value.row == 0


def test_read_of_a_row_changed_since_raises_and_names_it(folder: Path) -> None:
    segments = reopened(folder)
    row = next(row for row in scan(folder) if row.index == 5)
    data = bytearray(row.segment.read_bytes())
    data[row.offset + 40] ^= 1
    row.segment.write_bytes(bytes(data))
    with pytest.raises(LogTampered) as raised:
        segments.read(0, 12, 10**6)
    assert raised.value.details == {"row": 5, "file": row.segment.name}


def test_read_of_a_removed_or_shortened_file_raises(folder: Path) -> None:
    segments = reopened(folder)
    first = min(folder.iterdir())
    first.write_bytes(first.read_bytes()[:-1])
    with pytest.raises(LogTampered):
        segments.read(0, 12, 10**6)
    first.unlink()
    with pytest.raises(LogTampered):
        segments.read(0, 1, 10**6)
