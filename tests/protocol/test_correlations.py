"""Each kind of correlation is what it says, exactly, whoever makes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
import torch

from server_node.kernels.bits import unpack
from server_node.offline import generate
from server_node.offline.ot import cots
from server_node.offline.provider import DigitPads, Lookups, Mask, PrivatePairs, PrivateValues, RandomOts
from server_node.offline.views import PLAIN, TRANSPOSED, View
from server_node.online.session import Session
from tests.helpers.two_party.operations import Source

T = TypeVar("T")
SIZES = (1, 7, 64, 65, 1000)
SHAPES: list[tuple[View, View, tuple[int, int], tuple[int, int]]] = [
    (PLAIN, PLAIN, (5, 7), (7, 3)),
    (PLAIN, PLAIN, (1, 1), (1, 1)),
    (PLAIN, PLAIN, (3, 40), (40, 9)),
    (TRANSPOSED, PLAIN, (7, 5), (7, 3)),
    (TRANSPOSED, PLAIN, (2, 9), (2, 1)),
    (PLAIN, TRANSPOSED, (5, 7), (3, 7)),
    (PLAIN, TRANSPOSED, (1, 6), (11, 6)),
]


def take(source: Source, ask: Callable[[Session, int], T], sizes: tuple[int, ...] = SIZES) -> list[tuple[T, T]]:
    """What both parties get for each size, in one plan."""
    run = source.run(lambda session: [ask(session, size) for size in sizes])
    return list(zip(*run.results, strict=True))


def masks(session: Session, *shapes: tuple[int, ...]) -> list[Mask]:
    return [session.correlations.mask(shape) for shape in shapes]


def total(*parts: torch.Tensor) -> torch.Tensor:
    return parts[0] + parts[1]


def test_mask_shares_differ_and_add_up_to_something_new(source: Source) -> None:
    pairs = take(source, lambda session, size: session.correlations.mask((size,)))
    secrets = [total(first.share, second.share) for first, second in pairs]
    assert len({int(secret[0]) for secret in secrets}) == len(SIZES)
    assert len(set(secrets[-1].tolist())) == SIZES[-1]


def test_product_of_equal_shapes_is_exact(source: Source) -> None:
    def ask(session: Session, size: int) -> tuple[torch.Tensor, ...]:
        a, b = masks(session, (size,), (size,))
        return a.share, b.share, session.correlations.product(a, b)

    for first, second in take(source, ask):
        a, b, c = (total(x, y) for x, y in zip(first, second, strict=True))
        assert torch.equal(c, a * b)


@pytest.mark.parametrize("shapes", [((5, 7), (5, 1)), ((5, 7), (7,)), ((3, 1), (1, 4)), ((2, 3, 4), (3, 1))])
def test_product_broadcasts(source: Source, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    def ask(session: Session, size: int) -> tuple[torch.Tensor, ...]:
        a, b = masks(session, *shapes)
        return a.share, b.share, session.correlations.product(a, b)

    ((first, second),) = take(source, ask, (1,))
    a, b, c = (total(x, y) for x, y in zip(first, second, strict=True))
    assert torch.equal(c, a * b)


@pytest.mark.parametrize("ring_bits", [8, 40, 64])
def test_square_is_exact_in_its_ring(source: Source, ring_bits: int) -> None:
    def ask(session: Session, size: int) -> tuple[torch.Tensor, ...]:
        (a,) = masks(session, (size,))
        return a.share, session.correlations.square(a, ring_bits)

    for first, second in take(source, ask):
        a, c = (total(x, y) for x, y in zip(first, second, strict=True))
        assert not ((c - a * a) << (64 - ring_bits)).any()


@pytest.mark.parametrize("ring_bits", [8, 40, 48])
def test_matmul_is_exact_in_its_ring(source: Source, ring_bits: int) -> None:
    def ask(session: Session, size: int) -> list[torch.Tensor]:
        a, b, c = masks(session, (5, 9), (9, 4), (5, 4))
        wide = session.correlations.matmul(a, c, (TRANSPOSED, PLAIN), ring_bits)
        return [a.share, b.share, c.share, session.correlations.matmul(a, b, (PLAIN, PLAIN), ring_bits), wide]

    ((first, second),) = take(source, ask, (1,))
    a, b, c, product, wide = (total(x, y) for x, y in zip(first, second, strict=True))
    assert not ((product - a @ b) << (64 - ring_bits)).any()
    assert not ((wide - a.T @ c) << (64 - ring_bits)).any()


@pytest.mark.parametrize(("left_view", "right_view", "left", "right"), SHAPES)
def test_matmul_is_exact(
    source: Source, left_view: View, right_view: View, left: tuple[int, int], right: tuple[int, int]
) -> None:
    def ask(session: Session, size: int) -> tuple[torch.Tensor, ...]:
        a, b = masks(session, left, right)
        return a.share, b.share, session.correlations.matmul(a, b, (left_view, right_view))

    ((first, second),) = take(source, ask, (1,))
    a, b, c = (total(x, y) for x, y in zip(first, second, strict=True))
    assert torch.equal(c, left_view.of(a) @ right_view.of(b))


def test_bit_triples_are_exact(source: Source) -> None:
    for first, second in take(source, lambda session, size: session.correlations.bit_triples(size)):
        a, b0, b1, c0, c1 = (getattr(first, name) ^ getattr(second, name) for name in ("a", "b0", "b1", "c0", "c1"))
        assert torch.equal(c0, a & b0)
        assert torch.equal(c1, a & b1)
        assert not torch.equal(b0, b1)


def test_private_and_is_exact(source: Source) -> None:
    for first, second in take(source, lambda session, size: session.correlations.private_and(size)):
        assert torch.equal(first.product ^ second.product, first.own & second.own)


@pytest.mark.parametrize("value_bytes", [1, 2, 5, 6, 8])
def test_private_product_is_exact_in_its_low_bytes(source: Source, value_bytes: int) -> None:
    pairs = take(source, lambda session, size: session.correlations.private_product(size, value_bytes))
    for size, (first, second) in zip(SIZES, pairs, strict=True):
        both = unpack(first.own & second.own, size)
        rest = total(first.product, second.product) - both
        if value_bytes < 8:
            rest &= (1 << (8 * value_bytes)) - 1
        assert not rest.any()


def test_private_pairs_are_exact(source: Source) -> None:
    pairs: list[tuple[PrivatePairs, PrivatePairs]] = take(
        source, lambda session, n: session.correlations.private_pairs(n)
    )
    for first, second in pairs:
        p, q = first.own, second.own
        expected = torch.stack([(p[1] & q[1]) ^ (p[2] & q[0]) ^ (p[0] & q[2]), (p[1] & q[0]) ^ (p[0] & q[1])])
        assert torch.equal(first.products ^ second.products, expected)
        assert not torch.equal(p[0], p[1])


@pytest.mark.parametrize("ring_bits", [8, 40, 64])
def test_private_values_are_exact_in_their_ring(source: Source, ring_bits: int) -> None:
    pairs: list[tuple[PrivateValues, PrivateValues]] = take(
        source, lambda session, n: session.correlations.private_values(n, ring_bits)
    )
    for first, second in pairs:
        rest = total(first.product, second.product) - first.own * second.own
        assert not (rest << (64 - ring_bits)).any()


@pytest.mark.parametrize("value_bytes", [1, 4, 6, 8])
def test_random_ots_choose_one_of_the_other_party_s_pads(source: Source, value_bytes: int) -> None:
    pairs: list[tuple[RandomOts, RandomOts]] = take(
        source, lambda session, n: session.correlations.random_ots(n, value_bytes)
    )
    for size, (first, second) in zip(SIZES, pairs, strict=True):
        for chooser, sender in ((first, second), (second, first)):
            bit = unpack(chooser.own, size)
            assert torch.equal(chooser.chosen, torch.where(bit == 1, sender.pad1, sender.pad0))
            assert size < 7 or not torch.equal(sender.pad0, sender.pad1)
            assert sender.pad0.dtype == (torch.int32 if value_bytes == 4 else torch.int64)
            if value_bytes not in (4, 8):
                assert int(sender.pad0.min()) >= 0 and int(sender.pad0.max()) < 1 << 8 * value_bytes


@pytest.mark.parametrize(("index_bits", "value_bytes"), [(1, 8), (4, 5), (7, 8), (10, 5)])
def test_lookups_give_p1_the_pad_at_its_index(source: Source, index_bits: int, value_bytes: int) -> None:
    pairs: list[tuple[Lookups, Lookups]] = take(
        source, lambda session, n: session.correlations.lookups(n, index_bits, value_bytes), (1, 7, 65)
    )
    for size, (first, second) in zip((1, 7, 65), pairs, strict=True):
        assert first.index.numel() == 0 and tuple(first.pads.shape) == (size, 1 << index_bits)
        assert 0 <= int(second.index.min()) and int(second.index.max()) < 1 << index_bits
        assert torch.equal(second.pads, first.pads.gather(1, second.index[:, None]))
    pads = pairs[-1][0].pads
    assert len(set(pads.reshape(-1).tolist())) == pads.numel() or value_bytes < 8


@pytest.mark.parametrize("digits", [(4, 4), (3, 4), (2, 1), (0, 4), (1, 0)])
def test_digit_pads_give_each_party_the_pads_at_its_index(source: Source, digits: tuple[int, int]) -> None:
    sizes = (1, 7, 65)
    pairs: list[tuple[DigitPads, DigitPads]] = take(
        source, lambda session, n: session.correlations.digit_pads(n, digits), sizes
    )
    for size, both in zip(sizes, pairs, strict=True):
        for party, depth in enumerate(digits):
            mine, pads = both[party], both[1 - party].pads
            assert tuple(mine.index.shape) == (depth, size)
            assert tuple(pads.shape) == ((1 << depth if depth else 0), 2, size)
            assert tuple(mine.chosen.shape) == (2 if depth else 0, size)
            assert_chosen(mine, pads)


def assert_chosen(mine: DigitPads, pads: torch.Tensor) -> None:
    """What this party has are the peer's pads at its index, bit by bit."""
    size = 64 * mine.index.shape[1]
    index = [unpack(row, size) << place for place, row in enumerate(mine.index)]
    places = sum(index, torch.zeros(size, dtype=torch.int64))
    for bit, chosen in enumerate(mine.chosen):
        table = torch.stack([unpack(entry, size) for entry in pads[:, bit]])
        assert torch.equal(unpack(chosen, size), table.gather(0, places[None])[0])


