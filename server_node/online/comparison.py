"""Signs, selection and ReLU.

The sign of a value is its top bit mod 2^k: own top bits and the carry of the bits below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import torch

from server_node.kernels import bits
from server_node.online.circuits import carry_out, flip, sum_bits
from server_node.online.opening import swap_for_selection
from server_node.online.session import Session, priced
from server_node.online.steps import Steps, all_of, in_lanes, together
from server_node.online.truncation import lift, private_or, truncate, truncated_low

RANGE_BITS: Final = 32
"""Values to compare must lie in [-2^31, 2^31) unless stated otherwise."""
_DIGIT_BITS: Final = 120 + 18
"""What a party sends of the indices and tables of eight digits, and for seven nodes of the tree."""
_MANY: Final = 1 << 15
"""From so many elements on, four bytes less for each are worth more than a round."""
_LANE: Final = 1 << 18
"""More elements are worked on in pieces, so that one is computed while others are on their way."""


@priced(
    rounds=5,
    item_bits=46 + 41,
    opens="own bits or digits, tree nodes, each ^ random bits; table entries ^ pads",
    digit_bits=(_DIGIT_BITS, _DIGIT_BITS),
)
def is_negative(session: Session, x: torch.Tensor, width: int = RANGE_BITS) -> Steps[torch.Tensor]:
    """Xor share (packed words) of x < 0 for x in [-2^(width - 1), 2^(width - 1)), 2 <= width <= 64; any shape.

    *Rounds* 5. *Bytes* 10.9 per element each way, 17.3 by digits. *Opens* bits under one-time bits.
    """
    return (yield from _top_bit(session, bits.planes(x.reshape(-1), width)))


def bit_decompose(session: Session, x: torch.Tensor, width: int = RANGE_BITS) -> Steps[torch.Tensor]:
    """Xor shares [width, words] of the low ``width`` bits of every value of x, as bit planes.

    *Rounds* 2 + ceil(log2((width - 1) // 2)). *Bytes* for 32 bits about 20 per element each way.
    """
    return (yield from sum_bits(session, bits.planes(x.reshape(-1), width)))


@priced(rounds=1, item_bits=65, opens="own bit ^ random bit, own value - random value")
def select(session: Session, bit: torch.Tensor, x: torch.Tensor, ring_bits: int = 64) -> Steps[torch.Tensor]:
    """Share mod 2^ring_bits of bit * x for an xor-shared packed ``bit``.

    With the bit u xor v, u at this party: bit * x = u x_own + v x_own (1 - 2u) + the same of the peer. Each term across
    is a product of a bit of one party and a value of the other, from one random OT.

    *Rounds* 1. *Bytes* ring_bits / 8, in whole bytes, and one bit per element each way. *Opens* own bit ^ random bit
    and own value - random value.
    """
    flat, value_bytes = x.reshape(-1), (ring_bits + 7) // 8
    ots = session.correlations.random_ots(flat.numel(), value_bytes)
    flipped, their_flipped, moved = yield from swap_for_selection(session, bit, flat, ots, value_bytes)
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


@priced(
    rounds=6,
    item_bits=46 + 41 + 65,
    opens="as is_negative and select",
    digit_bits=(_DIGIT_BITS + 65, _DIGIT_BITS + 65),
)
def relu(session: Session, x: torch.Tensor) -> Steps[tuple[torch.Tensor, torch.Tensor]]:
    """(share of max(x, 0), xor share of x >= 0 packed), for x in [-2^31, 2^31).

    *Rounds* 6, or 7 for 2^15 elements and more. *Bytes* 19 per element each way, 15.1 for so many. By digits 6 and
    25.4 for any number.
    """
    if x.numel() > _LANE:
        return (yield from _in_lanes(x, lambda piece: relu(session, piece)))
    positive = flip(session, (yield from is_negative(session, x)))
    if x.numel() >= _MANY and not session.by_digits:
        return (yield from _select_narrow(session, positive, x, RANGE_BITS)), positive
    # The transfer of a lift takes more to prepare than it saves here.
    return (yield from select(session, positive, x)), positive


@priced(
    rounds=6,
    item_bits=1 + 46 + 41 + 65,
    opens="as truncate, is_negative and select",
    digit_bits=(1 + _DIGIT_BITS + 65, 1 + _DIGIT_BITS + 65),
)
def rectified(
    session: Session, product: torch.Tensor, shift: int, ring_bits: int = 64
) -> Steps[tuple[torch.Tensor, torch.Tensor]]:
    """ReLU of product / 2^shift and its active bits, as truncate and then relu would give, in the rounds of relu.

    The shares shifted locally add up to the truncated value mod 2^(ring_bits - shift) already: the comparison needs no
    more. The truncated value must lie in [-2^31, 2^31) and product in the range of ``truncate``.

    *Rounds* 6, or 7 for 2^15 elements and more. *Bytes* 19.1 per element each way, 15.1 for so many; by digits 6.4
    more.
    """
    if product.numel() > _LANE:
        return (yield from _in_lanes(product, lambda piece: rectified(session, piece, shift, ring_bits)))
    width = min(RANGE_BITS, ring_bits - shift)
    own = truncated_low(session, product, shift, ring_bits)
    comparison = _top_bit(session, bits.planes(own.reshape(-1), width))
    if product.numel() >= _MANY:
        positive = flip(session, (yield from comparison))
        return (yield from _select_narrow(session, positive, own, width)), positive
    (value,), negative = yield from together(truncate(session, (product, shift), ring_bits=ring_bits), comparison)
    positive = flip(session, negative)
    return (yield from select(session, positive, value)), positive


def _in_lanes(
    x: torch.Tensor, protocol: Callable[[torch.Tensor], Steps[tuple[torch.Tensor, torch.Tensor]]]
) -> Steps[tuple[torch.Tensor, torch.Tensor]]:
    """A ReLU of pieces of x: whole words of bits each, small enough for the second-level cache."""
    found = yield from in_lanes([protocol(piece) for piece in torch.split(x.reshape(-1), _LANE)])
    values, active = zip(*found, strict=True)
    return torch.cat(values).reshape(x.shape), torch.cat(active)


def _select_narrow(session: Session, bit: torch.Tensor, x: torch.Tensor, width: int) -> Steps[torch.Tensor]:
    """Share mod 2^64 of bit * x, which is known to lie in [0, 2^(width - 1)), from shares of x mod 2^width.

    *Rounds* 2. *Bytes* width / 8, in whole bytes, and two bits per element each way.
    """
    selected = yield from select(session, bit, x, width)
    return (yield from lift(session, selected, width))


def _top_bit(session: Session, planes: torch.Tensor) -> Steps[torch.Tensor]:
    carry = yield from carry_out(session, planes[:-1])
    return planes[-1] ^ carry
