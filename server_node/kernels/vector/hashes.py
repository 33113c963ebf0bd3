"""The hash of transfers in vector registers: of a pad only what is used is ever stored.

H(x, j, b) = pi(pi(x) ^ (j, b)) ^ pi(x) for the AES of one key (TMMO: Guo, Katz, Wang, Yu, IEEE S&P 2020). Below,
````keys`` [n, 2] are hashed with ``delta`` [2] added (xor) to every one; the first has number ``start``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from server_node.kernels.compiled import address_of, compiled, sample
from server_node.kernels.vector import detect
from server_node.kernels.vector.aes import permute_run
from server_node.kernels.vector.cipher import BLOCK_BYTES, I32, I64, LANES, ROUNDS, CipherWriter

Words = npt.NDArray[np.uint64]
RUN: Final = 32
"""Keys that are hashed by one piece of code."""
_PIECE: Final = 512
"""Keys whose first half of the hash is made together."""
_MANY: Final = 4
"""Vectors of one pad that are under way at once."""
_VECTORS: Final = 8 if LANES > 1 else 4
_HALF: Final = (1 << RUN) - 1
_ARGUMENTS: Final = (types.int64,) * 4


def _hashed(writer: CipherWriter, arguments: Any, first: int) -> list[Any]:
    """First blocks of the pads of the keys from number ``first`` on: (schedule, keys, delta, number)."""
    schedule, keys, delta, number = arguments
    build, added = writer.build, writer.block(delta)
    places = range(_VECTORS)
    states = [build.xor(writer.load(keys, first // LANES + index), added) for index in places]
    inner = writer.encrypt(schedule, states)
    base = writer.pair(number, I64(0))
    steps = [[(first + LANES * index + lane, 0) for lane in range(LANES)] for index in places]
    tweaks = [build.add(base, writer.constant(step)) for step in steps]
    outer = writer.encrypt(schedule, [build.xor(*pair) for pair in zip(inner, tweaks, strict=True)])
    return [build.xor(*pair) for pair in zip(inner, outer, strict=True)]


def _low_words(writer: CipherWriter, states: list[Any]) -> list[Any]:
    """The lower halves of all blocks, as vectors that are full."""
    kind = ir.VectorType(I32, 2 * LANES)
    order = ir.Constant(kind, [I32(2 * place) for place in range(2 * LANES)])
    return [writer.build.shuffle_vector(*pair, order) for pair in zip(states[0::2], states[1::2], strict=True)]


def _store_words(context: Any, schedule: Any, keys: Any, delta: Any, number: Any, target: Any) -> Any:
    """The first word of every pad to ``target``."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        writer = CipherWriter(builder)
        for first in range(0, RUN, _VECTORS * LANES):
            words = _low_words(writer, _hashed(writer, arguments[:4], first))
            for index, word in enumerate(words):
                writer.store(word, arguments[4], first // (2 * LANES) + index)
        return context.get_dummy_value()

    return types.void(*_ARGUMENTS, types.int64), emit


def _pick_bits(context: Any, schedule: Any, keys: Any, delta: Any, number: Any) -> Any:
    """Bit 0 of every pad in the lower half of the result, bit 1 in the upper."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        writer, total = CipherWriter(builder), I64(0)
        for first in range(0, RUN, _VECTORS * LANES):
            words = _low_words(writer, _hashed(writer, arguments, first))
            for index, word in enumerate(words):
                place = first + 2 * LANES * index
                for bit in range(2):
                    mask = ir.Constant(word.type, [I64(1 << bit)] * word.type.count)
                    chosen = builder.icmp_unsigned("!=", builder.and_(word, mask), ir.Constant(word.type, None))
                    packed = builder.zext(builder.bitcast(chosen, ir.IntType(word.type.count)), I64)
                    total = builder.or_(total, builder.shl(packed, I64(place + RUN * bit)))
        return total

    return types.int64(*_ARGUMENTS), emit


def _write_blocks(vectors: int) -> Callable[..., Any]:
    """An intrinsic (schedule, pi of the key, number, first block, target): blocks of one pad that follow each other."""

    def write(context: Any, schedule: Any, inner: Any, number: Any, block: Any, target: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            schedule, inner, number, block, target = arguments
            writer = CipherWriter(builder)
            added = writer.block(inner)
            base = builder.xor(added, writer.pair(number, I64(0)))
            first = writer.pair(I64(0), block)
            steps = [[(0, LANES * index + lane) for lane in range(LANES)] for index in range(vectors)]
            states = [builder.xor(base, builder.add(first, writer.constant(step))) for step in steps]
            for index, state in enumerate(writer.encrypt(schedule, states)):
                writer.store(builder.xor(state, added), target, index)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 5), emit

    made: Callable[..., Any] = intrinsic(write)
    return made


_few_blocks, _many_blocks = _write_blocks(1), _write_blocks(_MANY)
_words: Callable[..., Any] = intrinsic(_store_words)
_bits: Callable[..., Any] = intrinsic(_pick_bits)


@compiled
def hash_words(schedule: Words, keys: Words, delta: Words, start: int, out: Words) -> None:
    """``out`` [n]: the first words of the pads; n is a multiple of 32."""
    table, here, added, there = address_of(schedule), address_of(keys), address_of(delta), address_of(out)
    for first in range(0, out.shape[0], RUN):
        _words(table, here + BLOCK_BYTES * first, added, start + first, there + 8 * first)


@compiled
def hash_bits(schedule: Words, keys: Words, delta: Words, start: int, out: Words, place: int) -> None:
    """``out`` [1 or 2, any]: bit 0 of every pad packed, and bit 1, from word ``place`` on; n is a multiple of 64."""
    table, here, added = address_of(schedule), address_of(keys), address_of(delta)
    half, shift = np.uint64(_HALF), np.uint64(RUN)
    for word in range(keys.shape[0] // (2 * RUN)):
        first = 2 * RUN * word
        left = np.uint64(_bits(table, here + BLOCK_BYTES * first, added, start + first))
        first += RUN
        right = np.uint64(_bits(table, here + BLOCK_BYTES * first, added, start + first))
        out[0, place + word] = (left & half) | (right << shift)
        if out.shape[0] > 1:
            out[1, place + word] = (left >> shift) | (right & ~half)


@compiled
def _fill_pad(schedule: int, inner: int, number: int, out: Words, spare: Words) -> None:
    """All blocks of one pad; ``inner`` is the address of pi of the key."""
    there, last, blocks, block = address_of(out), address_of(spare), out.shape[0], 0
    while block + _MANY * LANES <= blocks:
        _many_blocks(schedule, inner, number, block, there + BLOCK_BYTES * block)
        block += _MANY * LANES
    while block + LANES <= blocks:
        _few_blocks(schedule, inner, number, block, there + BLOCK_BYTES * block)
        block += LANES
    if block < blocks:
        _few_blocks(schedule, inner, number, block, last)
        for index in range(blocks - block):
            out[block + index, 0] = spare[index, 0]
            out[block + index, 1] = spare[index, 1]


@compiled
def hash_pads(schedule: Words, keys: Words, delta: Words, start: int, out: Words) -> None:
    """``out`` [n, b, 2]: the first b blocks of the pads."""
    table, spare = address_of(schedule), np.empty((LANES, 2), np.uint64)
    inner = np.empty((_PIECE, 2), np.uint64)
    here = address_of(inner)
    for first in range(0, out.shape[0], _PIECE):
        size = min(_PIECE, out.shape[0] - first)
        for i in range(size):
            inner[i, 0] = keys[first + i, 0] ^ delta[0]
            inner[i, 1] = keys[first + i, 1] ^ delta[1]
        permute_run(schedule, inner[:size], inner[:size])
        for i in range(size):
            _fill_pad(table, here + BLOCK_BYTES * i, start + first + i, out[first + i], spare)


@sample
def _smallest_hashes() -> None:
    if detect.has_aes():
        schedule, keys = np.zeros((ROUNDS + 1, 2), np.uint64), np.zeros((2 * RUN, 2), np.uint64)
        hash_words(schedule, keys, keys[0], 0, np.zeros(RUN, np.uint64))
        hash_bits(schedule, keys, keys[0], 0, np.zeros((2, 1), np.uint64), 0)
        hash_pads(schedule, keys, keys[0], 0, np.zeros((1, 1, 2), np.uint64))
