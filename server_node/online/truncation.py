"""Division by powers of two and the lift to a larger ring, both by the wrap bit of a sum of two shares.

With the top bit of the secret known to be zero, the sum of the shares wraps exactly when one of their top bits is set
(Huang et al., "Cheetah", USENIX Security 2022): w = m0 or m1 = m0 + m1 - m0 * m1, one product of two private bits.
There is no probability of a large error. ``docs/decisions/0003-truncation.md`` has the error analysis.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from server_node.online import bits
from server_node.online.opening import swap_masked_bits
from server_node.online.session import Session, priced
from server_node.online.steps import Steps


@priced(rounds=1, item_bits=1, opens="own top bit ^ own random bit")
def truncate(
    session: Session, *items: tuple[torch.Tensor, int], ring_bits: int = 64, signed: bool = True
) -> Steps[list[torch.Tensor]]:
    """Share mod 2^64 of x / 2^shift for every (x, shift), all in one round.

    The result is floor(x / 2^shift) or one more, unbiased to within 2^-shift of a unit.

    Args:
        ring_bits: x is shared mod 2^ring_bits; the result is lifted to 64 bits at no price.
        signed: x lies in [-2^(ring_bits - 2), 2^(ring_bits - 2)); otherwise in [0, 2^(ring_bits - 1)).

    *Rounds* 1. *Bytes* one bit per element each way. *Opens* private top bits under one-time bits.
    """
    offset = 1 << (ring_bits - 2) if signed else 0
    moved = [_reduced(x + offset if session.is_first else x, ring_bits) for x, _ in items]
    shifts = [shift for _, shift in items]
    tops = [
        ((x >> (ring_bits - 1)) & 1 == 1, _wrap_bytes(ring_bits - shift))
        for x, shift in zip(moved, shifts, strict=True)
    ]
    out = []
    for x, wrap, shift in zip(moved, (yield from _wrap(session, tops)), shifts, strict=True):
        high = (x >> shift) & ((1 << (ring_bits - shift)) - 1)
        share = high - (wrap << (ring_bits - shift))
        # Cutting both shares loses a carry as often as a random rounding would add one; plus one mends it.
        out.append(share + 1 - (offset >> shift) if session.is_first else share)
    return out


@priced(rounds=1, item_bits=1, opens="own top bit ^ own random bit")
def lift(session: Session, x: torch.Tensor, ring_bits: int) -> Steps[torch.Tensor]:
    """Share mod 2^64 of a value shared mod 2^ring_bits that is below half the small ring.

    Args:
        x: own share as int64 in [0, 2^ring_bits).

    *Rounds* 1. *Bytes* one bit per element each way. *Opens* private top bits under one-time bits.
    """
    top = (x >> (ring_bits - 1)) & 1
    (wrap,) = yield from _wrap(session, [(top == 1, _wrap_bytes(ring_bits))])
    return x - (wrap << ring_bits)


def _reduced(x: torch.Tensor, ring_bits: int) -> torch.Tensor:
    return x if ring_bits == 64 else x & ((1 << ring_bits) - 1)


def _wrap_bytes(position: int) -> int:
    """Bytes of a wrap bit that is going to be multiplied by 2^position in the 64-bit ring."""
    return (64 - position + 7) // 8


def _wrap(session: Session, tops: Sequence[tuple[torch.Tensor, int]]) -> Steps[list[torch.Tensor]]:
    """Additive shares of (top bit of P0) or (top bit of P1), valid mod 2^(8 * value_bytes)."""
    masks = [session.correlations.private_product(top.numel(), size) for top, size in tops]
    own = [bits.pack(top.reshape(-1)) for top, _ in tops]
    opened = yield from swap_masked_bits(session, [(word, mask.own) for word, mask in zip(own, masks, strict=True)])
    shares = []
    for (top, _), mask, (first, second) in zip(tops, masks, opened, strict=True):
        size = top.numel()
        d, e, own_bit = bits.unpack(first, size), bits.unpack(second, size), bits.unpack(mask.own, size)
        both = (1 - 2 * d) * (1 - 2 * e) * mask.product
        if session.is_first:
            both = both + e * (1 - 2 * d) * own_bit
        else:
            both = both + d * (1 - 2 * e) * own_bit + d * e
        shares.append((top.reshape(-1).to(torch.int64) - both).reshape(top.shape))
    return shares
