"""Where two workers meet: each segment is dealt once, to both or to nobody, and a slow worker holds little memory."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from common.errors import CorrelationReused, HelperGone, JobFailed, PeerGone
from common.ids import Party
from server_node.helper import rooms as module
from server_node.helper.rooms import Portion, Rooms, Wish
from server_node.offline.helper import deal as dealing
from server_node.offline.helper.deal import Bytes, Dealing, DealPlan, deal
from server_node.offline.helper.protocol import Opening
from tests.helpers.plans import every_kind
from tests.helpers.two_party.helping import JOB, local_rooms


@pytest.fixture
def rooms() -> Iterator[Rooms]:
    with local_rooms() as found:
        yield found


def wish(party: Party, plan: DealPlan, segment: int = 0) -> Wish:
    return Wish(Opening(JOB, "ab" * 32, "cd" * 16, "ef" * 32), segment, party, b"d" * 32, plan)


def enter(rooms: Rooms, plan: DealPlan, segment: int = 0) -> tuple[Portion, Portion]:
    """Both parties' portions."""
    with ThreadPoolExecutor(2) as both:
        first, second = (both.submit(rooms.enter, wish(party, plan, segment)) for party in Party)
        return first.result(), second.result()


def joined(portion: Portion) -> Bytes:
    return np.concatenate([np.empty(0, np.uint8), *portion.pieces()])


def test_both_get_what_was_dealt_from_their_seeds(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dealing, "_BATCH_WORDS", 500)
    plan = DealPlan(every_kind(100))
    both = enter(rooms, plan)
    found = [joined(portion) for portion in both]
    expected = tuple(np.zeros(layout.stored_bytes, np.uint8) for layout in plan.layouts)
    deal(plan.requests, (both[0].seed, both[1].seed), (expected[0], expected[1]), None)
    for one, other in zip(found, expected, strict=True):
        assert np.array_equal(one, other)
    assert both[0].seed != both[1].seed


def test_a_segment_is_dealt_once(rooms: Rooms) -> None:
    plan = DealPlan(every_kind(5))
    for portion in enter(rooms, plan):
        joined(portion)
    for party in Party:
        with pytest.raises(CorrelationReused):
            rooms.enter(wish(party, plan))
    assert all(joined(portion).size for portion in enter(rooms, plan, 1))


def test_every_segment_has_fresh_seeds(rooms: Rooms) -> None:
    plan = DealPlan(every_kind(5))
    seeds = [portion.seed for segment in range(3) for portion in enter(rooms, plan, segment)]
    assert len(set(seeds)) == 6


def test_when_one_worker_leaves_the_other_is_told(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dealing, "_BATCH_WORDS", 1)
    monkeypatch.setattr(module, "_QUEUED_BYTES", 0)
    first, second = enter(rooms, DealPlan(every_kind(50)))
    first.end()
    with pytest.raises(PeerGone):
        joined(second)


def test_a_worker_that_reads_slowly_holds_the_dealing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_QUEUED_BYTES", 256)
    portion, put = Portion(b""), 0

    def produce() -> None:
        nonlocal put
        for number in range(50):
            portion.put(np.full(128, number, np.uint8))
            put += 1
        portion.end()

    with ThreadPoolExecutor(1) as producer:
        done = producer.submit(produce)
        for number, piece in enumerate(portion.pieces()):
            assert piece[0] == number
            assert put <= number + 1 + 3
        done.result(10)
    assert put == 50


def test_dealing_that_breaks_is_told_to_both(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(work: Dealing, batch: range, stored: tuple[Bytes, Bytes]) -> None:
        raise MemoryError

    monkeypatch.setattr(Dealing, "fill", broken)
    monkeypatch.setattr(module._LOG, "disabled", True)
    for portion in enter(rooms, DealPlan(every_kind(5))):
        with pytest.raises(JobFailed, match="helper"):
            joined(portion)


def test_closed_rooms_send_everybody_away() -> None:
    with local_rooms() as rooms:
        plan = DealPlan(every_kind(5))
        with ThreadPoolExecutor(1) as one:
            waiting = one.submit(rooms.enter, wish(Party.P0, plan))
            rooms.close()
            with pytest.raises(HelperGone):
                waiting.result(10)
        with pytest.raises(HelperGone):
            rooms.enter(wish(Party.P1, plan))
