"""The store: what was taken cannot be taken again, and what is damaged is not used."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from common.errors import CorrelationReused, DiskFull, PeerMismatch, StoreDamaged
from common.ids import Party
from server_node.offline.layout import Layout, own_words
from server_node.offline.plan import PlanRecorder, Segment
from server_node.offline.segments import SegmentFile, SegmentName, find_ready, ready_path
from server_node.offline.store import StoredCorrelations
from server_node.offline.views import PLAIN, TRANSPOSED
from tests.helpers.seeded import SeededRandom

NAME = SegmentName("ab" * 32, 3, "cot", "cd" * 16)
SEED = bytes(range(32))
BLOCK = 512


def plan() -> Segment:
    recorder = PlanRecorder()
    a, b = recorder.mask((2, 3)), recorder.mask((3, 4))
    recorder.matmul(a, b)
    recorder.bit_triples(2)
    recorder.random_ots(70, 6)
    return recorder.requests


def layout(requests: Segment | None = None) -> Layout:
    return Layout(plan() if requests is None else requests, Party.P0, "cot")


def found(folder: Path, segment: int = 3) -> SegmentName | None:
    wanted = SegmentName(NAME.plan, segment, "cot", "")
    return find_ready(folder, wanted, layout().stored_bytes)


def take_segment(folder: Path, name: SegmentName = NAME) -> StoredCorrelations:
    return StoredCorrelations(folder, name, plan(), Party.P0)


def write(folder: Path, name: SegmentName = NAME) -> bytes:
    """A ready segment with arbitrary results; returns them."""
    results = SeededRandom("results").token(layout().stored_bytes)
    file = SegmentFile(folder, name, SEED, layout().stored_bytes)
    file.stored[:] = np.frombuffer(results, np.uint8)
    file.publish()
    return results


def take_all(store: StoredCorrelations) -> None:
    a, b = store.mask((2, 3)), store.mask((3, 4))
    store.matmul(a, b)
    store.bit_triples(2)
    store.random_ots(70, 6)


def test_store_gives_back_what_was_written(tmp_path: Path) -> None:
    results = write(tmp_path)
    requests = plan()
    with closing(take_segment(tmp_path)) as store:
        a, b = store.mask((2, 3)), store.mask((3, 4))
        assert (a.index, b.index) == (0, 1)
        assert a.share.numpy().tobytes() == own_words(SEED, 0, requests[0], Party.P0).tobytes()
        assert store.matmul(a, b).numpy().tobytes() == results[:64]
        triples = store.bit_triples(2)
        assert np.concatenate([triples.c0.numpy(), triples.c1.numpy()]).tobytes() == results[64:96]
        ots = store.random_ots(70, 6)
        wide = np.concatenate([ots.pad0.numpy(), ots.pad1.numpy(), ots.chosen.numpy()])
        assert wide.view(np.uint8).reshape(-1, 8)[:, :6].tobytes() == results[96:]
        assert not wide.view(np.uint8).reshape(-1, 8)[:, 6:].any()


def test_store_file_is_private_and_has_no_spare_bytes(tmp_path: Path) -> None:
    results = write(tmp_path)
    status = ready_path(tmp_path, 3).stat()
    assert status.st_mode & 0o777 == 0o600
    assert status.st_size == BLOCK + len(results) + 16
    assert os.listdir(tmp_path) == ["segment-00003.ready"]


def test_store_second_open_is_refused_while_the_first_is_open(tmp_path: Path) -> None:
    write(tmp_path)
    with closing(take_segment(tmp_path)) as store:
        with pytest.raises(CorrelationReused):
            take_segment(tmp_path)
        take_all(store)


def test_store_second_open_is_refused_after_the_first_was_closed(tmp_path: Path) -> None:
    write(tmp_path)
    take_segment(tmp_path).close()
    with pytest.raises(CorrelationReused):
        take_segment(tmp_path)


def test_store_closed_segment_holds_nothing_any_more(tmp_path: Path) -> None:
    write(tmp_path)
    take_segment(tmp_path).close()
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == {"segment-00003.taken": 0}


def test_store_segment_of_a_process_that_crashed_is_refused(tmp_path: Path) -> None:
    """The crash came after the segment was taken: nobody knows how much of it was used."""
    write(tmp_path)
    os.replace(ready_path(tmp_path, 3), ready_path(tmp_path, 3).with_suffix(".taken"))
    with pytest.raises(CorrelationReused):
        take_segment(tmp_path)
    assert found(tmp_path) is None


def test_store_two_processes_at_once_one_gets_the_segment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one had looked before and found the segment ready."""
    write(tmp_path)
    plain = os.replace

    def slower(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "replace", plain)
        plain(source, target)
        plain(source, target)

    monkeypatch.setattr(os, "replace", slower)
    with pytest.raises(CorrelationReused, match="another process"):
        take_segment(tmp_path)


def test_store_fresh_segment_replaces_a_used_one(tmp_path: Path) -> None:
    write(tmp_path)
    take_segment(tmp_path).close()
    fresh = SegmentName(NAME.plan, 3, "cot", "ef" * 16)
    write(tmp_path, fresh)
    with closing(take_segment(tmp_path, fresh)) as store:
        take_all(store)


