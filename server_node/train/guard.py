"""The range check at the end of an epoch: has fixed point held everything, or did the training run away?

All weights, all that the optimiser remembers and the last logits are compared with bounds far outside a sane training
and far inside what the ring can hold. The answer is one bit, the AND of all comparisons, and it is opened on purpose:
see ``open_bit``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import torch

from server_node.kernels.bits import WORD_BITS, word_count
from server_node.online.circuits import all_ones, flip
from server_node.online.comparison import is_negative
from server_node.online.opening import open_bit
from server_node.online.session import Session
from server_node.online.steps import Steps, all_of
from server_node.train.layers.values import GRADIENT_BITS, VALUE_BITS
from server_node.train.optimizer import slot_bits
from server_node.train.state import ModelState

WEIGHT_BITS: Final = GRADIENT_BITS
"""Weights lie below 2^8 in size, running statistics and logits below 2^12."""
_PLACES: Final = 6
"""Binary places of a bound that are looked at: it holds to within one part in 64."""
_CHUNK: Final = 1 << 20

Bounded = tuple[torch.Tensor, int]
"""(share mod 2^64, n): the value must lie in [-2^n, 2^n), the fractional bits counted."""


def in_range(session: Session, state: ModelState, statistics: frozenset[str], logits: torch.Tensor) -> Steps[bool]:
    """Whether everything that a training goes on with is within its bounds; both servers learn this bit.

    *Rounds* about 20 for every 2^20 values. *Opens* one bit.
    """
    verdicts = []
    for chunk in _chunks(list(_bounded(session, state, statistics, logits))):
        verdicts.append((yield from _all_within(session, chunk)))
    together = yield from all_ones(session, torch.stack(verdicts))
    return (yield from open_bit(session, together))


def _bounded(
    session: Session, state: ModelState, statistics: frozenset[str], logits: torch.Tensor
) -> Iterator[Bounded]:
    places = session.fraction_bits
    for name, value in state.weights.items():
        yield value, places + (VALUE_BITS if name in statistics else WEIGHT_BITS)
    for kind, tensors in state.slots.items():
        for value in tensors.values():
            yield value, slot_bits(kind, places)
    if logits.numel():
        yield logits, places + VALUE_BITS


def _chunks(items: Sequence[Bounded]) -> Iterator[list[Bounded]]:
    """Items with one bound each, together about ``_CHUNK`` values."""
    chunk: list[Bounded] = []
    total = 0
    for values, bound in items:
        for part in torch.split(values.reshape(-1), _CHUNK):
            chunk.append((part, bound))
            total += part.numel()
            if total >= _CHUNK:
                yield chunk
                chunk, total = [], 0
    if chunk:
        yield chunk


def _all_within(session: Session, items: Sequence[Bounded]) -> Steps[torch.Tensor]:
    """Xor share [1] of one bit, the lowest: all values are within their bounds."""
    by_bound: dict[int, list[torch.Tensor]] = {}
    for values, bound in items:
        by_bound.setdefault(bound, []).append(values)
    words = yield from all_of([_within(session, torch.cat(parts), bound) for bound, parts in by_bound.items()])
    word = yield from all_ones(session, torch.cat(words)[:, None])
    return (yield from all_ones(session, torch.stack([word >> place for place in range(WORD_BITS)])))


def _within(session: Session, x: torch.Tensor, bound: int) -> Steps[torch.Tensor]:
    """Xor share [words] of -2^bound <= x < 2^bound, ones beyond the last value.

    The shares are cut locally to the places that matter, which moves a value by less than a unit of the last of them.
    """
    shift = bound - _PLACES
    limit = session.public(1 << bound, x)
    sides = torch.stack([x + limit, limit - 1 - x if session.is_first else limit - x])
    sides = torch.nn.functional.pad(sides, (0, word_count(x.numel()) * WORD_BITS - x.numel()))
    width = 64 - shift
    cut = (sides >> shift) & ((1 << width) - 1)
    # A sum loses less than a unit by the cuts of its parts: one more at one party keeps what is in range from falling.
    negative = yield from is_negative(session, cut + session.public(1, cut), width)
    outside = negative.reshape(2, -1)
    return (yield from all_ones(session, flip(session, outside)))
