"""Preparation: two servers, one plan; it can be interrupted anywhere and never hands anything out twice."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
import torch

from common.errors import BadFrame, CorrelationReused, DiskFull, PeerGone, PeerMismatch
from common.ids import Party
from common.net.channel import Channel
from common.net.memory import MemoryChannel
from server_node.offline.generate import SegmentMaker
from server_node.offline.plan import PlanRecorder, Segment
from server_node.offline.preparation import Job, Prepared, meter, prepare
from server_node.offline.segments import ready_path
from server_node.offline.store import StoredCorrelations
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import Outcome, run_two

Reports = list[tuple[int, int]]


def square_segment(size: int) -> Segment:
    recorder = PlanRecorder()
    recorder.square(recorder.mask((size,)))
    return recorder.requests


PLAN = [square_segment(3), square_segment(5), square_segment(3)]
EVERYTHING = frozenset(range(len(PLAN)))


def folder_of(root: Path, party: Party) -> Path:
    return root / party.letter


def run(root: Path, run_number: int = 0, job: Job | None = None, reports: Reports | None = None) -> Outcome[Prepared]:
    """Both parties prepare; ``run_number`` makes their randomness another one."""

    def play(party: Party, channel: Channel) -> Prepared:
        rng = SeededRandom(f"{party.letter}-{run_number}")
        wanted = job or Job(PLAN, EVERYTHING)
        note = (reports.append if reports is not None and party is Party.P0 else lambda pair: None)
        return prepare(channel, party, wanted, folder_of(root, party), rng, lambda done, all_: note((done, all_)))

    return run_two(play)


def use(prepared: tuple[Prepared, Prepared], index: int) -> torch.Tensor:
    """Take a segment at both parties, check it, and return the secret mask."""
    masks, squares = [], []
    for party, part in zip(Party, prepared, strict=True):
        with closing(StoredCorrelations(part.folder, part.names[index], part.plan[index], party)) as store:
            mask = store.mask(part.plan[index][0].shape)
            masks.append(mask.share)
            squares.append(store.square(mask))
    secret = masks[0] + masks[1]
    assert torch.equal(squares[0] + squares[1], secret * secret)
    return secret


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*.ready"))}


def test_preparation_makes_every_segment_for_both(tmp_path: Path) -> None:
    prepared = run(tmp_path).results
    assert prepared[0].names == prepared[1].names
    assert len({name.nonce for name in prepared[0].names}) == 1
    secrets = [use(prepared, index) for index in range(len(PLAN))]
    assert not torch.equal(secrets[0], secrets[2]), "segments of the same shape must not share their randomness"


def test_preparation_folder_is_private(tmp_path: Path) -> None:
    run(tmp_path)
    assert folder_of(tmp_path, Party.P0).stat().st_mode & 0o777 == 0o700


def test_preparation_makes_only_what_is_needed(tmp_path: Path) -> None:
    run(tmp_path, job=Job(PLAN, frozenset({1})))
    assert set(contents(tmp_path)) == {"a/segment-00001.ready", "b/segment-00001.ready"}


def test_preparation_reports_progress_up_to_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "_REPORT_SECONDS", -1.0)
    reports: Reports = []
    run(tmp_path, reports=reports)
    done = [part for part, _ in reports]
    ots = sum(request.ots for segment in PLAN for request in segment)
    assert {whole for _, whole in reports} == {ots}
    assert done == sorted(done)
    assert len(done) > len(PLAN)
    assert done[-1] == ots


def test_preparation_again_keeps_what_both_have_ready(tmp_path: Path) -> None:
    first = run(tmp_path).results
    before = contents(tmp_path)
    second = run(tmp_path, 1).results
    assert contents(tmp_path) == before
    assert second[0].names == first[0].names
    for index in range(len(PLAN)):
        use(second, index)


def test_preparation_of_what_is_ready_needs_no_transfers(tmp_path: Path) -> None:
    run(tmp_path)
    outcome = run(tmp_path, 1)
    assert outcome.channels[0].stats.bytes_sent < 1000


def test_preparation_interrupted_keeps_common_segments_and_makes_the_rest_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Server B stops while the second segment is made; A has the first, too."""
    plain, made = SegmentMaker.run, [0, 0]

    def stopping(maker: SegmentMaker) -> None:
        party = maker._engine.party
        made[party] += 1
        if party is Party.P1 and made[party] == 2:
            raise PeerGone("stopped")
        plain(maker)

    monkeypatch.setattr(SegmentMaker, "run", stopping)
    with pytest.raises(PeerGone):
        run(tmp_path)
    monkeypatch.setattr(SegmentMaker, "run", plain)
    kept = contents(tmp_path)
    assert set(kept) == {"a/segment-00000.ready", "b/segment-00000.ready"}
    prepared = run(tmp_path, 1).results
    assert {name: contents(tmp_path)[name] for name in kept} == kept
    assert len({name.nonce for name in prepared[0].names}) == 2
    for index in range(len(PLAN)):
        use(prepared, index)


