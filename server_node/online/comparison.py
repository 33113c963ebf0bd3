"""Signs, selection and ReLU.

The sign of a value is its top bit mod 2^k: own top bits and the carry of the bits below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch

from server_node.kernels import bits
from server_node.online.circuits import carry_out, flip, sum_bits
from server_node.online.opening import swap_for_selection
from server_node.online.session import Session, priced
from server_node.online.steps import Steps, all_of, together
from server_node.online.truncation import private_or, truncate, truncated_planes

RANGE_BITS: Final = 32
"""Values to compare must lie in [-2^31, 2^31) unless stated otherwise."""


@priced(rounds=5, item_bits=46 + 41, opens="own bits and tree nodes, each ^ random bits")
def is_negative(session: Session, x: torch.Tensor, width: int = RANGE_BITS) -> Steps[torch.Tensor]:
    """Xor share (packed words) of x < 0 for x in [-2^(width - 1), 2^(width - 1)), 2 <= width <= 64; any shape.

    *Rounds* 5. *Bytes* 10.9 per element each way. *Opens* bits under one-time bits.
    """
    return (yield from _top_bit(session, bits.planes(x.reshape(-1), width)))


def bit_decompose(session: Session, x: torch.Tensor, width: int = RANGE_BITS) -> Steps[torch.Tensor]:
    """Xor shares [width, words] of the low ``width`` bits of every value of x, as bit planes.

    *Rounds* 2 + ceil(log2((width - 1) // 2)). *Bytes* for 32 bits about 20 per element each way.
    """
    return (yield from sum_bits(session, bits.planes(x.reshape(-1), width)))


@priced(rounds=1, item_bits=65, opens="own bit ^ random bit, own value - random value")
def select(session: Session, bit: torch.Tensor, x: torch.Tensor) -> Steps[torch.Tensor]:
    """Share of bit * x for an xor-shared packed ``bit``.

    With the bit u xor v, u at this party: bit * x = u x_own + v x_own (1 - 2u) + the same of the peer. Each term across
    is a product of a bit of one party and a value of the other, from one random OT.

    *Rounds* 1. *Bytes* 8.1 per element each way. *Opens* own bit ^ random bit and own value - random value.
    """
    flat = x.reshape(-1)
    ots = session.correlations.random_ots(flat.numel())
    flipped, their_flipped, moved = yield from swap_for_selection(session, bit, flat, ots)
    words = (bit, ots.own, flipped, their_flipped)
    return bits.select_share(words, flat, (ots.chosen, ots.pad0), moved).reshape(x.shape)


def select_all(session: Session, items: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> Steps[list[torch.Tensor]]:
    """:func:`select` for every (bit, x), all in one round."""
    return (yield from all_of([select(session, bit, x) for bit, x in items]))


@priced(rounds=1, item_bits=1, opens="own bit ^ random bit")
def to_ring(session: Session, bit: torch.Tensor, size: int) -> Steps[torch.Tensor]:
    """Additive share [size] of the first ``size`` bits of an xor-shared packed ``bit``.

    u xor v = 2 (u or v) - u - v. *Rounds* 1. *Bytes* one bit per element each way.
    """
    (either,) = yield from private_or(session, [(bit, size, 8)])
    return bits.ring_bits(bit, either)


@priced(rounds=6, item_bits=46 + 41 + 65, opens="as is_negative and select")
def relu(session: Session, x: torch.Tensor) -> Steps[tuple[torch.Tensor, torch.Tensor]]:
    """(share of max(x, 0), xor share of x >= 0 packed). *Rounds* 6. *Bytes* 19 per element each way."""
    positive = flip(session, (yield from is_negative(session, x)))
    return (yield from select(session, positive, x)), positive


@priced(rounds=6, item_bits=1 + 46 + 41 + 65, opens="as truncate, is_negative and select")
def rectified(
    session: Session, product: torch.Tensor, shift: int, ring_bits: int = 64
) -> Steps[tuple[torch.Tensor, torch.Tensor]]:
    """ReLU of product / 2^shift and its active bits, as truncate and then relu would give, in the rounds of relu.

    The shares shifted locally add up to the truncated value mod 2^(ring_bits - shift) already: the comparison needs no
    more. The truncated value must lie in [-2^31, 2^31) and product in the range of ``truncate``.

    *Rounds* 6. *Bytes* 19.1 per element each way.
    """
    width = min(RANGE_BITS, ring_bits - shift)
    own = truncated_planes(session, product, shift, ring_bits, width)
    (value,), negative = yield from together(
        truncate(session, (product, shift), ring_bits=ring_bits), _top_bit(session, own)
    )
    positive = flip(session, negative)
    return (yield from select(session, positive, value)), positive


def _top_bit(session: Session, planes: torch.Tensor) -> Steps[torch.Tensor]:
    carry = yield from carry_out(session, planes[:-1])
    return planes[-1] ^ carry
