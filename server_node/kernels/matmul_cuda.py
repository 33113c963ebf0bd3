"""Ring products from products of bytes, which the tensor cores of a GPU add up exactly in 32 bits.

A word is the sum of eight digits d_i 256^i with -128 <= d_i <= 127, modulo 2^64. Of the 64 digit products of two words
the 36 with i + j < 8 count, and those of one place i + j need no shift among themselves, so each place is one product
of byte matrices. Nothing here is bound to a device: the processor runs the same steps.
"""

from __future__ import annotations

from functools import cache

import torch

_DIGITS = 8
_CENTRE = -0x7F7F7F7F7F7F7F80
"""128 in each byte: added, then taken off digit by digit."""
_DEEPEST = 16368
"""Eight places of so many products of at most 2^14 stay below 2^31."""
_NARROW = 64
"""Up to so many columns all places are computed by one product."""
_SMALL = 1 << 30
"""Likewise up to so many multiplications of words."""
_ROWS = 32
"""Byte products want more than 16 rows, and other sides divisible by 8; rows of 16 bytes at a time are fastest."""
_ALIGNED = 16


def limb_matmul(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The exact product modulo 2^64 of int64 ``a`` [m, k] and ``b`` [k, n] on their device, no side empty."""
    total = _limb_matmul(a[:, :_DEEPEST], b[:_DEEPEST])
    for start in range(_DEEPEST, a.shape[1], _DEEPEST):
        total += _limb_matmul(a[:, start : start + _DEEPEST], b[start : start + _DEEPEST])
    return total.contiguous()


def _limb_matmul(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    (m, k), n = a.shape, b.shape[1]
    if min(m, n) > _NARROW and m * k * n > _SMALL:
        return product_by_places(a, b)
    return product_at_once(a, b) if n <= m else product_at_once(b.T, a.T).T


def product_at_once(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """One product with eight copies of ``b`` in which the digits that do not count are zero: few steps, more work."""
    (m, k), n = a.shape, b.shape[1]
    shifts, masks, weights = _tables(b.device)
    backwards = _digits(b.T).flip(-1).view(torch.int64).squeeze(-1)
    right = (backwards >> shifts) & masks
    left = _digits(_padded(a, max(m, _ROWS), k)).flatten(1)
    places = torch._int_mm(left, right.view(torch.int8).reshape(_DIGITS * n, -1).T)
    return (places[:m].reshape(m, _DIGITS, n) * weights).sum(1)


@cache
def _tables(device: torch.device) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """For each place: how far the reversed digits move down, what stays of the word, what the place is worth."""
    places = torch.arange(_DIGITS, device=device).reshape(_DIGITS, 1, 1)
    shifts = 8 * (_DIGITS - 1 - places)
    return shifts, ~(-2 << (63 - shifts)), (1 << 8 * places).reshape(_DIGITS, 1)


def product_by_places(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """One product for each place, of the digits of ``a`` from below with those of ``b`` from above: least work."""
    (m, k), n = a.shape, b.shape[1]
    depth = k + -k % _ALIGNED
    a, b = _padded(a, max(m, _ROWS), depth), _padded(b.T, n + -n % _ALIGNED, depth)
    left, right = _digits(a).transpose(1, 2).flatten(1), _digits(b).flip(-1).transpose(1, 2).flatten(1)
    total = torch.zeros((a.shape[0], b.shape[0]), dtype=torch.int64, device=a.device)
    for place in range(_DIGITS):
        width = (place + 1) * depth
        total.add_(torch._int_mm(left[:, :width], right[:, -width:].T), alpha=1 << 8 * place)
    return total[:m, :n]


def _digits(x: torch.Tensor) -> torch.Tensor:
    """Balanced digits of int64 [m, k], lowest first: int8 [m, k, 8]."""
    return ((x + _CENTRE) ^ _CENTRE).contiguous().unsqueeze(-1).view(torch.int8)


def _padded(x: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """``x`` with zeros up to the given size."""
    below, beside = rows - x.shape[0], columns - x.shape[1]
    return torch.nn.functional.pad(x, (0, beside, 0, below)) if below or beside else x
