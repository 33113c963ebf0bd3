"""The largest of several values, and which it is: all pairs of a group are compared at once, groups in a tournament."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import cache
from typing import Final

import torch

from server_node.kernels.bits import WORD_BITS, word_count
from server_node.online.circuits import all_ones, flip, multiply_bits
from server_node.online.comparison import is_negative, select
from server_node.online.session import Session
from server_node.online.steps import Steps, all_of, together

_LARGEST_GROUP: Final = 16
_ROUND_BYTES: Final = 1 << 17
"""What a round costs, in bytes that a link carries in that time; about the same for a local and for a distant peer."""
_COMPARISON_BYTES: Final = {False: 11, True: 107}
"""By whether comparisons take digits, with the transfers that the servers then make themselves."""
_SELECTION_BYTES: Final = {False: 8, True: 12}


def maximum(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
    """Share of the largest entry of each row of x [rows, columns], as [rows, 1].

    Differences of entries of a row must lie in the range of ``is_negative``.

    *Rounds* for up to 16 columns 6 + ceil(log2(columns - 1)), 6 for two. More columns, and columns of many rows, are
    compared in groups, layer by layer.
    """
    values = _aligned(x.T)
    while values.shape[0] > 1:
        layer = yield from all_of([_group_maximum(session, group) for group in _groups(session, values)])
        values = torch.stack([best for best, _ in layer])
    return values[0, : x.shape[0]].reshape(-1, 1)


def largest(session: Session, candidates: Sequence[torch.Tensor]) -> Steps[tuple[torch.Tensor, torch.Tensor]]:
    """The elementwise maximum of k tensors of equal shape, and xor shares [k, words] of where each is the winner.

    Exactly one wins everywhere: the first of equal ones. Differences must lie in the range of ``is_negative``; shares
    that hold in a ring of 32 bits or more give the maximum in that ring. Small tensors compare all pairs in few rounds;
    large ones, where bytes count more, go through a tournament of groups.

    *Rounds* as :func:`maximum` for each layer of groups. *Bytes* 10.9 per comparison, 17.3 by digits,
    and 8.1 for every candidate but one.
    """
    shape, size = candidates[0].shape, candidates[0].numel()
    values = _aligned(torch.stack([tensor.reshape(-1) for tensor in candidates]))
    best, winners = yield from _tournament(session, values)
    return best[:size].reshape(shape), winners


def route(
    session: Session, winners: torch.Tensor, gradient: torch.Tensor, ring_bits: int = 64
) -> Steps[list[torch.Tensor]]:
    """Shares of ``gradient`` where a candidate won and of zero elsewhere, for each of the k rows of ``winners``.

    Shared mod 2^ring_bits, before and after.

    *Rounds* 1. *Bytes* ring_bits / 8 and one bit per element of all candidates but one each way.
    """
    parts = yield from all_of([select(session, bit, gradient, ring_bits) for bit in winners[:-1]])
    return [*parts, gradient - sum(parts)]


def _aligned(rows: torch.Tensor) -> torch.Tensor:
    """Rows [k, n] with zeros up to whole words of 64 elements."""
    spare = word_count(rows.shape[1]) * WORD_BITS - rows.shape[1]
    return torch.nn.functional.pad(rows, (0, spare)) if spare else rows.contiguous()


def _groups(session: Session, values: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Candidates [k, n] in groups of as equal a size as can be."""
    count = -(-values.shape[0] // _group_size(*values.shape, _ROUND_BYTES, session.by_digits))
    return values.tensor_split(count)


@cache
def _group_size(count: int, size: int, round_bytes: int, by_digits: bool) -> int:
    """The size of groups for which the whole tournament is cheapest."""
    return min(
        range(2, max(3, min(count, _LARGEST_GROUP) + 1)),
        key=lambda group: _price(count, size, group, round_bytes, by_digits),
    )


def _price(count: int, size: int, group: int, round_bytes: int, by_digits: bool) -> int:
    """Bytes that a tournament takes, each round counted as ``round_bytes``."""
    rounds = compared = selected = 0
    while count > 1:
        groups = -(-count // group)
        ones = min(group, count)
        rounds += 6 + math.ceil(math.log2(ones - 1)) if ones > 2 else 6
        compared += groups * math.comb(ones, 2)
        selected += count - groups
        count = groups
    each = compared * _COMPARISON_BYTES[by_digits] + selected * _SELECTION_BYTES[by_digits]
    return rounds * round_bytes + each * size


def _tournament(
    session: Session, values: torch.Tensor, members: Sequence[torch.Tensor] = ()
) -> Steps[tuple[torch.Tensor, torch.Tensor]]:
    """Largest of the rows and the winner bits of ``members``: of each row, those inside the group it came from."""
    groups = _groups(session, values)
    if len(groups) == 1:
        winners = yield from _winners(session, values)
        return (yield from together(_chosen(session, values, winners), _inside(session, winners, members)))
    layer = yield from all_of([_group_maximum(session, group) for group in groups])
    best, winners = yield from _tournament(
        session, torch.stack([value for value, _ in layer]), [inside for _, inside in layer]
    )
    return best, (yield from _inside(session, winners, members))


def _inside(session: Session, winners: torch.Tensor, members: Sequence[torch.Tensor]) -> Steps[torch.Tensor]:
    """The winner bits of each member: it won in its group, and the group won."""
    if not members:
        return winners
    pairs = [(group.expand_as(inside), inside) for group, inside in zip(winners, members, strict=True)]
    return torch.cat((yield from multiply_bits(session, pairs)))


def _group_maximum(session: Session, rows: torch.Tensor) -> Steps[tuple[torch.Tensor, torch.Tensor]]:
    """(largest [n], winner bits [k, words]) of rows [k, n], n a multiple of 64."""
    winners = yield from _winners(session, rows)
    return (yield from _chosen(session, rows, winners)), winners


def _chosen(session: Session, rows: torch.Tensor, winners: torch.Tensor) -> Steps[torch.Tensor]:
    """The row that won, everywhere. The last needs no selection: it is what is left where all others lose."""
    if rows.shape[0] == 1:
        return rows[0]
    parts = yield from select(session, winners[:-1].reshape(-1), rows[:-1] - rows[-1])
    return rows[-1] + parts.sum(dim=0)


def _winners(session: Session, rows: torch.Tensor) -> Steps[torch.Tensor]:
    """Xor shares [k, words] of which row is the largest: of equal ones the first."""
    count, size = rows.shape
    if count == 1:
        return flip(session, rows.new_zeros((1, size // WORD_BITS)))
    first, second, wins = (torch.tensor(index, device=rows.device) for index in _pairs(count))
    later = yield from is_negative(session, rows[first] - rows[second])
    beats = torch.cat([later, flip(session, later)]).reshape(-1, size // WORD_BITS)
    won = yield from all_ones(session, beats[wins].reshape(count - 1, -1))
    won = won.reshape(count - 1, -1)
    last = won[0].clone()
    for row in won[1:]:
        last ^= row
    return torch.cat([won, flip(session, last)[None]])


@cache
def _pairs(count: int) -> tuple[list[int], list[int], list[int]]:
    """First and second of all pairs; then where, for the n-th other of each candidate but the last, its win stands.

    Wins of the second of a pair come first, then those of the first.
    """
    pairs = list(itertools.combinations(range(count), 2))
    place = {pair: len(pairs) + n for n, pair in enumerate(pairs)} | {pair[::-1]: n for n, pair in enumerate(pairs)}
    others = [[j for j in range(count) if j != i] for i in range(count - 1)]
    wins = [place[i, others[i][n]] for n in range(count - 1) for i in range(count - 1)]
    return [i for i, _ in pairs], [j for _, j in pairs], wins
