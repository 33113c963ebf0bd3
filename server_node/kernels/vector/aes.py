"""AES-128 of long runs of blocks: by the processor's instructions in compiled loops, elsewhere by ``cryptography``.

Blocks are rows [n, 2] of uint64, the first eight bytes in the first word, little-endian. All arrays are C-contiguous.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numba.core import types
from numba.extending import intrinsic

from server_node.kernels.compiled import address_of, compiled, sample
from server_node.kernels.vector import detect
from server_node.kernels.vector.cipher import BLOCK_BYTES, LANES, CipherWriter
from server_node.kernels.vector.schedules import expand_key

Words = npt.NDArray[np.uint64]
_VECTORS: Final = 8
_RUN: Final = _VECTORS * LANES
"""Blocks that are under way at once."""


def permute(schedule: Words, source: Words, target: Words) -> None:
    """``target[i]`` = AES of ``source[i]``, for blocks [n, 2]; both may be the same array."""
    (COMPILED if detect.has_aes() else PORTABLE)(schedule, source, target)


def _write_encrypt(lanes: int, vectors: int) -> Callable[..., Any]:
    """An intrinsic (schedule, source, target) that encrypts ``lanes * vectors`` blocks from address to address."""

    def write(context: Any, schedule: Any, source: Any, target: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            writer = CipherWriter(builder, lanes)
            states = [writer.load(arguments[1], index) for index in range(vectors)]
            for index, state in enumerate(writer.encrypt(arguments[0], states)):
                writer.store(state, arguments[2], index)
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64), emit

    made: Callable[..., Any] = intrinsic(write)
    return made


_encrypt_run, _encrypt_block = _write_encrypt(LANES, _VECTORS), _write_encrypt(1, 1)


@compiled
def permute_run(schedule: Words, source: Words, target: Words) -> None:
    """:func:`permute` for compiled callers, where the processor has AES instructions."""
    keys, here, there = address_of(schedule), address_of(source), address_of(target)
    count = source.shape[0]
    whole = count - count % _RUN
    for block in range(0, whole, _RUN):
        _encrypt_run(keys, here + 16 * block, there + 16 * block)
    for block in range(whole, count):
        _encrypt_block(keys, here + 16 * block, there + 16 * block)


def _permute_portable(schedule: Words, source: Words, target: Words) -> None:
    # ECB on distinct blocks is the permutation itself, not encryption of data.
    cipher = Cipher(algorithms.AES(schedule[0].tobytes()), modes.ECB()).encryptor()
    made = cipher.update(source.reshape(-1).view(np.uint8).data)
    target.reshape(-1).view(np.uint8)[:] = np.frombuffer(made, np.uint8)


Path = Callable[[Words, Words, Words], None]
COMPILED: Final[Path] = permute_run
PORTABLE: Final[Path] = _permute_portable


@sample
def _smallest_run() -> None:
    blocks = np.zeros((2, 2), np.uint64)
    permute(expand_key(bytes(BLOCK_BYTES)), blocks, blocks)