def test_preparation_makes_anew_what_only_one_server_has(tmp_path: Path) -> None:
    run(tmp_path)
    before = contents(tmp_path)
    ready_path(folder_of(tmp_path, Party.P1), 1).unlink()
    prepared = run(tmp_path, 1).results
    after = contents(tmp_path)
    assert {name for name in after if after[name] != before[name]} == {"a/segment-00001.ready", "b/segment-00001.ready"}
    use(prepared, 1)


def test_preparation_after_use_never_gives_the_same_again(tmp_path: Path) -> None:
    first = run(tmp_path).results
    secret = use(first, 0)
    with pytest.raises(CorrelationReused):
        use(first, 0)
    second = run(tmp_path, 1).results
    assert not torch.equal(use(second, 0), secret)


def test_preparation_after_one_server_took_a_segment_makes_it_anew_at_both(tmp_path: Path) -> None:
    """The crash came after A took the segment and before B did: B's half must not be used with A's new half."""
    first = run(tmp_path).results
    StoredCorrelations(first[0].folder, first[0].names[0], PLAN[0], Party.P0).close()
    before = contents(tmp_path)
    second = run(tmp_path, 1).results
    assert contents(tmp_path)["b/segment-00000.ready"] != before["b/segment-00000.ready"]
    use(second, 0)


def test_preparation_replaces_a_damaged_segment(tmp_path: Path) -> None:
    run(tmp_path)
    path = ready_path(folder_of(tmp_path, Party.P0), 2)
    damaged = bytearray(path.read_bytes())
    damaged[-40] ^= 1
    path.write_bytes(damaged)
    use(run(tmp_path, 1).results, 2)


def test_preparation_of_another_plan_in_the_same_folder_keeps_nothing(tmp_path: Path) -> None:
    run(tmp_path)
    job = Job([*PLAN[:2], square_segment(4)], EVERYTHING)
    prepared = run(tmp_path, 1, job).results
    assert len({name.nonce for name in prepared[0].names}) == 1
    for index in range(3):
        use(prepared, index)


@pytest.mark.parametrize("change", ["plan", "agreement"])
def test_preparation_of_different_jobs_is_refused(tmp_path: Path, change: str) -> None:
    other = Job(PLAN[:2], frozenset({0})) if change == "plan" else Job(PLAN, EVERYTHING, b"another learning rate")
    jobs = (Job(PLAN, EVERYTHING), other)

    def play(party: Party, channel: Channel) -> Prepared:
        folder = folder_of(tmp_path, party)
        return prepare(channel, party, jobs[party], folder, SeededRandom(party.letter), lambda done, all_: None)

    with pytest.raises(PeerMismatch):
        run_two(play)
    assert not contents(tmp_path)


@pytest.mark.parametrize("message", [2, 3, 6])
def test_preparation_stops_on_a_damaged_message_and_leaves_nothing_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, message: int
) -> None:
    plain, count = MemoryChannel._write, 0

    def damaging(channel: MemoryChannel, header: bytes, bodies: Sequence[memoryview]) -> None:
        nonlocal count
        count += 1
        plain(channel, header[:-1] + b"\x09" if count == message else header, bodies)

    monkeypatch.setattr(MemoryChannel, "_write", damaging)
    with pytest.raises(BadFrame):
        run(tmp_path)
    assert not contents(tmp_path)


def test_preparation_on_a_full_disk_says_so_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int, start: int, size: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(DiskFull):
        run(tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
