"""Sums of products of packed values in 512-bit vectors with 52-bit products (IFMA). Sizes are checked by callers.

What is packed and summed is said in ``lattice/panels.py``; constants of a prime are those of its :func:`constants`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from server_node.kernels.compiled import compiled
from server_node.offline.lattice.ring.kernels.lanes import I64, LANES, LIMB, VECTOR, LaneWriter, cgutils

Words = npt.NDArray[np.uint64]

RUN: Final = 32
"""Places that are packed together."""
_HEIGHTS: Final = (4, 2, 1)
_WIDTHS: Final = (2, 1)
_VOID: Final = ir.VoidType()


def _reduce(lanes: LaneWriter, low: Any, high: Any, table: Any) -> Any:
    """low + 2^52 high, below the prime, for sums of up to 2^10 products of numbers below it."""
    build, shift = lanes.build, lanes.same(LIMB)
    prime, power, quotient, square, square_quotient, negative = (lanes.load(table, LANES * i) for i in range(6))
    high = build.add(high, build.lshr(low, shift))
    folded = lanes.multiply(high, power, quotient, negative)
    top = lanes.multiply(build.lshr(high, shift), square, square_quotient, negative)
    twice = build.add(prime, prime)
    total = build.add(lanes.once(build.and_(low, lanes.mask), twice), build.add(folded, top))
    for bound in (build.add(twice, twice), twice, prime):
        total = lanes.once(total, bound)
    return total


class _TileWriter:
    """Writes the LLVM function of one tile: ``height`` left rows by ``width`` right columns of eight places.

    Its arguments are int64 addresses and steps in bytes: left, step of left; right, step of right; number of terms;
    constants of the prime (each eight times); target, row of the target, column of the target.
    """

    def __init__(self, module: Any, height: int, width: int) -> None:
        self._height, self._width = height, width
        self.function = ir.Function(module, ir.FunctionType(_VOID, [I64] * 9), f"lattice_tile_{height}_{width}")
        self.function.linkage = "internal"
        self.function.attributes.add("noinline")
        self._build = ir.IRBuilder(self.function.append_basic_block("entry"))
        self._lanes = LaneWriter(self._build)
        self._write()

    def _write(self) -> None:
        build = self._build
        left, left_step, right, right_step, terms, table, target, row, column = self.function.args
        entry, loop, done = build.block, build.append_basic_block("term"), build.append_basic_block("done")
        build.branch(loop)
        build.position_at_end(loop)
        places = [build.phi(I64) for _ in range(3)]
        sums = [build.phi(VECTOR) for _ in range(2 * self._height * self._width)]
        totals = self._step(places[0], places[1], sums)
        moves = [left_step, right_step, I64(-1)]
        for phi, start, move in zip(places, (left, right, terms), moves, strict=True):
            phi.add_incoming(start, entry)
            phi.add_incoming(build.add(phi, move), loop)
        for phi, total in zip(sums, totals, strict=True):
            phi.add_incoming(self._lanes.zero, entry)
            phi.add_incoming(total, loop)
        build.cbranch(build.icmp_signed(">", places[2], I64(1)), loop, done)
        build.position_at_end(done)
        for index in range(self._height * self._width):
            value = _reduce(self._lanes, totals[2 * index], totals[2 * index + 1], table)
            place = build.add(target, build.mul(row, I64(index // self._width)))
            self._lanes.store(value, build.add(place, build.mul(column, I64(index % self._width))))
        build.ret_void()

    def _step(self, left: Any, right: Any, sums: list[Any]) -> list[Any]:
        lanes = self._lanes
        rights = [lanes.load(right, RUN * index) for index in range(self._width)]
        totals: list[Any] = []
        for index in range(self._height):
            factor = lanes.load(left, RUN * index)
            for other in rights:
                totals.append(lanes.low(sums[len(totals)], factor, other))
                totals.append(lanes.high(sums[len(totals)], factor, other))
        return totals


def _write_tile(context: Any, kind: Any, left: Any, right: Any, rest: Any) -> Any:
    """Run tile number ``kind`` on left (address, step), right (address, step) and the rest (terms, table, target, row,
    column)."""
    groups = [cast(Any, types.UniTuple)(types.int64, size) for size in (2, 2, 5)]

    def write(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values = [value for group in arguments[1:] for value in cgutils.unpack_tuple(builder, group)]
        after = builder.append_basic_block("after")
        switch = builder.switch(arguments[0], after)
        for number, height in enumerate(_HEIGHTS):
            for other, width in enumerate(_WIDTHS):
                block = builder.append_basic_block()
                switch.add_case(I64(len(_WIDTHS) * number + other), block)
                builder.position_at_end(block)
                builder.call(_TileWriter(builder.module, height, width).function, values)
                builder.branch(after)
        builder.position_at_end(after)
        return target.get_dummy_value()

    return types.void(types.int64, *groups), write


def _write_product(context: Any, a: Any, b: Any, out: Any, table: Any) -> Any:
    """Eight products of values at the addresses ``a`` and ``b``, reduced, to the address ``out``."""

    def write(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first, second, place, table = arguments
        lanes = LaneWriter(builder)
        x, y = lanes.load(first), lanes.load(second)
        lanes.store(_reduce(lanes, lanes.low(lanes.zero, x, y), lanes.high(lanes.zero, x, y), table), place)
        return target.get_dummy_value()

    return types.void(*[types.int64] * 4), write


_tile: Callable[..., None] = intrinsic(_write_tile)
_product: Callable[..., None] = intrinsic(_write_product)


@compiled
def _spread(constants: Words) -> Words:
    """What the vectors of a prime need, each eight times."""
    table = np.empty((6, LANES), np.uint64)
    for index in range(5):
        table[index] = constants[index]
    table[5] = (np.uint64(1) << np.uint64(LIMB)) - constants[0]
    return table


@compiled
def multiply(left: Words, right: Words, moduli: Words, out: Words) -> None:
    """out [i, j, primes, n] = sum over k of left [primes, blocks, k, i, RUN] * right [primes, blocks, k, j, RUN]."""
    primes, blocks, terms, rows, _ = left.shape
    columns = right.shape[3]
    row, column = np.int64(out.strides[0]), np.int64(out.strides[1])
    for r in range(primes):
        table = _spread(moduli[r])
        for block in range(blocks):
            i = 0
            while i < rows:
                number = 0 if rows - i >= 4 else (1 if rows - i >= 2 else 2)
                height = 4 if number == 0 else (2 if number == 1 else 1)
                j = 0
                while j < columns:
                    width = 2 if columns - j >= 2 else 1
                    first = np.int64(left[r, block, 0, i].ctypes.data)
                    second = np.int64(right[r, block, 0, j].ctypes.data)
                    target = np.int64(out[i, j, r, RUN * block :].ctypes.data)
                    for place in range(0, 8 * RUN, 8 * LANES):
                        _tile(
                            2 * number + (2 - width),
                            (first + place, np.int64(8 * RUN * rows)),
                            (second + place, np.int64(8 * RUN * columns)),
                            (np.int64(terms), np.int64(table.ctypes.data), target + place, row, column),
                        )
                    j += width
                i += height


@compiled
def subtract_product(target: Words, a: Words, b: Words, moduli: Words) -> None:
    """Take the products of reduced values [primes, n], place by place, from ``target``, which stays reduced."""
    part = np.empty(LANES, np.uint64)
    here = np.int64(part.ctypes.data)
    for r in range(target.shape[0]):
        table, prime = _spread(moduli[r]), moduli[r, 0]
        constants, first, second = np.int64(table.ctypes.data), np.int64(a[r].ctypes.data), np.int64(b[r].ctypes.data)
        row = target[r]
        for at in range(0, target.shape[1], LANES):
            _product(first + 8 * at, second + 8 * at, here, constants)
            for lane in range(LANES):
                value = row[at + lane] - part[lane]
                row[at + lane] = min(value, value + prime)


@compiled
def product(a: Words, b: Words, moduli: Words, out: Words) -> None:
    """Products of reduced values [primes, n], place by place, reduced."""
    for r in range(out.shape[0]):
        table = _spread(moduli[r])
        constants, target = np.int64(table.ctypes.data), np.int64(out[r].ctypes.data)
        first, second = np.int64(a[r].ctypes.data), np.int64(b[r].ctypes.data)
        for at in range(0, out.shape[1], LANES):
            _product(first + 8 * at, second + 8 * at, target + 8 * at, constants)
