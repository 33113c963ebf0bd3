"""Signs, selection and ReLU against plain computation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from common.wire.framing import HEADER_BYTES
from server_node.kernels.bits import pack, unpack
from server_node.online import comparison
from server_node.online.comparison import (
    RANGE_BITS,
    bit_decompose,
    is_negative,
    rectified,
    relu,
    select,
    select_all,
    to_ring,
)
from server_node.online.session import PRICES, Session
from server_node.online.steps import Steps
from server_node.online.truncation import truncate
from tests.helpers.two_party.operations import DealerSource, Shares, Source, added, share, share_words, uniform, xored
from tests.helpers.two_party.strategies import edges, ring_values
from tests.helpers.two_party.uniformity import assert_uniform_bytes

LOW, HIGH = -(2 ** (RANGE_BITS - 1)), 2 ** (RANGE_BITS - 1) - 1
RING = (-(2**63), 2**63 - 1)


def signs(source: Source, x: Shares) -> torch.Tensor:
    return unpack(xored(source.run(is_negative, x)), x[0].numel())


def test_is_negative_at_the_edges_of_the_range(source: Source) -> None:
    x = edges(LOW, HIGH)
    assert torch.equal(signs(source, share(x)), (x < 0).long())


@pytest.mark.parametrize("width", [2, 3, 4, 5, 8, 9, 17, 24, 31, 33, 64])
def test_is_negative_of_any_width_at_its_edges(source: Source, width: int) -> None:
    """Only the low bits are looked at, whatever lies above them."""
    x = edges(-(2 ** (width - 1)), 2 ** (width - 1) - 1)
    noise = uniform(0, 2 ** max(0, 63 - width), len(x)) << width if width < 64 else 0
    found = source.run(lambda session, x: is_negative(session, x, width), share(x + noise))
    assert torch.equal(unpack(xored(found), len(x)), (x < 0).long())


def test_is_negative_of_random_values(source: Source) -> None:
    x = uniform(LOW, HIGH + 1, 1001)
    assert torch.equal(signs(source, share(x)), (x < 0).long())


@pytest.mark.parametrize("first", [0, -1, 2**31, 2**31 - 1, -(2**63), 2**63 - 1])
def test_is_negative_with_extreme_shares(source: Source, first: int) -> None:
    """All carries, no carry, and the longest chain of them."""
    x = edges(LOW, HIGH)
    fixed = torch.full_like(x, first)
    assert torch.equal(signs(source, (fixed, x - fixed)), (x < 0).long())


@pytest.mark.parametrize("width", range(2, 65))
def test_is_negative_by_digits_of_every_width(width: int) -> None:
    """Every number of whole digits, and every rest."""
    x = edges(-(2 ** (width - 1)), 2 ** (width - 1) - 1)
    run = DealerSource(by_digits=True).run(lambda session, x: is_negative(session, x, width), share(x))
    assert torch.equal(unpack(xored(run), len(x)), (x < 0).long())
    pairs = width // 2
    assert run.latency == 1 + (pairs - 1).bit_length()


@given(x=ring_values(LOW, HIGH, max_size=130), seed=st.integers(0, 2**32), by_digits=st.booleans())
def test_is_negative_of_any_value(x: torch.Tensor, seed: int, by_digits: bool) -> None:
    found = signs(DealerSource(seed.to_bytes(8, "little"), by_digits), share(x, seed))
    assert torch.equal(found, (x < 0).long())


@pytest.mark.parametrize("size", [1, 63, 64, 65, 300])
def test_select_gives_the_value_or_zero(source: Source, size: int) -> None:
    x, bit = uniform(*RING, size), uniform(0, 2, size, seed=1)
    found = added(source.run(lambda session, b, x: select(session, b, x), share_words(pack(bit)), share(x, 2)))
    assert torch.equal(found, bit * x)


@pytest.mark.parametrize("ring_bits", [8, 16, 20, 24, 32, 40, 48, 56])
def test_select_in_a_small_ring(source: Source, ring_bits: int) -> None:
    x, bit = uniform(*RING, 130), uniform(0, 2, 130, seed=1)
    run = source.run(lambda session, b, x: select(session, b, x, ring_bits), share_words(pack(bit)), share(x, 2))
    assert not ((added(run) - bit * x) << (64 - ring_bits)).any()
    body = [len(message) for _, message in run.received[0]][-1]
    assert body == 130 * ((ring_bits + 7) // 8) + 3 * 8


def test_select_keeps_the_shape_and_the_edges(source: Source) -> None:
    x = edges(*RING)[:180].reshape(3, 5, 12)
    bit = uniform(0, 2, 180, seed=1)
    found = added(source.run(lambda session, b, x: select(session, b, x), share_words(pack(bit)), share(x, 2)))
    assert torch.equal(found, bit.reshape(x.shape) * x)


def test_relu_cuts_negative_values_and_tells_which(source: Source) -> None:
    x = torch.cat([edges(LOW, HIGH), uniform(LOW, HIGH, 299)]).reshape(-1, 1)
    run = source.run(relu, share(x))
    values = run.results[0][0] + run.results[1][0]
    positive = unpack(run.results[0][1] ^ run.results[1][1], x.numel())
    assert torch.equal(values, x.clamp(min=0))
    assert torch.equal(positive, (x.reshape(-1) >= 0).long())


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done with many values, for any number of them."""
    monkeypatch.setattr(comparison, "_MANY", 1)


