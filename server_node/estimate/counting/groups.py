"""Which requests of a segment are made together: the groups of ``offline/generate.py``, each with its size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from server_node.estimate.counting.recording import Repeated
from server_node.offline.generate import groups
from server_node.offline.plan import Request, packed_words

LONGEST: Final = 1 << 18
"""Requests of a kind that are gone through one by one; of more, all of an option count as one group."""
_PACKED: Final = ("private-product", "random-ots")


@dataclass(frozen=True)
class Group:
    """Requests of one option that are made together so often: one of them, and the size of all in the kind's unit."""

    example: Request
    size: int
    times: int

    @cached_property
    def as_one(self) -> Request:
        """A request of this size."""
        return replace(self.example, shape=(self.size,))


def grouped(segment: Repeated, kind: str) -> Iterator[Group]:
    """All groups of a kind that is not ``matmul``."""
    wanted = [(request, times) for request, times in segment if request.kind == kind]
    found: Counter[tuple[str, int]] = Counter()
    examples = {request.option: request for request, _ in wanted}
    if sum(times for _, times in wanted) > LONGEST:
        for request, times in wanted:
            found[request.option, 0] += times * _size(request)
        yield from (Group(examples[option], size, 1) for (option, _), size in found.items())
        return
    unrolled = _in_order(segment, kind)
    for group in groups(unrolled, kind):
        found[unrolled[group[0]].option, sum(_size(unrolled[index]) for index in group)] += 1
    yield from (Group(examples[option], size, times) for (option, size), times in found.items())


def _in_order(segment: Repeated, kind: str) -> list[Request]:
    """Requests of a kind as the plan has them, every loop turn after turn."""
    found: list[Request] = []
    for turn, times in segment.loops():
        found += [request for request in turn if request.kind == kind] * times
    return found


def _size(request: Request) -> int:
    return packed_words(request.size) if request.kind in _PACKED else request.size
