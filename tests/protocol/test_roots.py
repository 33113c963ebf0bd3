"""Roots, their inverses and quotients: the stated relative error from the smallest to the largest number."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

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

Operation = Callable[[Session, torch.Tensor], Steps[torch.Tensor]]
FIRST_SHARES = [0, -1, 1, 2**63 - 1, -(2**63), 2**31, 2**31 - 1, -(2**30), 0x2AAAAAAA, 0x55555555]
X_PLACES = [12, 13, 16, 17, 20, 30]
TOP = 2**WIDTH - 1


def numbers(count: int = 1500) -> torch.Tensor:
    """All small ones, both sides of every power of two and the middle between, all sizes alike often, the largest."""
    powers = 2 ** torch.arange(WIDTH)
    around = torch.cat([powers - 1, powers, powers + 1, 3 * powers // 2, torch.tensor([TOP - 1, TOP])])
    sizes = uniform(0, WIDTH * 2**20, count).double() * 2.0**-20
    every = torch.cat([torch.arange(1, 65), around, (2.0**sizes).long()])
    return every[(every > 0) & (every <= TOP)]


def extreme(x: torch.Tensor) -> Shares:
    """The values once for each of the first shares."""
    first = torch.tensor(FIRST_SHARES)[:, None].expand(-1, x.numel()).reshape(-1)
    return first, x.repeat(len(FIRST_SHARES)) - first


def finest_inverse(x_places: int) -> int:
    return 30 - (x_places + 1) // 2


def inverse(x_places: int, places: int) -> Operation:
    return lambda session, x: inverse_square_root(session, x, x_places, places)


def root(x_places: int, places: int) -> Operation:
    return lambda session, x: square_root(session, x, x_places, places)


def check(run: Run[torch.Tensor], exact: torch.Tensor, places: int) -> None:
    found = added(run).double() * 2.0**-places
    assert ((found - exact).abs() <= ROOT_ERROR * exact + 2.0**-places).all()
    assert run.latency == 12


@pytest.mark.parametrize("x_places", X_PLACES)
def test_inverse_square_root_over_the_whole_range(dealer: Source, x_places: int) -> None:
    x, places = numbers(), finest_inverse(x_places)
    check(dealer.run(inverse(x_places, places), share(x)), (x.double() * 2.0**-x_places) ** -0.5, places)


@pytest.mark.parametrize("x_places", X_PLACES)
def test_square_root_over_the_whole_range(dealer: Source, x_places: int) -> None:
    x, places = torch.cat([torch.zeros(3, dtype=torch.int64), numbers()]), 15 + x_places // 2
    run = dealer.run(root(x_places, places), share(x))
    check(run, (x.double() * 2.0**-x_places) ** 0.5, places)
    assert not added(run)[:3].any()


@pytest.mark.parametrize("places", [8, 16, 20])
def test_roots_with_fewer_fractional_bits(dealer: Source, places: int) -> None:
    x = numbers(300)
    exact = (x.double() * 2.0**-16) ** 0.5
    check(dealer.run(inverse(16, places), share(x)), 1 / exact, places)
    check(dealer.run(root(16, places), share(x)), exact, places)


def test_roots_of_extreme_shares(dealer: Source) -> None:
    shares = extreme(numbers(50))
    exact = ((shares[0] + shares[1]).double() * 2.0**-16) ** 0.5
    check(dealer.run(inverse(16, 22), shares), 1 / exact, 22)
    check(dealer.run(root(16, 23), shares), exact, 23)


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
    check(run, (x.double() * 2.0**-16) ** -0.5, 22)


@pytest.mark.parametrize("size", [1, 63, 64, 65])
def test_roots_of_any_size(dealer: Source, size: int) -> None:
    x = uniform(1, TOP, size)
    check(dealer.run(root(16, 23), share(x)), (x.double() * 2.0**-16) ** 0.5, 23)


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
