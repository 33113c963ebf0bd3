"""Boolean circuits on xor-shared packed bits: products, carries of sums, prefixes.

A carry is a tree of (generate, propagate) pairs as in a parallel-prefix adder (Sklansky, IRE Transactions 1960). Its
leaves take several positions at once, because the bits at a position are known to one party each: two, or with a source
whose transfers are dear four, looked up in a table (CrypTFlow2, Rathee et al., CCS 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch

from server_node.kernels import bits
from server_node.offline.provider import DigitPads
from server_node.online.opening import Table, open_masked, swap_digits, swap_entries, swap_masked_bits
from server_node.online.session import Session, priced
from server_node.online.steps import Steps, together

Pair = tuple[torch.Tensor, torch.Tensor]
_DIGIT: Final = 4
_FEW: Final = 2
"""Up to so many positions are one pair, in a round less than a digit takes."""


def flip(session: Session, bit: torch.Tensor) -> torch.Tensor:
    """Xor share of the negated bits. Local."""
    return ~bit if session.is_first else bit


@priced(rounds=1, item_bits=2, opens="both factors, each ^ random bits")
def multiply_bits(session: Session, pairs: Sequence[Pair]) -> Steps[list[torch.Tensor]]:
    """Xor shares of a & b for every (a, b) of equal shapes, all in one round.

    *Rounds* 1. *Bytes* two bits per product each way. *Opens* bits under one-time bits.
    """
    a = torch.cat([left.reshape(-1) for left, _ in pairs])
    b = torch.cat([right.reshape(-1) for _, right in pairs])
    product, _ = yield from _products(session, a, b, b[:0])
    parts = torch.split_with_sizes(product, [left.numel() for left, _ in pairs])
    return [part.reshape(left.shape) for part, (left, _) in zip(parts, pairs, strict=True)]


def all_ones(session: Session, planes: torch.Tensor) -> Steps[torch.Tensor]:
    """Xor share [words] of the AND of all rows of planes [k, words].

    *Rounds* the logarithm of k, rounded up. *Bytes* two bits per row but one each way.
    """
    while planes.shape[0] > 1:
        half = planes.shape[0] // 2
        left, right = planes[:half].reshape(-1), planes[half : 2 * half].reshape(-1)
        product, _ = yield from _products(session, left, right, right[:0])
        product = product.reshape(half, -1)
        planes = torch.cat([product, planes[2 * half :]]) if planes.shape[0] % 2 else product
    return planes[0]


def carry_out(session: Session, planes: torch.Tensor) -> Steps[torch.Tensor]:
    """Xor share [words] of the carry out of the sum of both parties' k-bit numbers.

    Args:
        planes: this party's own number as bit planes [k, words], k > 0.

    *Rounds* 1 + ceil(log2(ceil(k / 2))). *Bytes* for k = 31: 10.9 per element each way, 17.3 by digits.
    """
    return (yield from _tree(session, planes, is_lowest=True))[0]


def carry_out_at(session: Session, planes: torch.Tensor, position: int) -> Steps[tuple[torch.Tensor, torch.Tensor]]:
    """:func:`carry_out` of the low ``position`` bits and of all k > ``position`` bits, with one tree.

    *Rounds* one more than the higher of the two halves takes.
    """
    (at_position, _), (generate, propagate) = yield from together(
        _tree(session, planes[:position], is_lowest=True), _tree(session, planes[position:], is_lowest=False)
    )
    (carried,) = yield from multiply_bits(session, [(propagate, at_position)])
    return at_position, generate ^ carried


def sum_bits(session: Session, planes: torch.Tensor) -> Steps[torch.Tensor]:
    """Xor shares [k, words] of all bits of the sum mod 2^k of both parties' k-bit numbers, given as own bit planes.

    *Rounds* 2 + ceil(log2(k // 2)) for k > 3. *Bytes* for k = 32: about 20 per element each way.
    """
    places = planes.shape[0] - 1
    if places == 0:
        return planes
    carries = yield from _carries(session, planes[:places])
    return torch.cat([planes[:1], planes[1:] ^ carries])


def prefix_or_from_top(session: Session, planes: torch.Tensor) -> Steps[torch.Tensor]:
    """Xor shares [k, words]: row i is the OR of the rows i and above of planes [k, words].

    *Rounds* ceil(log2 k). *Bytes* 3 bits for two rows in each round each way.
    """
    rows = list(flip(session, planes.flip(0)))
    span = 1
    while span < len(rows):
        shared, others, places = [], [], []
        for index in range(len(rows)):
            if index & span:
                places.append(index)
                shared.append(rows[(index & -span) - 1])
                others.append(rows[index])
        for place, product in zip(places, (yield from _shared_products(session, shared, others)), strict=True):
            rows[place] = product
        span *= 2
    return flip(session, torch.stack(rows)).flip(0)


def _shared_products(
    session: Session, shared: Sequence[torch.Tensor], others: Sequence[torch.Tensor]
) -> Steps[list[torch.Tensor]]:
    """``shared[i] & others[i]``; neighbours whose shared row is the same are done with one opening of it."""
    firsts: list[int] = []
    seconds: list[int] = []
    for index, row in enumerate(shared):
        follows = firsts and firsts[-1] == index - 1 and shared[index - 1] is row and len(seconds) < len(firsts)
        (seconds if follows else firsts).append(index)
    with_second = [index for index in firsts if index + 1 in seconds]
    order = with_second + [index for index in firsts if index + 1 not in seconds]
    a = torch.cat([shared[index] for index in order])
    b0 = torch.cat([others[index] for index in order])
    b1 = torch.cat([others[index + 1] for index in with_second]) if with_second else b0[:0]
    c0, c1 = yield from _products(session, a, b0, b1)
    words = shared[0].numel()
    found = dict(zip(order, c0.reshape(-1, words), strict=True))
    found.update(zip((index + 1 for index in with_second), c1.reshape(-1, words), strict=True))
    return [found[index] for index in range(len(shared))]


def _carries(session: Session, planes: torch.Tensor) -> Steps[torch.Tensor]:
    """Carries [k, words] out of the low 1, 2, ... k bits: prefixes of pairs of positions, then the ones between."""
    count, words = planes.shape
    pairs = count // 2
    evens = planes[0::2]
    out = planes.new_empty((count, words))
    nodes = planes.new_empty((2, pairs, words))
    single, _ = yield from together(_private_and(session, evens), _pair_leaves(session, planes[: 2 * pairs], nodes))
    upper = yield from _prefixes(session, list(nodes[0]), list(nodes[1]))
    if len(evens) > 1:
        below = torch.stack(upper[: len(evens) - 1])
        (carried,) = yield from multiply_bits(session, [(evens[1:], below)])
        single[1:] ^= carried
    out[0::2] = single
    if upper:
        out[1::2] = torch.stack(upper)
    return out


def _prefixes(
    session: Session, generate: list[torch.Tensor], propagate: list[torch.Tensor]
) -> Steps[list[torch.Tensor]]:
    """Carry out of nodes 0 to i for every i (Sklansky): in each round, blocks of nodes double."""
    span = 1
    while span < len(generate):
        from_zero = [i for i in range(len(generate)) if i & span and i < 2 * span]
        others = [i for i in range(len(generate)) if i & span and i >= 2 * span]
        low = {i: (i & -span) - 1 for i in from_zero + others}
        carried, double = yield from together(
            _shared_products(session, [generate[low[i]] for i in from_zero], [propagate[i] for i in from_zero]),
            _node_products(session, [(propagate[i], generate[low[i]], propagate[low[i]]) for i in others]),
        )
        for i, c in zip(from_zero, carried, strict=True):
            generate[i] = generate[i] ^ c
        for i, (c, p) in zip(others, double, strict=True):
            generate[i], propagate[i] = generate[i] ^ c, p
        span *= 2
    return generate


def _node_products(
    session: Session, nodes: Sequence[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]
) -> Steps[list[Pair]]:
    if not nodes:
        return []
    a, b0, b1 = (torch.cat(rows) for rows in zip(*nodes, strict=True))
    c0, c1 = yield from _products(session, a, b0, b1)
    words = nodes[0][0].numel()
    return list(zip(c0.reshape(-1, words), c1.reshape(-1, words), strict=True))


def _tree(session: Session, planes: torch.Tensor, is_lowest: bool) -> Steps[torch.Tensor]:
    """Generate and propagate [2, words] of all positions together; the propagate of the lowest has no meaning."""
    is_wide = session.by_digits and planes.shape[0] > _FEW
    nodes = yield from (_digit_leaves(session, planes, is_lowest) if is_wide else _leaves(session, planes))
    while nodes.shape[1] > 1:
        nodes = yield from _merge(session, nodes, is_lowest)
    return nodes[:, 0]


def _leaves(session: Session, planes: torch.Tensor) -> Steps[torch.Tensor]:
    """Nodes [2, ceil(k / 2), words] of pairs of positions of planes [k, words]; an odd position comes first."""
    count, words = planes.shape
    odd = count % 2
    nodes = planes.new_empty((2, (count + 1) // 2, words))
    single, _ = yield from together(
        _private_and(session, planes[:odd]), _pair_leaves(session, planes[odd:], nodes[:, odd:])
    )
    if odd:
        nodes[0, 0], nodes[1, 0] = single[0], planes[0]
    return nodes


def _private_and(session: Session, own: torch.Tensor) -> Steps[torch.Tensor]:
    """Xor share of (bits of P0) & (bits of P1), one round, one bit each way."""
    if not own.numel():
        return own
    mask = session.correlations.private_and(own.numel())
    (theirs,) = yield from swap_masked_bits(session, [(own, mask.own.reshape(own.shape))])
    secret = own if session.is_first else mask.own.reshape(own.shape)
    return mask.product.reshape(own.shape) ^ (theirs & secret)


def _pair_leaves(session: Session, planes: torch.Tensor, out: torch.Tensor) -> Steps[None]:
    """Nodes ``out`` [2, k / 2, words] of neighbouring positions of planes [k, words], k even.

    With the products of the own bits of two positions, each party has three private bits for a pair, and what crosses
    over are products of a bit of one with a bit of the other.
    """
    if not planes.shape[0]:
        return
    low, high = planes[0::2], planes[1::2]
    both = low & high
    pairs = session.correlations.private_pairs(both.numel())
    masks = pairs.own.reshape(3, *both.shape)
    t0, t1, t2 = yield from swap_masked_bits(session, [(low, masks[0]), (high, masks[1]), (both, masks[2])])
    sums = pairs.products.reshape(2, *both.shape)
    bits.pair_nodes((planes, both), None if session.is_first else masks, (t0, t1, t2), sums, out)


@dataclass(frozen=True)
class _Digits:
    """Digits of one request, of the two parties in turns: P0 has the table of the first of two, P1 of the second.

    Args:
        mine: [d, n] bits of the digits whose tables this party has, n words of all of them one after the other.
        chosen: [d', n] bits of the digits whose tables the peer has.
        nodes: [2, digits, words] of all of them, ``count`` or no digits of either party.
    """

    mine: torch.Tensor
    chosen: torch.Tensor
    pads: DigitPads
    nodes: torch.Tensor
    count: int
    is_first: bool

    @classmethod
    def take(cls, session: Session, rows: torch.Tensor, nodes: torch.Tensor) -> _Digits:
        """From rows [count, bits of two digits or of one, words]."""
        count, places, words = rows.shape
        split = min(_DIGIT, places)
        even, odd = (part.movedim(0, 1).reshape(-1, count * words) for part in (rows[:, :split], rows[:, split:]))
        pads = session.correlations.digit_pads(count * words, (places - split, split))
        mine, chosen = (even, odd) if session.is_first else (odd, even)
        return cls(mine, chosen, pads, nodes, count, session.is_first)

    def entries(self, digits: torch.Tensor) -> torch.Tensor:
        """Room for the tables of digits [d, n]."""
        return digits.new_zeros((self.count, 2, (1 << digits.shape[0]) - 1, self.nodes.shape[2]))

    def put(self, share: torch.Tensor, is_mine: bool) -> None:
        """Write shares [2, n] of the nodes of the digits with tables here, or there, to their places."""
        place = self.nodes[:, (0 if is_mine is self.is_first else 1) :: 2]
        place.copy_(share.reshape(place.shape))


def _digit_leaves(session: Session, planes: torch.Tensor, is_lowest: bool) -> Steps[torch.Tensor]:
    """Nodes [2, ceil(k / 4), words] of digits of planes [k, words]; the last digit has what is left.

    For each digit one party has a table of what the node is for every digit that the other may have.

    *Rounds* 2. *Bytes* each way, for an element: k / 2 bits, and 15 for every digit but half of them for the lowest.
    """
    count, words = planes.shape
    nodes = planes.new_empty((2, -(-count // _DIGIT), words))
    whole = count // (2 * _DIGIT)
    low, rest = planes[: 2 * _DIGIT * whole].reshape(whole, 2 * _DIGIT, words), planes[None, 2 * _DIGIT * whole :]
    groups = [
        _Digits.take(session, rows, place)
        for rows, place in ((low, nodes[:, : 2 * whole]), (rest, nodes[:, 2 * whole :]))
        if rows.shape[0] and rows.shape[1]
    ]
    moved = [torch.empty_like(group.mine) for group in groups]
    yield from swap_digits(session, [(group.chosen, group.pads.index) for group in groups], moved)
    tables = [
        Table(group.mine, place, group.pads.pads, group.entries(group.mine))
        for group, place in zip(groups, moved, strict=True)
    ]
    received = [group.entries(group.chosen) for group in groups]
    # Nobody needs the propagate of the lowest digit, which P0 has first of all.
    unused = tables[0].out[0, 0].numel() if is_lowest and session.is_first else 0
    skipped = received[0][0, 0].numel() if is_lowest and not session.is_first else 0
    shares = yield from swap_entries(session, tables, received, (unused, skipped))
    for group, share, entries in zip(groups, shares, received, strict=True):
        if group.mine.shape[0]:
            group.put(share, is_mine=True)
        if group.chosen.shape[0]:
            group.put(bits.digit_choice(group.pads.index, entries, group.pads.chosen), is_mine=False)
    return nodes


def _merge(session: Session, nodes: torch.Tensor, is_lowest: bool) -> Steps[torch.Tensor]:
    """One level of the tree: neighbours become one node; an odd one at the top waits."""
    pairs, skip = nodes.shape[1] // 2, int(is_lowest)
    shape = pairs, nodes.shape[2]
    taken = session.correlations.bit_triples(pairs * nodes.shape[2])
    a, b0, b1 = taken.a.reshape(shape), taken.b0.reshape(shape), taken.b1.reshape(shape)
    generate, propagate = nodes[0], nodes[1]
    _, (x, y0, y1) = yield from open_masked(
        session,
        [],
        [
            (propagate[1 : 2 * pairs : 2], a),
            (generate[0 : 2 * pairs : 2], b0),
            (propagate[2 * skip : 2 * pairs : 2], b1[skip:]),
        ],
    )
    triples = a, b0, b1, taken.c0.reshape(shape), taken.c1.reshape(shape)
    return bits.merge_nodes(nodes, (x, y0, y1), triples, is_lowest, session.is_first)


def _products(session: Session, a: torch.Tensor, b0: torch.Tensor, b1: torch.Tensor) -> Steps[Pair]:
    """Xor shares of a & b0 and of the first words of a with b1, flat; b1 may be shorter than a."""
    triples = session.correlations.bit_triples(a.numel())
    second = b1.numel()
    _, (x, y0, y1) = yield from open_masked(session, [], [(a, triples.a), (b0, triples.b0), (b1, triples.b1[:second])])
    c0 = bits.and_share((x, y0), (triples.a, triples.b0), triples.c0, session.is_first)
    if not second:
        return c0, b1
    c1 = bits.and_share(
        (x[:second], y1), (triples.a[:second], triples.b1[:second]), triples.c1[:second], session.is_first
    )
    return c0, c1
