"""Division by powers of two and the lift to a larger ring, both by the wrap bit of a sum of two shares.

With the top bit of the secret known to be zero, the sum of the shares wraps exactly when one of their top bits is set
(Huang et al., "Cheetah", USENIX Security 2022): w = m0 or m1 = m0 + m1 - m0 * m1, one product of two private bits.
There is no probability of a large error. ``docs/decisions/0003-truncation.md`` has the error analysis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch

from server_node.kernels import bits
from server_node.kernels.bits import Moved
from server_node.online.opening import swap_masked_bits
from server_node.online.session import Session, priced
from server_node.online.steps import Steps

_WORD: Final = (1 << 64) - 1
_HALF: Final = 32
_LOW_HALF: Final = (1 << _HALF) - 1
Wrap = tuple[torch.Tensor, torch.Tensor, int, int]
"""(own packed bits, values to take from, place, valid bytes): the OR of both parties' bits, moved up by place."""


@priced(rounds=1, item_bits=1, opens="own top bit ^ own random bit")
def truncate(
    session: Session, *items: tuple[torch.Tensor, int], ring_bits: int = 64, signed: bool = True
) -> Steps[list[torch.Tensor]]:
    """Share mod 2^64 of x / 2^shift for every (x, shift), all in one round.

    The result is floor(x / 2^shift) or one more, x / 2^shift on average and exactly where 2^shift divides x.

    Args:
        ring_bits: x is shared mod 2^ring_bits; the result is lifted to 64 bits at no price.
        signed: x lies in [-2^(ring_bits - 2), 2^(ring_bits - 2)); otherwise in [0, 2^(ring_bits - 1)).

    *Rounds* 1. *Bytes* one bit per element each way. *Opens* private top bits under one-time bits.
    """
    offset = 1 << (ring_bits - 2) if signed else 0
    wraps = []
    for x, shift in items:
        x = _reduced(x + offset if session.is_first else x, ring_bits)
        # Rounding one of the two shares up makes good, on average, for what cutting the other loses.
        up = ((x & ((1 << shift) - 1)) != 0).to(torch.int64) - (offset >> shift) if session.is_first else 0
        high = ((x >> shift) & ((1 << (ring_bits - shift)) - 1)) + up
        top = bits.planes(x.reshape(-1), 1, Moved(shift=ring_bits - 1))[0]
        wraps.append((top, high, ring_bits - shift, (64 - ring_bits + shift + 7) // 8))
    return (yield from wrap_bits(session, wraps))


@priced(rounds=1, item_bits=1, opens="own top bit ^ own random bit")
def lift(session: Session, x: torch.Tensor, ring_bits: int) -> Steps[torch.Tensor]:
    """Share mod 2^64 of a value shared mod 2^ring_bits that is below half the small ring.

    Args:
        x: own share as int64 in [0, 2^ring_bits).

    *Rounds* 1. *Bytes* one bit per element each way. *Opens* private top bits under one-time bits.
    """
    (lifted,) = yield from truncate(session, (x, 0), ring_bits=ring_bits, signed=False)
    return lifted


def truncated_planes(session: Session, x: torch.Tensor, shift: int, ring_bits: int, width: int) -> torch.Tensor:
    """Own share mod 2^width, as bit planes [width, words], of exactly what ``truncate`` of (x, shift) will give.

    ``width`` is at most ring_bits - shift: below that, shares add up without their wrap bit. Local.
    """
    offset = 1 << (ring_bits - 2)
    moved = Moved(offset - 1, shift, 1 - (offset >> shift)) if session.is_first else Moved(shift=shift)
    return bits.planes(x.reshape(-1), width, moved)


def wrap_bits(session: Session, items: Sequence[Wrap]) -> Steps[list[torch.Tensor]]:
    """Additive shares of (sum of the values) - ((own bit or bit of the peer) << place), for private bits.

    *Rounds* 1. *Bytes* one bit per element each way. *Opens* private bits under one-time bits.
    """
    masks = [session.correlations.private_product(values.numel(), size) for _, values, _, size in items]
    opened = yield from swap_masked_bits(
        session, [(item[0], mask.own) for item, mask in zip(items, masks, strict=True)]
    )
    shares = []
    for (own, values, place, _), mask, (d, e) in zip(items, masks, opened, strict=True):
        # P0: m0 - e m0 and P1: m1 - d (1 - 2e) q are bits; what is left of m0 m1 is (1 - 2d)(1 - 2e) times the product.
        term = own & ~e if session.is_first else own ^ (d & mask.own)
        shares.append(bits.wrapped(values.reshape(-1), term, d ^ e, mask.product, place).reshape(values.shape))
    return shares


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
    offset = 1 << (ring_bits - 2)
    own = _reduced(x + offset if session.is_first else x, ring_bits)
    top = bits.planes(own.reshape(-1), 1, Moved(shift=ring_bits - 1))[0]
    least = min(ring_bits - shift for _, shift in factors)
    (minus_wrap,) = yield from wrap_bits(session, [(top, torch.zeros_like(own), 0, (64 - least + 7) // 8)])
    out = []
    for factor, shift in factors:
        share = _multiple(own, factor, shift, round_up=session.is_first)
        share = share + minus_wrap * _as_word(factor << (ring_bits - shift))
        out.append(share - _as_word(factor * offset >> shift) if session.is_first else share)
    return out


def _multiple(x: torch.Tensor, factor: int, shift: int, *, round_up: bool) -> torch.Tensor:
    """x * factor / 2^shift mod 2^64, rounded down or up, for x as numbers in [0, 2^64)."""
    low = (x & _LOW_HALF) * factor
    high = ((x >> _HALF) & _LOW_HALF) * factor + (low >> _HALF)
    low = low & _LOW_HALF
    if shift >= _HALF:
        out, rest = high >> (shift - _HALF), low | (high & ((1 << (shift - _HALF)) - 1))
    else:
        out, rest = (high << (_HALF - shift)) + (low >> shift), low & ((1 << shift) - 1)
    return out + (rest != 0) if round_up else out


def _as_word(number: int) -> int:
    """The number mod 2^64 that a tensor of int64 can be multiplied by."""
    low = number & _WORD
    return low - (1 << 64) if low >> 63 else low


def _reduced(x: torch.Tensor, ring_bits: int) -> torch.Tensor:
    return x if ring_bits == 64 else x & ((1 << ring_bits) - 1)
