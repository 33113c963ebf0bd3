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
from server_node.offline.generate import own_words
from server_node.offline.plan import PlanRecorder, Segment
from server_node.offline.store import SegmentFile, SegmentName, StoredCorrelations, find_ready, ready_path
from tests.helpers.seeded import SeededRandom

NAME = SegmentName("ab" * 32, 3, "cd" * 16)
SEED = bytes(range(32))
BLOCK = 512


def plan() -> Segment:
    recorder = PlanRecorder()
    a, b = recorder.mask((2, 3)), recorder.mask((3, 4))
    recorder.matmul(a, b, "nn")
    recorder.bit_triples(2)
    recorder.selectors(70)
    return recorder.requests


def write(folder: Path, name: SegmentName = NAME) -> np.ndarray[tuple[int, ...], np.dtype[np.uint64]]:
    """A ready segment with arbitrary results; returns them."""
    requests = plan()
    results = np.frombuffer(SeededRandom("results").token(8 * sum(r.result_words for r in requests)), np.uint64)
    file = SegmentFile(folder, name, SEED, requests)
    file.results[:] = results
    file.publish()
    return results


def take_all(store: StoredCorrelations) -> None:
    a, b = store.mask((2, 3)), store.mask((3, 4))
    store.matmul(a, b, "nn")
    store.bit_triples(2)
    store.selectors(70)


def test_store_gives_back_what_was_written(tmp_path: Path) -> None:
    results = write(tmp_path)
    requests = plan()
    with closing(StoredCorrelations(tmp_path, NAME, requests)) as store:
        a, b = store.mask((2, 3)), store.mask((3, 4))
        assert (a.index, b.index) == (0, 1)
        assert a.share.numpy().view(np.uint64).tobytes() == own_words(SEED, 0, requests[0]).tobytes()
        product = store.matmul(a, b, "nn")
        assert product.numpy().view(np.uint64).tobytes() == results[:8].tobytes()
        triples = store.bit_triples(2)
        assert np.concatenate([triples.c0.numpy(), triples.c1.numpy()]).tobytes() == results[8:12].tobytes()
        chosen = store.selectors(70)
        assert np.concatenate([chosen.arithmetic, chosen.product]).tobytes() == results[12:].tobytes()


def test_store_file_is_private_and_has_no_spare_bytes(tmp_path: Path) -> None:
    results = write(tmp_path)
    status = ready_path(tmp_path, 3).stat()
    assert status.st_mode & 0o777 == 0o600
    assert status.st_size == BLOCK + results.nbytes + 32
    assert os.listdir(tmp_path) == ["segment-00003.ready"]


def test_store_second_open_is_refused_while_the_first_is_open(tmp_path: Path) -> None:
    write(tmp_path)
    with closing(StoredCorrelations(tmp_path, NAME, plan())) as store:
        with pytest.raises(CorrelationReused):
            StoredCorrelations(tmp_path, NAME, plan())
        take_all(store)


def test_store_second_open_is_refused_after_the_first_was_closed(tmp_path: Path) -> None:
    write(tmp_path)
    StoredCorrelations(tmp_path, NAME, plan()).close()
    with pytest.raises(CorrelationReused):
        StoredCorrelations(tmp_path, NAME, plan())


def test_store_closed_segment_holds_nothing_any_more(tmp_path: Path) -> None:
    write(tmp_path)
    StoredCorrelations(tmp_path, NAME, plan()).close()
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == {"segment-00003.taken": 0}


def test_store_segment_of_a_process_that_crashed_is_refused(tmp_path: Path) -> None:
    """The crash came after the segment was taken: nobody knows how much of it was used."""
    write(tmp_path)
    os.replace(ready_path(tmp_path, 3), ready_path(tmp_path, 3).with_suffix(".taken"))
    with pytest.raises(CorrelationReused):
        StoredCorrelations(tmp_path, NAME, plan())
    assert find_ready(tmp_path, NAME.plan, 3, plan()) is None


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
        StoredCorrelations(tmp_path, NAME, plan())


def test_store_fresh_segment_replaces_a_used_one(tmp_path: Path) -> None:
    write(tmp_path)
    StoredCorrelations(tmp_path, NAME, plan()).close()
    fresh = SegmentName(NAME.plan, 3, "ef" * 16)
    write(tmp_path, fresh)
    with closing(StoredCorrelations(tmp_path, fresh, plan())) as store:
        take_all(store)


