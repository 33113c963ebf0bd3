"""Bits and bytes of ring elements in the order in which transfers and messages have them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from server_node.offline.ot.hashing import Words

Octets = npt.NDArray[np.uint8]


def whole_words(octets: Octets) -> Words:
    """Bytes in order as words, filled up with zeros."""
    packed = np.zeros((octets.size + 7) // 8 * 8, np.uint8)
    packed[: octets.size] = octets.reshape(-1)
    return packed.view(np.uint64)


def bit_rows(values: Words, bits: int) -> Octets:
    """The low ``bits`` bits of each value, lowest first, one after the other."""
    shifts = np.arange(bits, dtype=np.uint64)
    return ((values[:, None] >> shifts) & np.uint64(1)).astype(np.uint8).reshape(-1)


def words_for(size: int) -> int:
    """Words that hold ``size`` bytes."""
    return (size + 7) // 8


def low_bytes(words: Words, size: int) -> Octets:
    """The ``size`` low bytes of each little-endian word: [..., size]."""
    return np.ascontiguousarray(words[..., None].view(np.uint8)[..., :size])


def from_low_bytes(packed: Octets) -> Words:
    """Words whose low bytes are the last axis."""
    whole = np.zeros((*packed.shape[:-1], 8), np.uint8)
    whole[..., : packed.shape[-1]] = packed
    return whole.view(np.uint64)[..., 0]
