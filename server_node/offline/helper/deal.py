"""A dealer's work: from the seeds of both parties, the corrections that make their results fit.

Whoever runs this knows every mask of the job but sees no message of it. Requests are dealt in batches of consecutive
ones; pieces of a batch are independent of each other, so several threads may share them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, wait
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from common.ids import Party
from server_node.offline.helper.parts import BUNDLE_LOAD, Part, Sum, Task, cut, tasks_of
from server_node.offline.layout import HELPER, Layout
from server_node.offline.plan import Segment, Words

Bytes = npt.NDArray[np.uint8]
_BATCH_WORDS: Final = 1 << 20
_PIECE_WORDS: Final = 1 << 14
_KEPT_BYTES: Final = 1 << 30
"""Masks kept for later requests beyond this are forgotten and expanded again."""


def deal(requests: Segment, seeds: tuple[bytes, bytes], stored: tuple[Bytes, Bytes], pool: Executor | None) -> None:
    """Fill the stored bytes of both parties for a whole segment; see :class:`Dealing`."""
    plan = DealPlan(requests)
    dealing = Dealing(plan, seeds, pool)
    done = [0, 0]
    for batch in plan.batches():
        sizes = plan.stored_bytes(batch)
        parts = [stored[party][done[party] : done[party] + sizes[party]] for party in Party]
        dealing.fill(batch, (parts[0], parts[1]))
        done = [done[party] + sizes[party] for party in Party]


class DealPlan:
    """What to deal and in which order; the same for every segment with these requests."""

    def __init__(self, requests: Segment) -> None:
        self.requests = requests
        self.layouts = [Layout(requests, party, HELPER) for party in Party]
        uses = [(mask, index) for index, request in enumerate(requests) for mask in request.masks]
        self.last_use, self._uses = dict(uses), Counter(mask for mask, _ in uses)

    def batches(self) -> Iterator[range]:
        """All requests in order, cut where results and masks of a batch become many."""
        first, load = 0, 0
        for index, request in enumerate(self.requests):
            load += request.size + sum(self.requests[mask].size for mask in request.masks)
            if load >= _BATCH_WORDS:
                yield range(first, index + 1)
                first, load = index + 1, 0
        if first < len(self.requests):
            yield range(first, len(self.requests))

    def stored_bytes(self, batch: range) -> tuple[int, int]:
        """How many bytes each party stores of a batch."""
        first, second = (sum(layout.stored[batch.start : batch.stop]) for layout in self.layouts)
        return first, second

    def expanded(self, batch: range) -> set[int]:
        """Masks that a batch needs whole; one that a single elementwise product uses is read piece by piece."""
        return {mask for index in batch for mask in self.requests[index].masks if self._is_expanded(mask)}

    def _is_expanded(self, mask: int) -> bool:
        use = self.requests[self.last_use[mask]]
        return self._uses[mask] > 1 or use.kind == "matmul" or use.shape != self.requests[mask].shape


class Dealing:
    """Deals one segment, batch after batch.

    Args:
        seeds: 32 bytes of each party.
        pool: threads that share the work; the calling thread alone without one.
    """

    def __init__(self, plan: DealPlan, seeds: tuple[bytes, bytes], pool: Executor | None = None) -> None:
        self._plan, self._seeds, self._pool = plan, seeds, pool
        self._requests = plan.requests
        self._masks: dict[int, Words] = {}

    def fill(self, batch: range, stored: tuple[Bytes, Bytes]) -> None:
        """Write the corrections of a batch; batches come in order."""
        self._expand_masks(self._plan.expanded(batch))
        tasks: list[Task] = []
        done = [0, 0]
        for index in batch:
            sizes = [layout.stored[index] for layout in self._plan.layouts]
            places = [stored[party][done[party] : done[party] + sizes[party]] for party in Party]
            done = [done[party] + sizes[party] for party in Party]
            if any(sizes):
                part = self._part(index, (places[0], places[1]))
                tasks += tasks_of(part)
        self._run(tasks)
        for mask in [mask for mask in self._masks if self._plan.last_use[mask] < batch.stop]:
            del self._masks[mask]

    def _part(self, index: int, stored: tuple[Bytes, Bytes]) -> Part:
        request = self._requests[index]
        if request.kind == "matmul":
            matrices = tuple(
                view.of(torch.from_numpy(self._mask(mask).view(np.int64)))
                for view, mask in zip(request.views, request.masks, strict=True)
            )
            return Part(request, self._seeds, index, stored, matrices=matrices)
        factors = tuple(
            np.broadcast_to(self._mask(mask), request.shape).reshape(-1) if mask in self._masks else mask
            for mask in request.masks
        )
        return Part(request, self._seeds, index, stored, factors)

    def _mask(self, index: int) -> Words:
        return self._masks[index].reshape(self._requests[index].shape)

    def _expand_masks(self, wanted: set[int]) -> None:
        missing = [mask for mask in sorted(wanted) if mask not in self._masks]
        if sum(mask.nbytes for mask in self._masks.values()) > _KEPT_BYTES:
            self._masks = {index: mask for index, mask in self._masks.items() if index in wanted}
        for index in missing:
            self._masks[index] = np.empty(self._requests[index].size, np.uint64)
        tasks: list[Task] = []
        for index in missing:
            mask = self._masks[index]
            tasks += cut(partial(_add_shares, self._seeds, index, mask), len(mask))
        self._run(tasks)

    def _run(self, tasks: list[Task]) -> None:
        bundles = list(_bundles(tasks))
        if self._pool is None or len(bundles) < 2:
            _do(tasks)
            return
        futures = [self._pool.submit(_do, bundle) for bundle in bundles]
        wait(futures)
        for future in futures:
            future.result()


def _bundles(tasks: list[Task]) -> Iterator[list[Task]]:
    """Small tasks together, so that passing them to a thread pays."""
    bundle: list[Task] = []
    load = 0
    for task in tasks:
        bundle.append(task)
        load += task.load
        if load >= BUNDLE_LOAD:
            yield bundle
            bundle, load = [], 0
    if bundle:
        yield bundle


def _do(tasks: list[Task]) -> None:
    for task in tasks:
        task.work(task.start, task.stop)


def _add_shares(seeds: tuple[bytes, bytes], index: int, mask: Words, start: int, stop: int) -> None:
    """mask[start:stop] = the sum of both parties' shares."""
    shares = Sum(seeds, index, start)
    for left in range(start, stop, _PIECE_WORDS):
        shares.fill(mask[left : min(left + _PIECE_WORDS, stop)])
