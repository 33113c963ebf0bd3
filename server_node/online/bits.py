"""Packed bits: 64 to an int64 word, least significant first; all functions answer with shapes while recording."""

from __future__ import annotations

import numpy as np
import torch

from server_node.offline.plan import packed_words


def pack(bits: torch.Tensor) -> torch.Tensor:
    """Zeros and ones [..., n] to words [..., ceil(n / 64)]; the spare bits are zero."""
    words = packed_words(bits.shape[-1])
    if bits.is_meta:
        return torch.empty((*bits.shape[:-1], words), dtype=torch.int64, device="meta")
    narrow = np.packbits(bits.numpy().astype(np.uint8, copy=False), axis=-1, bitorder="little")
    whole = np.zeros((*bits.shape[:-1], words * 8), np.uint8)
    whole[..., : narrow.shape[-1]] = narrow
    return torch.from_numpy(whole.view(np.int64))


def unpack(words: torch.Tensor, size: int) -> torch.Tensor:
    """Words [w] to ``size`` zeros and ones (int64)."""
    if words.is_meta:
        return torch.empty(size, dtype=torch.int64, device="meta")
    narrow = np.unpackbits(words.numpy().view(np.uint8), count=size, bitorder="little")
    return torch.from_numpy(narrow.astype(np.int64))


def planes(values: torch.Tensor, count: int) -> torch.Tensor:
    """Bit planes [count, ceil(n / 64)] of the low ``count`` (at most 32) bits of values [n]."""
    if values.is_meta:
        return torch.empty((count, packed_words(values.numel())), dtype=torch.int64, device="meta")
    low = values.numpy().astype(np.uint32)
    octets = low.view(np.uint8).reshape(-1, 4).T
    stacked = np.empty((count, len(low)), np.uint8)
    for index in range(count):
        np.right_shift(octets[index // 8], index % 8, out=stacked[index])
    return pack(torch.from_numpy(stacked & 1))
