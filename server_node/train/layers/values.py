"""Values between layers: shares that may carry more fractional bits than usual until a rounding is needed anyway.

All bounds of the trained part stand here. Inside them nothing can wrap; beyond them a value is wrong without notice,
which is what the range check of an epoch is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch

from common.errors import SpecRefused
from server_node.online.linear import Masked
from server_node.online.session import Session
from server_node.online.steps import Steps, all_of
from server_node.online.truncation import truncate, truncated_low

VALUE_BITS: Final = 12
"""Outputs of layers, and errors that are passed back, lie below 2^12 in size."""
GRADIENT_BITS: Final = 8
"""Mean gradients of a batch and velocities lie below 2^8 in size."""
MOST_SURPLUS: Final = 10
"""Surplus bits a value may have when it is masked; with more it is rounded first."""
_WORD: Final = 64


@dataclass(frozen=True)
class Scaled:
    """Share mod 2^ring_bits of a value times 2^(fraction_bits + surplus); images are [b, h, w, c]."""

    share: torch.Tensor
    surplus: int = 0
    ring_bits: int = 64


@dataclass(frozen=True)
class Operand:
    """A value that was masked and opened, for any number of products."""

    masked: Masked
    surplus: int = 0

    @property
    def share(self) -> torch.Tensor:
        return self.masked.share


def ring_for(session: Session, surplus: int, value_bits: int = VALUE_BITS) -> int:
    """The smallest ring (a multiple of 8 bits) in which a value below 2^value_bits can be rounded.

    Raises:
        SpecRefused: there is none; this follows from the network alone, so it shows while the plan is recorded.
    """
    needed = value_bits + session.fraction_bits + surplus + 2
    if needed > _WORD:
        raise SpecRefused(
            f"A product in this network needs {needed} bits, more than fixed point has; put another layer before a "
            "square that follows a large average-pool or dropout.",
            field="model.layers",
        )
    return (needed + 7) // 8 * 8


def fits(session: Session, surplus: int, ring_bits: int) -> bool:
    """Whether a value with that surplus can still be rounded in the ring."""
    return VALUE_BITS + session.fraction_bits + surplus + 2 <= ring_bits


def settled(session: Session, value: Scaled) -> Steps[torch.Tensor]:
    """Share mod 2^64 without surplus. *Rounds* 1, or 0 where there is nothing to round."""
    if not value.surplus and value.ring_bits == 64:
        return value.share
    (share,) = yield from truncate(session, (value.share, value.surplus), ring_bits=value.ring_bits)
    return share


def cut(session: Session, value: Scaled) -> Scaled:
    """The value without surplus in a ring as much smaller: fewer bytes to send, and rounded as by :func:`settled`.

    Local: what a rounding needs the peer for is the wrap of the ring, and that can wait until the value is settled.
    """
    if not value.surplus:
        return value
    share = truncated_low(session, value.share, value.surplus, value.ring_bits)
    return Scaled(share, 0, value.ring_bits - value.surplus)


def roomy(session: Session, value: Scaled, extra: int) -> Steps[Scaled]:
    """The value in a form whose surplus can grow by ``extra``; rounded where there is no room. *Rounds* 0 or 1."""
    if fits(session, value.surplus + extra, value.ring_bits):
        return value
    return Scaled((yield from settled(session, value)))


def mean_factor(count: int) -> tuple[int, int]:
    """(factor, places) with factor / 2^places = 1 / count: exact for powers of two, else with 16 bits."""
    if count & (count - 1) == 0:
        return 1, count.bit_length() - 1
    places = count.bit_length() + 15
    return round((1 << places) / count), places


def total(session: Session, values: Sequence[Scaled]) -> Steps[Scaled]:
    """Sum of values that may have different surpluses. *Rounds* 0 or 1."""
    if len(values) == 1:
        return values[0]
    surplus, ring_bits = max(v.surplus for v in values), min(v.ring_bits for v in values)
    if not fits(session, surplus, ring_bits):
        return Scaled(sum_of((yield from all_of([settled(session, value) for value in values]))))
    return Scaled(sum_of([v.share << (surplus - v.surplus) for v in values]), surplus, ring_bits)


def sum_of(shares: Sequence[torch.Tensor]) -> torch.Tensor:
    """The sum of tensors; the one tensor itself if there is only one."""
    out = shares[0]
    for share in shares[1:]:
        out = out + share
    return out


def log2_of(size: int) -> int:
    """Raises:
    ValueError: not a power of two.
    """
    exponent = size.bit_length() - 1
    if size != 1 << exponent:
        raise ValueError(f"{size} is not a power of two")
    return exponent
