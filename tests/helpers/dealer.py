"""Correlations for two simulated parties without a protocol: a trusted dealer that exists in tests only.

Both parties' instances walk the plan in lock step; shared values come from one seed, so neither needs the other.
"""

from __future__ import annotations

import hashlib

import numpy as np
import torch

from common.crypto.prg import Stream
from common.ids import Party
from server_node.offline.plan import packed_words
from server_node.offline.provider import BitTriples, Layout, Mask, PrivateBits, Selectors, Signs


class Dealer:
    """Implements the provider for one party; give both parties the same ``seed``."""

    def __init__(self, party: Party, seed: bytes = b"dealer") -> None:
        self.party = party
        self._stream = Stream(hashlib.sha256(seed).digest()[:16])
        self._masks: list[torch.Tensor] = []

    def _random(self, *shape: int) -> torch.Tensor:
        return torch.from_numpy(self._stream.words(*shape).view(np.int64))

    def _add(self, value: torch.Tensor) -> torch.Tensor:
        first = self._random(*value.shape)
        return first if self.party is Party.P0 else value - first

    def _xor(self, value: torch.Tensor) -> torch.Tensor:
        first = self._random(*value.shape)
        return first if self.party is Party.P0 else value ^ first

    def mask(self, shape: tuple[int, ...]) -> Mask:
        value = self._random(*shape)
        self._masks.append(value)
        return Mask(len(self._masks) - 1, self._add(value))

    def product(self, a: Mask, b: Mask) -> torch.Tensor:
        return self._add(self._masks[a.index] * self._masks[b.index])

    def square(self, a: Mask, ring_bits: int = 64) -> torch.Tensor:
        del ring_bits  # valid mod 2^64 is valid mod anything smaller
        return self._add(self._masks[a.index] ** 2)

    def matmul(self, a: Mask, b: Mask, layout: Layout, ring_bits: int = 64) -> torch.Tensor:
        del ring_bits
        x, y = self._masks[a.index], self._masks[b.index]
        return self._add((x.T if layout == "tn" else x) @ (y.T if layout == "nt" else y))

    def bit_triples(self, words: int) -> BitTriples:
        a, b0, b1 = (self._random(words) for _ in range(3))
        return BitTriples(*(self._xor(v) for v in (a, b0, b1, a & b0, a & b1)))

    def private_and(self, words: int) -> PrivateBits:
        own = [self._random(words) for _ in Party]
        return PrivateBits(own[self.party], self._xor(own[0] & own[1]))

    def private_product(self, size: int, value_bytes: int) -> PrivateBits:
        own = [self._random(packed_words(size)) for _ in Party]
        return PrivateBits(own[self.party], self._add(_bits(own[0] & own[1], size)))

    def selectors(self, size: int) -> Selectors:
        bit, mask = self._random(packed_words(size)), self._random(size)
        plain = _bits(bit, size)
        return Selectors(self._xor(bit), self._add(plain), self._add(mask), self._add(plain * mask))

    def signs(self, size: int) -> Signs:
        own = [self._random(packed_words(size)) for _ in Party]
        pads = [(self._random(size), self._random(size)) for _ in Party]
        other = pads[self.party.other]
        chosen = torch.where(_bits(own[self.party], size) == 1, other[1], other[0])
        return Signs(own[self.party], chosen, *pads[self.party])


def _bits(words: torch.Tensor, size: int) -> torch.Tensor:
    narrow = np.unpackbits(words.numpy().view(np.uint8), count=size, bitorder="little")
    return torch.from_numpy(narrow.astype(np.int64))