@pytest.mark.usefixtures("narrow")
def test_relu_of_many_values_selects_in_a_ring_that_just_holds_them(source: Source) -> None:
    x = torch.cat([edges(LOW, HIGH), uniform(LOW, HIGH, 299)]).reshape(-1, 1)
    done = source.run(relu, share(x))
    assert torch.equal(done.results[0][0] + done.results[1][0], x.clamp(min=0))
    positive = unpack(done.results[0][1] ^ done.results[1][1], x.numel())
    assert torch.equal(positive, (x.reshape(-1) >= 0).long())


@pytest.mark.usefixtures("narrow")
def test_relu_of_many_values_costs_four_bytes_less_and_a_round_more(dealer: Source) -> None:
    few, many = PRICES["relu"], dealer.run(relu, share(uniform(LOW, HIGH, 6400)))
    assert [stats.rounds for stats in many.stats] == [few.rounds + 1] * 2
    for transcript in many.received:
        assert sum(len(body) for _, body in transcript) * 8 == 6400 * (few.item_bits - 32 + 1)
        assert_uniform_bytes(b"".join(body for _, body in transcript), "relu of many")


@pytest.mark.usefixtures("narrow")
def test_relu_of_many_values_by_digits_saves_the_transfer_of_a_lift() -> None:
    """What a lift takes to prepare is more than four bytes."""
    run = DealerSource(by_digits=True).run(relu, share(uniform(LOW, HIGH, 6400)))
    assert run.latency == PRICES["relu"].rounds
    assert [stats.bytes_sent for stats in run.stats] == [6 * HEADER_BYTES + 6400 * 203 // 8] * 2


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize(("shift", "ring_bits"), [(16, 64), (0, 48), (16, 40), (30, 56)])
def test_rectified_of_many_values(source: Source, shift: int, ring_bits: int) -> None:
    low = -(2 ** min(RANGE_BITS - 1 + shift, ring_bits - 2))
    high = -low - 2**shift
    x = torch.cat([edges(low, high), uniform(low, high, 300)])
    done = source.run(lambda session, x: rectified(session, x, shift, ring_bits), share(x))
    value = done.results[0][0] + done.results[1][0]
    active = unpack(done.results[0][1] ^ done.results[1][1], len(x))
    assert set((value - (x >> shift).clamp(min=0)).tolist()) <= ({0, 1} if shift else {0})
    assert torch.equal(value * active, value)
    assert torch.equal(active[x >= 0], torch.ones_like(active[x >= 0]))


def test_select_all_in_one_round(source: Source) -> None:
    x, y, bit = uniform(*RING, 70), uniform(*RING, 3, 5, seed=1), uniform(0, 2, 70, seed=2)

    def run(session: Session, b: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> Steps[list[torch.Tensor]]:
        return select_all(session, [(b, x), (b, y)])

    done = source.run(run, share_words(pack(bit)), share(x, 3), share(y, 4))
    first, second = (a + b for a, b in zip(*done.results, strict=True))
    assert torch.equal(first, bit * x)
    assert torch.equal(second, (bit[:15] * y.reshape(-1)).reshape(3, 5))
    assert [stats.rounds for stats in done.stats] == [1, 1]


@pytest.mark.parametrize("size", [1, 64, 130])
def test_to_ring_gives_zeros_and_ones(source: Source, size: int) -> None:
    bit = uniform(0, 2, size)
    assert torch.equal(added(source.run(lambda s, b: to_ring(s, b, size), share_words(pack(bit)))), bit)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 8, 16, 17, 32, 64])
