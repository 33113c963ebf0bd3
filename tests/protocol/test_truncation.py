"""Truncation and lifting: no large error anywhere in the range, and rounding that is fair."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.online.truncation import lift, multiples, truncate
from tests.helpers.two_party.operations import DealerSource, Shares, Source, added, share, uniform
from tests.helpers.two_party.strategies import edges, ring_values
from tests.helpers.two_party.uniformity import assert_mean

RING = (-(2**63), 2**63 - 1)
RANGE_BITS = 62
LOW, HIGH = -(2**RANGE_BITS), 2**RANGE_BITS - 1
SHIFTS = (1, 2, 7, 8, 9, 15, 16, 17, 26, 32, 33, 40)


def cut(source: Source, x: torch.Tensor, *shifts: int, seed: int = 0) -> list[torch.Tensor]:
    """x / 2^shift for each shift, all in one round."""

    def run(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
        return torch.stack((yield from truncate(session, *((x, s) for s in shifts))))

    return list(added(source.run(run, share(x, seed))))


def by_16(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
    """x / 2^16."""
    return (yield from truncate(session, (x, 16)))[0]


def assert_rounded(found: torch.Tensor, x: torch.Tensor, shift: int) -> None:
    error = set((found - (x >> shift)).flatten().tolist())
    assert error <= {0, 1}, f"shift {shift}: errors {error}"


def test_truncate_at_the_edges_of_the_range_is_floor_or_one_more(source: Source) -> None:
    x = edges(LOW, HIGH)
    for shift, found in zip(SHIFTS, cut(source, x, *SHIFTS), strict=True):
        assert_rounded(found, x, shift)


@pytest.mark.parametrize("seed", range(3))
def test_truncate_every_shift_on_random_values(dealer: Source, seed: int) -> None:
    shifts = range(1, 41)
    x = uniform(LOW, HIGH, 500, seed=seed)
    for shift, found in zip(shifts, cut(dealer, x, *shifts, seed=seed), strict=True):
        assert_rounded(found, x, shift)


@given(x=ring_values(LOW, HIGH), shift=st.integers(1, 40), seed=st.integers(0, 2**32))
def test_truncate_any_value_is_floor_or_one_more(x: torch.Tensor, shift: int, seed: int) -> None:
    (found,) = cut(DealerSource(seed.to_bytes(8, "little")), x, shift, seed=seed)
    assert_rounded(found, x, shift)


@pytest.mark.parametrize("first", [0, -1, -(2**63), 2**63 - 1, 2**62, -(2**62)])
def test_truncate_with_extreme_shares_is_floor_or_one_more(source: Source, first: int) -> None:
    """The wrap of the two shares is where the cheap methods fail."""
    x = edges(LOW, HIGH)
    fixed = torch.full_like(x, first)
    shares: Shares = (fixed, x - fixed)
    assert_rounded(added(source.run(by_16, shares)), x, 16)


def test_truncate_keeps_the_shape(source: Source) -> None:
    x = uniform(LOW, HIGH, 3, 5, 2)
    (found,) = cut(source, x, 16)
    assert found.shape == x.shape
    assert_rounded(found, x, 16)


def test_truncate_several_tensors_in_one_round(source: Source) -> None:
    x, y = uniform(LOW, HIGH, 70), uniform(LOW, HIGH, 3, seed=1)
    run = source.run(lambda session, x, y: truncate(session, (x, 16), (y, 26)), share(x), share(y, 1))
    assert [stats.rounds for stats in run.stats] == [1, 1]
    for found, value, shift in zip(map(sum, zip(*run.results, strict=True)), (x, y), (16, 26), strict=True):
        assert isinstance(found, torch.Tensor)
        assert_rounded(found, value, shift)


SMALL_RINGS = [(16, 1), (24, 16), (32, 8), (40, 16), (40, 38), (48, 20), (56, 26)]


@pytest.mark.parametrize(("ring_bits", "shift"), SMALL_RINGS)
@pytest.mark.parametrize("signed", [True, False])
def test_truncate_from_a_small_ring_is_floor_or_one_more(
    source: Source, ring_bits: int, shift: int, signed: bool
) -> None:
    low, high = (-(1 << (ring_bits - 2)), 1 << (ring_bits - 2)) if signed else (0, 1 << (ring_bits - 1))
    x = torch.cat([edges(low, high - 1), uniform(low, high, 300)])
    first = uniform(*RING, len(x), seed=1)
    first[:4] = torch.tensor([0, high - 1, high, 2 * high])
    # What lies above the small ring is of no meaning.
    noise = uniform(0, 1 << (63 - ring_bits), len(x), seed=2) << ring_bits

    def run(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
        return (yield from truncate(session, (x, shift), ring_bits=ring_bits, signed=signed))[0]

    assert_rounded(added(source.run(run, (first, x - first + noise))), x, shift)


def test_truncate_without_sign_uses_the_whole_lower_half(source: Source) -> None:
    x = edges(0, 2**63 - 1)

    def run(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
        return (yield from truncate(session, (x, 16), signed=False))[0]

    assert_rounded(added(source.run(run, share(x))), x, 16)


@pytest.mark.parametrize("shift", [1, 16, 40])
@pytest.mark.parametrize("signed", [True, False])
def test_truncate_of_a_multiple_is_exact(source: Source, shift: int, signed: bool) -> None:
    low, high = (LOW, HIGH) if signed else (0, 2**63 - 1)
    x = torch.cat([edges(low, high), uniform(low, high, 300)]) >> shift << shift

    def run(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
        return (yield from truncate(session, (x, shift), signed=signed))[0]

    assert torch.equal(added(source.run(run, share(x))), x >> shift)


def check_bias(count: int, shift: int, seed: int) -> None:
    """The mean is x / 2^s, and the share of roundings up is what the fraction says."""
    half = 2 ** (RANGE_BITS - 1)
    near_edge = uniform(0, 2**40, count, seed=seed)
    x = torch.cat([HIGH - near_edge[: count // 2], LOW + near_edge[count // 2 :] % half])
    (found,) = cut(DealerSource(seed.to_bytes(8, "little")), x, shift, seed=seed)
    rounded_up = found - (x >> shift)
    assert (int(rounded_up.min()), int(rounded_up.max())) == (0, 1)
    fraction = (x & ((1 << shift) - 1)).double() / (1 << shift)
    error = (rounded_up.double() - fraction).numpy()
    assert_mean(error, 0.0)
    for part in range(4):
        chosen = error[(fraction.numpy() * 4).astype(np.int64) == part]
        assert_mean(chosen, 0.0)


@pytest.mark.parametrize("shift", [2, 8, 16, 26])
def test_truncate_rounds_fairly_at_the_edge_of_the_range(shift: int) -> None:
    check_bias(100_000, shift, seed=shift)


@pytest.mark.slow
def test_truncate_ten_million_values_at_the_edge_of_the_range() -> None:
    for seed in range(10):
        check_bias(1_000_000, 16, seed)


@pytest.mark.parametrize("ring_bits", [16, 32])
def test_lift_of_any_value_below_half_the_ring_is_exact(source: Source, ring_bits: int) -> None:
    half, whole = 1 << (ring_bits - 1), 1 << ring_bits
    x = torch.cat([edges(0, half - 1), uniform(0, half, 500)])
    first = uniform(0, whole, len(x), seed=1)
    first[:4] = torch.tensor([0, half - 1, half, whole - 1])
    run = source.run(lambda session, x: lift(session, x, ring_bits), (first, (x - first) % whole))
    assert torch.equal(added(run), x)


@pytest.mark.parametrize("ring_bits", [16, 32])
def test_lift_of_a_seeded_share_of_pixels_is_exact(source: Source, ring_bits: int) -> None:
    """Black, white and every grey of 8 bits, whatever the seed's share is."""

    grey = torch.arange(256).repeat(4)
    first = uniform(0, 1 << ring_bits, len(grey), seed=2)
    run = source.run(lambda session, x: lift(session, x, ring_bits), (first, (grey - first) % (1 << ring_bits)))
    assert torch.equal(added(run), grey)


