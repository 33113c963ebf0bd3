"""Lanes make segments ahead of their use: in an agreed order, no further than the disk allows, and they end."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from common.errors import DiskFull, PeerGone, PeerMismatch
from common.ids import Party
from common.net.channel import Channel
from common.net.memory import memory_pair
from server_node.offline.preparation import Ahead, Job, Lanes, Meter, Side, agreement, meter, start
from server_node.offline.preparation.lanes import THREAD
from server_node.offline.segments import SegmentFile, SegmentName, file_size
from tests.helpers.seeded import SeededRandom
from tests.helpers.two_party.channels import listen
from tests.helpers.two_party.lanes import Beside, OpenSource, squares
from tests.helpers.two_party.tls import at_once

PLAN = [squares(3), squares(5), squares(5), squares(5), squares(5)]
FILE = file_size(5 * 8)


@pytest.fixture
def beside(tmp_path: Path) -> Beside:
    return Beside(tmp_path, PLAN)


def lanes_alive() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(THREAD)]


@pytest.mark.parametrize("lanes", [0, 1, 2, 3, 8])
def test_lanes_make_every_segment_for_both(tmp_path: Path, lanes: int) -> None:
    beside = Beside(tmp_path, PLAN, (lanes, lanes))
    beside.run()
    beside.check()
    assert lanes_alive() == []
    busy = min(lanes, len(PLAN)) or 1
    assert len(set(beside.source.sessions)) == len(beside.source.sessions) == 2 * busy, "each lane has its own session"


@pytest.mark.parametrize("lanes", [(1, 3), (3, 1)])
def test_lanes_are_as_many_as_the_server_with_fewer_has(tmp_path: Path, lanes: tuple[int, int]) -> None:
    beside = Beside(tmp_path, PLAN, lanes)
    beside.run()
    beside.check()
    assert len(beside.source.sessions) == 2


def test_segments_are_used_before_the_last_is_made(tmp_path: Path) -> None:
    """Nobody begins the third before the first is used up."""
    used = threading.Barrier(4, timeout=10.0)

    def hold(party: Party, index: int) -> None:
        if index == 2:
            used.wait()

    def each(party: Party, ahead: Ahead, index: int, channel: Channel) -> None:
        if index == 1:
            used.wait()

    beside = Beside(tmp_path, PLAN, (1, 1), source=OpenSource(hold))
    beside.run(each=each)
    beside.check()


@pytest.mark.parametrize(("allowed", "room"), [(2 * FILE, 2), (1, 2), (3 * FILE + 7, 3)])
def test_lanes_hold_no_more_on_the_disk_than_allowed(tmp_path: Path, allowed: int, room: int) -> None:
    held: list[int] = []

    def count(party: Party, index: int) -> None:
        """In the middle of making: that one, those that are ready, and the one in use."""
        while True:
            try:
                files = list((tmp_path / party.letter).glob("segment-*"))
                held.append(len({path.stem for path in files if path.stat().st_size}))
                return
            except FileNotFoundError:
                continue  # one was taken meanwhile

    beside = Beside(tmp_path, PLAN, (2, 2), allowed, OpenSource(count))
    beside.run()
    beside.check()
    assert max(held) <= room


def test_lanes_keep_to_the_room_of_the_server_with_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rooms = iter([2, 4])
    monkeypatch.setattr("server_node.offline.preparation.lanes.room_for", lambda terms, allowed: next(rooms))
    seen: list[int] = []
    plain = Ahead.__init__

    def noting(ahead: Ahead, terms: Any, shares: Any, lanes: Any, room: int, meter: Any) -> None:
        seen.append(room)
        plain(ahead, terms, shares, lanes, room, meter)

    monkeypatch.setattr(Ahead, "__init__", noting)
    Beside(tmp_path, PLAN).run()
    assert seen == [2, 2]


def test_segments_that_both_kept_are_not_made_again(beside: Beside) -> None:
    def stop(party: Party, ahead: Ahead, index: int, channel: Channel) -> None:
        for later in range(index, len(PLAN)):
            ahead.wait(later)
        if index == 2:
            raise PeerGone("stopped")

    with pytest.raises(PeerGone):
        beside.run(each=stop)
    kept = {path: path.read_bytes() for path in beside.root.rglob("*.ready")}
    assert sorted({path.name for path in kept}) == [f"segment-{index:05d}.ready" for index in (2, 3, 4)]
    found: dict[Path, bytes] = {}

    def look(party: Party, ahead: Ahead, index: int, channel: Channel) -> None:
        if index == 0:
            found.update({path: path.read_bytes() for path in kept if path.parent == beside.folder(party)})

    beside.run("again", look)
    assert found == kept
    beside.check()


def test_what_only_one_server_has_is_removed_and_made_anew(beside: Beside) -> None:
    def stop(party: Party, ahead: Ahead, index: int, channel: Channel) -> None:
        for later in range(len(PLAN)):
            ahead.wait(later)
        raise PeerGone("stopped")

    with pytest.raises(PeerGone):
        beside.run(each=stop)
    (beside.folder(Party.P1) / "segment-00003.ready").unlink()
    (beside.folder(Party.P1) / "segment-00004.ready").rename(beside.folder(Party.P1) / "segment-00004.part")
    (beside.folder(Party.P0) / "segment-00009.ready").write_bytes(b"of another plan")
    stale = (beside.folder(Party.P0) / "segment-00003.ready").read_bytes()

    def look(party: Party, ahead: Ahead, index: int, channel: Channel) -> None:
        ahead.wait(3)
        if party is Party.P0 and index == 0:
            assert (beside.folder(party) / "segment-00003.ready").read_bytes() != stale
            assert not (beside.folder(party) / "segment-00009.ready").exists()

    beside.run("again", look)
    beside.check()


@pytest.mark.parametrize("lanes", [0, 1, 2])
def test_segment_that_is_used_up_can_be_made_once_more(tmp_path: Path, lanes: int) -> None:
    beside = Beside(tmp_path, PLAN, (lanes, lanes))

    def each(party: Party, ahead: Ahead, index: int, channel: Channel) -> None:
        if index == 3:
            ahead.again(channel, 2)
            ahead.wait(2)
            beside.use(party, ahead, 2)

    beside.run(each=each)
    assert [len(uses) for uses in beside.secrets[0].values()] == [1, 1, 2, 1, 1]
    beside.check()
    whole = sum(segment[1].size for segment in PLAN) + PLAN[2][1].size
    assert beside.costs[-1] == (whole, whole)


def test_progress_of_all_lanes_is_told_together_and_in_order(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "_REPORT_SECONDS", -1.0)
    beside.run()
    whole = sum(segment[1].size for segment in PLAN)
    assert {total for _, total in beside.costs} == {whole}
    done = [part for part, _ in beside.costs]
    assert done == sorted(done) and done[-1] == whole and len(done) > len(PLAN)


def test_lane_says_what_it_will_make_and_when_each_segment_is_ready(beside: Beside) -> None:
    """Everything but what the source says; the names of segments follow from what both tossed."""
    heard: dict[tuple[Party, int], list[tuple[str, bytes]]] = {}
    beside.run(attach=lambda party, link, channel: heard.update({(party, link): listen(channel)}))
    steps = [step for step, _ in heard[Party.P0, 1] if not step.startswith("open-")]
    assert steps == ["prepare-lane", *["prepare-done"] * 3]
    assert [step for step, _ in heard[Party.P0, 0]][:3] == ["prepare-plan", "prepare-ready", "prepare-lanes"]
    tossed = [dict(heard[party, 0])["prepare-plan"][32:] for party in (Party.P1, Party.P0)]
    nonce = hashlib.sha256(b"".join(tossed)).digest()[:16]
    lanes = [hashlib.sha256(b"imguard/lane/v1" + nonce + bytes([lane, 0])).digest()[:16] for lane in range(2)]
    assert {one for _, one in beside.source.sessions} == set(lanes)
    names = [SegmentName(beside.digest, index, "cot", lanes[index % 2].hex()).block() for index in range(5)]
    about = b"imguard/lane/v1" + lanes[0] + b"\0\0" + names[0] + names[2] + names[4]
    done = [hashlib.sha256(names[index]).digest() for index in (0, 2, 4)]
    said = [body for step, body in heard[Party.P1, 1] if not step.startswith("open-")]
    assert said == [hashlib.sha256(about).digest(), *done]


# --- when something is wrong -------------------------------------------------------------------------------------


def test_servers_that_mean_different_lanes_stop(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the links of two lanes were exchanged on the way."""
    plain = agreement.Terms.dealt

    def turned(terms: agreement.Terms, lanes: int) -> Any:
        terms, shares = plain(terms, lanes)
        return terms, shares[::-1] if terms.side.party is Party.P1 else shares

    monkeypatch.setattr(agreement.Terms, "dealt", turned)
    with pytest.raises((PeerMismatch, PeerGone)):
        beside.run()
    assert not list(beside.root.rglob("*.ready")) and lanes_alive() == []


