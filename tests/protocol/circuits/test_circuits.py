"""Boolean circuits on xor-shared bits against plain computation, for every number of rows that takes its own path."""

from __future__ import annotations

import pytest
import torch

from server_node.kernels.bits import pack, planes, unpack
from server_node.online.circuits import all_ones, carry_out, carry_out_at, flip, multiply_bits, prefix_or_from_top
from server_node.online.session import Session
from server_node.online.steps import Steps
from tests.helpers.two_party.operations import Shares, Source, share_words, uniform, xored

RING = (-(2**63), 2**63 - 1)
SIZE = 130


def numbers(width: int) -> Shares:
    """Private numbers of ``width`` bits of each party, extremes included."""
    top = 2**width - 1
    first, second = (uniform(0, 2**width, SIZE, seed=seed) for seed in (1, 2))
    first[:4], second[:4] = torch.tensor([0, top, top, 1]), torch.tensor([0, top, 1, top])
    return first, second


def carries(first: torch.Tensor, second: torch.Tensor, position: int) -> torch.Tensor:
    """Carry out of the low ``position`` bits."""
    low = 2**position - 1
    total: torch.Tensor = (first & low) + (second & low)
    return total >> position


def test_flip_negates_every_bit(dealer: Source) -> None:
    bit = uniform(0, 2, 100)
    found = unpack(xored(dealer.run(flip, share_words(pack(bit)))), 100)
    assert torch.equal(found, 1 - bit)


def test_multiply_bits_of_any_shapes_in_one_round(source: Source) -> None:
    a, b, c, d = (uniform(*RING, *shape, seed=s) for s, shape in enumerate([(3, 2), (3, 2), (5,), (5,)]))

    def run(session: Session, *x: torch.Tensor) -> Steps[list[torch.Tensor]]:
        return multiply_bits(session, [(x[0], x[1]), (x[2], x[3])])

    done = source.run(run, *(share_words(words, seed) for seed, words in enumerate((a, b, c, d))))
    first, second = (x ^ y for x, y in zip(*done.results, strict=True))
    assert torch.equal(first, a & b)
    assert torch.equal(second, c & d)
    assert [stats.rounds for stats in done.stats] == [1, 1]


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 7, 9])
def test_all_ones_is_the_product_of_all_rows(source: Source, rows: int) -> None:
    x = torch.stack([pack((uniform(0, 9, SIZE, seed=row) > 0).long()) for row in range(rows)])
    expected = x[0].clone()
    for row in x[1:]:
        expected &= row
    assert torch.equal(xored(source.run(all_ones, share_words(x))), expected)


@pytest.mark.parametrize("width", [*range(1, 10), 15, 16, 17, 31, 62])
def test_carry_out_of_two_private_numbers(source: Source, width: int) -> None:
    first, second = numbers(width)
    run = source.run(carry_out, (planes(first, width), planes(second, width)))
    assert torch.equal(unpack(xored(run), SIZE), carries(first, second, width))
    leaves = (width + 1) // 2
    assert run.latency == 1 + (leaves - 1).bit_length()


@pytest.mark.parametrize(("width", "position"), [(2, 1), (3, 1), (3, 2), (31, 16), (31, 15), (32, 1), (48, 16)])
def test_carry_out_at_a_position_and_at_the_top(source: Source, width: int, position: int) -> None:
    first, second = numbers(width)

    def run(session: Session, own: torch.Tensor) -> Steps[torch.Tensor]:
        return torch.stack((yield from carry_out_at(session, own, position)))

    found = xored(source.run(run, (planes(first, width), planes(second, width))))
    for row, place in zip(found, (position, width), strict=True):
        assert torch.equal(unpack(row, SIZE), carries(first, second, place))


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 8, 13, 32])
def test_prefix_or_from_the_top(source: Source, rows: int) -> None:
    x = torch.stack([pack((uniform(0, rows, SIZE, seed=row) == 0).long()) for row in range(rows)])
    expected = x.clone()
    for row in range(rows - 2, -1, -1):
        expected[row] |= expected[row + 1]
    run = source.run(prefix_or_from_top, share_words(x))
    assert torch.equal(xored(run), expected)
    assert [stats.rounds for stats in run.stats] == [(rows - 1).bit_length()] * 2
