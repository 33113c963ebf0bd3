"""AES-128-CTR streams of the leaves of trees, added up in registers: what is stored are sums, never the streams.

Of the 2^d streams of a tree, with d bits in a leaf's number, there are d + 1 sums (xor): for every bit b that of all
leaves whose bit b is 1, and that of all. Counters are big-endian blocks from 0 (NIST SP 800-38A).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from server_node.kernels.compiled import address_of, compiled, sample
from server_node.kernels.vector import detect
from server_node.kernels.vector.cipher import BLOCK_BYTES, I64, LANES, ROUNDS, CipherWriter

Words = npt.NDArray[np.uint64]
_VECTORS: Final = 2
GROUP_WORDS: Final = 2 * _VECTORS * LANES
"""Words of every sum that are made at once."""
_SUBTREE: Final = 4
_KEY_BYTES: Final = BLOCK_BYTES * (ROUNDS + 1)


def _write_sums(depth: int) -> Callable[..., Any]:
    """An intrinsic (schedules, block number, target, bytes between sums) for one group of words.

    The sum of all comes last. Leaves are added up four (or both) at a time, and these sums with a mask for each of the
    upper bits.
    """
    low = min(depth, 2)

    def write(context: Any, schedules: Any, number: Any, target: Any, stride: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            schedules, number, target, stride = arguments
            writer = CipherWriter(builder, LANES)
            counters = writer.counters(number, _VECTORS)
            entry, loop, done = builder.block, *(builder.append_basic_block(name) for name in ("leaves", "leaves_done"))
            builder.branch(loop)
            builder.position_at_end(loop)
            leaf = builder.phi(I64)
            sums = [[builder.phi(writer.vector) for _ in counters] for _ in range(depth + 1)]
            here = builder.add(schedules, builder.mul(leaf, I64(_KEY_BYTES)))
            keys = [builder.add(here, I64(_KEY_BYTES * index)) for index in range(1 << low)]
            rows = _fold(writer, [writer.encrypt(key, counters) for key in keys])
            rows[low:low] = [_masked(writer, rows[-1], leaf, bit) for bit in range(low, depth)]
            totals = [_xor(writer, *pair) for pair in zip(sums, rows, strict=True)]
            following = builder.add(leaf, I64(1 << low))
            builder.cbranch(builder.icmp_unsigned("<", following, I64(1 << depth)), loop, done)
            _feed(leaf, (entry, I64(0)), (loop, following))
            for phis, values in zip(sums, totals, strict=True):
                for phi, value in zip(phis, values, strict=True):
                    _feed(phi, (entry, ir.Constant(phi.type, None)), (loop, value))
            builder.position_at_end(done)
            for place, values in enumerate(totals):
                row = builder.add(target, builder.mul(stride, I64(place)))
                for index, value in enumerate(values):
                    writer.store(value, row, index)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 4), emit

    made: Callable[..., Any] = intrinsic(write)
    return made


def _xor(writer: CipherWriter, one: list[Any], other: list[Any]) -> list[Any]:
    return [writer.build.xor(*pair) for pair in zip(one, other, strict=True)]


def _fold(writer: CipherWriter, leaves: list[list[Any]]) -> list[list[Any]]:
    """For each bit of a leaf's number the sum of those that have it, and last the sum of all."""
    rows: list[list[Any]] = []
    while len(leaves) > 1:
        rows.append(reduce(partial(_xor, writer), leaves[1::2]))
        leaves = [_xor(writer, *pair) for pair in zip(leaves[0::2], leaves[1::2], strict=True)]
    return [*rows, leaves[0]]


def _masked(writer: CipherWriter, total: list[Any], leaf: Any, bit: int) -> list[Any]:
    """``total`` if the leaf's number has the bit, else zeros; a mask in place of a branch."""
    build = writer.build
    chosen = build.sub(I64(0), build.and_(build.lshr(leaf, I64(bit)), I64(1)))
    mask = writer.pair(chosen, chosen)
    return [build.and_(value, mask) for value in total]


def _feed(phi: Any, *sources: tuple[Any, Any]) -> None:
    for block, value in sources:
        phi.add_incoming(value, block)


_sums_1, _sums_2, _sums_4 = (_write_sums(depth) for depth in (1, 2, _SUBTREE))


@compiled
def _xor_into(source: Words, target: Words) -> None:
    for index in range(source.shape[0]):
        target[index] ^= source[index]


@compiled
def _flat_sums(keys: int, number: int, out: Words) -> None:
    target, stride, depth = address_of(out), 8 * out.shape[1], out.shape[0] - 1
    for place in range(0, out.shape[1], GROUP_WORDS):
        block, there = number + place // 2, target + 8 * place
        if depth == 1:
            _sums_1(keys, block, there, stride)
        elif depth == 2:
            _sums_2(keys, block, there, stride)
        else:
            _sums_4(keys, block, there, stride)


@compiled
def _deep_sums(keys: int, number: int, scratch: Words, out: Words) -> None:
    """Depth 8 as 16 trees of depth 4, one after the other, because the keys of one fit the nearest cache."""
    last = out.shape[0] - 1
    high, here = last - _SUBTREE, address_of(scratch)
    out[:] = 0
    for tree in range(1 << high):
        start = keys + tree * (_KEY_BYTES << _SUBTREE)
        for place in range(0, out.shape[1], GROUP_WORDS):
            end = place + GROUP_WORDS
            _sums_4(start, number + place // 2, here, 8 * GROUP_WORDS)
            for row in range(_SUBTREE):
                _xor_into(scratch[row], out[row, place:end])
            _xor_into(scratch[_SUBTREE], out[last, place:end])
            for bit in range(high):
                if tree >> bit & 1:
                    _xor_into(scratch[_SUBTREE], out[_SUBTREE + bit, place:end])


@compiled
def tree_sums(schedules: Words, number: int, out: Words) -> None:
    """Sums ``out`` [d + 1, width] of the streams of one tree from block ``number`` on; d is 1, 2, 4 or 8.

    ``schedules`` [2^d, 11, 2] are the round keys of the leaves. ``width`` is a multiple of ``GROUP_WORDS``.
    """
    keys, depth = address_of(schedules), out.shape[0] - 1
    if depth > _SUBTREE:
        _deep_sums(keys, number, np.empty((_SUBTREE + 1, GROUP_WORDS), np.uint64), out)
    else:
        _flat_sums(keys, number, out)


@sample
def _smallest_tree() -> None:
    if detect.has_aes():
        tree_sums(np.zeros((2, ROUNDS + 1, 2), np.uint64), 0, np.zeros((2, GROUP_WORDS), np.uint64))
