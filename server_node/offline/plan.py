"""The plan: every correlation a job will take, in order, found by running the job once without arithmetic.

The recorder answers with shape-only tensors on torch's ``meta`` device; the same job code then runs for real against
the store. Both servers record the plan by themselves and compare its digest before anything is prepared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import torch

from common.crypto.domains import PLAN_V1
from common.documents import canonical
from server_node.offline.provider import BitTriples, Layout, Mask, PrivateBits, Selectors, Signs

Kind = Literal[
    "mask", "product", "square", "matmul", "bit-triples", "private-and", "private-product", "selectors", "signs"
]
WORD_BITS: Final = 64


@dataclass(frozen=True)
class Request:
    """One correlation: its kind, the shape of its result, the masks it multiplies, and one option of its kind."""

    kind: Kind
    shape: tuple[int, ...]
    masks: tuple[int, ...] = ()
    option: str = ""

    @property
    def size(self) -> int:
        """Number of result elements (of bits for the kinds that work on bits one by one)."""
        total = 1
        for length in self.shape:
            total *= length
        return total

    @property
    def ring_bits(self) -> int:
        """Bits of the ring a product is valid in."""
        return int(self.option.rpartition("/")[2]) if self.kind in ("square", "matmul") else WORD_BITS

    @property
    def own_words(self) -> int:
        """64-bit words of this party's own randomness, expanded from the segment's seed."""
        bits = packed_words(self.size)
        return {
            "mask": self.size,
            "bit-triples": 3 * self.size,
            "private-and": self.size,
            "private-product": bits,
            "selectors": bits + self.size,
            "signs": bits,
        }.get(self.kind, 0)

    @property
    def result_words(self) -> int:
        """64-bit words that preparation computes and the store keeps."""
        factor = {"mask": 0, "bit-triples": 2, "selectors": 2, "signs": 3}.get(self.kind, 1)
        return factor * self.size

    def ots(self, inner: int = 1) -> int:
        """OTs of both directions together; ``inner`` is the smaller count of factors for a matrix product."""
        return {
            "product": 2 * WORD_BITS * self.size,
            "square": self.ring_bits * self.size,
            "matmul": 2 * self.ring_bits * inner,
            "bit-triples": 2 * WORD_BITS * self.size,
            "private-and": WORD_BITS * self.size,
            "private-product": self.size,
            "selectors": 2 * self.size,
            "signs": 2 * self.size,
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
    """Implements :class:`~server_node.offline.provider.Correlations` by writing requests down."""

    def __init__(self) -> None:
        self.requests: Segment = []

    def mask(self, shape: tuple[int, ...]) -> Mask:
        index = self._add(Request("mask", tuple(shape)))
        return Mask(index, _meta(*shape))

    def product(self, a: Mask, b: Mask) -> torch.Tensor:
        shape = np.broadcast_shapes(tuple(a.share.shape), tuple(b.share.shape))
        self._add(Request("product", shape, (a.index, b.index)))
        return _meta(*shape)

    def square(self, a: Mask, ring_bits: int = 64) -> torch.Tensor:
        self._add(Request("square", tuple(a.share.shape), (a.index,), str(ring_bits)))
        return _meta(*a.share.shape)

    def matmul(self, a: Mask, b: Mask, layout: Layout, ring_bits: int = 64) -> torch.Tensor:
        rows = a.share.shape[1 if layout == "tn" else 0]
        columns = b.share.shape[0 if layout == "nt" else 1]
        self._add(Request("matmul", (rows, columns), (a.index, b.index), f"{layout}/{ring_bits}"))
        return _meta(rows, columns)

    def bit_triples(self, words: int) -> BitTriples:
        self._add(Request("bit-triples", (words,)))
        return BitTriples(*(_meta(words) for _ in range(5)))

    def private_and(self, words: int) -> PrivateBits:
        self._add(Request("private-and", (words,)))
        return PrivateBits(_meta(words), _meta(words))

    def private_product(self, size: int, value_bytes: int) -> PrivateBits:
        self._add(Request("private-product", (size,), (), str(value_bytes)))
        return PrivateBits(_meta(packed_words(size)), _meta(size))

    def selectors(self, size: int) -> Selectors:
        self._add(Request("selectors", (size,)))
        return Selectors(_meta(packed_words(size)), _meta(size), _meta(size), _meta(size))

    def signs(self, size: int) -> Signs:
        self._add(Request("signs", (size,)))
        return Signs(_meta(packed_words(size)), _meta(size), _meta(size), _meta(size))

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


def _meta(*shape: int) -> torch.Tensor:
    return torch.empty(shape, dtype=torch.int64, device="meta")
