"""Work on packed bits: 64 to an int64 word, least significant first.

Words lie on any device; shape-only tensors are answered with shapes. Spare bits of a last word are never looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch

from server_node.kernels import bits_portable

WORD_BITS: Final = 64
Three = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Moved:
    """A number that is looked at as ``((x + before) >> shift) + after``."""

    before: int = 0
    shift: int = 0
    after: int = 0


PLAIN: Final = Moved()


def word_count(size: int) -> int:
    """Words that hold so many bits."""
    return (size + WORD_BITS - 1) // WORD_BITS


def pack(bits: torch.Tensor) -> torch.Tensor:
    """Zeros and ones (or booleans) [..., n] to words [..., ceil(n / 64)]; the spare bits are zero."""
    if bits.is_meta:
        return torch.empty((*bits.shape[:-1], word_count(bits.shape[-1])), dtype=torch.int64, device="meta")
    return bits_portable.pack(bits)


def unpack(words: torch.Tensor, size: int) -> torch.Tensor:
    """Words [w] to ``size`` zeros and ones (int64)."""
    if words.is_meta:
        return words.new_empty(size)
    return bits_portable.unpack(words, size)


def planes(values: torch.Tensor, count: int, moved: Moved = PLAIN) -> torch.Tensor:
    """Bit planes [count, ceil(n / 64)] of the low ``count`` bits of values [n]: row i holds bit i of every value.

    Bits that a shift fills in at the top are not to be asked for.
    """
    if values.is_meta:
        return values.new_empty((count, word_count(values.numel())))
    return bits_portable.planes(values, count, moved.before, moved.shift, moved.after)


def pair_nodes(
    secret: Three, both: torch.Tensor, theirs: torch.Tensor, sums: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Generate and propagate of pairs of positions (rows of words) from bits that each party masked and sent.

    Args:
        secret: s0, s1, s2: at the first party its own bits of the low and the high position and their product, at the
            second the masks of these three.
        both: own bit of the low position and own bit of the high one.
        theirs: what the peer sent in place of the same three.
        sums: shares of p1 q1 ^ p2 q0 ^ p0 q2 and p1 q0 ^ p0 q1 of the masks.
    """
    if both.is_meta:
        return torch.empty_like(both), torch.empty_like(both)
    return bits_portable.pair_nodes(secret, both, theirs, sums)


def and_share(
    opened: tuple[torch.Tensor, torch.Tensor],
    masks: tuple[torch.Tensor, torch.Tensor],
    product: torch.Tensor,
    is_first: bool,
) -> torch.Tensor:
    """Xor share of x & y from ``opened`` x ^ a and y ^ b, shares of the masks a, b and of ``product`` a & b."""
    if product.is_meta:
        return torch.empty_like(product)
    return bits_portable.and_share(opened, masks, product, is_first)


def select_message(bit: torch.Tensor, x: torch.Tensor, pad0: torch.Tensor, pad1: torch.Tensor) -> torch.Tensor:
    """``x (1 - 2 bit) + pad0 - pad1`` for x, pads [n] and packed bits."""
    if x.is_meta:
        return torch.empty_like(x)
    return bits_portable.select_message(bit, x, pad0, pad1)


def select_share(
    words: tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor],
    x: torch.Tensor,
    chosen: torch.Tensor,
    pad0: torch.Tensor,
    moved: torch.Tensor,
) -> torch.Tensor:
    """One party's share of bit times value: ``u x + (1 - 2 e) (r moved + chosen) + f x (1 - 2 u) - (1 - 2 f) pad0``.

    Args:
        words: the packed bits u (own share of the bit), r (own choice), e (what this party opened), f (what the
            peer did).
        moved: the message of the peer.
    """
    if x.is_meta:
        return torch.empty_like(x)
    return bits_portable.select_share(words, x, chosen, pad0, moved)


def wrapped(
    high: torch.Tensor, term: torch.Tensor, flip: torch.Tensor, product: torch.Tensor, place: int
) -> torch.Tensor:
    """``high - (w << place)`` with w = term - product (1 - 2 flip), for values [n] and packed bits."""
    if high.is_meta:
        return torch.empty_like(high)
    return bits_portable.wrapped(high, term, flip, product, place)
