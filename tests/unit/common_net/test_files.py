"""Files appear whole or not at all, private where they must be, and a full disk has a name."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from common.errors import DiskFull
from common.net import files
from common.net.files import named, write_atomic, write_private
from common.system.permissions import sync_folder


def test_private_file_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    write_private(tmp_path / "key", b"secret")
    assert (tmp_path / "key").read_bytes() == b"secret"
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_private_file_stays_private_when_written_again(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_atomic_file_replaces_the_old_one_and_leaves_nothing_beside(tmp_path: Path) -> None:
    for content in (b"first", b"second"):
        write_atomic(tmp_path / "file", content)
    assert (tmp_path / "file").read_bytes() == b"second"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_keeps_the_old_file_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    write_atomic(tmp_path / "file", b"old")

    def full(*unused: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, step, full)
    with pytest.raises(DiskFull):
        write_atomic(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_other_errors_keep_their_own_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomic(tmp_path / "no" / "folder", b"x")
    error = OSError(errno.EACCES, "no")
    assert named(error) is error


def test_folder_can_be_synced(tmp_path: Path) -> None:
    sync_folder(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "none")


def test_planted_link_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"untouched")

    class Known:
        def token(self, size: int) -> bytes:
            return bytes(size)

    monkeypatch.setattr(files, "SystemRandom", Known)
    planted = tmp_path / f"file.{'00' * 8}.part"
    planted.symlink_to(victim)
    with pytest.raises(FileExistsError):
        write_atomic(tmp_path / "file", b"new")
    assert victim.read_bytes() == b"untouched"
    assert planted.is_symlink() and not (tmp_path / "file").exists()


def test_two_writers_do_not_share_a_part_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, meanwhile = os.replace, [b"inner"]

    def slow(source: Path, target: Path) -> None:
        while meanwhile:
            write_atomic(tmp_path / "file", meanwhile.pop())
        replace(source, target)

    monkeypatch.setattr(os, "replace", slow)
    write_atomic(tmp_path / "file", b"outer")
    assert (tmp_path / "file").read_bytes() == b"outer"
    assert os.listdir(tmp_path) == ["file"]


def test_mode_does_not_depend_on_the_mask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_atomic(tmp_path / "file", b"x", mode=0o644)
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644
