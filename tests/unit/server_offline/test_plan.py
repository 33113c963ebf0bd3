"""The plan: what is recorded, its digest, its word counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from common.ids import Party
from common.net.channel import Channel
from server_node.kernels.windows import Window
from server_node.offline.generate import SOURCE, SegmentMaker
from server_node.offline.layout import Layout, own_words
from server_node.offline.ot.cots import CotEngine
from server_node.offline.plan import PlanRecorder, Request, Segment, packed_words, plan_digest
from server_node.offline.views import PLAIN, TRANSPOSED, Fold, View
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two


def everything(recorder: PlanRecorder) -> None:
    """One request of every kind, of odd sizes."""
    a, b, c = recorder.mask((5, 7)), recorder.mask((7, 3)), recorder.mask((5, 1))
    recorder.matmul(a, b)
    recorder.matmul(a, b, (PLAIN, PLAIN), 40)
    recorder.product(a, c)
    recorder.square(c)
    recorder.square(c, 40)
    recorder.bit_triples(3)
    recorder.private_and(2)
    recorder.private_product(70, 2)
    recorder.private_pairs(2)
    recorder.digit_pads(2, (3, 4))
    recorder.private_values(9, 56)
    recorder.random_ots(130, 6)
    recorder.lookups(5, 3, 5)


def recorded(ask: Callable[[PlanRecorder], object] = everything) -> Segment:
    recorder = PlanRecorder()
    ask(recorder)
    return recorder.requests


def test_plan_recorder_writes_every_request_in_order() -> None:
    assert recorded() == [
        Request("mask", (5, 7)),
        Request("mask", (7, 3)),
        Request("mask", (5, 1)),
        Request("matmul", (5, 3), (0, 1), 8, (PLAIN, PLAIN), 7),
        Request("matmul", (5, 3), (0, 1), 5, (PLAIN, PLAIN), 7),
        Request("product", (5, 7), (0, 2)),
        Request("square", (5, 1), (2,)),
        Request("square", (5, 1), (2,), 5),
        Request("bit-triples", (3,)),
        Request("private-and", (2,)),
        Request("private-product", (70,), width=2),
        Request("private-pairs", (2,)),
        Request("digit-pads", (2,), digits=(3, 4)),
        Request("private-values", (9,), width=7),
        Request("random-ots", (130,), width=6),
        Request("lookups", (5,), width=5, index_bits=3),
    ]


def test_plan_recorder_answers_with_shapes_alone() -> None:
    recorder = PlanRecorder()
    a, b = recorder.mask((4, 3)), recorder.mask((5, 3))
    found = recorder.matmul(a, b, (PLAIN, TRANSPOSED))
    assert found.is_meta
    assert tuple(found.shape) == (4, 5)
    assert tuple(recorder.matmul(recorder.mask((3, 4)), recorder.mask((3, 2)), (TRANSPOSED, PLAIN)).shape) == (4, 2)
    windows = View(window=Window((2, 2)))
    assert tuple(recorder.matmul(recorder.mask((1, 3, 4, 2)), recorder.mask((8, 5)), (windows, PLAIN)).shape) == (6, 5)
    folded = recorder.matmul(a, b, (PLAIN, TRANSPOSED), 48, Fold(Window((1, 1)), (1, 2, 2, 5)))
    assert tuple(folded.shape) == (1, 2, 2, 5)
    with pytest.raises(ValueError, match="does not fold"):
        recorder.matmul(a, b, (PLAIN, TRANSPOSED), 48, Fold(Window((1, 1)), (1, 2, 2, 4)))
    assert tuple(recorder.product(a, recorder.mask((4, 1))).shape) == (4, 3)
    assert recorder.random_ots(65).own.numel() == 2


def test_plan_recorder_gives_the_two_parties_their_ends_of_a_lookup() -> None:
    first, second = (PlanRecorder(party).lookups(7, 4) for party in Party)
    assert (first.index.numel(), tuple(first.pads.shape)) == (0, (7, 16))
    assert (second.index.numel(), tuple(second.pads.shape)) == (7, (7, 1))


def test_plan_recorder_gives_the_two_parties_their_ends_of_digits() -> None:
    first, second = (PlanRecorder(party).digit_pads(7, (3, 4)) for party in Party)
    shapes = [[tuple(part.shape) for part in (pads.index, pads.chosen, pads.pads)] for pads in (first, second)]
    assert shapes == [[(3, 7), (2, 7), (16, 2, 7)], [(4, 7), (2, 7), (8, 2, 7)]]
    alone = PlanRecorder(Party.P0).digit_pads(7, (0, 1))
    assert [tuple(part.shape) for part in (alone.index, alone.chosen, alone.pads)] == [(0, 7), (0, 7), (2, 2, 7)]


@pytest.mark.parametrize("digits", [(0, 0), (5, 4), (4, 5), (-1, 4)])
def test_plan_of_digits_that_there_are_not_is_refused(digits: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no pads for digits"):
        PlanRecorder().digit_pads(7, digits)


def test_plan_of_digits_is_told_apart_by_their_bits() -> None:
    options = {Request("digit-pads", (2,), digits=digits).option for digits in ((3, 4), (4, 3), (4, 4), (0, 4))}
    assert options == {"8/3-4", "8/4-3", "8/4-4", "8/0-4"}


def test_plan_of_matrices_that_do_not_fit_is_refused() -> None:
    recorder = PlanRecorder()
    with pytest.raises(ValueError, match="no product"):
        recorder.matmul(recorder.mask((4, 3)), recorder.mask((4, 3)))


def test_plan_repeat_of_a_turn_shifts_its_masks() -> None:
    recorder = PlanRecorder()
    recorder.mask((9,))
    start = len(recorder.requests)
    recorder.square(recorder.mask((2,)))
    recorder.repeat(start, 2)
    squares = [request.masks for request in recorder.requests if request.kind == "square"]
    assert squares == [(1,), (3,), (5,)]
    assert [request.kind for request in recorder.requests] == ["mask"] + ["mask", "square"] * 3


def test_plan_repeat_of_a_turn_with_a_mask_from_outside_is_refused() -> None:
    recorder = PlanRecorder()
    outside = recorder.mask((2,))
    start = len(recorder.requests)
    recorder.square(outside)
    with pytest.raises(ValueError, match="outside"):
        recorder.repeat(start, 1)


@pytest.mark.parametrize(("bits", "words"), [(0, 0), (1, 1), (63, 1), (64, 1), (65, 2), (128, 2)])
def test_packed_words_holds_so_many_bits(bits: int, words: int) -> None:
    assert packed_words(bits) == words


def test_plan_digest_changes_with_anything_in_the_plan() -> None:
    plain = recorded()
    changed = [
        [],
        [plain, plain],
        [plain[:-1]],
        [plain[1:]],
        [plain[::-1]],
        [plain[:4], plain[4:]],
        [[*plain[:-1], Request("lookups", (6,), width=5, index_bits=3)]],
        [[*plain[:-1], Request("lookups", (5,), width=5, index_bits=4)]],
        [[*plain[:-1], Request("random-ots", (5,), width=5)]],
        [[*plain[:3], Request("matmul", (5, 3), (0, 1), 8, (PLAIN, TRANSPOSED), 7), *plain[4:]]],
        [[*plain[:6], Request("square", (5, 1), (0,)), *plain[7:]]],
        [[*plain[:6], Request("square", (5, 1), (2,), 6), *plain[7:]]],
        [[Request("private-product", (70,), width=3) if r.kind == "private-product" else r for r in plain]],
    ]
    digests = {plan_digest(segments) for segments in (*changed, [plain])}
    assert len(digests) == len(changed) + 1
    assert plan_digest([recorded()]) == plan_digest([plain])


def test_plan_counts_ots_and_words_as_they_are_made() -> None:
    """What the progress bar promises and the file reserves is what preparation makes."""
    segment = recorded()
    counted: list[int] = []
    results = [np.zeros(Layout(segment, party, SOURCE).stored_bytes, np.uint8) for party in Party]

    def play(party: Party, channel: Channel) -> int:
        engine = CotEngine(channel, party, SeededRandom(party.letter), b"plan")
        SegmentMaker(engine, segment, bytes(32), results[party], counted.append).run()
        return engine.count

    made = run_two(play).results
    assert made[0] == made[1]
    padding = made[0] - sum(request.ots for request in segment)
    assert 0 <= padding < 2 * 64 * len(segment), "no more than fills up the words of each request"
    assert sum(counted) == 2 * made[0]


@pytest.mark.parametrize("party", Party)
@pytest.mark.parametrize("request_index", range(15))
def test_plan_own_words_depend_on_seed_and_place_only(request_index: int, party: Party) -> None:
    request = recorded()[request_index]
    first = own_words(b"s" * 32, request_index, request, party)
    assert len(first) == request.own_words(party)
    assert np.array_equal(first, own_words(b"s" * 32, request_index, request, party))
    if len(first):
        assert not np.array_equal(first, own_words(b"t" * 32, request_index, request, party))
        assert not np.array_equal(first, own_words(b"s" * 32, request_index + 1, request, party))