def test_digit_pads_are_exact_across_groups_and_batches(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "_GROUP_ELEMENTS", 100)
    monkeypatch.setattr(cots, "_BATCH_OTS", 64 * 37)
    sizes = (99, 1, 13)
    pairs: list[tuple[DigitPads, DigitPads]] = take(
        source, lambda session, n: session.correlations.digit_pads(n, (2, 3)), sizes
    )
    for first, second in pairs:
        assert_chosen(first, second.pads)
        assert_chosen(second, first.pads)


def test_correlations_are_exact_across_groups_and_batches(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "_GROUP_ELEMENTS", 100)
    monkeypatch.setattr(cots, "_BATCH_OTS", 64 * 37)

    def ask(session: Session, size: int) -> tuple[torch.Tensor, ...]:
        a, b = masks(session, (size,), (size,))
        chosen = session.correlations.random_ots(size)
        parts = (session.correlations.product(a, b), session.correlations.square(b))
        triples = session.correlations.bit_triples(size)
        return a.share, b.share, *parts, chosen.own, chosen.chosen, chosen.pad1, triples.a, triples.b1, triples.c1

    sizes = (99, 1, 1, 130, 64, 37, 5)
    for size, (first, second) in zip(sizes, take(source, ask, sizes), strict=True):
        a, b, product, square, *_ = (x + y for x, y in zip(first, second, strict=True))
        triple_a, triple_b, triple_c = (first[i] ^ second[i] for i in (7, 8, 9))
        bit = unpack(first[4], size) == 1
        assert torch.equal(product, a * b)
        assert torch.equal(square, b * b)
        assert torch.equal(first[5][bit], second[6][bit])
        assert torch.equal(triple_c, triple_a & triple_b)


def test_correlations_of_no_elements_are_empty(source: Source) -> None:
    def ask(session: Session, size: int) -> tuple[int, int]:
        a, b = masks(session, (0,), (0,))
        return session.correlations.product(a, b).numel(), session.correlations.square(a).numel()

    assert take(source, ask, (0,)) == [((0, 0), (0, 0))]
