"""What the rounds of silent transfers take: bytes exactly, from their number alone."""

from __future__ import annotations

from dataclasses import dataclass

from common.wire.framing import HEADER_BYTES
from server_node.offline.ot.silent.parameters import SETS, START_BLOCK_BITS, Parameters, ladder, whole_words

_BLOCK_BYTES = 16


@dataclass(frozen=True)
class RoundsPrice:
    """Bytes with headers that each end sends in one direction besides its choices, and how many rounds there are."""

    holder: int
    receiver: int
    rounds: int


def rounds(parameters: Parameters, transfers: int, first: Parameters = SETS[min(SETS)]) -> RoundsPrice:
    """For all transfers of a direction, in calls of any size; ``holder`` is the end with delta."""
    if not transfers:
        return RoundsPrice(0, 0, 0)
    steps = ladder(parameters, first)
    made = count = holder = 0
    while made < transfers:
        step, after = (steps[min(number, len(steps) - 1)] for number in (count, count + 1))
        made += step.outputs - after.reserve
        holder += _BLOCK_BYTES * step.sums + HEADER_BYTES
        count += 1
    start = whole_words(steps[0].reserve) * _BLOCK_BYTES // START_BLOCK_BITS + HEADER_BYTES
    return RoundsPrice(holder, start, count)
