"""Bit matrices of 128 rows turned into 128-bit columns, 512 columns at a time, in vector registers.

Blocks of 64 by 64 bits are halved six times (the method of Eklundh): the three wide steps work on rows that are 8 or
more apart, the three narrow ones on neighbours, so that every row is loaded and stored twice. The instructions are
right on every processor.
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

Words = npt.NDArray[np.uint64]
WIDTH: Final = 8
"""Words of a row that are turned at once."""
_ROW_BYTES: Final = 8 * WIDTH
_I32, _I64 = ir.IntType(32), ir.IntType(64)
_ROW = ir.VectorType(_I64, WIDTH)
_MASKS: Final = {
    32: 0x00000000FFFFFFFF,
    16: 0x0000FFFF0000FFFF,
    8: 0x00FF00FF00FF00FF,
    4: 0x0F0F0F0F0F0F0F0F,
    2: 0x3333333333333333,
    1: 0x5555555555555555,
}


class _RowWriter:
    """Steps on eight rows in registers."""

    def __init__(self, builder: Any) -> None:
        self._build = builder

    def load(self, address: Any, stride: Any) -> list[Any]:
        return [self._build.load(place, align=8) for place in self._places(address, stride)]

    def store(self, rows: list[Any], address: Any, stride: Any) -> None:
        for row, place in zip(rows, self._places(address, stride), strict=True):
            self._build.store(row, place, align=8)

    def halve(self, rows: list[Any], shifts: tuple[int, int, int]) -> list[Any]:
        """Three steps; of the eight rows 4, 2 and 1 apart belong together."""
        rows = list(rows)
        for shift, apart in zip(shifts, (4, 2, 1), strict=True):
            for first in range(8):
                if not first & apart:
                    rows[first], rows[first + apart] = self._swap(rows[first], rows[first + apart], shift)
        return rows

    def columns(self, low: list[Any], high: list[Any]) -> list[list[Any]]:
        """For every lane its words in the eight rows of both halves, low and high in turn, as two vectors."""
        lanes: list[list[Any]] = [[] for _ in range(WIDTH)]
        for side in (0, 1):
            order = [lane + start for lane in range(side, WIDTH, 2) for start in (0, WIDTH)]
            pairs = [self._mix(*both, order) for both in zip(low, high, strict=True)]
            for half in (pairs[:4], pairs[4:]):
                for place, vector in enumerate(self._turn_pairs(half)):
                    lanes[2 * place + side].append(vector)
        return lanes

    def _turn_pairs(self, rows: list[Any]) -> list[Any]:
        """Four vectors of four pairs each, transposed."""
        order = ((0, 1, 4, 5), (2, 3, 6, 7))
        halves = [[self._mix_pairs(one, other, half) for one, other in (rows[:2], rows[2:])] for half in order]
        return [self._mix_pairs(one, other, order) for one, other in halves for order in ((0, 2, 4, 6), (1, 3, 5, 7))]

    def _mix_pairs(self, first: Any, second: Any, order: tuple[int, ...]) -> Any:
        return self._mix(first, second, [2 * pair + half for pair in order for half in (0, 1)])

    def _swap(self, low: Any, high: Any, shift: int) -> tuple[Any, Any]:
        build = self._build
        by, mask = (ir.Constant(_ROW, [_I64(value)] * WIDTH) for value in (shift, _MASKS[shift]))
        swap = build.and_(build.xor(build.lshr(low, by), high), mask)
        return build.xor(low, build.shl(swap, by)), build.xor(high, swap)

    def _mix(self, first: Any, second: Any, order: list[int]) -> Any:
        places = ir.Constant(ir.VectorType(_I32, WIDTH), [_I32(place) for place in order])
        return self._build.shuffle_vector(first, second, places)

    def _places(self, address: Any, stride: Any) -> list[Any]:
        build = self._build
        return [
            build.inttoptr(build.add(address, build.mul(stride, _I64(index))), _ROW.as_pointer()) for index in range(8)
        ]


def _wide_steps(context: Any, source: Any, stride: Any, target: Any) -> Any:
    """Eight rows 8 apart, from rows ``stride`` bytes long to rows of 64 bytes."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, stride, target = arguments
        writer = _RowWriter(builder)
        rows = writer.load(source, builder.mul(stride, _I64(8)))
        writer.store(writer.halve(rows, (32, 16, 8)), target, _I64(8 * _ROW_BYTES))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), emit


def _narrow_steps(context: Any, low: Any, high: Any, target: Any) -> Any:
    """Eight neighbours of either half; eight columns of every lane are written, lanes 64 columns apart."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        writer = _RowWriter(builder)
        halves = [writer.halve(writer.load(half, _I64(_ROW_BYTES)), (4, 2, 1)) for half in arguments[:2]]
        for lane, vectors in enumerate(writer.columns(*halves)):
            for index, vector in enumerate(vectors):
                place = builder.add(arguments[2], _I64(64 * 16 * lane + _ROW_BYTES * index))
                builder.store(vector, builder.inttoptr(place, _ROW.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), emit


_widely: Callable[..., Any] = intrinsic(_wide_steps)
_narrowly: Callable[..., Any] = intrinsic(_narrow_steps)


@compiled
def _turn(source: int, stride: int, block: int, target: int) -> None:
    for half in range(2):
        for row in range(8):
            first = 64 * half + row
            _widely(source + first * stride, stride, block + first * _ROW_BYTES)
    for row in range(0, 64, 8):
        _narrowly(block + row * _ROW_BYTES, block + (64 + row) * _ROW_BYTES, target + row * 16)


@compiled
def transpose_rows(rows: Words, start: int, out: Words) -> None:
    """Bits ``rows`` [128, any] from word ``start`` on to ``out`` [n, 2]: bit i of out[j] is bit j of row i.

    n is a multiple of 64; rows have whole groups of eight words from ``start`` on, also where fewer are wanted.
    """
    block, last = np.empty((128, WIDTH), np.uint64), np.empty((64 * WIDTH, 2), np.uint64)
    stride, here = 8 * rows.shape[1], address_of(rows) + 8 * start
    middle, there, spare = address_of(block), address_of(out), address_of(last)
    words = out.shape[0] // 64
    for word in range(0, words, WIDTH):
        is_whole = word + WIDTH <= words
        _turn(here + 8 * word, stride, middle, there + 1024 * word if is_whole else spare)
        if not is_whole:
            for column in range(64 * (words - word)):
                out[64 * word + column, 0] = last[column, 0]
                out[64 * word + column, 1] = last[column, 1]


@sample
def _smallest_matrix() -> None:
    transpose_rows(np.zeros((128, WIDTH), np.uint64), 0, np.zeros((64, 2), np.uint64))
