"""What online code asks for, whatever the source: masks, products of masks, bit triples and their relatives.

The same job code runs against three implementations: the recorder (``plan.py``), the single-use store (``store.py``)
and, in tests, a dealer. Every share is a ``torch.int64`` tensor; bits are packed 64 to a word, least significant first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch

from server_node.offline.views import PLAIN, Fold, View


@dataclass(frozen=True)
class Mask:
    """Share of a uniform ring mask; ``index`` is its request in the plan."""

    index: int
    share: torch.Tensor


@dataclass(frozen=True)
class BitTriples:
    """Xor shares: ``c0 = a & b0`` and ``c1 = a & b1`` on packed words."""

    a: torch.Tensor
    b0: torch.Tensor
    b1: torch.Tensor
    c0: torch.Tensor
    c1: torch.Tensor


@dataclass(frozen=True)
class PrivateBits:
    """``own`` is a bit only this party knows; ``product`` shares own bit of P0 times own bit of P1.

    For ``private_and`` the product is an xor share on packed words; for ``private_product`` an additive share per bit.
    """

    own: torch.Tensor
    product: torch.Tensor


@dataclass(frozen=True)
class PrivatePairs:
    """For two neighbouring positions of a comparison: ``own`` [3, words] bits only this party knows, ``products``
    [2, words] xor shares of p1 q1 ^ p2 q0 ^ p0 q2 and of p1 q0 ^ p0 q1 with p = own of P0 and q = own of P1."""

    own: torch.Tensor
    products: torch.Tensor


@dataclass(frozen=True)
class DigitPads:
    """Random one-of-2^d OTs of two bits each, in both directions, on packed words. A party that chooses nothing, or is
    chosen from by nobody, has tensors without elements there.

    Args:
        index: [d, words] this party's secret index into the peer's pads, one row a bit.
        chosen: [2, words] the peer's pad at the index.
        pads: [2^d', 2, words] what the peer's index of d' bits chooses from.
    """

    index: torch.Tensor
    chosen: torch.Tensor
    pads: torch.Tensor


@dataclass(frozen=True)
class PrivateValues:
    """``own`` is a ring value only this party knows; ``product`` an additive share of own of P0 times own of P1."""

    own: torch.Tensor
    product: torch.Tensor


@dataclass(frozen=True)
class RandomOts:
    """Random OTs in both directions: ``own`` my secret bits (packed), ``chosen`` the pad they choose from the peer's,
    ``pad0`` and ``pad1`` the pads the peer chooses from."""

    own: torch.Tensor
    chosen: torch.Tensor
    pad0: torch.Tensor
    pad1: torch.Tensor


@dataclass(frozen=True)
class Lookups:
    """Random one-of-N OTs from P0 to P1. P0: ``pads`` [size, N], ``index`` empty. P1: ``index`` [size] in [0, N) and
    ``pads`` [size, 1], the entry at its index."""

    index: torch.Tensor
    pads: torch.Tensor


class Correlations(Protocol):
    """Each call hands out fresh correlations, once, in the order of the plan."""

    @property
    def by_digits(self) -> bool:
        """Whether comparisons take digits, which are the least to prepare, or pairs of positions, the least to send."""
        ...

    def mask(self, shape: tuple[int, ...]) -> Mask: ...

    def product(self, a: Mask, b: Mask, ring_bits: int = 64) -> torch.Tensor:
        """Share of the elementwise product, with broadcasting, mod 2^ring_bits (a multiple of 8)."""
        ...

    def square(self, a: Mask, ring_bits: int = 64) -> torch.Tensor:
        """Share of the square mod 2^ring_bits (a multiple of 8)."""
        ...

    def matmul(
        self,
        a: Mask,
        b: Mask,
        views: tuple[View, View] = (PLAIN, PLAIN),
        ring_bits: int = 64,
        fold: Fold | None = None,
    ) -> torch.Tensor:
        """Share of the product of two matrices that are views of the masks, mod 2^ring_bits (a multiple of 8).

        With ``fold``, of the images that the product folds to.
        """
        ...

    def bit_triples(self, words: int) -> BitTriples: ...

    def private_and(self, words: int) -> PrivateBits: ...

    def private_pairs(self, words: int) -> PrivatePairs: ...

    def digit_pads(self, words: int, digits: tuple[int, int]) -> DigitPads:
        """``digits`` are the bits of the index of P0 and of that of P1: up to 4, or 0 where that party chooses nothing.
        """
        ...

    def private_product(self, size: int, value_bytes: int) -> PrivateBits:
        """Products of private bits, additive shares valid mod 2^(8 value_bytes)."""
        ...

    def private_values(self, size: int, ring_bits: int = 64) -> PrivateValues:
        """Products of private ring values, shares valid mod 2^ring_bits (a multiple of 8)."""
        ...

    def random_ots(self, size: int, value_bytes: int = 8) -> RandomOts:
        """Pads are uniform mod 2^(8 value_bytes): int64 of 8 bytes, int32 of 4, else non-negative int64 below it."""
        ...

    def lookups(self, size: int, index_bits: int, value_bytes: int = 8) -> Lookups:
        """N = 2^index_bits; pads as in :meth:`random_ots`."""
        ...
