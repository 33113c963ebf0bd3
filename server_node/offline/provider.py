"""What online code asks for, whatever the source: masks, products of masks, bit triples and their relatives.

The same job code runs against three implementations: the recorder (``plan.py``), the single-use store (``store.py``)
and, in tests, a dealer. Every share is a ``torch.int64`` tensor; bits are packed 64 to a word, least significant first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import torch

Layout = Literal["nn", "tn", "nt"]
"""Which factor of a matrix product is transposed: none, the first, or the second."""


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
class Selectors:
    """A shared random bit and a ring mask: ``bit`` xor share (packed), ``arithmetic`` additive share of the bit,
    ``mask`` share of a uniform value, ``product`` share of bit times mask."""

    bit: torch.Tensor
    arithmetic: torch.Tensor
    mask: torch.Tensor
    product: torch.Tensor


@dataclass(frozen=True)
class Signs:
    """Random OTs in both directions for sign flips: ``own`` my secret bits (packed), ``chosen`` the pad they choose,
    ``pad0`` and ``pad1`` the pads the peer chooses from."""

    own: torch.Tensor
    chosen: torch.Tensor
    pad0: torch.Tensor
    pad1: torch.Tensor


class Correlations(Protocol):
    """Each call hands out fresh correlations, once, in the order of the plan."""

    def mask(self, shape: tuple[int, ...]) -> Mask: ...

    def product(self, a: Mask, b: Mask) -> torch.Tensor: ...

    def square(self, a: Mask, ring_bits: int = 64) -> torch.Tensor:
        """Share of the square mod 2^ring_bits (a multiple of 8)."""
        ...

    def matmul(self, a: Mask, b: Mask, layout: Layout, ring_bits: int = 64) -> torch.Tensor:
        """Share of the matrix product mod 2^ring_bits (a multiple of 8)."""
        ...

    def bit_triples(self, words: int) -> BitTriples: ...

    def private_and(self, words: int) -> PrivateBits: ...

    def private_product(self, size: int, value_bytes: int) -> PrivateBits: ...

    def selectors(self, size: int) -> Selectors: ...

    def signs(self, size: int) -> Signs: ...
