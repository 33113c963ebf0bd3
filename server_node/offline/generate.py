"""Turns a segment of the plan into correlations by oblivious transfer: requests of one kind are made together.

Both parties walk the same plan, so they need no word about what comes next. Every function below makes this party's
share of the results; the party's own random words come from the segment's seed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from common.ids import Party
from server_node.kernels.matmul import ring_matmul
from server_node.offline.arithmetic import Arithmetic, Factors, OtArithmetic
from server_node.offline.layout import Layout, own_words
from server_node.offline.ot.cots import CotEngine
from server_node.offline.ot.digits import digit_pads
from server_node.offline.plan import WORD_BYTES, Request, Segment, Words, packed_words

Progress = Callable[[int], None]
_GROUP_ELEMENTS: Final = 1 << 17
SOURCE: Final = "cot"


class SegmentMaker:
    """Makes all correlations of one segment.

    Args:
        stored: uint8 array of the layout's ``stored_bytes`` that is filled in plan order.
        progress: called with the effort spent, in the units of the arithmetic, after each batch or matrix product.
        arithmetic: how products of ring elements are made; by transfers of the engine if not given.
    """

    def __init__(
        self,
        engine: CotEngine,
        requests: Segment,
        seed: bytes,
        stored: npt.NDArray[np.uint8],
        progress: Progress,
        arithmetic: Arithmetic | None = None,
    ) -> None:
        self._engine, self._requests, self._seed = engine, requests, seed
        self._stored, self._progress = stored, progress
        self._arithmetic = arithmetic or OtArithmetic(engine)
        self._places = Layout(requests, engine.party, SOURCE).places()
        self._told = self._arithmetic.effort

    def run(self) -> None:
        """Fill the results, kind by kind."""
        makers: dict[str, Callable[[list[int]], None]] = {
            "product": self._products,
            "square": self._squares,
            "matmul": self._matmuls,
            "bit-triples": self._bit_triples,
            "private-and": self._private_ands,
            "private-pairs": self._private_pairs,
            "digit-pads": self._digit_pads,
            "private-product": self._private_products,
            "private-values": self._private_values,
            "random-ots": self._random_ots,
            "lookups": self._lookups,
        }
        for kind, maker in makers.items():
            for group in groups(self._requests, kind):
                maker(group)
                self._tell()

    def _tell(self) -> None:
        before, self._told = self._told, self._arithmetic.effort
        self._progress(self._told - before)

    def _own(self, index: int) -> Words:
        return own_words(self._seed, index, self._requests[index], self._engine.party)

    def _mask(self, index: int) -> Words:
        return self._own(index).reshape(self._requests[index].shape)

    def _flat_mask(self, index: int, shape: tuple[int, ...]) -> Words:
        return np.broadcast_to(self._mask(index), shape).reshape(-1)

    def _products(self, group: list[int]) -> None:
        requests = [self._requests[i] for i in group]
        a = np.concatenate([self._flat_mask(r.masks[0], r.shape) for r in requests])
        b = np.concatenate([self._flat_mask(r.masks[1], r.shape) for r in requests])
        self._spread(group, a * b + self._arithmetic.products(a, b, 8 * requests[0].width))

    def _squares(self, group: list[int]) -> None:
        """a^2 = a0^2 + a1^2 + 2 a0 a1: one cross product."""
        a = np.concatenate([self._own(self._requests[i].masks[0]) for i in group])
        both = self._arithmetic.values(a, 8 * self._requests[group[0]].width)
        self._spread(group, a * a + (both << np.uint64(1)))

    def _private_values(self, group: list[int]) -> None:
        own = np.concatenate([self._own(i) for i in group])
        self._spread(group, self._arithmetic.values(own, 8 * self._requests[group[0]].width))

    def _matmuls(self, group: list[int]) -> None:
        taken: deque[tuple[int, Factors]] = deque()
        for cross in self._arithmetic.matrices(self._all_factors(group, taken)):
            index, pair = taken.popleft()
            request = self._requests[index]
            left, right = (torch.from_numpy(side.view(np.int64)) for side in (pair.left, pair.right))
            product = torch.from_numpy((_words(ring_matmul(left, right)) + cross).view(np.int64))
            if request.fold:
                product = request.fold.of(product)
            self._spread([index], _words(product).reshape(-1))
            self._tell()

    def _all_factors(self, group: list[int], taken: deque[tuple[int, Factors]]) -> Iterator[Factors]:
        """Both matrices of each product when the arithmetic gets to it; they stay in ``taken`` until it is made."""
        for index in group:
            taken.append((index, self._factors(self._requests[index])))
            yield taken[-1][1]

    def _factors(self, request: Request) -> Factors:
        left, right = (
            _words(view.of(torch.from_numpy(self._mask(mask).view(np.int64))))
            for view, mask in zip(request.views, request.masks, strict=True)
        )
        return Factors(left, right, 8 * request.width)

    def _bit_triples(self, group: list[int]) -> None:
        own = [self._own(i).reshape(3, -1) for i in group]
        a, b0, b1 = (np.concatenate([o[row] for o in own]) for row in range(3))
        values = np.stack([b0, b1])
        received, sent = self._engine.bit_products(a, values)
        c = (values & a) ^ received ^ sent
        self._spread(group, c.T.reshape(-1), interleaved=2)

    def _private_ands(self, group: list[int]) -> None:
        own = np.concatenate([self._own(i) for i in group])
        self._spread(group, self._bits_of_p1_times(own, own[None, :])[0])

    def _private_pairs(self, group: list[int]) -> None:
        """p1 q1 ^ p2 q0 ^ p0 q2 and p1 q0 ^ p0 q1: P1 chooses with each q, P0 sends the p that meet it."""
        own = [self._own(i).reshape(3, -1) for i in group]
        x0, x1, x2 = (np.concatenate([o[row] for o in own]) for row in range(3))
        with_q0 = self._bits_of_p1_times(x0, np.stack([x2, x1]))
        with_q1 = self._bits_of_p1_times(x1, np.stack([x1, x0]))
        with_q2 = self._bits_of_p1_times(x2, x0[None, :])
        generate, propagate = with_q1[0] ^ with_q0[0] ^ with_q2[0], with_q0[1] ^ with_q1[1]
        self._spread(group, np.stack([generate, propagate], axis=1).reshape(-1), interleaved=2)

    def _digit_pads(self, group: list[int]) -> None:
        requests = [self._requests[i] for i in group]
        party = self._engine.party
        taken, given = requests[0].digits[party], requests[0].digits[party.other]
        index = np.concatenate([self._own(i).reshape(taken, r.size) for i, r in zip(group, requests, strict=True)], 1)
        pads, chosen = digit_pads(self._engine, index, given, sum(request.size for request in requests))
        start = 0
        for place, request in zip(group, requests, strict=True):
            part = slice(start, start + request.size)
            both = [rows[..., part].reshape(-1) for rows in (pads, chosen)]
            self._stored[self._places[place]] = np.concatenate(both).view(np.uint8)
            start = part.stop

    def _bits_of_p1_times(self, choices: Words, values: Words) -> Words:
        """Xor shares [m, words] of P1's bits ``choices`` [words] and P0's rows of bits ``values`` [m, words]."""
        if self._engine.party is Party.P0:
            return self._engine.bit_products(np.empty(0, np.uint64), values, peer_width=0)[1]
        return self._engine.bit_products(choices, np.empty((len(values), 0), np.uint64))[0]

    def _private_products(self, group: list[int]) -> None:
        value_bytes = self._requests[group[0]].width
        own = np.concatenate([self._own(i) for i in group])
        none = np.empty(0, np.uint64)
        if self._engine.party is Party.P0:
            share = self._engine.bit_times_ring(none, _bits(own), value_bytes)[1]
        else:
            share = self._engine.bit_times_ring(own, none, value_bytes)[0]
        self._spread(group, share, padded_bits=True)

    def _random_ots(self, group: list[int]) -> None:
        bits = np.concatenate([self._own(i) for i in group])
        chosen, pad0, pad1 = self._engine.random_pads(bits)
        self._spread(group, np.stack([pad0, pad1, chosen], axis=1).reshape(-1), interleaved=3, padded_bits=True)

    def _lookups(self, group: list[int]) -> None:
        index_bits = self._requests[group[0]].index_bits
        own = np.concatenate([self._own(i) for i in group])
        count = sum(self._requests[i].size for i in group)
        pads = self._engine.one_of_many(own & np.uint64((1 << index_bits) - 1), count, index_bits)
        self._spread(group, pads.reshape(-1), interleaved=pads.shape[1], in_rows=True)

    def _spread(
        self, group: list[int], values: Words, *, interleaved: int = 1, padded_bits: bool = False, in_rows: bool = False
    ) -> None:
        """Write ``values`` [total * interleaved] to the requests' places, each part of a result one after the other.

        ``in_rows`` keeps the parts of an element together instead.
        """
        table = values.reshape(-1, interleaved)
        start = 0
        for index in group:
            request = self._requests[index]
            part = table[start : start + request.size]
            flat = np.ascontiguousarray(part if in_rows else part.T).reshape(-1)
            self._stored[self._places[index]] = _narrow(flat, request.width)
            start += packed_words(request.size) * 64 if padded_bits else request.size


def groups(requests: Segment, kind: str) -> Iterator[list[int]]:
    """Indices of the requests of a kind that are made together: such of one option, about ``_GROUP_ELEMENTS`` elements.

    Matrix products are one group, option by option: each of them is handed on when it is made.
    """
    wanted = [i for i, r in enumerate(requests) if r.kind == kind]
    if kind == "matmul":
        if wanted:
            yield sorted(wanted, key=lambda index: requests[index].option)
        return
    for option in sorted({requests[i].option for i in wanted}):
        group: list[int] = []
        total = 0
        for index in (i for i in wanted if requests[i].option == option):
            group.append(index)
            total += _elements(requests[index])
            if total >= _GROUP_ELEMENTS:
                yield group
                group, total = [], 0
        if group:
            yield group


def _elements(request: Request) -> int:
    """How much of a group a request is."""
    if request.kind == "digit-pads":
        return request.size << max(request.digits)
    return request.size


def _words(matrix: torch.Tensor) -> Words:
    words: Words = matrix.numpy().view(np.uint64)
    return words


def _bits(words: Words) -> Words:
    """[64 * len(words)] zeros and ones."""
    return np.unpackbits(words.view(np.uint8), bitorder="little").astype(np.uint64)


def _narrow(words: Words, width: int) -> npt.NDArray[np.uint8]:
    """The low ``width`` bytes of each word."""
    return np.ascontiguousarray(words.view(np.uint8).reshape(-1, WORD_BYTES)[:, :width]).reshape(-1)
