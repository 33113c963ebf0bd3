"""Compiled loops of the silent extension: half trees by the AES of the processor, the local code, choices.

A half tree (Guo, Yang, Wang, Zhang, Xie, Liu, Zhao, "Half-Tree", EUROCRYPT 2023, section 4) has the children
``H(x)`` and ``x ^ H(x)`` under a node x, so that the xor of every level is the same. ``H(x) = pi(s(x)) ^ s(x)`` with
``s(high, low) = (high ^ low, high)`` (Guo, Katz, Wang, Yu, IEEE S&P 2020) and pi AES under a public key for each tree.
Nodes of a level are grown in place, from the last to the first. Arrays are C-contiguous; callers check sizes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from server_node.kernels.compiled import compiled, sample
from server_node.kernels.vector.cipher import LANES, CipherWriter
from server_node.offline.ot.silent.parameters import LOCALITY

Words = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.uint32]
_VECTORS: Final = 8
_RUN: Final = _VECTORS * LANES
_AHEAD: Final = 12
"""How many outputs earlier the lines of the table are asked for."""
_PIECE: Final = 1 << 10
"""Rows of the code that are drawn at a time."""
_HALF: Final = LOCALITY // 2
_I8, _I32 = ir.IntType(8), ir.IntType(32)


def _write_level(lanes: int, vectors: int) -> Callable[..., Any]:
    """An intrinsic (schedule, parents, children, total): both children, and ``total`` [LANES, 2] ^= left children."""

    def write(context: Any, schedule: Any, parents: Any, children: Any, total: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            writer = CipherWriter(builder, lanes)
            nodes = [writer.load(arguments[1], index) for index in range(vectors)]
            turned = [_turned(writer, node) for node in nodes]
            made = writer.encrypt(arguments[0], turned)
            left = [builder.xor(one, other) for one, other in zip(made, turned, strict=True)]
            summed = writer.load(arguments[3])
            for index, (node, child) in enumerate(zip(nodes, left, strict=True)):
                summed = builder.xor(summed, child)
                for half, value in enumerate(writer.interleave(child, builder.xor(node, child))):
                    writer.store(value, arguments[2], 2 * index + half)
            writer.store(summed, arguments[3])
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64, types.int64), emit

    made: Callable[..., Any] = intrinsic(write)
    return made


def _turned(writer: CipherWriter, node: Any) -> Any:
    """s(x) in every lane: the high half becomes the low one, and their xor the high one."""
    size = 2 * writer.lanes
    order = ir.Constant(ir.VectorType(_I32, size), [_I32(place ^ 1) for place in range(size)])
    swapped = writer.build.shuffle_vector(node, ir.Constant(writer.vector, ir.Undefined), order)
    high = writer.constant([(0, -1)] * writer.lanes)
    return writer.build.xor(swapped, writer.build.and_(node, high))


def _write_prefetch(context: Any, address: Any) -> Any:
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.inttoptr(arguments[0], _I8.as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [place.type, _I32, _I32, _I32])
        call = builder.module.declare_intrinsic("llvm.prefetch", (place.type,), kind)
        builder.call(call, [place, _I32(0), _I32(3), _I32(1)])
        return context.get_dummy_value()

    return types.void(types.int64), emit


def _write_stream(lanes: int, vectors: int) -> Callable[..., Any]:
    """An intrinsic (schedule, number, target): the key stream of counter mode from block ``number``, big-endian."""

    def write(context: Any, schedule: Any, number: Any, target: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            writer = CipherWriter(builder, lanes)
            states = writer.counters(arguments[1], vectors)
            for index, state in enumerate(writer.encrypt(arguments[0], states)):
                writer.store(state, arguments[2], index)
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64), emit

    made: Callable[..., Any] = intrinsic(write)
    return made


_level_run, _level_block = _write_level(LANES, _VECTORS), _write_level(1, 1)
_stream_run, _stream_block = _write_stream(LANES, _VECTORS), _write_stream(1, 1)
_prefetch: Callable[..., Any] = intrinsic(_write_prefetch)


@compiled
def _grow_level(schedule: Words, nodes: Words, count: int, total: Words) -> None:
    """``nodes[:count]`` become ``nodes[:2 count]``; ``total[0]`` is the xor of the left children."""
    keys, here, there = np.int64(schedule.ctypes.data), np.int64(nodes.ctypes.data), np.int64(total.ctypes.data)
    total[:] = 0
    whole = count - count % _RUN
    for block in range(count - 1, whole - 1, -1):
        _level_block(keys, here + 16 * block, here + 32 * block, there)
    for block in range(whole - _RUN, -1, -_RUN):
        _level_run(keys, here + 16 * block, here + 32 * block, there)
    for lane in range(1, total.shape[0]):
        total[0, 0] ^= total[lane, 0]
        total[0, 1] ^= total[lane, 1]


@compiled
def grow_whole(schedules: Words, pads: Words, delta: Words, leaves: Words, sums: Words) -> None:
    """Trees of the party with delta.

    ``schedules`` [t, 11, 2], ``pads`` [t, depth, 2] one block for each level, ``leaves`` [t, 2^depth, 2] out with the
    lowest bit zero, ``sums`` [t, depth - 1, 2] out: pad ^ left children of the levels below the first.
    """
    low = ~np.uint64(1)
    total = np.empty((LANES, 2), np.uint64)
    for tree in range(leaves.shape[0]):
        nodes = leaves[tree]
        for half in range(2):
            nodes[0, half] = pads[tree, 0, half]
            nodes[1, half] = pads[tree, 0, half] ^ delta[half]
        for level in range(1, pads.shape[1]):
            _grow_level(schedules[tree], nodes, 1 << level, total)
            for half in range(2):
                sums[tree, level - 1, half] = pads[tree, level, half] ^ total[0, half]
        for leaf in range(nodes.shape[0]):
            nodes[leaf, 0] &= low


@compiled
def grow_punctured(schedules: Words, pads: Words, sums: Words, leaves: Words) -> None:
    """Trees of the other party, whose pads have its choices as lowest bits; they are the path away from the hole.

    The leaf of the hole becomes that of the other side xor delta, with its lowest bit one.
    """
    low = ~np.uint64(1)
    total, known, fresh = np.empty((LANES, 2), np.uint64), np.empty(2, np.uint64), np.empty(2, np.uint64)
    for tree in range(leaves.shape[0]):
        nodes = leaves[tree]
        side = np.int64(pads[tree, 0, 0] & np.uint64(1))
        path = 1 - side
        for half in range(2):
            known[half] = pads[tree, 0, half]
            nodes[side, half] = known[half]
            nodes[path, half] = 0
        for level in range(1, pads.shape[1]):
            _grow_level(schedules[tree], nodes, 1 << level, total)
            side = np.int64(pads[tree, level, 0] & np.uint64(1))
            for half in range(2):
                # A node that is zero has two equal children; they do not count.
                fresh[half] = total[0, half] ^ nodes[2 * path, half]
                fresh[half] ^= (known[half] & (np.uint64(0) - np.uint64(side))) ^ sums[tree, level - 1, half]
                fresh[half] ^= pads[tree, level, half]
                known[half] ^= fresh[half]
                nodes[2 * path + side, half] = fresh[half]
                nodes[2 * path + 1 - side, half] = 0
            path = 2 * path + 1 - side
        for leaf in range(nodes.shape[0]):
            nodes[leaf, 0] &= low
        nodes[path, 0], nodes[path, 1] = known[0] | np.uint64(1), known[1]


@compiled
def encode(table: Words, indices: Indices, out: Words) -> None:
    """``out[i]`` ^= the ten blocks of ``table`` [2^l, 2] at the low bits of ``indices[10 i : 10 i + 10]``."""
    mask = np.uint32(table.shape[0] - 1)
    here, count = np.int64(table.ctypes.data), out.shape[0]
    for i in range(count):
        if i + _AHEAD < count:
            for j in range(LOCALITY):
                _prefetch(here + 16 * np.int64(indices[LOCALITY * (i + _AHEAD) + j] & mask))
        low, high = out[i, 0], out[i, 1]
        for j in range(LOCALITY):
            place = indices[LOCALITY * i + j] & mask
            low ^= table[place, 0]
            high ^= table[place, 1]
        out[i, 0], out[i, 1] = low, high


@compiled
def encode_rows(table: Words, schedule: Words, first: int, out: Words) -> None:
    """:func:`encode` with the rows of a code from ``first`` on, in pieces; ``first`` and their number are even.

    The ten indices of a row are 32 bits each of the stream of ``schedule``: five blocks for two rows.
    """
    indices = np.empty(_PIECE * LOCALITY, np.uint32)
    keys, there = np.int64(schedule.ctypes.data), np.int64(indices.ctypes.data)
    for start in range(0, out.shape[0], _PIECE):
        piece = out[start : start + _PIECE]
        number, blocks = (first + start) // 2 * _HALF, piece.shape[0] // 2 * _HALF
        whole = blocks - blocks % _RUN
        for block in range(0, whole, _RUN):
            _stream_run(keys, number + block, there + 16 * block)
        for block in range(whole, blocks):
            _stream_block(keys, number + block, there + 16 * block)
        encode(table, indices, piece)


@compiled
def lowest_bits(blocks: Words, out: Words) -> None:
    """``out[w]`` bit i = lowest bit of ``blocks[64 w + i]``."""
    for w in range(out.shape[0]):
        word = np.uint64(0)
        for i in range(64):
            word |= (blocks[64 * w + i, 0] & np.uint64(1)) << np.uint64(i)
        out[w] = word


@compiled
def set_lowest_bits(blocks: Words, bits: Words) -> None:
    """The lowest bit of ``blocks[64 w + i]`` becomes bit i of ``bits[w]``."""
    low = ~np.uint64(1)
    for w in range(bits.shape[0]):
        for i in range(64):
            blocks[64 * w + i, 0] = (blocks[64 * w + i, 0] & low) | ((bits[w] >> np.uint64(i)) & np.uint64(1))


@compiled
def add_where(blocks: Words, bits: Words, delta: Words) -> None:
    """``blocks[64 w + i]`` ^= delta where bit i of ``bits[w]`` is one."""
    for w in range(bits.shape[0]):
        for i in range(64):
            chosen = np.uint64(0) - ((bits[w] >> np.uint64(i)) & np.uint64(1))
            blocks[64 * w + i, 0] ^= delta[0] & chosen
            blocks[64 * w + i, 1] ^= delta[1] & chosen


@sample
def _smallest_round() -> None:
    schedules, pads = np.zeros((1, 11, 2), np.uint64), np.zeros((1, 2, 2), np.uint64)
    leaves, sums, blocks = np.zeros((1, 4, 2), np.uint64), np.zeros((1, 1, 2), np.uint64), np.zeros((64, 2), np.uint64)
    grow_whole(schedules, pads, blocks[0], leaves, sums)
    grow_punctured(schedules, pads, sums, leaves)
    encode(blocks, np.zeros(LOCALITY, np.uint32), leaves[0, :1])
    encode_rows(blocks, schedules[0], 0, leaves[0, :2])
    bits = np.zeros(1, np.uint64)
    lowest_bits(blocks, bits)
    set_lowest_bits(blocks, bits)
    add_where(blocks, bits, blocks[0])
