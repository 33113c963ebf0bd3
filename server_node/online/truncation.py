"""Division by powers of two and the lift to a larger ring, both by the wrap bit of a sum of two shares.

With the top bit of the secret known to be zero, the sum of the shares wraps exactly when one of their top bits is set
(Huang et al., "Cheetah", USENIX Security 2022): w = m0 or m1 = m0 + m1 - m0 * m1, one product of two private bits.
There is no probability of a large error. ``docs/decisions/0003-truncation.md`` has the error analysis.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from server_node.kernels import bits
from server_node.kernels.bits import Cut, Moved
from server_node.online.opening import swap_masked_bits
from server_node.online.session import Session, priced
from server_node.online.steps import Steps

Or = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Share of an OR of private bits: packed ``term`` and ``flip`` and values ``product``: term - product (1 - 2 flip)."""

Factor = tuple[int, int]
"""(multiplier, shift): a public number multiplier / 2^shift."""


@priced(rounds=1, item_bits=1, opens="own top bit ^ own random bit")
def truncate(
    session: Session, *items: tuple[torch.Tensor, int], ring_bits: int = 64, signed: bool = True
) -> Steps[list[torch.Tensor]]:
    """Share mod 2^64 of x / 2^shift for every (x, shift), all in one round.

    The result is floor(x / 2^shift) or one more: x / 2^shift on average, and exactly that where 2^shift divides x.

    Args:
        ring_bits: x is shared mod 2^ring_bits; the result is lifted to 64 bits at no price.
        signed: x lies in [-2^(ring_bits - 2), 2^(ring_bits - 2)); otherwise in [0, 2^(ring_bits - 1)).

    Raises:
        ValueError: there is nothing to do, as the ring is the whole one and the shift is 0.

    *Rounds* 1. *Bytes* one bit per element each way. *Opens* private top bits under one-time bits.
    """
    quotients = yield from _divide(session, [(x, [(1, shift)]) for x, shift in items], ring_bits, signed)
    return [share for (share,) in quotients]


@priced(rounds=1, item_bits=1, opens="own top bit ^ own random bit")
def multiples(
    session: Session, x: torch.Tensor, factors: Sequence[tuple[int, int]], ring_bits: int = 64
) -> Steps[list[torch.Tensor]]:
    """Share mod 2^64 of x * factor / 2^shift for every (factor, shift), from one wrap bit.

    Rounded as by :func:`truncate`. The shares as whole numbers sum to x plus the wrap bit times 2^ring_bits, and that
    stays true whatever they are multiplied by.

    Args:
        x: in [-2^(ring_bits - 2), 2^(ring_bits - 2)), shared mod 2^ring_bits.
        factors: 0 <= factor < 2^30 and 0 <= shift <= ring_bits - 2.

    *Rounds* 1. *Bytes* one bit per element each way. *Opens* private top bits under one-time bits.
    """
    (quotients,) = yield from _divide(session, [(x, factors)], ring_bits, signed=True)
    return quotients


@priced(rounds=1, item_bits=1, opens="own top bit ^ own random bit")
def lift(session: Session, x: torch.Tensor, ring_bits: int) -> Steps[torch.Tensor]:
    """Share mod 2^64 of a value shared mod 2^ring_bits that is below half the small ring.

    Args:
        x: own share as int64; bits above the small ring have no meaning.

    *Rounds* 1. *Bytes* one bit per element each way. *Opens* private top bits under one-time bits.
    """
    (lifted,) = yield from truncate(session, (x, 0), ring_bits=ring_bits, signed=False)
    return lifted


def truncated_low(session: Session, x: torch.Tensor, shift: int, ring_bits: int) -> torch.Tensor:
    """Own share mod 2^(ring_bits - shift), with any bits above, of exactly what ``truncate`` of (x, shift) will give.

    Below its wrap bit, shares of the truncated value add up already. Local.
    """
    cut = _cut(session, ring_bits, (1, shift), signed=True)
    # Rounded up is one more than the number before it rounded down.
    up = int(cut.rounds_up)
    share = x + (cut.before - up)
    share >>= shift
    share += cut.after + up
    return share


def private_or(session: Session, items: Sequence[tuple[torch.Tensor, int, int]]) -> Steps[list[Or]]:
    """Additive shares of (own bit or bit of the peer) for every (own packed bits, their number, valid bytes).

    *Rounds* 1. *Bytes* one bit per element each way. *Opens* private bits under one-time bits.
    """
    masks = [session.correlations.private_product(size, value_bytes) for _, size, value_bytes in items]
    own = [words for words, _, _ in items]
    pairs = [(words, mask.own) for words, mask in zip(own, masks, strict=True)]
    found = []
    for words, mask, theirs in zip(own, masks, (yield from swap_masked_bits(session, pairs)), strict=True):
        # With d = m0 ^ p and e = m1 ^ q sent, m0 m1 = e m0 + d (1 - 2e) q + (1 - 2d)(1 - 2e) p q, the first term known
        # to P0 and the second to P1; taken from m0 and from m1 each leaves a bit.
        term = words & ~theirs if session.is_first else words ^ (theirs & mask.own)
        found.append((term, words ^ mask.own ^ theirs, mask.product))
    return found


def _divide(
    session: Session, items: Sequence[tuple[torch.Tensor, Sequence[Factor]]], ring_bits: int, signed: bool
) -> Steps[list[list[torch.Tensor]]]:
    """Shares of x * factor / 2^shift for every x and all its (factor, shift), from one wrap bit for each x."""
    flat = [x.reshape(-1) for x, _ in items]
    cuts = [[_cut(session, ring_bits, factor, signed) for factor in factors] for _, factors in items]
    tops = []
    for x, parts in zip(flat, cuts, strict=True):
        # The wrap bit is multiplied by at least 2^(ring_bits - shift): its high bytes are of no use.
        valid = 64 - min(ring_bits - cut.shift for cut in parts)
        if valid <= 0:
            raise ValueError("a share mod 2^64 that is not divided needs no correlations")
        tops.append((bits.planes(x, 1, Moved(parts[0].before), ring_bits - 1)[0], x.numel(), (valid + 7) // 8))
    wraps = yield from private_or(session, tops)
    return [
        [bits.truncated(x, cut, wrap).reshape(item.shape) for cut in parts]
        for x, parts, wrap, (item, _) in zip(flat, cuts, wraps, items, strict=True)
    ]


def _cut(session: Session, ring_bits: int, factor: Factor, signed: bool) -> Cut:
    """What this party does to its share: the first adds half the range and takes it off again, and rounds up.

    Rounding one of the two shares up makes good, on average, for what is lost by cutting the other.
    """
    multiplier, shift = factor
    if not session.is_first:
        return Cut(ring_bits, shift, multiplier)
    offset = 1 << (ring_bits - 2) if signed else 0
    return Cut(ring_bits, shift, multiplier, offset, -(multiplier * offset >> shift), rounds_up=True)
