"""Whether values lie inside bounds, as xor shares of bits: for a few comparisons of the highest places alone."""

from __future__ import annotations

from typing import Final

import torch

from server_node.kernels.bits import WORD_BITS, word_count
from server_node.online.circuits import all_ones, flip
from server_node.online.comparison import is_negative
from server_node.online.session import Session
from server_node.online.steps import Steps

_PLACES: Final = 6
"""Binary places of a bound that are looked at: it holds to within one part in 64."""
_RING: Final = 64


def within(session: Session, x: torch.Tensor, bound: int, reach: int = _RING) -> Steps[torch.Tensor]:
    """Xor share [words] of -2^bound <= x < 2^bound, to one part in 64; ones beyond the last value.

    The shares are cut locally to the places that matter, which moves a value by less than a unit of the last of them.

    Args:
        x: [n], below 2^reach in size, bound <= reach: the smaller, the fewer bytes.

    *Rounds* 7 at most. *Bytes* about two thirds of one for every bit of reach - bound + 9 and element, each way.
    """
    shift = bound - _PLACES
    limit = session.public(1 << bound, x)
    sides = torch.stack([x + limit, limit - 1 - x if session.is_first else limit - x])
    sides = torch.nn.functional.pad(sides, (0, word_count(x.numel()) * WORD_BITS - x.numel()))
    # Twice as far as x reaches, with a sign, and with room for the carry that is lost by the cuts.
    width = min(_RING, reach + 3) - shift
    cut = (sides >> shift) & ((1 << width) - 1)
    # A sum loses less than a unit by the cuts of its parts: one more at one party keeps what is in range from falling.
    negative = yield from is_negative(session, cut + session.public(1, cut), width)
    outside = negative.reshape(2, -1)
    return (yield from all_ones(session, flip(session, outside)))


def all_set(session: Session, words: torch.Tensor) -> Steps[torch.Tensor]:
    """Xor share [1] of one bit, the lowest: all bits of the words [n] are ones. *Rounds* 6 and the logarithm of n."""
    word = yield from all_ones(session, words[:, None])
    return (yield from all_ones(session, torch.stack([word >> place for place in range(WORD_BITS)])))
