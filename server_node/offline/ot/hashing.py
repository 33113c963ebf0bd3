"""The correlation-robust hash of the OT extension.

H(x, i) = pi(pi(x) ^ i) ^ pi(x) with pi AES-128 under a fixed public key: tweakable and circular correlation robust
(Guo, Katz, Wang, Yu, "Efficient and secure multiparty computation from fixed-key block ciphers", IEEE S&P 2020).
The tweak is (index of the OT, number of the output block); a session key keeps sessions apart.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from common.crypto.domains import OT_HASH_V1
from common.crypto.prg import derive_key
from server_node.offline.ot import kernels

Words = npt.NDArray[np.uint64]
_PIECE = 1 << 14


class PadHash:
    """Turns extension outputs into pads; ``session`` is any public value both parties share."""

    def __init__(self, session: bytes) -> None:
        key = derive_key(session, OT_HASH_V1)
        # ECB on distinct blocks is the fixed-key permutation itself, not encryption of data.
        self._aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()

    def pads(self, keys: Words, start: int, words: int) -> Words:
        """Pads [n, words rounded up to even] (uint64) of OT keys [n, 2] whose first index is ``start``."""
        blocks = (words + 1) // 2
        piece = max(1, _PIECE // blocks)
        # The cipher wants 15 spare bytes behind each target, so every buffer has one block more than it needs.
        out = np.empty((len(keys) * blocks + 1, 2), np.uint64)
        inner = np.empty((min(piece, len(keys)) + 1, 2), np.uint64)
        outer = np.empty((len(inner) * blocks, 2), np.uint64)
        for first in range(0, len(keys), piece):
            count = min(piece, len(keys) - first)
            self._permute(keys[first : first + count], inner[: count + 1])
            kernels.tweak(inner[:count], start + first, blocks, outer[: count * blocks])
            self._permute(outer[: count * blocks], out[first * blocks : (first + count) * blocks + 1])
            kernels.untweak(inner[:count], blocks, out[first * blocks : (first + count) * blocks])
        return out[:-1].reshape(len(keys), blocks * 2)

    def _permute(self, source: Words, target: Words) -> None:
        """AES of ``source``; ``target`` has at least one block more."""
        self._aes.update_into(source.reshape(-1).view(np.uint8).data, target.reshape(-1).view(np.uint8).data)