def test_bit_decompose_gives_every_bit_of_the_secret(source: Source, width: int) -> None:
    x = torch.cat([edges(*RING), uniform(*RING, 70)])
    run = source.run(lambda session, x: bit_decompose(session, x, width), share(x))
    found = xored(run)
    assert found.shape[0] == width
    for place in range(width):
        assert torch.equal(unpack(found[place], len(x)), (x >> place) & 1)


@pytest.mark.parametrize(("shift", "ring_bits"), [(16, 64), (0, 48), (8, 40), (16, 40), (26, 56)])
def test_rectified_is_truncate_and_then_relu(source: Source, shift: int, ring_bits: int) -> None:
    low = -(2 ** min(RANGE_BITS - 1 + shift, ring_bits - 2))
    high = -low - 2**shift  # rounded up, it must be in the range still
    x = torch.cat([edges(low, high), uniform(low, high, 300), uniform(-9, 9, 100) << (shift - 2)])

    def run(session: Session, x: torch.Tensor) -> Steps[list[torch.Tensor]]:
        value, active = yield from rectified(session, x, shift, ring_bits)
        return [value, active]

    done = source.run(run, share(x))
    value = done.results[0][0] + done.results[1][0]
    active = unpack(done.results[0][1] ^ done.results[1][1], len(x))
    assert set((value - (x >> shift).clamp(min=0)).tolist()) <= {0, 1}
    assert torch.equal(value * active, value)
    assert torch.equal(active[x >= 0], torch.ones_like(active[x >= 0]))
    assert not active[x <= -(2**shift)].any()
    assert [stats.rounds for stats in done.stats] == [6, 6]


def test_rectified_agrees_exactly_with_truncate(leaves: Source) -> None:
    """With the same shares the comparison sees the very value that truncation gives."""
    x = uniform(-(2**18), 2**18, 640)

    def both(session: Session, x: torch.Tensor) -> Steps[list[torch.Tensor]]:
        (cut,) = yield from truncate(session, (x, 16))
        value, active = yield from rectified(session, x, 16)
        return [cut, value, active]

    first, second = leaves.run(both, share(x)).results
    cut, value = first[0] + second[0], first[1] + second[1]
    assert torch.equal(value, cut.clamp(min=0))
    assert torch.equal(unpack(first[2] ^ second[2], 640), (cut >= 0).long())


@pytest.mark.parametrize("operation", ["relu", "rectified"])
def test_relu_in_lanes_is_that_of_the_whole(leaves: Source, monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    """Pieces of 128 values, the last one smaller; messages of their own, but no more rounds."""
    x = uniform(LOW, HIGH, 5, 100)
    plain: dict[str, Callable[..., Steps[tuple[torch.Tensor, torch.Tensor]]]] = {
        "relu": relu,
        "rectified": lambda session, x: rectified(session, x << 16, 16),
    }
    whole = leaves.run(plain[operation], share(x))
    monkeypatch.setattr(comparison, "_LANE", 128)
    pieces = leaves.run(plain[operation], share(x))
    for run in (whole, pieces):
        values, active = run.results[0][0] + run.results[1][0], run.results[0][1] ^ run.results[1][1]
        assert torch.equal(values, x.clamp(min=0))
        assert torch.equal(unpack(active, x.numel()).reshape(x.shape), (x >= 0).long())
    assert pieces.latency == whole.latency
    assert len(pieces.received[0]) == 4 * len(whole.received[0])
