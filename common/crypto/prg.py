"""AES-128-CTR streams: a short seed stands for any number of uniform ring elements.

NIST SP 800-38A counter mode; each (key, counter) pair is used once because every stream has its own derived key.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SEED_BYTES = 32
KEY_BYTES = 16
_PIECE = 256 * 1024
_ZEROS = memoryview(bytes(_PIECE))


def derive_key(seed: bytes, domain: str, context: bytes = b"") -> bytes:
    """16-byte AES key from a seed of 16 to 64 bytes, a domain and a context (BLAKE2b, keyed, RFC 7693)."""
    tag = domain.encode() + b"\x00" + context
    return hashlib.blake2b(tag, key=seed, digest_size=KEY_BYTES).digest()


class Stream:
    """The keystream of one AES-128 key, read in order from block ``start_block``."""

    def __init__(self, key: bytes, start_block: int = 0) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("a stream key has 16 bytes")
        nonce = start_block.to_bytes(16, "big")
        self._encryptor = Cipher(algorithms.AES(key), modes.CTR(nonce)).encryptor()

    def fill(self, target: npt.NDArray[Any]) -> None:
        """Overwrite a C-contiguous array with the next ``target.nbytes`` of the stream."""
        if target.size == 0:
            return
        if not target.flags.c_contiguous:
            raise ValueError("a stream fills contiguous arrays only")
        flat = target.reshape(-1).view(np.uint8).data
        for start in range(0, len(flat), _PIECE):
            piece = flat[start : start + _PIECE]
            self._encryptor.update_into(_ZEROS[: len(piece)], piece)

    def words(self, *shape: int) -> npt.NDArray[np.uint64]:
        """Uniform uint64 array of the given shape."""
        out = np.empty(shape, np.uint64)
        self.fill(out)
        return out

    def raw(self, size: int) -> npt.NDArray[np.uint8]:
        """Uniform uint8 array of ``size`` elements."""
        out = np.empty(size, np.uint8)
        self.fill(out)
        return out


def expand(seed: bytes, domain: str, count: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """``count`` uniform elements of an unsigned integer ``dtype`` from a seed, little-endian."""
    out = np.empty(count, np.dtype(dtype).newbyteorder("<"))
    Stream(derive_key(seed, domain)).fill(out)
    return out
