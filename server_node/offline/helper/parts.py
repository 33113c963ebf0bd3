"""The corrections of one request, piece by piece in cache-sized buffers.

One party's share of a result follows from its seed, so the correction is the true result without that share. Where
both parties choose pads (random OTs, lookups) the correction is the pad that a party's own bits or index pick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from common.crypto.prg import Stream
from common.ids import Party
from server_node.kernels import bits_compiled
from server_node.kernels.matmul import ring_matmul
from server_node.offline.helper import kernels
from server_node.offline.layout import own_stream, result_stream
from server_node.offline.plan import PAD_BITS, WORD_BITS, WORD_BYTES, Request, Words, packed_words

Bytes = npt.NDArray[np.uint8]
_PIECE_BYTES: Final = 1 << 19
"""Bytes of all buffers of a piece together: they stay in a core's own cache."""
_RANGE_ELEMENTS: Final = 1 << 17
"""A multiple of 64, so that packed bits of a range begin at a word."""
BUNDLE_LOAD: Final = 1 << 17
"""What is worth passing to a thread."""
_RANGE_PRODUCTS: Final = 1 << 24
_LEAST_ROWS: Final = 256
"""Of a matrix product in one range: the second matrix is read anew for each."""
_Rows = tuple[int, int, Callable[[Words, Words, Words], None]]
_BIT_ROWS: Final[dict[str, _Rows]] = {
    "bit-triples": (3, 2, kernels.triple_rows),
    "private-and": (1, 1, kernels.and_rows),
    "private-pairs": (3, 2, kernels.pair_rows),
}
"""By kind: rows of own words, rows of the result, what makes the correction of it."""


@dataclass(frozen=True)
class Part:
    """One request to deal; what is secret of it is not shown where a part is printed.

    Args:
        seeds: of both parties.
        index: the request's place in its segment.
        stored: uint8, the correction of each party, to be filled; empty for one whose result is derived.
        factors: of an elementwise product, flat; a number is the index of a mask of the result's shape.
        matrices: of a matrix product.
    """

    request: Request
    seeds: tuple[bytes, bytes] = field(repr=False)
    index: int
    stored: tuple[Bytes, Bytes] = field(repr=False)
    factors: tuple[Words | int, ...] = field(default=(), repr=False)
    matrices: tuple[torch.Tensor, ...] = field(default=(), repr=False)

    @property
    def corrected(self) -> Party:
        """Who is sent the correction of a result that the other derives."""
        return Party.P0 if self.stored[Party.P0].size else Party.P1

    def own(self, party: Party, start: int) -> Stream:
        return own_stream(self.seeds[party], self.index, start)

    def derived(self, party: Party, start: int) -> Stream:
        return result_stream(self.seeds[party], self.index, start)


class Sum:
    """A mask from element ``start``: both parties' shares, added up."""

    def __init__(self, seeds: tuple[bytes, bytes], index: int, start: int) -> None:
        self._first, self._second = (own_stream(seed, index, WORD_BYTES * start) for seed in seeds)

    def fill(self, target: Words) -> None:
        """Overwrite ``target`` with the next elements."""
        self._first.fill(target)
        np.add(target, self._second.words(len(target)), out=target)


@dataclass(frozen=True)
class Task:
    """Work on the elements from ``start`` to ``stop``; ``load`` is about how many elements would cost the same."""

    work: Callable[[int, int], None]
    start: int
    stop: int
    load: int


def cut(work: Callable[[int, int], None], size: int, step: int | None = None, cost: int = 1) -> list[Task]:
    """Work on ``size`` elements in ranges that can be done apart; each element costs as much as ``cost`` others."""
    step = step or _RANGE_ELEMENTS
    ends = [(first, min(first + step, size)) for first in range(0, size, step)]
    return [Task(work, start, stop, cost * (stop - start)) for start, stop in ends]


