"""Boolean circuits on xor-shared packed bits: products, carries of sums, prefixes.

A carry is a tree of (generate, propagate) pairs as in a parallel-prefix adder (Sklansky, IRE Transactions 1960). Its
leaves take two positions at once, because the bits at a position are known to one party each.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from server_node.kernels import bits
from server_node.online.opening import open_masked, swap_masked_bits
from server_node.online.session import Session, priced
from server_node.online.steps import Steps, together

Pair = tuple[torch.Tensor, torch.Tensor]


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
        (product,) = yield from multiply_bits(session, [(planes[:half], planes[half : 2 * half])])
        planes = torch.cat([product, planes[2 * half :]])
    return planes[0]


def carry_out(session: Session, planes: torch.Tensor) -> Steps[torch.Tensor]:
    """Xor share [words] of the carry out of the sum of both parties' k-bit numbers.

    Args:
        planes: this party's own number as bit planes [k, words], k > 0.

    *Rounds* 1 + ceil(log2(ceil(k / 2))). *Bytes* for k = 31: 10.9 per element each way.
    """
    generate, _ = yield from _tree(session, planes, is_lowest=True)
    return generate


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
    if pairs == 0:
        return (yield from _private_and(session, evens))
    single, (generate, propagate) = yield from together(
        _private_and(session, evens), _pair_leaves(session, planes[: 2 * pairs])
    )
    upper = yield from _prefixes(session, list(generate), list(propagate))
    between = evens[1:]
    if between.shape[0]:
        (carried,) = yield from multiply_bits(session, [(between, torch.stack(upper[: between.shape[0]]))])
        single = torch.cat([single[:1], single[1:] ^ carried])
    out = planes.new_empty((count, words))
    out[0::2] = single
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


def _tree(session: Session, planes: torch.Tensor, is_lowest: bool) -> Steps[Pair]:
    """Generate and propagate [words] of all positions together; the propagate of the lowest is not to be used."""
    odd = planes.shape[0] % 2
    if planes.shape[0] == 1:
        return (yield from _private_and(session, planes))[0], planes[0]
    if odd:
        single, (generate, propagate) = yield from together(
            _private_and(session, planes[:1]), _pair_leaves(session, planes[1:])
        )
        generate, propagate = torch.cat([single, generate]), torch.cat([planes[:1], propagate])
    else:
        generate, propagate = yield from _pair_leaves(session, planes)
    while generate.shape[0] > 1:
        generate, propagate = yield from _merge(session, generate, propagate, is_lowest)
    return generate[0], propagate[0]


def _private_and(session: Session, own: torch.Tensor) -> Steps[torch.Tensor]:
    """Xor share of (bits of P0) & (bits of P1), one round, one bit each way."""
    mask = session.correlations.private_and(own.numel())
    ((first, second),) = yield from swap_masked_bits(session, [(own.reshape(-1), mask.own)])
    if session.is_first:
        share = mask.product ^ (second & own.reshape(-1))
    else:
        share = mask.product ^ (first & mask.own)
    return share.reshape(own.shape)


def _pair_leaves(session: Session, planes: torch.Tensor) -> Steps[Pair]:
    """Nodes [k / 2, words] of neighbouring positions of planes [k, words], k even.

    With x of P0 and y of P1, g = x1 y1 ^ (x1 x0) y0 ^ x0 (y1 y0) and p = (x1 ^ y1) (x0 ^ y0): five products of a bit
    of one with a bit of the other.
    """
    low, high = planes[0::2], planes[1::2]
    both = low & high
    pairs = session.correlations.private_pairs(both.numel())
    masks = pairs.own.reshape(3, *both.shape)
    opened = yield from swap_masked_bits(session, [(low, masks[0]), (high, masks[1]), (both, masks[2])])
    theirs = torch.stack([peer if session.is_first else other for other, peer in opened])
    secret = (low, high, both) if session.is_first else (masks[0], masks[1], masks[2])
    return bits.pair_nodes(secret, both, theirs, pairs.products.reshape(2, *both.shape))


def _merge(session: Session, generate: torch.Tensor, propagate: torch.Tensor, is_lowest: bool) -> Steps[Pair]:
    """One level of the tree: neighbours become one node; an odd one at the top waits."""
    pairs = generate.shape[0] // 2
    skip = int(is_lowest)
    high_p, low_p = propagate[1 : 2 * pairs : 2], propagate[0 : 2 * pairs : 2]
    words = generate.shape[1]
    # The lowest pair comes last, where its part of the second product is not asked for.
    order = list(range(skip, pairs)) + [0] * skip
    a = high_p[order].reshape(-1)
    b0 = generate[0 : 2 * pairs : 2][order].reshape(-1)
    b1 = low_p[order[: pairs - skip]].reshape(-1)
    carried, passed = yield from _products(session, a, b0, b1)
    merged_g = generate[1 : 2 * pairs : 2].clone()
    merged_p = torch.empty_like(merged_g)
    merged_g[order] ^= carried.reshape(pairs, words)
    merged_p[order[: pairs - skip]] = passed.reshape(-1, words)
    return torch.cat([merged_g, generate[2 * pairs :]]), torch.cat([merged_p, propagate[2 * pairs :]])


def _products(session: Session, a: torch.Tensor, b0: torch.Tensor, b1: torch.Tensor) -> Steps[Pair]:
    """Xor shares of a & b0 and of the first words of a with b1, flat; b1 may be shorter than a."""
    triples = session.correlations.bit_triples(a.numel())
    second = b1.numel()
    _, (x, y0, y1) = yield from open_masked(session, [], [(a, triples.a), (b0, triples.b0), (b1, triples.b1[:second])])
    c0 = bits.and_share((x, y0), (triples.a, triples.b0), triples.c0, session.is_first)
    c1 = bits.and_share(
        (x[:second], y1), (triples.a[:second], triples.b1[:second]), triples.c1[:second], session.is_first
    )
    return c0, c1
