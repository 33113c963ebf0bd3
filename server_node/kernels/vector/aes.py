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
from server_node.kernels.vector.cipher import BLOCK_BYTES, LANES, ROUNDS, CipherWriter

Words = npt.NDArray[np.uint64]
HALVES: Final = 2
_VECTORS: Final = 8
_RUN: Final = _VECTORS * LANES
"""Blocks that are under way at once."""


def has_vector_aes() -> bool:
    """Whether the processor makes rounds of four blocks at once (VAES)."""
    return detect.has_vector_aes()


def expand_key(key: bytes) -> Words:
    """The round keys [11, 2] of a key of 16 bytes.

    Raises ``ValueError`` for another length.
    """
    if len(key) != BLOCK_BYTES:
        raise ValueError("an AES-128 key has 16 bytes")
    words = [key[i : i + 4] for i in range(0, BLOCK_BYTES, 4)]
    constant = 1
    for index in range(4, 4 * (ROUNDS + 1)):
        word = words[-1]
        if index % 4 == 0:
            turned = bytes(SBOX[byte] for byte in word[1:] + word[:1])
            word = bytes([turned[0] ^ constant]) + turned[1:]
            constant = _double(constant)
        words.append(bytes(a ^ b for a, b in zip(words[-4], word, strict=True)))
    return np.frombuffer(b"".join(words), np.uint64).reshape(ROUNDS + 1, HALVES).copy()


def permute(schedule: Words, source: Words, target: Words) -> None:
    """``target[i]`` = AES of ``source[i]``, for blocks [n, 2]; both may be the same array."""
    _chosen()[0](schedule, source, target)


def grow(schedules: tuple[Words, Words], parents: Words, children: Words) -> None:
    """One level of GGM trees: ``children[2 i + s]`` = AES under ``schedules[s]`` of ``parents[i]``, xor ``parents[i]``.

    ``children`` [2 n, 2] and ``parents`` [n, 2] share no memory.
    """
    _chosen()[1](schedules[0], schedules[1], parents, children)


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


SBOX: Final = _make_sbox()
"""The substitution box of FIPS 197."""


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


def _write_grow(lanes: int, vectors: int) -> Callable[..., Any]:
    """An intrinsic (schedule 0, schedule 1, parents, children) for ``lanes * vectors`` parents."""

    def write(context: Any, first: Any, second: Any, parents: Any, children: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            writer = CipherWriter(builder, lanes)
            states = [writer.load(arguments[2], index) for index in range(vectors)]
            sides = [writer.encrypt(schedule, states) for schedule in arguments[:2]]
            for index, state in enumerate(states):
                pair = [builder.xor(side[index], state) for side in sides]
                for half, value in enumerate(writer.interleave(*pair)):
                    writer.store(value, arguments[3], 2 * index + half)
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64, types.int64), emit

    made: Callable[..., Any] = intrinsic(write)
    return made


_encrypt_run, _encrypt_block = _write_encrypt(LANES, _VECTORS), _write_encrypt(1, 1)
_grow_run, _grow_block = _write_grow(LANES, _VECTORS // 2), _write_grow(1, 1)
_GROW: Final = _RUN // 2


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


@compiled
def _grow_level(left: Words, right: Words, parents: Words, children: Words) -> None:
    keys0, keys1 = address_of(left), address_of(right)
    here, there = address_of(parents), address_of(children)
    count = parents.shape[0]
    whole = count - count % _GROW
    for block in range(0, whole, _GROW):
        _grow_run(keys0, keys1, here + 16 * block, there + 32 * block)
    for block in range(whole, count):
        _grow_block(keys0, keys1, here + 16 * block, there + 32 * block)


def _permute_portable(schedule: Words, source: Words, target: Words) -> None:
    # ECB on distinct blocks is the permutation itself, not encryption of data.
    cipher = Cipher(algorithms.AES(schedule[0].tobytes()), modes.ECB()).encryptor()
    made = cipher.update(source.reshape(-1).view(np.uint8).data)
    target.reshape(-1).view(np.uint8)[:] = np.frombuffer(made, np.uint8)


def _grow_portable(left: Words, right: Words, parents: Words, children: Words) -> None:
    made = np.empty_like(parents)
    for side, schedule in enumerate((left, right)):
        _permute_portable(schedule, parents, made)
        np.bitwise_xor(made, parents, out=children[side::2])


Paths = tuple[Callable[..., None], Callable[..., None]]
COMPILED: Final[Paths] = (permute_run, _grow_level)
PORTABLE: Final[Paths] = (_permute_portable, _grow_portable)


def _chosen() -> Paths:
    return COMPILED if detect.has_aes() else PORTABLE


@sample
def _smallest_runs() -> None:
    blocks = np.zeros((4, HALVES), np.uint64)
    schedule = expand_key(bytes(BLOCK_BYTES))
    permute(schedule, blocks, blocks)
    grow((schedule, schedule), blocks[:1], blocks[2:])