def tasks_of(part: Part) -> list[Task]:
    """Everything there is to do for a request; a matrix product is cut into whole rows, or images if it is folded."""
    work, size = partial(fill, part), part.request.size
    if not part.matrices:
        return cut(work, size)
    (_, inner), (_, columns) = (matrix.shape for matrix in part.matrices)
    rows = max(_LEAST_ROWS, _RANGE_PRODUCTS // max(1, inner * columns))
    cost = 1 + inner * _RANGE_ELEMENTS // _RANGE_PRODUCTS
    if not part.request.fold:
        return cut(work, size, rows * columns, cost)
    per_image, elements = _image_sizes(part.request)
    images = max(1, rows // per_image)
    return cut(work, size, images * elements, cost * -(-per_image * columns // elements))


def _image_sizes(request: Request) -> tuple[int, int]:
    """Rows of a product that belong to one image, and elements of the image."""
    count = request.shape[0]
    return request.matrix[0] // count, request.size // count


def fill(part: Part, start: int, stop: int) -> None:
    """Write the corrections of the elements from ``start`` to ``stop``, as :func:`tasks_of` cuts them."""
    if part.request.kind in _BIT_ROWS:
        _bits(part, start, stop)
    elif part.request.kind == "random-ots":
        for party in Party:
            _chosen_pads(part, party, start, stop)
    elif part.request.kind == "lookups":
        _looked_up(part, start, stop)
    elif part.request.kind == "digit-pads":
        for party in Party:
            _chosen_digits(part, party, start, stop)
    else:
        _sums(part, start, stop)


class _Columns:
    """Columns of the rows that one stream gives, read from left to right."""

    def __init__(self, opened: Callable[[int], Stream], shape: tuple[int, int], start: int, whole: bool) -> None:
        rows, row_bytes = shape
        self._streams = [opened(row * row_bytes + start) for row in range(1 if whole else rows)]

    def read(self, target: npt.NDArray[np.generic]) -> None:
        """Fill ``target`` [rows, some]."""
        if len(self._streams) == 1:
            self._streams[0].fill(target)
            return
        for stream, row in zip(self._streams, target, strict=True):
            stream.fill(row)


def _pieces(start: int, stop: int, element_bytes: int) -> Iterator[tuple[int, int]]:
    """(first, behind the last) of each piece; firsts are multiples of 64."""
    step = max(WORD_BITS, _PIECE_BYTES // element_bytes // WORD_BITS * WORD_BITS)
    for first in range(start, stop, step):
        yield first, min(first + step, stop)


def _bits(part: Part, start: int, stop: int) -> None:
    own_rows, result_rows, correct = _BIT_ROWS[part.request.kind]
    size = part.request.size
    pieces = list(_pieces(start, stop, WORD_BYTES * (2 * own_rows + result_rows)))
    whole = pieces == [(0, size)]
    row_bytes, begin = WORD_BYTES * size, WORD_BYTES * start
    first, second = (_Columns(partial(part.own, party), (own_rows, row_bytes), begin, whole) for party in Party)
    derived = _Columns(partial(part.derived, part.corrected.other), (result_rows, row_bytes), begin, whole)
    out = part.stored[part.corrected].reshape(result_rows, row_bytes)
    for left, right in pieces:
        own0, own1 = (np.empty((own_rows, right - left), np.uint64) for _ in Party)
        io = np.empty((result_rows, right - left), np.uint64)
        first.read(own0)
        second.read(own1)
        derived.read(io)
        correct(own0, own1, io)
        out[:, WORD_BYTES * left : WORD_BYTES * right] = io.view(np.uint8)


def _sums(part: Part, start: int, stop: int) -> None:
    width, out = part.request.width, part.stored[part.corrected]
    derived = part.derived(part.corrected.other, start * width)
    pieces = list(_pieces(start, stop, 6 * WORD_BYTES))
    for (left, right), values in zip(pieces, _true_values(part, pieces), strict=True):
        packed = _read_packed(derived, (right - left) * width)
        correction = np.empty_like(packed)
        kernels.subtract_packed(values, packed, width, correction)
        out[width * left : width * right] = correction[: -kernels.SPARE]


def _true_values(part: Part, pieces: list[tuple[int, int]]) -> Iterator[Words]:
    """The results, added up over both parties, of each piece."""
    start = pieces[0][0]
    if part.matrices:
        result = _matrix_rows(part, start, pieces[-1][1])
        for left, right in pieces:
            yield result[left - start : right - start]
    elif part.request.kind == "private-values":
        first, second = (part.own(party, WORD_BYTES * start) for party in Party)
        for left, right in pieces:
            yield first.words(right - left) * second.words(right - left)
    elif part.request.kind == "private-product":
        first, second = (part.own(party, WORD_BYTES * packed_words(start)) for party in Party)
        for left, right in pieces:
            words = packed_words(right - left)
            values = np.empty(right - left, np.uint64)
            kernels.spread_bits(first.words(words) & second.words(words), values)
            yield values
    else:
        yield from _products(part, pieces)


def _matrix_rows(part: Part, start: int, stop: int) -> Words:
    """Elements of a matrix product from ``start`` to ``stop``, which are whole rows, or images if it is folded."""
    a, b = part.matrices
    rows, elements, fold = 1, b.shape[1], part.request.fold
    if fold:
        rows, elements = _image_sizes(part.request)
    product = ring_matmul(a[start // elements * rows : stop // elements * rows], b)
    result: Words = (fold.of(product) if fold else product).numpy().view(np.uint64).reshape(-1)
    return result


def _products(part: Part, pieces: list[tuple[int, int]]) -> Iterator[Words]:
    """Products of two masks, or the square of one."""
    sources = [Sum(part.seeds, factor, pieces[0][0]) if isinstance(factor, int) else factor for factor in part.factors]
    for left, right in pieces:
        factors = []
        for source in sources:
            if isinstance(source, Sum):
                source.fill(values := np.empty(right - left, np.uint64))
            else:
                values = source[left:right]
            factors.append(values)
        yield factors[0] * factors[-1]


def _chosen_pads(part: Part, party: Party, start: int, stop: int) -> None:
    """``party``'s bits choose from the pads of the other."""
    width, size, out = part.request.width, part.request.size, part.stored[party]
    bits = part.own(party, WORD_BYTES * packed_words(start))
    pads = [part.derived(party.other, width * (row * size + start)) for row in range(2)]
    for left, right in _pieces(start, stop, 4 * WORD_BYTES):
        zero, one = (_read_packed(pad, width * (right - left)) for pad in pads)
        chosen = np.empty_like(zero)
        kernels.choose_packed(bits.words(packed_words(right - left)), zero, one, width, chosen)
        out[width * left : width * right] = chosen[: -kernels.SPARE]


def _looked_up(part: Part, start: int, stop: int) -> None:
    """The index of P1 chooses from the pads of P0."""
    width, index_bits, out = part.request.width, part.request.index_bits, part.stored[Party.P1]
    index = part.own(Party.P1, WORD_BYTES * start)
    pads = part.derived(Party.P0, width * (start << index_bits))
    for left, right in _pieces(start, stop, width << index_bits):
        table = _read_packed(pads, width * ((right - left) << index_bits))
        chosen = np.empty(width * (right - left) + kernels.SPARE, np.uint8)
        kernels.look_up_packed(index.words(right - left), table, index_bits, width, chosen)
        out[width * left : width * right] = chosen[: -kernels.SPARE]


def _chosen_digits(part: Part, party: Party, start: int, stop: int) -> None:
    """``party``'s indices of digits choose from the pads of the other."""
    taken, row_bytes = part.request.digits[party], WORD_BYTES * part.request.size
    if not taken:
        return
    entries, begin = PAD_BITS << taken, WORD_BYTES * start
    pieces = list(_pieces(start, stop, WORD_BYTES * (entries + taken + PAD_BITS)))
    whole = pieces == [(0, part.request.size)]
    indices = _Columns(partial(part.own, party), (taken, row_bytes), begin, whole)
    pads = _Columns(partial(part.derived, party.other), (entries, row_bytes), begin, whole)
    out = part.stored[party].reshape(PAD_BITS, row_bytes)
    for left, right in pieces:
        index, rows = (np.empty((count, right - left), np.uint64) for count in (taken, entries))
        indices.read(index)
        pads.read(rows)
        found = np.empty((PAD_BITS, right - left), np.uint64)
        bits_compiled.pick(index, rows.reshape(1 << taken, PAD_BITS, -1), found)
        out[:, WORD_BYTES * left : WORD_BYTES * right] = found.view(np.uint8)


def _read_packed(stream: Stream, size: int) -> Bytes:
    """The next ``size`` bytes, with room behind them."""
    packed = np.empty(size + kernels.SPARE, np.uint8)
    stream.fill(packed[:size])
    return packed
