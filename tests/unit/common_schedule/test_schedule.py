"""The public schedule: exact coefficients with the right distribution, true permutations, rates by the formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.crypto.prg import Stream
from common.schedule import (
    LARGEST_WEIGHT,
    batch_order,
    dropout_plan,
    hold_back,
    learning_rates,
    mix_plan,
    permutation,
    sizes_of,
)
from tests.helpers.jobs.projects import specification

SEED = b"schedule under test".ljust(32)
COUNT = 20_000


def reference(k: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Dirichlet(3, 1, ..., 1) by another generator, with large coefficients left out."""
    drawn = np.random.default_rng(1).dirichlet([3, *[1] * (k - 1)], 10 * COUNT)
    good: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = drawn[drawn.max(axis=1) <= 0.65]
    return good


@pytest.mark.parametrize("k", [1, 2, 4, 6])
def test_mix_plan_coefficients_are_256ths_that_sum_to_one(k: int) -> None:
    plan = mix_plan(SEED, 0, COUNT, k)
    assert plan.weights.shape == plan.sources.shape == (COUNT, k)
    assert plan.weights.dtype == plan.sources.dtype == np.int64
    assert (plan.weights.sum(axis=1) == 256).all()
    assert plan.weights.min() >= 0


@pytest.mark.parametrize("k", [2, 4, 6])
def test_mix_plan_no_image_dominates(k: int) -> None:
    weights = mix_plan(SEED, 0, COUNT, k).weights
    assert LARGEST_WEIGHT == math.floor(0.65 * 256)
    assert weights.max() == LARGEST_WEIGHT


def test_mix_plan_of_one_image_is_the_image() -> None:
    plan = mix_plan(SEED, 3, 100, 1)
    assert (plan.weights == 256).all()
    assert (plan.sources[:, 0] == np.arange(100)).all()


@pytest.mark.parametrize("k", [2, 4, 6])
def test_mix_plan_coefficients_are_dirichlet(k: int) -> None:
    """Means and spreads agree with another generator's; the partners are all alike."""
    weights, expected = mix_plan(SEED, 0, COUNT, k).weights / 256, reference(k)
    error = expected.std(axis=0) / math.sqrt(COUNT)
    assert (np.abs(weights.mean(axis=0) - expected.mean(axis=0)) < 6 * error + 1 / 512).all()
    np.testing.assert_allclose(weights.std(axis=0), expected.std(axis=0), rtol=0.05)
    np.testing.assert_allclose(
        np.quantile(weights[:, 0], [0.1, 0.5, 0.9]), np.quantile(expected[:, 0], [0.1, 0.5, 0.9]), atol=0.01
    )


def test_mix_plan_of_four_gives_the_main_image_about_half() -> None:
    """One half and three sixths before dominating images are drawn again, a little less for the main one after."""
    mean = mix_plan(SEED, 0, COUNT, 4).weights.mean(axis=0) / 256
    np.testing.assert_allclose(mean, [1 / 2, 1 / 6, 1 / 6, 1 / 6], atol=0.08)
    assert mean[0] < 0.5 < mean[0] + 0.08


@pytest.mark.parametrize("k", [1, 2, 4, 6])
def test_mix_plan_every_image_is_used_k_times(k: int) -> None:
    sources = mix_plan(SEED, 1, 999, k).sources
    assert (sources[:, 0] == np.arange(999)).all()
    for column in range(k):
        assert sorted(sources[:, column]) == list(range(999))
    assert k == 1 or not any((sources[:, 0] == sources[:, column]).all() for column in range(1, k))


def test_mix_plan_repeats_itself_and_is_fresh_for_every_epoch() -> None:
    first, again, later = mix_plan(SEED, 0, 500, 4), mix_plan(SEED, 0, 500, 4), mix_plan(SEED, 1, 500, 4)
    other = mix_plan(SEED[::-1], 0, 500, 4)
    assert (first.sources == again.sources).all() and (first.weights == again.weights).all()
    for plan in (later, other):
        assert not (first.sources[:, 1] == plan.sources[:, 1]).all()
        assert not (first.weights == plan.weights).all()


@given(count=st.integers(1, 300), k=st.sampled_from([1, 2, 4, 6]), epoch=st.integers(0, 1000))
def test_mix_plan_of_any_size_is_well_formed(count: int, k: int, epoch: int) -> None:
    plan = mix_plan(SEED, epoch, count, k)
    assert plan.weights.shape == (count, k)
    assert (plan.weights.sum(axis=1) == 256).all()
    assert k == 1 or plan.weights.max() <= LARGEST_WEIGHT
    assert 0 <= plan.sources.min() and plan.sources.max() < count


def test_permutation_puts_every_value_everywhere_equally_often() -> None:
    stream = Stream(b"k" * 16)
    counts = np.zeros((5, 5))
    for _ in range(6000):
        counts[np.arange(5), permutation(stream, 5)] += 1
    away = np.abs(counts - 1200) / math.sqrt(1200 * 0.8)
    assert away.max() < 5


def test_batch_order_is_a_fresh_permutation_that_tells_nothing_about_the_mixing() -> None:
    orders = [batch_order(SEED, epoch, 400) for epoch in range(3)]
    assert all(sorted(order) == list(range(400)) for order in orders)
    assert not (orders[0] == orders[1]).all() and not (orders[1] == orders[2]).all()
    columns = mix_plan(SEED, 0, 400, 4).sources.T
    assert not any((orders[0] == column).all() for column in columns)


# --- learning rates ----------------------------------------------------------------------------------------------


