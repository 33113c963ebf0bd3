"""Exponential, reciprocal and softmax: the stated error over the whole stated range."""

from __future__ import annotations

import math

import pytest
import torch

from server_node.online.nonlinear import (
    EXP_ERROR,
    EXP_LOWEST,
    RECIPROCAL_ERROR,
    SOFTMAX_ERROR,
    exp_nonpositive,
    reciprocal,
    softmax,
)
from server_node.online.session import Session
from tests.helpers.two_party.operations import Source, added, share, uniform

ONE = 2**16
FINE = 2**26


def fixed(values: torch.Tensor, one: int = ONE) -> torch.Tensor:
    return (values * one).round().long()


def exp_inputs() -> torch.Tensor:
    """Both ends, fine steps where the error is largest, random values everywhere."""
    ends = torch.tensor([0.0, -1 / ONE, -1.0, -2.0, -255.0, -256.0, -257.0, EXP_LOWEST, EXP_LOWEST + 1 / ONE])
    dense = torch.linspace(-8, 0, 2000, dtype=torch.float64)
    wide = uniform(round(EXP_LOWEST * ONE), 1, 2000).double() / ONE
    return fixed(torch.cat([ends.double(), dense, wide]))


def test_exp_over_the_stated_range_has_the_stated_error(source: Source) -> None:
    x = exp_inputs()
    found = added(source.run(exp_nonpositive, share(x))).double() / FINE
    assert (found - (x.double() / ONE).exp()).abs().max() <= EXP_ERROR
    assert abs(found[0] - 1) < 1e-4
    assert found.min() > -1e-5


def check_reciprocal(source: Source, highest: int, count: int) -> None:
    s = uniform(FINE, highest * FINE + 1, count, seed=highest)
    s[:2] = torch.tensor([FINE, highest * FINE])
    found = added(source.run(lambda session, s: reciprocal(session, s, highest), share(s))).double() / FINE
    exact = FINE / s.double()
    rounding = (4 + highest / 8) / FINE
    assert ((found - exact).abs() <= RECIPROCAL_ERROR * exact + rounding).all()


@pytest.mark.parametrize("highest", [1, 2, 3, 4, 7, 10, 16, 32, 100, 1000])
def test_reciprocal_over_the_stated_range_has_the_stated_error(dealer: Source, highest: int) -> None:
    check_reciprocal(dealer, highest, 2000)


def test_reciprocal_with_either_source_has_the_stated_error(source: Source) -> None:
    check_reciprocal(source, 10, 100)


def hard_logits(classes: int) -> torch.Tensor:
    """One class against all others at the distances where the error of the exponential counts most; extremes; noise."""
    leads = torch.linspace(-3, 3, 25) + math.log(max(classes - 1, 1))
    one_ahead = torch.cat([leads[:, None], torch.zeros(25, classes - 1)], dim=1)
    noise = uniform(-(20 * ONE), 20 * ONE, 40, classes).float() / ONE
    extreme = torch.full((3, classes), -200.0)
    extreme[0, 0], extreme[1, -1] = 200.0, 279.9
    return fixed(torch.cat([one_ahead, noise, extreme]))


def check_softmax(source: Source, logits: torch.Tensor, limit: float) -> None:
    found = added(source.run(softmax, share(logits))).double() / ONE
    assert (found - torch.softmax(logits.double() / ONE, dim=1)).abs().max() <= limit
    assert (found.sum(dim=1) - 1).abs().max() < logits.shape[1] * 4 / ONE


@pytest.mark.parametrize("classes", [2, 3, 5, 10])
def test_softmax_against_torch(source: Source, classes: int) -> None:
    check_softmax(source, hard_logits(classes), SOFTMAX_ERROR)


@pytest.mark.parametrize(("classes", "limit"), [(1, 1e-4), (16, 0.0055), (100, 0.0125)])
def test_softmax_of_other_class_counts_against_torch(dealer: Source, classes: int, limit: float) -> None:
    check_softmax(dealer, hard_logits(classes), limit)


def test_softmax_of_equal_logits_is_even(dealer: Source) -> None:
    def run(session: Session, x: torch.Tensor) -> torch.Tensor:
        return softmax(session, x)

    found = added(dealer.run(run, share(torch.full((4, 10), 5 * ONE)))).double() / ONE
    assert (found - 0.1).abs().max() < 1e-4
