"""Exponential, sigmoid, softmax, roots and quotients: the stated error over the stated range, in the stated rounds."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from server_node.online.nonlinear import (
    EXP_ERROR,
    EXP_LOWEST,
    HIGHEST,
    RECIPROCAL_ERROR,
    SIGMOID_ERROR,
    SIGMOID_RANGE,
    SOFTMAX_ERROR,
    Bins,
    exp_nonpositive,
    look_up,
    reciprocal,
    sigmoid,
    softmax,
)
from server_node.online.roots import (
    QUOTIENT_ERROR,
    ROOT_ERROR,
    WIDTH,
    divide,
    inverse_square_root,
    square_root,
)
from server_node.online.session import Session
from server_node.online.steps import Steps
from tests.helpers.two_party.operations import Run, Shares, Source, added, share, uniform

PLACES = [12, 13, 16, 17, 20]
X_PLACES = [12, 13, 16, 17, 20, 30]
FIRST_SHARES = [0, -1, 1, 2**63 - 1, -(2**63), 2**16 - 1, -(2**20), 2**31, 2**31 - 1, -(2**30), 0x2AAAAAAA, 0x55555555]
TOP = 2**WIDTH - 1
Operation = Callable[[Session, torch.Tensor], Steps[torch.Tensor]]


def fixed(values: torch.Tensor, places: int = 16) -> torch.Tensor:
    return (values.double() * 2.0**places).round().long()


def with_places(operation: Operation, places: int) -> Operation:
    """The operation in a session with so many fractional bits."""

    def run(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
        session.fraction_bits = places
        return (yield from operation(session, x))

    return run


def extreme(x: torch.Tensor) -> Shares:
    """The values once for each of the first shares where wraps and carries are rare or certain."""
    first = torch.tensor(FIRST_SHARES)[:, None].expand(-1, x.numel()).reshape(-1)
    return first, x.repeat(len(FIRST_SHARES)) - first


def real(run: Run[torch.Tensor], places: int) -> torch.Tensor:
    return added(run).double() * 2.0**-places


# --- exponential -------------------------------------------------------------------------------------------------


def powers(places: int, count: int = 3000) -> torch.Tensor:
    """Both ends of the range and of the window, a dense grid over the window, values everywhere."""
    unit = 2.0**-places
    marks = [0, 1, 2, 13.9, 14, 14.1, 15, 15.9375, 16, 16.1, 17, 31, 32, 33, 255, 256, 4096, -EXP_LOWEST]
    ends = torch.tensor([sign * unit - mark for mark in marks for sign in (-1, 0, 1)]).clamp(min=EXP_LOWEST)
    grid = torch.linspace(-17, 1 / 16 - unit, count, dtype=torch.float64)
    wide = -torch.logspace(0, math.log10(-EXP_LOWEST), 500, dtype=torch.float64)
    return fixed(torch.cat([ends.double(), grid, wide]), places)


def check_exp(run: Run[torch.Tensor], x: torch.Tensor, x_places: int, places: int) -> None:
    found, exact = real(run, places), (x.double() / 2**x_places).exp()
    assert (found - exact).abs().max() <= EXP_ERROR + 2.0**-places
    assert not found[x <= -(16 << x_places)].any()
    assert run.latency == 5


@pytest.mark.parametrize("places", PLACES)
def test_exp_over_the_whole_range(dealer: Source, places: int) -> None:
    x = powers(places)
    check_exp(dealer.run(with_places(exp_nonpositive, places), share(x)), x, places, 18)


@pytest.mark.parametrize("places", [1, 12, 26, 30])
def test_exp_with_other_fractional_bits_of_the_result(dealer: Source, places: int) -> None:
    x = powers(16)
    check_exp(dealer.run(lambda session, x: exp_nonpositive(session, x, places), share(x)), x, 16, places)


def test_exp_of_extreme_shares(dealer: Source) -> None:
    first, second = extreme(powers(16, 200))
    check_exp(dealer.run(exp_nonpositive, (first, second)), first + second, 16, 18)


def test_exp_with_any_source_keeps_the_shape(source: Source) -> None:
    x = powers(16, 100)[:96].reshape(4, 3, 8)
    run = source.run(exp_nonpositive, share(x))
    assert run.results[0].shape == x.shape
    check_exp(run, x, 16, 18)


def test_exp_is_not_biased(dealer: Source) -> None:
    x = fixed(torch.linspace(-14, 0, 6000, dtype=torch.float64))
    error = real(dealer.run(exp_nonpositive, share(x)), 18) - (x.double() / 2**16).exp()
    assert abs(error.mean()) < 0.05 * 2.0**-18


# --- sigmoid -----------------------------------------------------------------------------------------------------


def sigmoid_inputs(places: int, count: int = 2500) -> torch.Tensor:
    ends = torch.tensor([0, 1, 7, 8, 8.4, 8.5, 8.6, 9, 9.1, 16, 18, 27, 64, 4096, SIGMOID_RANGE], dtype=torch.float64)
    grid = torch.linspace(-10, 10, count, dtype=torch.float64)
    wide = torch.logspace(0, math.log10(SIGMOID_RANGE), 200, dtype=torch.float64)
    near = torch.cat([ends, ends - 2.0**-places]).clamp(min=0)
    return fixed(torch.cat([near, -near, grid, wide, -wide]), places)


def check_sigmoid(run: Run[torch.Tensor], x: torch.Tensor, places: int) -> None:
    found, exact = real(run, places), torch.sigmoid(x.double() / 2**places)
    assert (found - exact).abs().max() <= SIGMOID_ERROR + 2.0**-places
    assert (found[x >= (9 << places)] == 1).all() and (found[x < -(9 << places)] == 0).all()
    assert run.latency == 5


@pytest.mark.parametrize("places", PLACES)
def test_sigmoid_over_the_whole_range(dealer: Source, places: int) -> None:
    x = sigmoid_inputs(places)
    check_sigmoid(dealer.run(with_places(sigmoid, places), share(x)), x, places)


def test_sigmoid_of_extreme_shares(dealer: Source) -> None:
    first, second = extreme(sigmoid_inputs(16, 100))
    check_sigmoid(dealer.run(sigmoid, (first, second)), first + second, 16)


@pytest.mark.parametrize("places", [16, 20])
def test_sigmoid_with_any_source_keeps_the_shape(source: Source, places: int) -> None:
    x = sigmoid_inputs(places, 40)[:100].reshape(5, 20)
    run = source.run(with_places(sigmoid, places), share(x))
    assert run.results[0].shape == x.shape
    check_sigmoid(run, x, places)


# --- reciprocal --------------------------------------------------------------------------------------------------


def wholes(highest: int, places: int, count: int = 1500) -> torch.Tensor:
    one = 1 << places
    ends = torch.tensor([one, one + 1, highest * one - 1, highest * one]).clamp(one, highest * one)
    near = uniform(one, min(highest, 2) * one + 1, count, seed=1)
    return torch.cat([ends, near, uniform(one, highest * one + 1, count)])


def check_reciprocal(source: Source, s: Shares, highest: int, places: int = 16) -> Run[torch.Tensor]:
    run = source.run(with_places(lambda session, s: reciprocal(session, s, highest), places), s)
    exact = 2**places / (s[0] + s[1]).double()
    assert ((real(run, places) - exact).abs() <= RECIPROCAL_ERROR * exact + 2 * 2.0**-places).all()
    return run


@pytest.mark.parametrize(("highest", "rounds"), [(1, 5), (2, 5), (3, 5), (4, 5), (7, 5), (10, 5), (16, 5), (17, 6)])
def test_reciprocal_over_the_stated_range(dealer: Source, highest: int, rounds: int) -> None:
    assert check_reciprocal(dealer, share(wholes(highest, 16)), highest).latency == rounds


@pytest.mark.parametrize(("highest", "rounds"), [(32, 6), (100, 6), (300, 6), (400, 8), (HIGHEST, 8)])
def test_reciprocal_of_large_numbers(dealer: Source, highest: int, rounds: int) -> None:
    assert check_reciprocal(dealer, share(wholes(highest, 16, 150)), highest).latency == rounds


@pytest.mark.parametrize("places", PLACES)
@pytest.mark.parametrize("highest", [10, 16, 20])
def test_reciprocal_with_other_fractional_bits(dealer: Source, highest: int, places: int) -> None:
    check_reciprocal(dealer, share(wholes(highest, places, 500)), highest, places)


def test_reciprocal_of_extreme_shares(dealer: Source) -> None:
    check_reciprocal(dealer, extreme(wholes(10, 16, 100)), 10)


def test_reciprocal_with_any_source_keeps_the_shape(source: Source) -> None:
    s = wholes(10, 16, 10).reshape(4, 1, 6)
    assert check_reciprocal(source, share(s), 10).results[0].shape == s.shape


@pytest.mark.parametrize("highest", [0, -1, HIGHEST + 1])
def test_reciprocal_refuses_numbers_it_has_no_table_for(dealer: Source, highest: int) -> None:
    with pytest.raises(ValueError, match="reciprocals of numbers up to 1000"):
        dealer.run(lambda session, s: reciprocal(session, s, highest), share(torch.tensor([1 << 16])))


# --- softmax -----------------------------------------------------------------------------------------------------


def hard_logits(classes: int, count: int = 50, places: int = 16) -> torch.Tensor:
    """One class against all others at every distance, all others where powers are cut off, noise, extremes."""
    lead = torch.linspace(-3, 12, count)[:, None] + math.log(max(classes - 1, 1))
    one_ahead = torch.cat([lead, torch.zeros(count, classes - 1)], dim=1)
    cut_off = torch.cat([torch.zeros(count, 1), -torch.linspace(8, 17, count)[:, None].expand(-1, classes - 1)], dim=1)
    noise = uniform(-(2**21), 2**21, count, classes).float() / 2**17
    wide = torch.full((3, classes), -900.0)
    wide[0, 0], wide[1, -1] = 900.0, 1000.0
    return fixed(torch.cat([one_ahead, cut_off, noise, noise / 10, wide]), places)


def check_softmax(source: Source, logits: Shares, limit: float = SOFTMAX_ERROR, places: int = 16) -> Run[torch.Tensor]:
    run = source.run(with_places(softmax, places), logits)
    found, exact = real(run, places), torch.softmax((logits[0] + logits[1]).double() / 2**places, dim=1)
    classes = found.shape[1]
    assert (found - exact).abs().max() <= limit + 2.0**-places
    assert (found.sum(dim=1) - 1).abs().max() <= 1e-4 + classes * 2.0**-places
    assert found.min() >= -(2.0**-16) - 2.0**-places
    return run


@pytest.mark.parametrize(("classes", "rounds"), [(1, 10), (2, 16), (3, 17), (5, 18), (10, 20)])
def test_softmax_against_torch(dealer: Source, classes: int, rounds: int) -> None:
    assert check_softmax(dealer, share(hard_logits(classes))).latency == rounds


@pytest.mark.parametrize(
    ("classes", "limit"),
    [(16, SOFTMAX_ERROR), (17, 4e-4), (100, 4e-4), pytest.param(1000, 1.2e-3, marks=pytest.mark.slow)],
)
def test_softmax_of_many_classes_against_torch(dealer: Source, classes: int, limit: float) -> None:
    check_softmax(dealer, share(hard_logits(classes, max(1, 500 // classes))), limit)


@pytest.mark.parametrize("places", PLACES)
def test_softmax_with_other_fractional_bits(dealer: Source, places: int) -> None:
    check_softmax(dealer, share(hard_logits(10, places=places)), places=places)


@pytest.mark.parametrize("first", FIRST_SHARES)
def test_softmax_of_extreme_shares(dealer: Source, first: int) -> None:
    logits = hard_logits(10, 10)
    fixed_share = torch.full_like(logits, first)
    check_softmax(dealer, (fixed_share, logits - fixed_share))


@pytest.mark.parametrize("classes", [3, 10])
def test_softmax_with_any_source(source: Source, classes: int) -> None:
    check_softmax(source, share(hard_logits(classes, 6)))


def test_softmax_of_equal_logits_is_even(dealer: Source) -> None:
    found = real(dealer.run(softmax, share(torch.full((40, 10), 5 * 2**16))), 16)
    assert (found - 0.1).abs().max() <= 3 * 2.0**-16


def test_softmax_is_hardly_biased(dealer: Source) -> None:
    logits = fixed(uniform(-(2**18), 2**18, 1000, 10).double() / 2**16)
    found = real(dealer.run(softmax, share(logits)), 16)
    error = found - torch.softmax(logits.double() / 2**16, dim=1)
    assert abs(error.mean()) < 2e-6
    assert abs(error[torch.arange(1000), logits.argmax(dim=1)].mean()) < 2e-5


# --- tables ------------------------------------------------------------------------------------------------------


def bounds(low: torch.Tensor, high: torch.Tensor) -> list[torch.Tensor]:
    return [low.long(), high.long(), -low.long()]


@pytest.mark.parametrize(("index_bits", "shift"), [(2, 3), (5, 20), (8, 4), (9, 1), (10, 30)])
def test_look_up_finds_a_bin_one_step_wide_around_the_value(dealer: Source, index_bits: int, shift: int) -> None:
    bins = Bins(index_bits, shift)
    x = torch.cat([torch.tensor([0, 1, bins.top - 1, bins.top]), uniform(0, bins.top + 1, 300)])

    def run(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
        return torch.stack((yield from look_up(session, x, bins, bounds, 3)))

    outcome = dealer.run(run, share(x))
    low, high, negative = added(outcome)
    assert ((low <= x) & (x <= high) & (high - low <= 1 << shift)).all()
    assert torch.equal(negative, -low)
    assert outcome.latency == 2


@pytest.mark.parametrize("value_bytes", [1, 4, 5, 8])
def test_look_up_with_any_source_is_exact_in_its_ring(source: Source, value_bytes: int) -> None:
    bins, ring = Bins(4, 6), (1 << 8 * value_bytes) - 1 if value_bytes < 8 else -1
    x = uniform(0, bins.top + 1, 5, 9)

    def run(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
        return torch.stack((yield from look_up(session, x, bins, bounds, 3, value_bytes)))

    low, high, negative = added(source.run(run, share(x)))
    assert low.shape == x.shape
    assert not ((low + negative) & ring).any()
    width = (high - low) & ring
    assert (width <= 1 << bins.shift).all()
    if value_bytes > 1:
        assert (((x - low) & ring) <= width).all()


# --- roots -------------------------------------------------------------------------------------------------------


def numbers(count: int = 1500) -> torch.Tensor:
    """All small ones, both sides of every power of two and the middle between, all sizes alike often, the largest."""
    powers = 2 ** torch.arange(WIDTH)
    around = torch.cat([powers - 1, powers, powers + 1, 3 * powers // 2, torch.tensor([TOP - 1, TOP])])
    sizes = uniform(0, WIDTH * 2**20, count).double() * 2.0**-20
    every = torch.cat([torch.arange(1, 65), around, (2.0**sizes).long()])
    return every[(every > 0) & (every <= TOP)]


def finest_inverse(x_places: int) -> int:
    return 30 - (x_places + 1) // 2


def inverse(x_places: int, places: int) -> Operation:
    return lambda session, x: inverse_square_root(session, x, x_places, places)


def root(x_places: int, places: int) -> Operation:
    return lambda session, x: square_root(session, x, x_places, places)


def check_root(run: Run[torch.Tensor], exact: torch.Tensor, places: int) -> None:
    found = added(run).double() * 2.0**-places
    assert ((found - exact).abs() <= ROOT_ERROR * exact + 2.0**-places).all()
    assert run.latency == 12


@pytest.mark.parametrize("x_places", X_PLACES)
def test_inverse_square_root_over_the_whole_range(dealer: Source, x_places: int) -> None:
    x, places = numbers(), finest_inverse(x_places)
    check_root(dealer.run(inverse(x_places, places), share(x)), (x.double() * 2.0**-x_places) ** -0.5, places)


@pytest.mark.parametrize("x_places", X_PLACES)
def test_square_root_over_the_whole_range(dealer: Source, x_places: int) -> None:
    x, places = torch.cat([torch.zeros(3, dtype=torch.int64), numbers()]), 15 + x_places // 2
    run = dealer.run(root(x_places, places), share(x))
    check_root(run, (x.double() * 2.0**-x_places) ** 0.5, places)
    assert not added(run)[:3].any()


@pytest.mark.parametrize("places", [8, 16, 20])
def test_roots_with_fewer_fractional_bits(dealer: Source, places: int) -> None:
    x = numbers(300)
    exact = (x.double() * 2.0**-16) ** 0.5
    check_root(dealer.run(inverse(16, places), share(x)), 1 / exact, places)
    check_root(dealer.run(root(16, places), share(x)), exact, places)


def test_roots_of_extreme_shares(dealer: Source) -> None:
    shares = extreme(numbers(50))
    exact = ((shares[0] + shares[1]).double() * 2.0**-16) ** 0.5
    check_root(dealer.run(inverse(16, 22), shares), 1 / exact, 22)
    check_root(dealer.run(root(16, 23), shares), exact, 23)


@pytest.mark.parametrize("x_places", [16, 17])
def test_inverse_square_root_of_zero_is_that_of_one_unit(dealer: Source, x_places: int) -> None:
    places = finest_inverse(x_places)
    run = dealer.run(inverse(x_places, places), share(torch.zeros(40, dtype=torch.int64)))
    found = added(run).double() * 2.0**-places
    assert (found * 2.0 ** (-x_places / 2) - 1).abs().max() < 1e-6


def test_roots_with_any_source_keep_the_shape(source: Source) -> None:
    x = numbers(60)[:180].reshape(6, 5, 6)
    run = source.run(inverse(16, 22), share(x))
    assert run.results[0].shape == x.shape
    check_root(run, (x.double() * 2.0**-16) ** -0.5, 22)


@pytest.mark.parametrize("size", [1, 63, 64, 65])
def test_roots_of_any_size(dealer: Source, size: int) -> None:
    x = uniform(1, TOP, size)
    check_root(dealer.run(root(16, 23), share(x)), (x.double() * 2.0**-16) ** 0.5, 23)


@pytest.mark.parametrize(("operation", "finest"), [(inverse, 22), (root, 23)])
def test_roots_refuse_bits_that_they_do_not_have(
    dealer: Source, operation: Callable[[int, int], Operation], finest: int
) -> None:
    with pytest.raises(ValueError, match="1 fractional bits less"):
        dealer.run(operation(16, finest + 1), share(torch.tensor([1])))


# --- quotients ---------------------------------------------------------------------------------------------------


def quotients(count: int = 1500, places: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    """Divisors of all sizes and quotients of all sizes and signs that fit, the edges included."""
    b = numbers(count)
    sizes = uniform(0, WIDTH * 2**20, b.numel(), seed=3).double() * 2.0**-20
    quotient = torch.where(uniform(0, 2, b.numel(), seed=4) == 1, 1, -1) * (2.0**sizes - 1)
    quotient[:6] = torch.tensor([0, 1, -1, TOP, -(2.0**31), 2.0**16], dtype=torch.float64)
    quotient[-6:] = quotient[:6]
    return (quotient * b.double() * 2.0**-places).long(), b


def check_quotients(run: Run[torch.Tensor], a: torch.Tensor, b: torch.Tensor, places: int = 16) -> None:
    found, exact = added(run).double() * 2.0**-places, a.double() / b.double()
    assert ((found - exact).abs() <= QUOTIENT_ERROR * exact.abs() + 2 * 2.0**-places).all()
    assert run.latency == 14


@pytest.mark.parametrize("places", [12, 13, 16, 20])
def test_quotients_over_the_whole_range(dealer: Source, places: int) -> None:
    a, b = quotients(places=places)

    def run(session: Session, a: torch.Tensor, b: torch.Tensor) -> Steps[torch.Tensor]:
        session.fraction_bits = places
        return (yield from divide(session, a, b))

    check_quotients(dealer.run(run, share(a), share(b, 1)), a, b, places)


def test_quotients_of_extreme_shares(dealer: Source) -> None:
    a, b = quotients(40)
    divisors = extreme(b)
    dividends = share(a.repeat(len(FIRST_SHARES)))
    check_quotients(dealer.run(divide, dividends, divisors), dividends[0] + dividends[1], divisors[0] + divisors[1])


def test_quotients_with_any_source_keep_the_shape(source: Source) -> None:
    a, b = (part[:120].reshape(10, 12) for part in quotients(60))
    run = source.run(divide, share(a), share(b, 1))
    assert run.results[0].shape == b.shape
    check_quotients(run, a, b)


def test_quotient_of_zero_is_zero(dealer: Source) -> None:
    zero = torch.zeros(20, dtype=torch.int64)
    assert not added(dealer.run(divide, share(uniform(-(2**30), 2**30, 20)), share(zero, 1))).any()
