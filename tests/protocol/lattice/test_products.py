"""Products under encryption are exact for every shape and width, in both directions, and cost what prices say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pytest

from common.ids import Party
from common.net.channel import Channel
from server_node.offline.arithmetic import Factors
from server_node.offline.lattice import matrices, prices, slots, tiles
from server_node.offline.lattice.matrices import MatrixProducts
from server_node.offline.lattice.session import LatticeSession
from server_node.offline.lattice.slots import SlotProducts
from server_node.offline.lattice.tiles import Shape
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import Outcome, run_two

Words = npt.NDArray[np.uint64]
T = TypeVar("T")
WIDTHS = (8, 16, 24, 32, 40, 48, 56, 64)
SHAPES = [
    (1, 1, 1),
    (3, 5, 2),
    (1, 70, 1),
    (40, 1, 30),
    (7, 300, 9),
    (2, 1, 9000),
    (9000, 1, 2),
    (1, 9000, 3),
    (65, 33, 17),
]


def words(seed: int, *shape: int) -> Words:
    """Uniform words of which the first are the largest there are."""
    made = np.random.default_rng(seed).integers(0, 1 << 64, shape, np.uint64)
    made.reshape(-1)[:2] = np.uint64((1 << 64) - 1)
    return made


def in_session(play: Callable[[Party, LatticeSession], T], trace: bool = False) -> Outcome[T]:
    """``play`` as both parties, each with a session of its own."""

    def run(party: Party, channel: Channel) -> T:
        session = LatticeSession(channel, SeededRandom(f"lattice {party}"))
        try:
            return play(party, session)
        finally:
            session.close()

    return run_two(run, trace=trace)


def factors(party: Party, shapes: list[tuple[int, int, int, int]]) -> list[Factors]:
    return [
        Factors(words(4 * index + party, m, k), words(4 * index + 2 + party, k, n), bits)
        for index, (m, k, n, bits) in enumerate(shapes)
    ]


def assert_matrices(shapes: list[tuple[int, int, int, int]]) -> Outcome[list[Words]]:
    outcome = in_session(
        lambda party, session: [share for _, share in MatrixProducts(session).run(iter(factors(party, shapes)))]
    )
    mine, theirs = (factors(party, shapes) for party in Party)
    for a, b, share0, share1 in zip(mine, theirs, *outcome.results, strict=True):
        cross = a.left @ b.right + b.left @ a.right
        assert not ((share0 + share1 - cross) << np.uint64(64 - a.bits)).any()
        assert share0.shape == cross.shape
    return outcome


@pytest.mark.parametrize(("rows", "inner", "columns"), SHAPES)
def test_matrices_of_every_shape_are_exact(rows: int, inner: int, columns: int) -> None:
    assert_matrices([(rows, inner, columns, 48)])


def test_matrices_of_every_width_are_exact() -> None:
    assert_matrices([(5, 6, 7, bits) for bits in WIDTHS])


def test_products_are_handed_over_in_order_however_few_are_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrices, "_AHEAD", 2)
    monkeypatch.setattr(matrices, "_COLUMNS", 2)
    assert_matrices([(3, 4, 5, 48), (2, 900, 40, 40), (1, 1, 1, 64), (6, 2, 3, 56)])


def test_products_in_several_pieces_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "MOST_REQUESTS", 1)
    tiles.best.cache_clear()
    tiles.pieces.cache_clear()
    try:
        assert len(tiles.pieces(Shape(5, 20000, 3, 48))) > 2
        assert_matrices([(5, 20000, 3, 48)])
    finally:
        tiles.best.cache_clear()
        tiles.pieces.cache_clear()


def test_several_products_share_one_round() -> None:
    outcome = assert_matrices([(4, 5, 6, 48)] * 5)
    # Seeds; ciphertexts and the first replies; replies of products that no longer wait for ciphertexts.
    assert outcome.channels[0].stats.rounds <= 2 + 5


def test_matrices_are_taken_only_a_little_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrices, "_AHEAD", 1)
    shapes = [(2, 3, 4, 48)] * 6

    def play(party: Party, session: LatticeSession) -> int:
        taken, most = 0, 0

        def pull() -> Iterator[Factors]:
            nonlocal taken
            for pair in factors(party, shapes):
                taken += 1
                yield pair

        for done, _ in enumerate(MatrixProducts(session).run(pull()), 1):
            most = max(most, taken - done)
        return most

    assert in_session(play).results == (1, 1)


@pytest.mark.parametrize("count", [1, 8191, 8193])
def test_slots_are_exact_in_both_directions(count: int) -> None:
    outcome = in_session(
        lambda party, session: SlotProducts(session).run(words(party, count), words(2 + party, count), 64)
    )
    (owner0, evaluator0), (owner1, evaluator1) = outcome.results
    assert np.array_equal(owner0 + evaluator1, words(0, count) * words(3, count))
    assert np.array_equal(owner1 + evaluator0, words(1, count) * words(2, count))


@pytest.mark.parametrize("bits", WIDTHS)
def test_slots_of_every_width_are_exact(bits: int) -> None:
    outcome = in_session(
        lambda party, session: sum(SlotProducts(session).run(words(party, 50), words(2 + party, 50), bits))
    )
    cross = words(0, 50) * words(3, 50) + words(1, 50) * words(2, 50)
    assert not ((sum(outcome.results) - cross) << np.uint64(64 - bits)).any()


@pytest.mark.parametrize("bits", WIDTHS)
def test_slots_have_room_for_the_mask(bits: int) -> None:
    primes = slots.plain_primes(bits)
    largest = (primes[-1] - 1) * int(np.prod(np.array(primes[:-1], object)))
    whole = int(np.prod(np.array(primes, object)))
    assert (1 << 2 * bits) <= whole - largest
    assert largest >> 2 * bits >= 1 << 40


@pytest.mark.parametrize(("rows", "inner", "columns", "bits"), [(3, 5, 2, 48), (7, 300, 9, 40), (130, 40, 50, 64)])
def test_bytes_of_matrices_are_those_of_the_price(rows: int, inner: int, columns: int, bits: int) -> None:
    outcome, shape = assert_matrices([(rows, inner, columns, bits)]), Shape(rows, inner, columns, bits)
    expected = prices.session_bytes(prices.matrix_rows(shape)) + prices.matrix_bytes(shape)
    assert [channel.stats.bytes_sent for channel in outcome.channels] == [expected, expected]


@pytest.mark.parametrize(("count", "bits"), [(1, 64), (9000, 40)])
def test_bytes_of_slots_are_those_of_the_price(count: int, bits: int) -> None:
    outcome = in_session(lambda party, session: SlotProducts(session).run(words(0, count), words(1, count), bits))
    expected = prices.session_bytes(1) + prices.slot_bytes(count, bits)
    assert [channel.stats.bytes_sent for channel in outcome.channels] == [expected, expected]


def test_a_closed_session_has_no_secrets() -> None:
    def play(party: Party, session: LatticeSession) -> bool:
        for _ in MatrixProducts(session).run(iter(factors(party, [(2, 2, 2, 48)]))):
            pass
        secrets = list(session.owner._values)
        session.close()
        return bool(secrets) and not any(secret.any() for secret in secrets)

    assert in_session(play).results == (True, True)