def test_store_asked_for_more_than_planned_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    with closing(take_segment(tmp_path)) as store:
        take_all(store)
        with pytest.raises(CorrelationReused):
            store.mask((1,))


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.mask((3, 2)),
        lambda store: store.mask((6,)),
        lambda store: store.bit_triples(6),
        lambda store: store.random_ots(6),
    ],
)
def test_store_asked_for_something_else_than_planned_is_refused(
    tmp_path: Path, ask: Callable[[StoredCorrelations], object]
) -> None:
    write(tmp_path)
    with closing(take_segment(tmp_path)) as store:
        with pytest.raises(PeerMismatch):
            ask(store)
        take_all(store)  # nothing was handed out by the refused request


def test_store_product_of_other_masks_than_planned_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    with closing(take_segment(tmp_path)) as store:
        a, b = store.mask((2, 3)), store.mask((3, 4))
        with pytest.raises(PeerMismatch):
            store.matmul(a, a, (PLAIN, TRANSPOSED))
        with pytest.raises(PeerMismatch):
            store.matmul(b, a, (TRANSPOSED, TRANSPOSED))


def test_store_with_any_byte_flipped_is_not_used(tmp_path: Path) -> None:
    write(tmp_path)
    path = ready_path(tmp_path, 3)
    good = path.read_bytes()
    for offset in {*range(0, 160), *range(470, len(good), 7), len(good) - 1}:
        damaged = bytearray(good)
        damaged[offset] ^= 1
        path.write_bytes(damaged)
        assert found(tmp_path) is None
        with pytest.raises(StoreDamaged):
            take_segment(tmp_path)
    path.write_bytes(good)
    assert found(tmp_path) == NAME


@pytest.mark.parametrize("size", [0, 4, 479, 480, 512, 600, -32, -1])
def test_store_cut_off_anywhere_is_not_used(tmp_path: Path, size: int) -> None:
    write(tmp_path)
    path = ready_path(tmp_path, 3)
    os.truncate(path, size if size >= 0 else path.stat().st_size + size)
    assert found(tmp_path) is None
    with pytest.raises(StoreDamaged):
        take_segment(tmp_path)


def test_store_grown_file_is_not_used(tmp_path: Path) -> None:
    write(tmp_path)
    with ready_path(tmp_path, 3).open("ab") as out:
        out.write(b"\x00")
    with pytest.raises(StoreDamaged):
        take_segment(tmp_path)


@pytest.mark.parametrize(
    "block", [b"", b"IGCS", b"IGCS\xff\xff\xff\xff{", b'IGCS\x05\x00\x00\x00{"a":', b"IGCS\x02\x00\x00\x00[]"]
)
def test_store_file_with_any_other_start_is_not_found(tmp_path: Path, block: bytes) -> None:
    ready_path(tmp_path, 3).write_bytes(block.ljust(2048, b"\x00"))
    assert found(tmp_path) is None


def test_store_missing_segment_is_damage(tmp_path: Path) -> None:
    with pytest.raises(StoreDamaged, match="missing"):
        take_segment(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        SegmentName("ac" * 32, 3, "cot", "cd" * 16),
        SegmentName("ab" * 32, 3, "helper", "cd" * 16),
        SegmentName("ab" * 32, 3, "cot", "ce" * 16),
    ],
    ids=["plan", "source", "nonce"],
)
def test_store_segment_of_another_preparation_is_not_used(tmp_path: Path, name: SegmentName) -> None:
    write(tmp_path)
    with pytest.raises(StoreDamaged):
        take_segment(tmp_path, name)
    take_segment(tmp_path).close()


def test_store_segment_in_another_s_place_is_not_used(tmp_path: Path) -> None:
    write(tmp_path)
    os.replace(ready_path(tmp_path, 3), ready_path(tmp_path, 4))
    assert found(tmp_path, 4) is None
    with pytest.raises(StoreDamaged):
        take_segment(tmp_path, SegmentName(NAME.plan, 4, NAME.source, NAME.nonce))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_store_without_room_says_so_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(handle: int, start: int, size: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(DiskFull):
        SegmentFile(tmp_path, NAME, SEED, layout().stored_bytes)
    assert not list(tmp_path.iterdir())


def test_store_of_a_segment_without_results(tmp_path: Path) -> None:
    recorder = PlanRecorder()
    recorder.mask((4,))
    file = SegmentFile(tmp_path, NAME, SEED, layout(recorder.requests).stored_bytes)
    assert file.stored.size == 0
    file.publish()
    with closing(StoredCorrelations(tmp_path, NAME, recorder.requests, Party.P0)) as store:
        assert store.mask((4,)).share.shape == (4,)


def test_segment_beside_a_taken_one_is_not_ready(tmp_path: Path) -> None:
    """It could not be opened, so it is made anew, and may be used then."""
    write(tmp_path)
    taken = ready_path(tmp_path, NAME.segment).with_suffix(".taken")
    taken.touch()
    assert found(tmp_path) is None
    write(tmp_path)
    assert not taken.exists()
    assert found(tmp_path) == NAME
    take_segment(tmp_path).close()
