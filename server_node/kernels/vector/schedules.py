"""Round keys of many AES-128 keys at a time, step by step for all of them together; FIPS 197, section 5.2."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from server_node.kernels.vector.aes import SBOX
from server_node.kernels.vector.cipher import ROUNDS

_BOX: Final = np.frombuffer(SBOX, np.uint8)


def expand_keys(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The round keys [n, 11, 2] of keys [n, 2]."""
    rounds = np.empty((len(keys), ROUNDS + 1, 4, 4), np.uint8)
    rounds[:, 0] = keys.view(np.uint8).reshape(-1, 4, 4)
    constant = 1
    for number in range(1, ROUNDS + 1):
        word = _BOX[np.roll(rounds[:, number - 1, 3], -1, axis=1)]
        word[:, 0] ^= constant
        for place in range(4):
            word = rounds[:, number - 1, place] ^ word
            rounds[:, number, place] = word
        constant = constant << 1 ^ (0x11B if constant & 0x80 else 0)
    return rounds.reshape(len(keys), ROUNDS + 1, 16).view(np.uint64)
