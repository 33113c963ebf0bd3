"""The range check at the end of an epoch: has fixed point held everything, or did the training run away?

All weights, all that the optimiser remembers, and the logits of every batch and of the images held back are compared
with bounds far outside a sane training and far inside what the ring can hold; what Adam noted about the gradients of
each step is added. Nothing else is looked at: neither what other layers give nor errors passed back, and of gradients
for SGD, and weights and memory before the last step, only what became of them.

The answer is one bit, the AND of all comparisons, and it is opened on purpose: see ``open_bit``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import torch

from server_node.online.circuits import all_ones
from server_node.online.opening import open_bit
from server_node.online.session import Session
from server_node.online.steps import Steps, all_of
from server_node.train.bounds import all_set, within
from server_node.train.layers.values import GRADIENT_BITS, VALUE_BITS
from server_node.train.optimizer import slot_bits
from server_node.train.state import ModelState

WEIGHT_BITS: Final = GRADIENT_BITS
"""Weights lie below 2^8 in size, running statistics and logits below 2^12."""
_CHUNK: Final = 1 << 20

Bounded = tuple[torch.Tensor, int]
"""(share mod 2^64, n): the value must lie in [-2^n, 2^n), the fractional bits counted."""


def in_range(session: Session, state: ModelState, statistics: frozenset[str], logits: torch.Tensor) -> Steps[bool]:
    """Whether everything that a training goes on with is within its bounds; both servers learn this bit.

    Args:
        logits: of all batches of the epoch and of the images held back, [n, classes].

    *Rounds* about 20 for every 2^20 values. *Opens* one bit.
    """
    verdicts = []
    for chunk in _chunks(list(_bounded(session, state, statistics, logits))):
        verdicts.append((yield from _all_within(session, chunk)))
    if state.within is not None:
        verdicts.append((yield from all_set(session, state.within)))
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
    words = yield from all_of([within(session, torch.cat(parts), bound) for bound, parts in by_bound.items()])
    return (yield from all_set(session, torch.cat(words)))
