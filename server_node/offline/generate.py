"""Turns a segment of the plan into correlations: requests of one kind are made together, in large batches.

Both parties walk the same plan, so they need no word about what comes next. Every function below fills this party's
share of the results; the party's own random words come from the segment's seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import torch

from common.crypto.domains import TRIPLE_MASK_V1
from common.crypto.prg import Stream, derive_key
from common.ids import Party
from server_node.offline.ot.cots import CotEngine
from server_node.offline.ot.hashing import Words
from server_node.offline.plan import Request, Segment, packed_words

Progress = Callable[[int], None]
Group = list[tuple[Request, slice]]
_GROUP_ELEMENTS: Final = 1 << 17


def own_words(seed: bytes, index: int, request: Request) -> Words:
    """This party's randomness for request ``index`` of a segment: expanded when made and again when used."""
    return Stream(derive_key(seed, TRIPLE_MASK_V1, index.to_bytes(4, "little"))).words(request.own_words)


class SegmentMaker:
    """Makes all correlations of one segment.

    Args:
        results: uint64 array of ``sum(result_words)`` that is filled in plan order.
        progress: called with the number of OTs done after each batch.
    """

    def __init__(
        self, engine: CotEngine, requests: Segment, seed: bytes, results: Words, progress: Progress
    ) -> None:
        self._engine, self._requests, self._seed = engine, requests, seed
        self._results, self._progress = results, progress
        ends = np.cumsum([request.result_words for request in requests]) if requests else np.zeros(1, int)
        self._places = [slice(int(e) - r.result_words, int(e)) for e, r in zip(ends, requests, strict=False)]

    def run(self) -> None:
        """Fill the results, kind by kind."""
        makers: dict[str, Callable[[list[int]], None]] = {
            "product": self._products,
            "square": self._squares,
            "matmul": self._matmuls,
            "bit-triples": self._bit_triples,
            "private-and": self._private_ands,
            "private-product": self._private_products,
            "selectors": self._selectors,
            "signs": self._signs,
        }
        for kind, maker in makers.items():
            for group in self._groups(kind):
                before = self._engine.count
                maker(group)
                self._progress(self._engine.count - before)

    def _groups(self, kind: str) -> Iterator[list[int]]:
        """Indices of requests of a kind (and option) in batches of about ``_GROUP_ELEMENTS`` elements."""
        wanted = [i for i, r in enumerate(self._requests) if r.kind == kind]
        for option in sorted({self._requests[i].option for i in wanted}):
            group: list[int] = []
            total = 0
            for index in (i for i in wanted if self._requests[i].option == option):
                group.append(index)
                total += self._requests[index].size
                if total >= _GROUP_ELEMENTS:
                    yield group
                    group, total = [], 0
            if group:
                yield group

    def _own(self, index: int) -> Words:
        return own_words(self._seed, index, self._requests[index])

    def _mask(self, index: int, shape: tuple[int, ...]) -> Words:
        mask = self._own(index).reshape(self._requests[index].shape)
        return np.broadcast_to(mask, shape).reshape(-1)

    def _products(self, group: list[int]) -> None:
        requests = [self._requests[i] for i in group]
        a = np.concatenate([self._mask(r.masks[0], r.shape) for r in requests])
        b = np.concatenate([self._mask(r.masks[1], r.shape) for r in requests])
        cross = self._engine.ring_products(a, b[:, None], np.arange(len(b)))[:, 0]
        self._spread(group, a * b + cross)

    def _squares(self, group: list[int]) -> None:
        """a^2 = a0^2 + a1^2 + 2 a0 a1: one cross product, half of them in each direction."""
        a = np.concatenate([self._own(self._requests[i].masks[0]) for i in group])
        half = (len(a) + 1) // 2
        padded = np.concatenate([a, np.zeros(2 * half - len(a), np.uint64)])
        first, second = padded[:half], padded[half:]
        mine, values = (first, second) if self._engine.party is Party.P0 else (second, first)
        # One call yields the share of (my choices x peer's values) + (my values x peer's choices); squares need the
        # two apart, so the choices of one half meet the values of the same half on the other side.
        cross = self._engine.ring_products_apart(mine, values, self._requests[group[0]].ring_bits)
        received, sent = cross if self._engine.party is Party.P0 else cross[::-1]
        both = np.concatenate([received, sent])[: len(a)]
        self._spread(group, a * a + (both << np.uint64(1)))

    def _matmuls(self, group: list[int]) -> None:
        for index in group:
            request = self._requests[index]
            a = self._own(request.masks[0]).reshape(self._requests[request.masks[0]].shape)
            b = self._own(request.masks[1]).reshape(self._requests[request.masks[1]].shape)
            layout, bits = request.option[:2], request.ring_bits
            a, b = (a.T if layout == "tn" else a), (b.T if layout == "nt" else b)
            is_wide = b.shape[1] > a.shape[0]
            cross = self._cross_matmul(b.T, a.T, bits).T if is_wide else self._cross_matmul(a, b, bits)
            local = _ring_matmul(a, b)
            self._results[self._places[index]] = (local + cross).reshape(-1)

    def _cross_matmul(self, a: Words, b: Words, bits: int) -> Words:
        """Share mod 2^bits of a0 @ b1 + a1 @ b0 for a [m, k], b [k, n]: b's elements choose, a's columns are sent."""
        columns = np.ascontiguousarray(a.T)
        rows = np.repeat(np.arange(b.shape[0]), b.shape[1])
        parts = self._engine.ring_products(np.ascontiguousarray(b).reshape(-1), columns, rows, bits)
        summed: Words = parts.reshape(b.shape[0], b.shape[1], a.shape[0]).sum(axis=0, dtype=np.uint64)
        return summed.T

    def _bit_triples(self, group: list[int]) -> None:
        own = [self._own(i).reshape(3, -1) for i in group]
        a, b0, b1 = (np.concatenate([o[row] for o in own]) for row in range(3))
        values = np.stack([b0, b1])
        received, sent = self._engine.bit_products(a, values)
        c = (values & a) ^ received ^ sent
        self._spread(group, c.T.reshape(-1), interleaved=2)

    def _private_ands(self, group: list[int]) -> None:
        own = np.concatenate([self._own(i) for i in group])
        nothing = np.empty(0, np.uint64)
        if self._engine.party is Party.P0:
            share = self._engine.bit_products(nothing, own[None, :], peer_width=0)[1][0]
        else:
            share = self._engine.bit_products(own, np.empty((1, 0), np.uint64))[0][0]
        self._spread(group, share)

    def _private_products(self, group: list[int]) -> None:
        value_bytes = int(self._requests[group[0]].option)
        own = np.concatenate([self._own(i) for i in group])
        padded = len(own) * 64
        if self._engine.party is Party.P0:
            values = _bits(own)[:, None]
            share = self._engine.bit_times_ring(own[:0], values, 0, 1, value_bytes)[1][:, 0]
        else:
            share = self._engine.bit_times_ring(own, np.empty((0, 1), np.uint64), padded, 1, value_bytes)[0][:, 0]
        self._spread(group, share, padded_bits=True)

    def _selectors(self, group: list[int]) -> None:
        own = [self._own(i) for i in group]
        words = [packed_words(self._requests[i].size) for i in group]
        bits = np.concatenate([o[:w] for o, w in zip(own, words, strict=True)])
        mask = np.concatenate([_padded(o[w:], w * 64) for o, w in zip(own, words, strict=True)])
        bit = _bits(bits)
        turned = mask - ((bit * mask) << np.uint64(1))
        first = self._engine.party is Party.P0
        values = np.stack([bit, turned], axis=1) if first else turned[:, None]
        received, sent = self._engine.bit_times_ring(bits, values, len(bit), 1 if first else 2)
        both = sent[:, 0] if first else received[:, 0]
        arithmetic = bit - (both << np.uint64(1))
        product = bit * mask + received[:, -1] + sent[:, -1]
        self._spread(group, np.stack([arithmetic, product], axis=1).reshape(-1), interleaved=2, padded_bits=True)

    def _signs(self, group: list[int]) -> None:
        bits = np.concatenate([self._own(i) for i in group])
        together = np.stack(self._engine.random_pads(bits), axis=1)
        self._spread(group, together.reshape(-1), interleaved=3, padded_bits=True)

    def _spread(self, group: list[int], values: Words, *, interleaved: int = 1, padded_bits: bool = False) -> None:
        """Write ``values`` [total * interleaved] to the requests' places, each part of a result one after the other."""
        table = values.reshape(-1, interleaved)
        start = 0
        for index in group:
            request = self._requests[index]
            size = request.size
            self._results[self._places[index]] = table[start : start + size].T.reshape(-1)
            start += packed_words(size) * 64 if padded_bits else size


def _bits(words: Words) -> Words:
    """[64 * len(words)] zeros and ones."""
    return np.unpackbits(words.view(np.uint8), bitorder="little").astype(np.uint64)


def _padded(values: Words, size: int) -> Words:
    return np.concatenate([values, np.zeros(size - len(values), np.uint64)])


def _ring_matmul(a: Words, b: Words) -> Words:
    left = torch.from_numpy(np.ascontiguousarray(a).view(np.int64))
    right = torch.from_numpy(np.ascontiguousarray(b).view(np.int64))
    product: Words = (left @ right).numpy().view(np.uint64)
    return product