def one_cycle(peak: float, steps: int, step: int) -> float:
    """A fifth of the steps up in a line, then half a cosine down to nothing."""
    warm = max(1, steps // 5)
    if step < warm:
        return peak * (step + 1) / warm
    return peak * (1 + math.cos(math.pi * (step - warm) / (steps - warm))) / 2


@pytest.mark.parametrize("steps", [2, 5, 10, 57, 400])
@pytest.mark.parametrize("peak", ["0.05", "0.5", "4"])
def test_learning_rates_follow_the_cycle(steps: int, peak: str) -> None:
    rates = learning_rates(specification(training={"learning_rate": peak}).training, steps)
    assert len(rates) == steps
    for step, rate in enumerate(rates):
        assert rate == max(1, round(one_cycle(float(peak), steps, step) * 65536))
    assert max(rates) == round(float(peak) * 65536)


def test_learning_rates_of_one_step_is_the_peak() -> None:
    assert learning_rates(specification(training={"learning_rate": "0.5"}).training, 1) == [32768]


def test_learning_rates_constant_stay() -> None:
    training = specification(training={"schedule": "constant", "learning_rate": "0.05"}).training
    assert learning_rates(training, 7) == [round(0.05 * 65536)] * 7


@pytest.mark.parametrize("steps", [1, 2, 7, 400])
def test_learning_rates_cosine_falls_from_the_peak_over_all_steps(steps: int) -> None:
    rates = learning_rates(specification(training={"schedule": "cosine", "learning_rate": "0.5"}).training, steps)
    wanted = [0.25 * (1 + math.cos(math.pi * step / steps)) * 65536 for step in range(steps)]
    assert rates == [max(1, round(rate)) for rate in wanted]
    assert rates[0] == 32768 and rates == sorted(rates, reverse=True)


@pytest.mark.parametrize(("steps", "parts"), [(8, (4, 2, 2)), (10, (5, 3, 2)), (7, (4, 2, 1)), (1, (1, 0, 0))])
def test_learning_rates_step_is_a_tenth_from_one_half_and_again_from_three_quarters(
    steps: int, parts: tuple[int, int, int]
) -> None:
    rates = learning_rates(specification(training={"schedule": "step", "learning_rate": "0.5"}).training, steps)
    assert rates == [32768] * parts[0] + [3277] * parts[1] + [328] * parts[2]


def test_learning_rates_never_vanish() -> None:
    rates = learning_rates(specification(training={"learning_rate": "0.000001"}).training, 100)
    assert min(rates) == 1


@given(steps=st.integers(0, 500))
def test_learning_rates_there_is_one_for_each_step(steps: int) -> None:
    for schedule in ("one-cycle", "constant", "cosine", "step"):
        assert len(learning_rates(specification(training={"schedule": schedule}).training, steps)) == steps


# --- dropout -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("drop", [1, 64, 128, 255])
def test_dropout_plan_drops_its_share(drop: int) -> None:
    plan = dropout_plan(SEED, 0, 0, "dropout0", (50, 20, 20, 5), drop)
    assert plan.shape == (50, 20, 20, 5) and plan.dtype == np.uint8
    assert set(np.unique(plan)) == {0, 1}
    share = drop / 256
    assert abs((1 - plan).mean() - share) < 6 * math.sqrt(share * (1 - share) / plan.size)


def test_dropout_plan_is_fresh_for_every_step_and_node() -> None:
    plans = [
        dropout_plan(*draw, (64, 100), 128)
        for draw in (
            (SEED, 0, 0, "dropout0"), (SEED, 1, 0, "dropout0"), (SEED, 0, 1, "dropout0"), (SEED, 0, 0, "dropout1"),
            (SEED[::-1], 0, 0, "dropout0"), (SEED, 256, 0, "dropout0"),
        )
    ]  # fmt: skip
    for place, plan in enumerate(plans):
        for other in plans[:place]:
            assert abs((plan == other).mean() - 0.5) < 0.05
    assert (dropout_plan(SEED, 0, 0, "dropout0", (64, 100), 128) == plans[0]).all()


def test_dropout_plan_keeps_more_where_less_is_dropped() -> None:
    """The same bytes are compared with the threshold, row by row."""
    little, much = (dropout_plan(SEED, 2, 3, "d", (8, 6), drop) for drop in (10, 200))
    assert (little >= much).all() and little.sum() > much.sum()
    assert (dropout_plan(SEED, 2, 3, "d", (48,), 200) == much.reshape(-1)).all()


# --- validation --------------------------------------------------------------------------------------------------


def test_hold_back_takes_the_first_of_each_set_in_proportion() -> None:
    training, held_back = hold_back([100, 300], 40)
    assert list(held_back) == [*range(10), *range(100, 130)]
    assert sorted([*training, *held_back]) == list(range(400))


def test_hold_back_never_takes_more_than_a_fifth_of_a_set() -> None:
    training, held_back = hold_back([10, 1000], 4096)
    assert list(held_back) == [0, 1, *range(10, 210)]
    assert len(training) == 808


@given(counts=st.lists(st.integers(1, 500), min_size=1, max_size=6), validation=st.integers(0, 4096))
def test_hold_back_splits_every_set(counts: list[int], validation: int) -> None:
    training, held_back = hold_back(counts, validation)
    assert sizes_of(counts, validation) == (len(training), len(held_back))
    assert sorted([*training, *held_back]) == list(range(sum(counts)))
    assert len(held_back) <= validation
    assert (np.diff(training) > 0).all() and (np.diff(held_back) > 0).all()
    start = 0
    for count in counts:
        assert ((held_back >= start) & (held_back < start + count)).sum() <= count // 5
        start += count
