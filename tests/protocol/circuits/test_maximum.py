"""The largest of several values and which it is, for groups and tournaments, ties included."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from server_node.kernels.bits import unpack
from server_node.online import maximum as module
from server_node.online.maximum import largest, maximum, route
from server_node.online.session import Session
from server_node.online.steps import Steps
from tests.helpers.two_party.operations import DealerSource, Source, added, share, uniform

LOW, HIGH = -(2**30), 2**30


@pytest.mark.parametrize("columns", [1, 2, 3, 5, 10, 16, 17, 40])
def test_maximum_of_each_row(source: Source, columns: int) -> None:
    x = uniform(LOW, HIGH, 40, columns)
    assert torch.equal(added(source.run(maximum, share(x))), x.max(dim=1, keepdim=True).values)


def test_maximum_of_equal_entries_is_that_entry(dealer: Source) -> None:
    x = torch.full((3, 7), -12345)
    assert torch.equal(added(dealer.run(maximum, share(x))), torch.full((3, 1), -12345))


@given(rows=st.integers(1, 5), columns=st.integers(1, 12), seed=st.integers(0, 2**32))
def test_maximum_of_any_matrix(rows: int, columns: int, seed: int) -> None:
    x = uniform(LOW, HIGH, rows, columns, seed=seed)
    found = added(DealerSource().run(maximum, share(x, seed)))
    assert torch.equal(found, x.max(dim=1, keepdim=True).values)


@pytest.mark.parametrize(("columns", "rounds"), [(2, 6), (3, 7), (10, 10), (16, 10)])
def test_maximum_of_few_columns_takes_few_rounds(dealer: Source, columns: int, rounds: int) -> None:
    run = dealer.run(maximum, share(uniform(LOW, HIGH, 128, columns)))
    assert [stats.rounds for stats in run.stats] == [rounds] * 2


def best(session: Session, *candidates: torch.Tensor) -> Steps[list[torch.Tensor]]:
    return list((yield from largest(session, candidates)))


def check_largest(source: Source, x: torch.Tensor) -> None:
    """x [k, ...]: the value, and the first of the largest as the only winner."""
    done = source.run(best, *(share(row, seed) for seed, row in enumerate(x)))
    value, winners = done.results[0][0] + done.results[1][0], done.results[0][1] ^ done.results[1][1]
    assert torch.equal(value, x.max(dim=0).values)
    flat = x.reshape(len(x), -1)
    found = torch.stack([unpack(row, flat.shape[1]) for row in winners])
    first = (flat == flat.max(dim=0).values).long().argmax(dim=0)
    assert torch.equal(found, torch.nn.functional.one_hot(first, len(x)).T)


@pytest.mark.parametrize("count", [1, 2, 4, 9, 17])
def test_largest_gives_the_value_and_the_first_winner(source: Source, count: int) -> None:
    x = uniform(-2, 3, count, 5, 3, 7)
    check_largest(source, torch.cat([x, uniform(LOW, HIGH, count, 5, 3, 7, seed=1)], dim=1))


@pytest.mark.parametrize("round_bytes", [0, 1])
@pytest.mark.parametrize("count", [2, 3, 4, 5, 9])
def test_largest_by_tournament(dealer: Source, monkeypatch: pytest.MonkeyPatch, count: int, round_bytes: int) -> None:
    """Where rounds cost nothing, as for very large tensors, groups are small and there are several layers."""
    monkeypatch.setattr(module, "_ROUND_BYTES", round_bytes)
    check_largest(dealer, uniform(-2, 3, count, 130))


def test_largest_of_large_tensors_sends_less_than_all_pairs() -> None:
    assert module._group_size(4, 64, 1 << 17, by_digits=False) == 4
    assert module._group_size(4, 1 << 20, 1 << 17, by_digits=False) == 2
    assert module._group_size(9, 1 << 20, 1 << 17, by_digits=False) == 2
    assert module._group_size(10, 128, 1 << 17, by_digits=False) == 10


def test_largest_counts_what_comparisons_take_to_prepare() -> None:
    """Without a dealer fewer comparisons are worth more rounds."""
    assert [module._group_size(4, 1 << 12, 1 << 17, by_digits) for by_digits in (False, True)] == [4, 2]
    assert module._group_size(10, 128, 1 << 17, by_digits=True) == 10


@pytest.mark.parametrize("count", [1, 2, 4, 9])
def test_route_gives_the_gradient_to_the_winner(source: Source, count: int) -> None:
    x, gradient = uniform(LOW, HIGH, count, 5, 13), uniform(-(2**63), 2**63 - 1, 5, 13, seed=1)

    def run(session: Session, gradient: torch.Tensor, *candidates: torch.Tensor) -> Steps[torch.Tensor]:
        _, winners = yield from largest(session, candidates)
        return torch.stack((yield from route(session, winners, gradient)))

    shares = [share(row, seed) for seed, row in enumerate(x)]
    found = added(source.run(run, share(gradient, 100), *shares))
    chosen = torch.nn.functional.one_hot(x.argmax(dim=0), count).movedim(-1, 0)
    assert torch.equal(found, chosen * gradient)
