"""All three files, or nothing."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from common.errors import BadInput, Conflict, DiskFull
from common.sharing.bundle import BundleReader
from common.sharing.share_chunk import MIN_SEALED
from desktop_client.offline_plugin.output import BundleOutput
from desktop_client.offline_plugin.split import SealedChunk

NONCE = bytes(range(16))
CHUNK = SealedChunk(3, bytes(MIN_SEALED + 5), b"\x01" * (MIN_SEALED + 700_000))


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """The kernel refuses to let any file grow beyond ``size``, in the middle of a write if need be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_output_commit_leaves_three_files(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    with BundleOutput(target, NONCE) as output:
        output.add(CHUNK)
        output.add(CHUNK)
        manifest = output.commit({"kind": "manifest", "name": "ä"})
    assert sorted(path.name for path in target.iterdir()) == ["manifest.json", "server-a.bundle", "server-b.bundle"]
    assert json.loads(manifest.read_text(encoding="utf-8")) == {"kind": "manifest", "name": "ä"}
    with BundleReader(target / "server-b.bundle") as reader:
        assert list(reader) == [CHUNK.b, CHUNK.b]
    assert [path.name for path in tmp_path.rglob(".*")] == []


def test_output_entries_commit_to_what_was_written(tmp_path: Path) -> None:
    with BundleOutput(tmp_path / "out", NONCE) as output:
        output.add(CHUNK)
        (entry,) = output.entries
    assert (entry.count, entry.a.size, entry.b.size) == (3, len(CHUNK.a), len(CHUNK.b))
    assert len({entry.a.hash, entry.b.hash}) == 2


def test_output_without_commit_leaves_nothing(tmp_path: Path) -> None:
    with BundleOutput(tmp_path / "out", NONCE) as output:
        output.add(CHUNK)
    assert list(tmp_path.iterdir()) == []


def test_output_error_inside_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError), BundleOutput(tmp_path / "out", NONCE) as output:
        output.add(CHUNK)
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_output_into_an_empty_folder_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with BundleOutput(tmp_path / "out", NONCE) as output:
        output.add(CHUNK)
        output.commit({})
    assert len(list((tmp_path / "out").iterdir())) == 3


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_output_never_replaces_what_is_there(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "out"
    if kind == "file":
        target.write_text("mine")
    elif kind == "folder":
        target.mkdir()
        (target / "mine").touch()
    else:
        target.symlink_to(tmp_path / "elsewhere")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Conflict), BundleOutput(target, NONCE):
        pass
    assert sorted(tmp_path.rglob("*")) == before


def test_output_target_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with pytest.raises(Conflict), BundleOutput(target, NONCE) as output:
        output.add(CHUNK)
        target.mkdir()
        (target / "mine").touch()
        output.commit({})
    assert [path.name for path in target.iterdir()] == ["mine"]
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("limit", [0, 100, 300_000, 1_000_000])
def test_output_full_disk_is_named_and_leaves_nothing(tmp_path: Path, limit: int) -> None:
    with pytest.raises(DiskFull), file_size_limit(limit), BundleOutput(tmp_path / "out", NONCE) as output:
        output.add(CHUNK)
        output.add(CHUNK)
        output.commit({})
    assert list(tmp_path.iterdir()) == []


def test_output_full_disk_for_the_manifest_leaves_nothing(tmp_path: Path) -> None:
    document = {"text": "x" * 2_000_000}
    with pytest.raises(DiskFull), file_size_limit(1_500_000), BundleOutput(tmp_path / "out", NONCE) as output:
        output.add(CHUNK)
        output.commit(document)
    assert list(tmp_path.iterdir()) == []


def test_output_to_an_impossible_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInput), BundleOutput(tmp_path / "file" / "out", NONCE):
        pass


def test_output_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    with BundleOutput(tmp_path / "out", NONCE) as output:
        output.add(CHUNK)
        output.commit({})
    assert os.stat(tmp_path / "out").st_mode & 0o077 == 0