def test_store_asked_for_more_than_planned_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    with closing(StoredCorrelations(tmp_path, NAME, plan())) as store:
        take_all(store)
        with pytest.raises(CorrelationReused):
            store.mask((1,))


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.mask((3, 2)),
        lambda store: store.mask((6,)),
        lambda store: store.bit_triples(6),
        lambda store: store.selectors(6),
    ],
)
def test_store_asked_for_something_else_than_planned_is_refused(
    tmp_path: Path, ask: Callable[[StoredCorrelations], object]
) -> None:
    write(tmp_path)
    with closing(StoredCorrelations(tmp_path, NAME, plan())) as store:
        with pytest.raises(PeerMismatch):
            ask(store)
        take_all(store)  # nothing was handed out by the refused request


def test_store_product_of_other_masks_than_planned_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    with closing(StoredCorrelations(tmp_path, NAME, plan())) as store:
        a, b = store.mask((2, 3)), store.mask((3, 4))
        with pytest.raises(PeerMismatch):
            store.matmul(a, a, "nt")
        with pytest.raises(PeerMismatch):
            store.matmul(b, a, "tn")


def test_store_with_any_byte_flipped_is_not_used(tmp_path: Path) -> None:
    write(tmp_path)
    path = ready_path(tmp_path, 3)
    good = path.read_bytes()
    for offset in {*range(0, 160), *range(470, len(good), 7), len(good) - 1}:
        damaged = bytearray(good)
        damaged[offset] ^= 1
        path.write_bytes(damaged)
        assert find_ready(tmp_path, NAME.plan, 3, plan()) is None
        with pytest.raises(StoreDamaged):
            StoredCorrelations(tmp_path, NAME, plan())
    path.write_bytes(good)
    assert find_ready(tmp_path, NAME.plan, 3, plan()) == NAME


@pytest.mark.parametrize("size", [0, 4, 479, 480, 512, 600, -32, -1])
def test_store_cut_off_anywhere_is_not_used(tmp_path: Path, size: int) -> None:
    write(tmp_path)
    path = ready_path(tmp_path, 3)
    os.truncate(path, size if size >= 0 else path.stat().st_size + size)
    assert find_ready(tmp_path, NAME.plan, 3, plan()) is None
    with pytest.raises(StoreDamaged):
        StoredCorrelations(tmp_path, NAME, plan())


def test_store_grown_file_is_not_used(tmp_path: Path) -> None:
    write(tmp_path)
    with ready_path(tmp_path, 3).open("ab") as out:
        out.write(b"\x00")
    with pytest.raises(StoreDamaged):
        StoredCorrelations(tmp_path, NAME, plan())


@pytest.mark.parametrize(
    "block", [b"", b"IGCS", b"IGCS\xff\xff\xff\xff{", b'IGCS\x05\x00\x00\x00{"a":', b"IGCS\x02\x00\x00\x00[]"]
)
def test_store_file_with_any_other_start_is_not_found(tmp_path: Path, block: bytes) -> None:
    ready_path(tmp_path, 3).write_bytes(block.ljust(2048, b"\x00"))
    assert find_ready(tmp_path, NAME.plan, 3, plan()) is None


def test_store_missing_segment_is_damage(tmp_path: Path) -> None:
    with pytest.raises(StoreDamaged, match="missing"):
        StoredCorrelations(tmp_path, NAME, plan())


@pytest.mark.parametrize(
    "name", [SegmentName("ac" * 32, 3, "cd" * 16), SegmentName("ab" * 32, 3, "ce" * 16)], ids=["plan", "nonce"]
)
def test_store_segment_of_another_preparation_is_not_used(tmp_path: Path, name: SegmentName) -> None:
    write(tmp_path)
    with pytest.raises(StoreDamaged):
        StoredCorrelations(tmp_path, name, plan())
    StoredCorrelations(tmp_path, NAME, plan()).close()


def test_store_segment_in_another_s_place_is_not_used(tmp_path: Path) -> None:
    write(tmp_path)
    os.replace(ready_path(tmp_path, 3), ready_path(tmp_path, 4))
    assert find_ready(tmp_path, NAME.plan, 4, plan()) is None
    with pytest.raises(StoreDamaged):
        StoredCorrelations(tmp_path, SegmentName(NAME.plan, 4, NAME.nonce), plan())


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_store_without_room_says_so_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(handle: int, start: int, size: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(DiskFull):
        SegmentFile(tmp_path, NAME, SEED, plan())
    assert not list(tmp_path.iterdir())


def test_store_of_a_segment_without_results(tmp_path: Path) -> None:
    recorder = PlanRecorder()
    recorder.mask((4,))
    file = SegmentFile(tmp_path, NAME, SEED, recorder.requests)
    assert file.results.size == 0
    file.publish()
    with closing(StoredCorrelations(tmp_path, NAME, recorder.requests)) as store:
        assert store.mask((4,)).share.shape == (4,)
