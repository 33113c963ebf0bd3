"""The file of checkpoints: the newest counts, a torn line does not, a changed one is noticed."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from common.errors import LogTampered
from common.merkle.checkpoint import Checkpoint, open_checkpoint, origin_of
from common.merkle.tree import leaf_hash
from log_node.ledger.publisher import Publisher, history
from tests.helpers.log_events import LOG_KEY, NODE_A

ORIGIN = origin_of(LOG_KEY.verify_key)


def checkpoint(size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, leaf_hash(bytes([size])))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    publisher = Publisher(tmp_path / "checkpoints.jsonl", LOG_KEY)
    for size in range(4):
        publisher.publish(checkpoint(size))
    return tmp_path / "checkpoints.jsonl"


def sizes(path: Path) -> list[int]:
    return [found.size for found in history(path, LOG_KEY.verify_key)]


def test_publish_then_load_gives_the_newest(path: Path) -> None:
    found, note = Publisher(path, LOG_KEY).load()
    assert found == checkpoint(3) == open_checkpoint(note, LOG_KEY.verify_key)
    assert sizes(path) == [0, 1, 2, 3]


def test_load_of_a_long_file_reads_the_newest(path: Path) -> None:
    publisher = Publisher(path, LOG_KEY)
    publisher.load()
    for size in range(4, 100):
        publisher.publish(checkpoint(size))
    assert Publisher(path, LOG_KEY).load()[0].size == 99


def test_load_of_every_cut_in_the_last_line_gives_the_one_before(path: Path) -> None:
    data = path.read_bytes()
    start = data[:-1].rindex(b"\n") + 1
    for end in range(start, len(data)):
        path.write_bytes(data[:end])
        assert Publisher(path, LOG_KEY).load()[0].size == 2
        assert path.read_bytes() == data[:start]


def test_load_after_a_torn_line_then_publish_goes_on(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])
    publisher = Publisher(path, LOG_KEY)
    publisher.load()
    publisher.publish(checkpoint(3))
    assert sizes(path) == [0, 1, 2, 3]


def test_load_of_zeros_left_by_a_power_cut_removes_them(path: Path) -> None:
    before = path.read_bytes()
    path.write_bytes(before + bytes(300))
    assert Publisher(path, LOG_KEY).load()[0].size == 3
    assert path.read_bytes() == before


def test_load_of_every_flipped_byte_in_the_last_line_raises_or_steps_back(path: Path) -> None:
    """Only the final newline can be lost without a trace: then the line counts as torn."""
    data = path.read_bytes()
    start = data[:-1].rindex(b"\n") + 1
    for place in range(start, len(data) - 1):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x01]) + data[place + 1 :])
        with pytest.raises(LogTampered):
            Publisher(path, LOG_KEY).load()


@pytest.mark.parametrize("content", [b"", b"\n", b"no newline", b"{}\n", b"3\n", b"\xff\n", b"[" * 5000 + b"\n"])
def test_load_of_something_else_raises(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(LogTampered):
        Publisher(path, LOG_KEY).load()


def test_load_of_a_missing_file_raises(tmp_path: Path) -> None:
    with pytest.raises(LogTampered):
        Publisher(tmp_path / "checkpoints.jsonl", LOG_KEY).load()


def test_load_of_another_logs_checkpoint_raises(path: Path) -> None:
    with pytest.raises(LogTampered):
        Publisher(path, NODE_A).load()


def test_history_names_the_first_bad_line(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].replace(b"\\n1\\n", b"\\n7\\n") + lines[2] + lines[3])
    with pytest.raises(LogTampered) as raised:
        sizes(path)
    assert raised.value.details["line"] == 2
    path.write_bytes(lines[0] + lines[2] + lines[1] + lines[3])
    with pytest.raises(LogTampered) as raised:
        sizes(path)
    assert raised.value.details["line"] == 3


def test_history_of_a_torn_last_line_passes_over_it(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])
    assert sizes(path) == [0, 1, 2]


def test_roll_back_removes_a_half_written_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publisher = Publisher(path, LOG_KEY)
    publisher.load()
    before, plain = path.read_bytes(), os.write
    pieces = [60]

    def filling(handle: int, data: Any) -> int:
        if not pieces:
            raise OSError(errno.ENOSPC, "no space")
        return plain(handle, bytes(data[: pieces.pop()]))

    monkeypatch.setattr(os, "write", filling)
    with pytest.raises(OSError, match="no space"):
        publisher.publish(checkpoint(4))
    assert path.read_bytes() != before
    publisher.roll_back()
    assert path.read_bytes() == before
    monkeypatch.undo()
    publisher.publish(checkpoint(4))
    assert sizes(path) == [0, 1, 2, 3, 4]