def test_servers_that_made_different_segments_use_none(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = agreement.confirm

    def confirming(channel: Channel, name: SegmentName) -> None:
        plain(channel, name if channel is beside.links[0][0] else replace(name, segment=9))

    monkeypatch.setattr("server_node.offline.preparation.lanes.confirm", confirming)
    with pytest.raises((PeerMismatch, PeerGone)):
        beside.run()
    assert beside.secrets == ({}, {})


def test_error_of_a_lane_comes_when_its_segment_is_missing(tmp_path: Path) -> None:
    """What was made before can be used up: nothing of it is lost because the disk is full now."""

    def full(party: Party, index: int) -> None:
        if index == 2 and party is Party.P0:
            raise DiskFull()

    beside = Beside(tmp_path, PLAN, (1, 1), source=OpenSource(full))
    with pytest.raises((DiskFull, PeerGone)):
        beside.run()
    assert [sorted(secrets) for secrets in beside.secrets] == [[0, 1], [0, 1]]
    assert lanes_alive() == []
    beside.source = OpenSource()
    beside.run("again")
    beside.check()


def test_error_that_does_not_pass_comes_at_once(tmp_path: Path) -> None:
    failed = threading.Event()

    def broken(party: Party, index: int) -> None:
        if index == 2 and party is Party.P0:
            failed.set()
            raise ValueError("a mistake")

    def each(party: Party, ahead: Ahead, index: int, channel: Channel) -> None:
        if index == 1:
            assert failed.wait(10.0)
            while party is Party.P0 and lanes_alive():
                threading.Event().wait(0.001)

    beside = Beside(tmp_path, PLAN, (1, 1), source=OpenSource(broken))
    with pytest.raises((ValueError, PeerGone)):
        beside.run(each=each)
    assert sorted(beside.secrets[0]) == [0]


@pytest.mark.parametrize("party", Party)
def test_lanes_end_when_their_user_does(tmp_path: Path, party: Party) -> None:
    """While they make something, and while they wait for room."""

    class Stopped(Exception):
        pass

    def each(own: Party, ahead: Ahead, index: int, channel: Channel) -> None:
        if index == 1 and own is party:
            raise Stopped

    beside = Beside(tmp_path, PLAN, (3, 3), 2 * FILE)
    with pytest.raises((Stopped, PeerGone)):
        beside.run(each=each)
    assert lanes_alive() == []
    beside.run("again")
    beside.check()


def test_room_is_reserved_before_a_segment_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    plain = SegmentFile.__init__

    def noting(file: SegmentFile, folder: Path, name: Any, seed: bytes, stored_bytes: int) -> None:
        plain(file, folder, name, seed, stored_bytes)
        sizes.append((folder / f"segment-{name.segment:05d}.part").stat().st_size)

    monkeypatch.setattr(SegmentFile, "__init__", noting)
    Beside(tmp_path, PLAN[1:], (1, 1)).run()
    assert set(sizes) == {FILE}


def test_signal_ends_the_wait_for_a_segment_and_the_lanes(tmp_path: Path) -> None:
    """A worker that is told to stop raises an error from its handler, in the thread that waits."""

    class Told(Exception):
        pass

    def stop(number: int, frame: object) -> None:
        raise Told

    waits = threading.Event()

    def hold(party: Party, index: int) -> None:
        if index == 1 and party is Party.P0:
            assert waits.wait(10.0)
            os.kill(os.getpid(), signal.SIGUSR2)

    beside = Beside(tmp_path, PLAN, (1, 1), source=OpenSource(hold))
    job, lane = memory_pair(), memory_pair()

    def play(party: Party) -> None:
        side = Side(party, beside.folder(party), SeededRandom(party.letter))
        wanted = Job(PLAN, frozenset(range(len(PLAN))), source=beside.source)
        with start(job[party], side, wanted, Lanes([lane[party]]), Meter(lambda cost: None)) as ahead:
            ahead.wait(0)
            waits.set()
            ahead.wait(4)

    other = threading.Thread(target=lambda: at_once(partial(play, Party.P1)))
    before = signal.signal(signal.SIGUSR2, stop)
    try:
        other.start()
        with pytest.raises(Told):
            play(Party.P0)
    finally:
        signal.signal(signal.SIGUSR2, before)
        other.join()
    assert lanes_alive() == []
