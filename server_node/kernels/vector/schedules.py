"""Round keys of AES-128, of many keys at a time, step by step for all of them together; FIPS 197, section 5.2."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from server_node.kernels.vector.cipher import BLOCK_BYTES, ROUNDS

Words = npt.NDArray[np.uint64]


def expand_key(key: bytes) -> Words:
    """The round keys [11, 2] of a key of 16 bytes.

    Raises ``ValueError`` for another length.
    """
    if len(key) != BLOCK_BYTES:
        raise ValueError("an AES-128 key has 16 bytes")
    schedule: Words = expand_keys(np.frombuffer(key, np.uint64)[None])[0]
    return schedule


def expand_keys(keys: Words) -> Words:
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
        constant = _double(constant)
    return rounds.reshape(len(keys), ROUNDS + 1, BLOCK_BYTES).view(np.uint64)


def _double(value: int) -> int:
    """Times x in the field of AES."""
    return (value << 1 ^ (0x11B if value & 0x80 else 0)) & 0xFF


def _make_sbox() -> bytes:
    """Inverse in the field of 256 elements, then the affine map of FIPS 197."""
    box = bytearray(256)
    power = inverse = 1
    while True:
        power ^= _double(power)
        for shift in (1, 2, 4):
            inverse ^= inverse << shift & 0xFF
        inverse ^= 0x09 if inverse & 0x80 else 0
        turned = inverse | inverse << 8
        mixed = turned ^ turned >> 4 ^ turned >> 5 ^ turned >> 6 ^ turned >> 7
        box[power] = mixed & 0xFF ^ 0x63
        if power == 1:
            box[0] = 0x63
            return bytes(box)


_BOX: Final = np.frombuffer(_make_sbox(), np.uint8)
