"""Signs, selection, ReLU and maximum against plain computation."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from server_node.online.bits import pack, unpack
from server_node.online.comparison import RANGE_BITS, flip, is_negative, maximum, relu, select
from server_node.online.session import Session
from tests.helpers.two_party.operations import DealerSource, Shares, Source, added, share, share_words, uniform, xored
from tests.helpers.two_party.strategies import edges, ring_values

LOW, HIGH = -(2 ** (RANGE_BITS - 1)), 2 ** (RANGE_BITS - 1) - 1
RING = (-(2**63), 2**63 - 1)


def signs(source: Source, x: Shares) -> torch.Tensor:
    return unpack(xored(source.run(is_negative, x)), x[0].numel())


def test_is_negative_at_the_edges_of_the_range(source: Source) -> None:
    x = edges(LOW, HIGH)
    assert torch.equal(signs(source, share(x)), (x < 0).long())


def test_is_negative_of_random_values(source: Source) -> None:
    x = uniform(LOW, HIGH + 1, 1001)
    assert torch.equal(signs(source, share(x)), (x < 0).long())


@pytest.mark.parametrize("first", [0, -1, 2**31, 2**31 - 1, -(2**63), 2**63 - 1])
def test_is_negative_with_extreme_shares(source: Source, first: int) -> None:
    """All carries, no carry, and the longest chain of them."""
    x = edges(LOW, HIGH)
    fixed = torch.full_like(x, first)
    assert torch.equal(signs(source, (fixed, x - fixed)), (x < 0).long())


@given(x=ring_values(LOW, HIGH, max_size=130), seed=st.integers(0, 2**32))
def test_is_negative_of_any_value(x: torch.Tensor, seed: int) -> None:
    found = signs(DealerSource(seed.to_bytes(8, "little")), share(x, seed))
    assert torch.equal(found, (x < 0).long())


@pytest.mark.parametrize("size", [1, 63, 64, 65, 300])
def test_select_gives_the_value_or_zero(source: Source, size: int) -> None:
    x, bit = uniform(*RING, size), uniform(0, 2, size, seed=1)
    found = added(source.run(lambda session, b, x: select(session, b, x), share_words(pack(bit)), share(x, 2)))
    assert torch.equal(found, bit * x)


def test_select_keeps_the_shape_and_the_edges(source: Source) -> None:
    x = edges(*RING)[:180].reshape(3, 5, 12)
    bit = uniform(0, 2, 180, seed=1)
    found = added(source.run(lambda session, b, x: select(session, b, x), share_words(pack(bit)), share(x, 2)))
    assert torch.equal(found, bit.reshape(x.shape) * x)


def test_flip_negates_every_bit(dealer: Source) -> None:
    bit = uniform(0, 2, 100)
    found = unpack(xored(dealer.run(flip, share_words(pack(bit)))), 100)
    assert torch.equal(found, 1 - bit)


def test_relu_cuts_negative_values_and_tells_which(source: Source) -> None:
    x = torch.cat([edges(LOW, HIGH), uniform(LOW, HIGH, 299)]).reshape(-1, 1)
    run = source.run(relu, share(x))
    values = run.results[0][0] + run.results[1][0]
    positive = unpack(run.results[0][1] ^ run.results[1][1], x.numel())
    assert torch.equal(values, x.clamp(min=0))
    assert torch.equal(positive, (x.reshape(-1) >= 0).long())


@pytest.mark.parametrize("columns", [1, 2, 3, 5, 10, 16])
def test_maximum_of_each_row(source: Source, columns: int) -> None:
    x = uniform(-(2**30), 2**30, 40, columns)
    assert torch.equal(added(source.run(maximum, share(x))), x.max(dim=1, keepdim=True).values)


def test_maximum_of_equal_entries_is_that_entry(dealer: Source) -> None:
    x = torch.full((3, 7), -12345)
    assert torch.equal(added(dealer.run(maximum, share(x))), torch.full((3, 1), -12345))


@given(rows=st.integers(1, 5), columns=st.integers(1, 12), seed=st.integers(0, 2**32))
def test_maximum_of_any_matrix(rows: int, columns: int, seed: int) -> None:
    x = uniform(-(2**30), 2**30, rows, columns, seed=seed)

    def run(session: Session, x: torch.Tensor) -> torch.Tensor:
        return maximum(session, x)

    found = added(DealerSource().run(run, share(x, seed)))
    assert torch.equal(found, x.max(dim=1, keepdim=True).values)
