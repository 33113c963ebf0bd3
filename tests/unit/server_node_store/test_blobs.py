"""Content-addressed files: what was put comes back, or an error with a name."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from common.errors import DiskFull, StoreDamaged
from server_node.storage.blobs import BlobFiles


@pytest.fixture
def blobs(tmp_path: Path) -> BlobFiles:
    return BlobFiles(tmp_path / "blobs")


def stored(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_blob_is_found_by_the_hash_of_its_bytes(blobs: BlobFiles, tmp_path: Path) -> None:
    address = blobs.put(b"ciphertext")
    assert address == hashlib.sha256(b"ciphertext").hexdigest()
    assert blobs.get(address) == b"ciphertext"
    assert blobs.put(b"ciphertext") == address
    [path] = stored(tmp_path)
    assert path.parent.name == address[:2] and path.stat().st_mode & 0o777 == 0o600


def test_deleted_blob_is_gone(blobs: BlobFiles) -> None:
    address = blobs.put(b"x")
    blobs.delete(address)
    blobs.delete(address)
    with pytest.raises(StoreDamaged):
        blobs.get(address)


def test_every_flipped_byte_is_noticed(blobs: BlobFiles, tmp_path: Path) -> None:
    address = blobs.put(b"ciphertext")
    [path] = stored(tmp_path)
    for position in range(10):
        damaged = bytearray(b"ciphertext")
        damaged[position] ^= 0x80
        path.write_bytes(damaged)
        with pytest.raises(StoreDamaged):
            blobs.get(address)
    path.write_bytes(b"cipher")
    with pytest.raises(StoreDamaged):
        blobs.get(address)


@pytest.mark.parametrize("address", ["", "../../keys/storage.key", "AB" * 32, "ab" * 31, "/etc/passwd"])
def test_addresses_never_leave_the_folder(blobs: BlobFiles, address: str) -> None:
    with pytest.raises(StoreDamaged):
        blobs.get(address)
    with pytest.raises(StoreDamaged):
        blobs.delete(address)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_full_disk_leaves_nothing_half_stored(
    blobs: BlobFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(DiskFull):
            blobs.put(b"ciphertext")
    assert stored(tmp_path) == []
    assert blobs.get(blobs.put(b"ciphertext")) == b"ciphertext"


def test_reserve_is_kept_free(tmp_path: Path) -> None:
    blobs = BlobFiles(tmp_path, reserve_bytes=1 << 60)
    with pytest.raises(DiskFull) as refused:
        blobs.put(b"x")
    assert refused.value.details["needed_bytes"] == 1 and stored(tmp_path) == []


def test_sweep_removes_parts_orphans_and_strays(blobs: BlobFiles, tmp_path: Path) -> None:
    kept, orphan = blobs.put(b"kept"), blobs.put(b"orphan")
    folder = tmp_path / "blobs" / kept[:2]
    (folder / "00.part").write_bytes(b"half")
    (folder / ("ab" * 32)).write_bytes(b"in the wrong folder")
    assert blobs.sweep({kept}) == 3
    assert [path.name for path in stored(tmp_path)] == [kept]
    with pytest.raises(StoreDamaged):
        blobs.get(orphan)
