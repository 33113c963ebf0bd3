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


class Dealer:
    """Implements the provider for one party; give both parties the same ``seed``."""

    def __init__(self, party: Party, seed: bytes = b"dealer", by_digits: bool = False) -> None:
        self.party, self.by_digits = party, by_digits
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

    def product(self, a: Mask, b: Mask, ring_bits: int = 64) -> torch.Tensor:
        del ring_bits  # valid mod 2^64 is valid mod anything smaller
        return self._add(self._masks[a.index] * self._masks[b.index])

    def square(self, a: Mask, ring_bits: int = 64) -> torch.Tensor:
        del ring_bits
        return self._add(self._masks[a.index] ** 2)

    def matmul(
        self,
        a: Mask,
        b: Mask,
        views: tuple[View, View] = (PLAIN, PLAIN),
        ring_bits: int = 64,
        fold: Fold | None = None,
    ) -> torch.Tensor:
        del ring_bits
        product = views[0].of(self._masks[a.index]) @ views[1].of(self._masks[b.index])
        return self._add(fold.of(product) if fold else product)

    def bit_triples(self, words: int) -> BitTriples:
        a, b0, b1 = (self._random(words) for _ in range(3))
        return BitTriples(*(self._xor(v) for v in (a, b0, b1, a & b0, a & b1)))

    def private_and(self, words: int) -> PrivateBits:
        own = [self._random(words) for _ in Party]
        return PrivateBits(own[self.party], self._xor(own[0] & own[1]))

    def private_pairs(self, words: int) -> PrivatePairs:
        p, q = (self._random(3, words) for _ in Party)
        generate = (p[1] & q[1]) ^ (p[2] & q[0]) ^ (p[0] & q[2])
        propagate = (p[1] & q[0]) ^ (p[0] & q[1])
        return PrivatePairs((p, q)[self.party], self._xor(torch.stack([generate, propagate])))

    def digit_pads(self, words: int, digits: tuple[int, int]) -> DigitPads:
        made = []
        for bits in digits:
            index, pads = self._random(bits, words), self._random((1 << bits) if bits else 0, 2, words)
            chosen = torch.zeros(2 if bits else 0, words, dtype=torch.int64)
            for entry in range(len(pads)):
                here = torch.full((words,), -1)
                for place, row in enumerate(index):
                    here &= row if entry >> place & 1 else ~row
                chosen ^= here & pads[entry]
            made.append((index, chosen, pads))
        (index, chosen, _), (_, _, pads) = made[self.party], made[self.party.other]
        return DigitPads(index, chosen, pads)

    def private_product(self, size: int, value_bytes: int) -> PrivateBits:
        own = [self._random(packed_words(size)) for _ in Party]
        return PrivateBits(own[self.party], self._add(_bits(own[0] & own[1], size)))

    def private_values(self, size: int, ring_bits: int = 64) -> PrivateValues:
        own = [self._random(size) for _ in Party]
        return PrivateValues(own[self.party], self._add(own[0] * own[1]))

    def random_ots(self, size: int, value_bytes: int = 8) -> RandomOts:
        limit = (1 << 8 * value_bytes) - 1 if value_bytes < 8 else -1
        own = [self._random(packed_words(size)) for _ in Party]
        pads = [(self._random(size) & limit, self._random(size) & limit) for _ in Party]
        other = pads[self.party.other]
        chosen = torch.where(_bits(own[self.party], size) == 1, other[1], other[0])
        kind = torch.int32 if value_bytes == 4 else torch.int64
        return RandomOts(own[self.party], *(pad.to(kind) for pad in (chosen, *pads[self.party])))

    def lookups(self, size: int, index_bits: int, value_bytes: int = 8) -> Lookups:
        limit = (1 << 8 * value_bytes) - 1 if value_bytes < 8 else -1
        index = self._random(size) & ((1 << index_bits) - 1)
        pads = self._random(size, 1 << index_bits) & limit
        if self.party is Party.P0:
            return Lookups(index[:0], pads)
        return Lookups(index, pads.gather(1, index[:, None]))


def _bits(words: torch.Tensor, size: int) -> torch.Tensor:
    narrow = np.unpackbits(words.numpy().view(np.uint8), count=size, bitorder="little")
    return torch.from_numpy(narrow.astype(np.int64))