# --- public multiples ---------------------------------------------------------------------------------------------

FACTORS = [(1, 16), (0, 5), (65535, 16), (3, 1), ((1 << 30) - 1, 30), ((1 << 30) - 1, 62), (6554, 40)]


def times(source: Source, x: torch.Tensor, factors: list[tuple[int, int]], ring_bits: int = 64) -> list[torch.Tensor]:
    def run(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
        return torch.stack((yield from multiples(session, x, factors, ring_bits)))

    return list(added(source.run(run, share(x))))


def assert_multiple(found: torch.Tensor, x: torch.Tensor, factor: int, shift: int) -> None:
    for got, value in zip(found.tolist(), x.tolist(), strict=True):
        exact = value * factor
        wrapped = (got - (exact >> shift) + 2**63) % 2**64 - 2**63
        assert wrapped in ({0} if exact % 2**shift == 0 else {0, 1}), f"{value} * {factor} / 2^{shift}"


def test_multiples_at_the_edges_of_the_range_are_floor_or_one_more(source: Source) -> None:
    x = edges(LOW, HIGH)
    for found, (factor, shift) in zip(times(source, x, FACTORS), FACTORS, strict=True):
        assert_multiple(found, x, factor, shift)


@pytest.mark.parametrize("ring_bits", [48, 56, 64])
def test_multiples_of_a_small_ring(source: Source, ring_bits: int) -> None:
    x = edges(-(2 ** (ring_bits - 2)), 2 ** (ring_bits - 2) - 1)
    factors = [(1, 16), (65535, ring_bits - 2), (1 << 20, 30)]
    for found, (factor, shift) in zip(times(source, x, factors, ring_bits), factors, strict=True):
        assert_multiple(found, x, factor, shift)


def test_multiples_are_fair(dealer: Source) -> None:
    """A hundredth of a unit, rounded a hundred thousand times, is a hundredth on average."""
    (found,) = times(dealer, torch.full((100_000,), 100), [(6554, 16 + 10)])
    assert_mean(found.numpy(), 100 * 6554 / 2**26)


def test_truncation_that_changes_nothing_is_refused(dealer: Source) -> None:
    with pytest.raises(ValueError, match="not divided"):
        cut(dealer, torch.arange(3), 16, 0)
