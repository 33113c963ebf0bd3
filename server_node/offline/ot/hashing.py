"""The correlation-robust hash of the OT extension.

H(x, i) = pi(pi(x) ^ i) ^ pi(x) with pi AES-128 under a fixed public key: tweakable and circular correlation robust
(Guo, Katz, Wang, Yu, "Efficient and secure multiparty computation from fixed-key block ciphers", IEEE S&P 2020).
The tweak is (index of the OT, number of the output block); a session key keeps sessions apart.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from common.crypto.domains import OT_HASH_V1
from common.crypto.prg import derive_key
from server_node.kernels.vector import aes, detect, hashes, lookups
from server_node.kernels.vector.schedules import expand_key
from server_node.offline.ot import kernels

Words = npt.NDArray[np.uint64]
NONE: Final[Words] = np.zeros(2, np.uint64)
_PIECE = 1 << 14


class PadHash:
    """Turns extension outputs into pads; ``session`` is any public value both parties share.

    Keys [n, 2] have the numbers from ``start`` on, and are hashed with ``delta`` [2] added (xor) to each.
    """

    def __init__(self, session: bytes) -> None:
        self._schedule = expand_key(derive_key(session, OT_HASH_V1))
        self._is_compiled = detect.has_aes()

    def pads(self, keys: Words, start: int, words: int, delta: Words = NONE) -> Words:
        """Pads [n, words rounded up to even]."""
        blocks = (words + 1) // 2
        out = np.empty((len(keys), blocks, 2), np.uint64)
        if self._is_compiled:
            hashes.hash_pads(self._schedule, keys, delta, start, out)
        else:
            self._portable(keys, start, delta, out)
        return out.reshape(len(keys), 2 * blocks)

    def words(self, keys: Words, start: int, out: Words, delta: Words = NONE) -> None:
        """The first words of the pads to ``out`` [n]; n is a multiple of 64."""
        if self._is_compiled:
            hashes.hash_words(self._schedule, keys, delta, start, out)
        else:
            out[:] = self.pads(keys, start, 1, delta)[:, 0]

    def bits(self, keys: Words, start: int, target: tuple[Words, int], delta: Words = NONE) -> None:
        """Bit 0 of all pads, packed, and bit 1 if there is a second row; n is a multiple of 64.

        Args:
            target: rows [1 or 2, any], and the word to begin at.
        """
        out, place = target
        if self._is_compiled:
            hashes.hash_bits(self._schedule, keys, delta, start, out, place)
            return
        pads = self.pads(keys, start, 1, delta)
        for bit in range(len(out)):
            kernels.pack_bit(pads, bit, out[bit, place : place + len(keys) // 64])

    def all_of_many(self, keys: Words, start: int, delta: Words, out: Words) -> None:
        """One-of-N pads ``out`` [n, N] from keys [n d, 2] of transfers for 0; see ``products/lookups.py``."""
        if self._is_compiled:
            lookups.all_pads(self._schedule, keys, delta, start, out)
            return
        count, entries = out.shape
        table = np.stack([self.pads(keys, start, entries, added) for added in (NONE, delta)])[:, :, :entries]
        columns = np.arange(entries)
        out[:] = 0
        for bit in range(len(keys) // count):
            sides = table.reshape(2, count, -1, entries)[:, :, bit]
            out ^= np.where(columns >> bit & 1 == 1, sides[1], sides[0])

    def one_of_many(self, keys: Words, start: int, indices: Words, out: Words) -> None:
        """Those at ``indices`` [n] to ``out`` [n] from the keys [n d, 2] that were chosen."""
        bits = len(keys) // len(out)
        if self._is_compiled:
            lookups.own_pads(self._schedule, keys, start, indices, out)
            return
        pads = self.pads(keys, start, 1 << bits).reshape(len(out), bits, -1)
        out[:] = np.bitwise_xor.reduce(pads[np.arange(len(out)), :, indices.astype(np.intp)], axis=1)

    def _portable(self, keys: Words, start: int, delta: Words, out: Words) -> None:
        """Pads by the package ``cryptography``, in pieces that fit a cache."""
        blocks = out.shape[1]
        piece = max(1, _PIECE // blocks)
        for first in range(0, len(keys), piece):
            inner = keys[first : first + piece] ^ delta
            aes.permute(self._schedule, inner, inner)
            flat = out[first : first + piece].reshape(-1, 2)
            kernels.tweak(inner, start + first, blocks, flat)
            aes.permute(self._schedule, flat, flat)
            kernels.untweak(inner, blocks, flat)
