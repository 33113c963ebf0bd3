"""The plan: every correlation a job will take, in order, found by running the job once without arithmetic.

The recorder answers with shape-only tensors on torch's ``meta`` device; the same job code then runs for real against
the store. Both servers record the plan by themselves and compare its digest before anything is prepared.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import torch

from common.crypto.domains import PLAN_V1
from common.documents import canonical
from common.ids import Party
from server_node.offline.provider import (
    BitTriples,
    DigitPads,
    Lookups,
    Mask,
    PrivateBits,
    PrivatePairs,
    PrivateValues,
    RandomOts,
)
from server_node.offline.views import PLAIN, Fold, View

Kind = Literal[
    "mask",
    "product",
    "square",
    "matmul",
    "bit-triples",
    "private-and",
    "private-pairs",
    "digit-pads",
    "private-product",
    "private-values",
    "random-ots",
    "lookups",
]
Words = npt.NDArray[np.uint64]
WORD_BITS: Final = 64
WORD_BYTES: Final = 8
PAD_BITS: Final = 2
"""Bits of a pad of a digit: generate and propagate."""
LARGEST_DIGIT: Final = 4


@dataclass(frozen=True)
class Request:
    """One correlation: its kind, the shape of its result, the masks it multiplies, and the options of its kind.

    Args:
        width: bytes of a result element; a product is valid mod 2^(8 width).
        views: for a matrix product, how the two masks become matrices; ``inner`` is their common side, and ``fold``
            makes images of the product.
        index_bits: for lookups, the logarithm of the number of entries.
        digits: for digit pads, the bits of the index of P0 and of that of P1.
    """

    kind: Kind
    shape: tuple[int, ...]
    masks: tuple[int, ...] = ()
    width: int = WORD_BYTES
    views: tuple[View, ...] = ()
    inner: int = 0
    fold: Fold | None = None
    index_bits: int = 0
    digits: tuple[int, int] = (0, 0)

    @property
    def size(self) -> int:
        """Number of result elements (of words or bits for the kinds that work on bits)."""
        return math.prod(self.shape)

    @property
    def option(self) -> str:
        """What tells requests of a kind apart that are made differently."""
        folds = [self.fold.code] if self.fold else []
        parts = [*(view.code for view in self.views), *folds, str(self.width)]
        if self.kind == "digit-pads":
            parts.append("-".join(map(str, self.digits)))
        return "/".join([*parts, str(self.index_bits)] if self.index_bits else parts)

    @property
    def matrix(self) -> tuple[int, int]:
        """Rows and columns of a matrix product, before it is folded."""
        return self.fold.matrix if self.fold else (self.shape[0], self.shape[-1])

    def own_words(self, party: Party) -> int:
        """64-bit words of this party's own randomness, expanded from the segment's seed."""
        return {
            "mask": self.size,
            "bit-triples": 3 * self.size,
            "private-and": self.size,
            "private-pairs": 3 * self.size,
            "digit-pads": self.digits[party] * self.size,
            "private-product": packed_words(self.size),
            "private-values": self.size,
            "random-ots": packed_words(self.size),
            "lookups": self.size * int(party),
        }.get(self.kind, 0)

    def result_parts(self, party: Party) -> tuple[int, int]:
        """Elements of the result of ``width`` bytes: (of pads this party may choose itself, of everything else)."""
        if self.kind == "random-ots":
            return 2 * self.size, self.size
        if self.kind == "lookups" and party is Party.P0:
            return self.size << self.index_bits, 0
        if self.kind == "digit-pads":
            given, taken = self.digits[party.other], self.digits[party]
            return (PAD_BITS * self.size << given if given else 0), (PAD_BITS * self.size if taken else 0)
        factor = {"mask": 0, "bit-triples": 2, "private-pairs": 2}.get(self.kind, 1)
        return 0, factor * self.size

    def result_bytes(self, party: Party) -> int:
        """Bytes of the whole result of this party."""
        return self.width * sum(self.result_parts(party))

    @property
    def ots(self) -> int:
        """OTs of both directions together if the two servers make the correlation themselves."""
        return {
            "product": 16 * self.width * self.size,
            "square": 8 * self.width * self.size,
            "matmul": 16 * self.width * self.inner * min(self.matrix),
            "bit-triples": 2 * WORD_BITS * self.size,
            "private-and": WORD_BITS * self.size,
            "private-pairs": 3 * WORD_BITS * self.size,
            "digit-pads": sum(self.digits) * WORD_BITS * self.size,
            "private-product": self.size,
            "private-values": 8 * self.width * self.size,
            "random-ots": 2 * self.size,
            "lookups": self.index_bits * self.size,
        }.get(self.kind, 0)

    def as_json(self) -> list[object]:
        return [self.kind, list(self.shape), list(self.masks), self.option]


Segment = list[Request]


def packed_words(bits: int) -> int:
    """Words that hold so many bits."""
    return (bits + WORD_BITS - 1) // WORD_BITS


def plan_digest(segments: Iterable[Segment]) -> bytes:
    """32 bytes both servers compare."""
    lines = hashlib.sha256(PLAN_V1.encode())
    for segment in segments:
        for request in segment:
            lines.update(canonical(request.as_json()))
        lines.update(b";")
    return lines.digest()


class PlanRecorder:
    """Implements :class:`~server_node.offline.provider.Correlations` by writing requests down.

    Args:
        party: lookups and digits give the two parties different shapes.
        by_digits: whether the source of the job wants comparisons by digits.
    """

    def __init__(self, party: Party = Party.P0, by_digits: bool = False) -> None:
        self.requests: Segment = []
        self.by_digits = by_digits
        self._party = party

    def mask(self, shape: tuple[int, ...]) -> Mask:
        index = self._add(Request("mask", tuple(shape)))
        return Mask(index, _meta(*shape))

    def product(self, a: Mask, b: Mask, ring_bits: int = 64) -> torch.Tensor:
        return _meta(*self._add_and_shape(product_request(a, b, ring_bits)))

    def square(self, a: Mask, ring_bits: int = 64) -> torch.Tensor:
        return _meta(*self._add_and_shape(square_request(a, ring_bits)))

    def matmul(
        self,
        a: Mask,
        b: Mask,
        views: tuple[View, View] = (PLAIN, PLAIN),
        ring_bits: int = 64,
        fold: Fold | None = None,
    ) -> torch.Tensor:
        return _meta(*self._add_and_shape(matmul_request(a, b, views, ring_bits, fold)))

    def bit_triples(self, words: int) -> BitTriples:
        self._add(Request("bit-triples", (words,)))
        return BitTriples(*(_meta(words) for _ in range(5)))

    def private_and(self, words: int) -> PrivateBits:
        self._add(Request("private-and", (words,)))
        return PrivateBits(_meta(words), _meta(words))

    def private_pairs(self, words: int) -> PrivatePairs:
        self._add(Request("private-pairs", (words,)))
        return PrivatePairs(_meta(3, words), _meta(2, words))

    def digit_pads(self, words: int, digits: tuple[int, int]) -> DigitPads:
        taken, given = digits[self._party], digits[self._party.other]
        if not any(digits) or not 0 <= min(digits) <= max(digits) <= LARGEST_DIGIT:
            raise ValueError(f"there are no pads for digits of {taken} and {given} bits")
        self._add(Request("digit-pads", (words,), digits=digits))
        chosen, entries = (PAD_BITS if taken else 0), (1 << given if given else 0)
        return DigitPads(_meta(taken, words), _meta(chosen, words), _meta(entries, PAD_BITS, words))

    def private_product(self, size: int, value_bytes: int) -> PrivateBits:
        self._add(Request("private-product", (size,), width=value_bytes))
        return PrivateBits(_meta(packed_words(size)), _meta(size))

    def private_values(self, size: int, ring_bits: int = 64) -> PrivateValues:
        self._add(Request("private-values", (size,), width=ring_bits // 8))
        return PrivateValues(_meta(size), _meta(size))

    def random_ots(self, size: int, value_bytes: int = WORD_BYTES) -> RandomOts:
        self._add(Request("random-ots", (size,), width=value_bytes))
        return RandomOts(_meta(packed_words(size)), _meta(size), _meta(size), _meta(size))

    def lookups(self, size: int, index_bits: int, value_bytes: int = WORD_BYTES) -> Lookups:
        self._add(Request("lookups", (size,), width=value_bytes, index_bits=index_bits))
        if self._party is Party.P0:
            return Lookups(_meta(0), _meta(size, 1 << index_bits))
        return Lookups(_meta(size), _meta(size, 1))

    def repeat(self, start: int, times: int) -> None:
        """Append what was recorded since ``start`` again, as a loop would whose turns are alike and share no mask.

        Raises:
            ValueError: a request since ``start`` uses a mask from before.
        """
        turn = self.requests[start:]
        if any(mask < start for request in turn for mask in request.masks):
            raise ValueError("a turn of the loop uses a mask from outside")
        for count in range(1, times + 1):
            shift = count * len(turn)
            self.requests += [replace(r, masks=tuple(m + shift for m in r.masks)) if r.masks else r for r in turn]

    def _add(self, request: Request) -> int:
        self.requests.append(request)
        return len(self.requests) - 1

    def _add_and_shape(self, request: Request) -> tuple[int, ...]:
        self._add(request)
        return request.shape


def product_request(a: Mask, b: Mask, ring_bits: int) -> Request:
    """Elementwise product with broadcasting."""
    shape = np.broadcast_shapes(tuple(a.share.shape), tuple(b.share.shape))
    return Request("product", shape, (a.index, b.index), ring_bits // 8)


def square_request(a: Mask, ring_bits: int) -> Request:
    """Elementwise square."""
    return Request("square", tuple(a.share.shape), (a.index,), ring_bits // 8)


def matmul_request(
    a: Mask, b: Mask, views: tuple[View, View], ring_bits: int, fold: Fold | None = None
) -> Request:
    """Product of two views; shapes are found without touching values."""
    (rows, inner), (other, columns) = (v.shape(tuple(m.share.shape)) for m, v in zip((a, b), views, strict=True))
    if inner != other:
        raise ValueError(f"matrices of {rows} x {inner} and {other} x {columns} have no product")
    if fold and fold.matrix != (rows, columns):
        raise ValueError(f"a matrix of {rows} x {columns} does not fold to images of {fold.shape}")
    shape = fold.shape if fold else (rows, columns)
    return Request("matmul", shape, (a.index, b.index), ring_bits // 8, views, inner, fold)


def _meta(*shape: int) -> torch.Tensor:
    return torch.empty(shape, dtype=torch.int64, device="meta")
