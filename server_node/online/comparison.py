"""Signs, selection, ReLU and maximum.

The sign of a value is its top bit mod 2^k: own top bits and the carry of the bits below. The carry is a tree of
(generate, propagate) pairs on bit planes, 64 elements a word, as in a parallel-prefix adder.
"""

from __future__ import annotations

import torch

from server_node.online import bits
from server_node.online.opening import open_masked, swap_bits_and_values, swap_masked_bits
from server_node.online.session import Session, priced
from server_node.online.steps import Steps

RANGE_BITS = 32
"""Values to compare must lie in [-2^31, 2^31)."""
_CARRIES = RANGE_BITS - 1


@priced(rounds=6, item_bits=31 + 3 * 30, opens="own bits and tree nodes, each ^ random bits")
def is_negative(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
    """Xor share (packed words) of x < 0 for x in [-2^31, 2^31); x has any shape.

    *Rounds* 6. *Bytes* 15.2 per element each way. *Opens* bits under one-time bits.
    """
    own = bits.planes(x.reshape(-1), RANGE_BITS)
    propagate, top = own[:_CARRIES], own[_CARRIES]
    generate = yield from _private_and(session, propagate)
    while generate.shape[0] > 1:
        generate, propagate = yield from _merge(session, generate, propagate)
    return top ^ generate[0]


@priced(rounds=1, item_bits=65, opens="own bit ^ random bit, own value - random value")
def select(session: Session, bit: torch.Tensor, x: torch.Tensor) -> Steps[torch.Tensor]:
    """Share of bit * x for an xor-shared packed ``bit``.

    With the bit u xor v, u at this party: bit * x = u x_own + v x_own (1 - 2u) + the same of the peer. Each term across
    is a product of a bit of one party and a value of the other, from one random OT.

    *Rounds* 1. *Bytes* 8.1 per element each way. *Opens* own bit ^ random bit and own value - random value.
    """
    size = x.numel()
    ots = session.correlations.random_ots(size)
    flat, own_bit, choice = x.reshape(-1), bits.unpack(bit, size), bits.unpack(ots.own, size)
    value = flat * (1 - 2 * own_bit)
    difference = ots.pad1 - ots.pad0
    (flipped, their_flipped), (_, moved) = yield from swap_bits_and_values(
        session, (bit, ots.own), (value, difference)
    )
    e, their_e = bits.unpack(flipped, size), bits.unpack(their_flipped, size)
    as_chooser = (1 - 2 * e) * (choice * moved + ots.chosen)
    as_sender = their_e * value - (1 - 2 * their_e) * ots.pad0
    return (own_bit * flat + as_chooser + as_sender).reshape(x.shape)


@priced(rounds=7, item_bits=31 + 3 * 30 + 65, opens="as is_negative and select")
def relu(session: Session, x: torch.Tensor) -> Steps[tuple[torch.Tensor, torch.Tensor]]:
    """(share of max(x, 0), xor share of x >= 0 packed). *Rounds* 7. *Bytes* 23 per element each way."""
    positive = flip(session, (yield from is_negative(session, x)))
    return (yield from select(session, positive, x)), positive


def maximum(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
    """Share of the largest entry of each row of x [rows, columns], as [rows, 1].

    *Rounds* 7 per halving of the columns. Differences must lie in the range of :func:`is_negative`.
    """
    while x.shape[1] > 1:
        half = x.shape[1] // 2
        left, right, rest = x[:, :half], x[:, half : 2 * half], x[:, 2 * half :]
        above, _ = yield from relu(session, left - right)
        larger = right + above
        x = torch.cat([larger, rest], dim=1)
    return x


def flip(session: Session, bit: torch.Tensor) -> torch.Tensor:
    """Xor share of the negated bits. Local."""
    return ~bit if session.is_first else bit


def _private_and(session: Session, own: torch.Tensor) -> Steps[torch.Tensor]:
    """Xor share of (bits of P0) & (bits of P1), one round, one bit each way."""
    mask = session.correlations.private_and(own.numel())
    ((first, second),) = yield from swap_masked_bits(session, [(own.reshape(-1), mask.own)])
    if session.is_first:
        share = mask.product ^ (second & mask.own) ^ (first & second)
    else:
        share = mask.product ^ (first & mask.own)
    return share.reshape(own.shape)


def _merge(
    session: Session, generate: torch.Tensor, propagate: torch.Tensor
) -> Steps[tuple[torch.Tensor, torch.Tensor]]:
    """One level of the carry tree: neighbours become one pair; an odd one at the top waits."""
    pairs = generate.shape[0] // 2
    low_g, high_g = generate[0 : 2 * pairs : 2], generate[1 : 2 * pairs : 2]
    low_p, high_p = propagate[0 : 2 * pairs : 2], propagate[1 : 2 * pairs : 2]
    triples = session.correlations.bit_triples(high_p.numel())
    _, (p, g0, p0) = yield from open_masked(
        session,
        [],
        [(high_p.reshape(-1), triples.a), (low_g.reshape(-1), triples.b0), (low_p.reshape(-1), triples.b1)],
    )
    carried = _and_share(session, p, g0, triples.a, triples.b0, triples.c0).reshape(high_g.shape)
    passed = _and_share(session, p, p0, triples.a, triples.b1, triples.c1).reshape(high_p.shape)
    merged_g, merged_p = high_g ^ carried, passed
    return torch.cat([merged_g, generate[2 * pairs :]]), torch.cat([merged_p, propagate[2 * pairs :]])


def _and_share(session: Session, *parts: torch.Tensor) -> torch.Tensor:
    x_open, y_open, a, b, c = parts
    share = c ^ (x_open & b) ^ (y_open & a)
    return share ^ (x_open & y_open) if session.is_first else share

