"""Ring products in 512-bit vectors: a register tile written in LLVM's own language, and the blocks around it.

A tile of 6 rows and 4 vectors of 8 words keeps its sums in registers over the whole depth of a block; the right matrix
is packed into panels of 32 columns that stay in the second-level cache. The vector instructions are right on every
processor, but fast only where one instruction multiplies 64-bit words (:func:`is_fast`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import binding, ir
from numba.core import cgutils as numba_cgutils
from numba.core import types
from numba.extending import intrinsic

from server_node.kernels.compiled import address_of, compiled, compiled_parallel, words_at

Words = npt.NDArray[np.int64]
Matrix = tuple[int, int, int]
"""Address, and how many words further the next row and the next column are."""
Target = tuple[int, int]
"""Address and words to the next row of a matrix whose columns lie side by side."""

cgutils: Any = numba_cgutils

_PANEL = 32
_HEIGHTS = (6, 2, 1)
_LAST_WIDTHS = (8, 4)
_DEPTH = 512
_BLOCK = 65536
_STRIP = 48

_VOID, _I32, _I64 = ir.VoidType(), ir.IntType(32), ir.IntType(64)


def is_fast() -> bool:
    """Whether this processor multiplies eight 64-bit words with one instruction (AVX-512DQ)."""
    return bool(binding.get_host_cpu_features().get("avx512dq", False))


class _TileWriter:
    """Writes the LLVM function of one tile: ``height`` rows by vectors of ``widths`` words.

    Its arguments are int64: address, row and step of the left rows; address and step of the panel; address and row of
    the target; number of steps; columns of the last vector that are stored; whether to add to the target; address of
    what will be read next of the left matrix. Rows and steps are in bytes.
    """

    def __init__(self, module: Any, height: int, widths: tuple[int, ...]) -> None:
        name = f"ring_tile_{height}_" + "_".join(map(str, widths))
        self.function = ir.Function(module, ir.FunctionType(_VOID, [_I64] * 11), name)
        self.function.linkage = "internal"
        self.function.attributes.add("noinline")
        self._module, self._height, self._widths = module, height, widths
        self._places = [8 * sum(widths[:index]) for index in range(len(widths))]
        self._build = ir.IRBuilder(self.function.append_basic_block("entry"))
        self._write()

    def _write(self) -> None:
        build = self._build
        a, a_row, a_step, b, b_step, c, c_row, steps, tail, accumulate, ahead = self.function.args
        targets = self._rows(c, c_row)
        for target in targets:
            for place in self._places:
                self._prefetch(target, place)
        starts = [steps, b, ahead, *self._rows(a, a_row)]
        moves = [_I64(-1), b_step, *[a_step] * (1 + self._height)]
        entry, loop, done = build.block, build.append_basic_block("step"), build.append_basic_block("done")
        build.branch(loop)
        build.position_at_end(loop)
        places = [build.phi(_I64) for _ in starts]
        sums = [build.phi(self._vector(width)) for _ in targets for width in self._widths]
        totals = self._multiply(places[1], places[3:], sums)
        if self._height == _HEIGHTS[0]:
            self._prefetch(places[2])
            self._prefetch(build.add(places[2], a_row))
        for phi, start, move in zip(places, starts, moves, strict=True):
            phi.add_incoming(start, entry)
            phi.add_incoming(build.add(phi, move), loop)
        for phi, total in zip(sums, totals, strict=True):
            phi.add_incoming(ir.Constant(phi.type, None), entry)
            phi.add_incoming(total, loop)
        build.cbranch(build.icmp_signed(">", places[0], _I64(1)), loop, done)
        build.position_at_end(done)
        mask = self._mask(tail)
        with build.if_else(build.icmp_signed("!=", accumulate, _I64(0))) as (add, overwrite):
            with add:
                self._store(targets, totals, mask, True)
            with overwrite:
                self._store(targets, totals, mask, False)
        build.ret_void()

    def _multiply(self, panel: Any, lefts: list[Any], sums: list[Any]) -> list[Any]:
        build = self._build
        rights = [self._load(panel, index, 8 * min(self._widths)) for index in range(len(self._widths))]
        totals: list[Any] = []
        for left in lefts:
            factor = build.load(build.inttoptr(left, _I64.as_pointer()), align=8)
            for right in rights:
                product = build.mul(right, self._spread(factor, right.type.count))
                totals.append(build.add(sums[len(totals)], product))
        return totals

    def _store(self, targets: list[Any], totals: list[Any], mask: Any, add: bool) -> None:
        build, last, values = self._build, len(self._widths) - 1, iter(totals)
        for target in targets:
            for index in range(last):
                value = next(values)
                total = build.add(self._load(target, index, 8), value) if add else value
                build.store(total, self._at(target, index), align=8)
            value, place = next(values), self._at(target, last)
            if add:
                load = self._intrinsic("load", value.type, [place.type, _I32, mask.type, value.type])
                value = build.add(build.call(load, [place, _I32(8), mask, ir.Constant(value.type, None)]), value)
            store = self._intrinsic("store", _VOID, [value.type, place.type, _I32, mask.type])
            build.call(store, [value, place, _I32(8), mask])

    def _rows(self, first: Any, row: Any) -> list[Any]:
        rows = [first]
        while len(rows) < self._height:
            rows.append(self._build.add(rows[-1], row))
        return rows

    def _vector(self, width: int) -> Any:
        return ir.VectorType(_I64, width)

    def _at(self, address: Any, index: int) -> Any:
        kind = self._vector(self._widths[index])
        return self._build.inttoptr(self._build.add(address, _I64(self._places[index])), kind.as_pointer())

    def _load(self, address: Any, index: int, align: int) -> Any:
        return self._build.load(self._at(address, index), align=align)

    def _spread(self, value: Any, width: int) -> Any:
        none = ir.Constant(ir.VectorType(value.type, width), ir.Undefined)
        one = self._build.insert_element(none, value, _I32(0))
        return self._build.shuffle_vector(one, none, ir.Constant(ir.VectorType(_I32, width), [_I32(0)] * width))

    def _mask(self, tail: Any) -> Any:
        width = self._widths[-1]
        lanes = ir.Constant(self._vector(width), [_I64(lane) for lane in range(width)])
        return self._build.icmp_signed("<", lanes, self._spread(tail, width))

    def _prefetch(self, address: Any, place: int = 0) -> None:
        pointer = self._build.inttoptr(self._build.add(address, _I64(place)), _I64.as_pointer())
        kind = ir.FunctionType(_VOID, [pointer.type, _I32, _I32, _I32])
        prefetch = cgutils.get_or_insert_function(self._module, kind, "llvm.prefetch.p0")
        self._build.call(prefetch, [pointer, _I32(0), _I32(2), _I32(1)])

    def _intrinsic(self, name: str, result: Any, arguments: list[Any]) -> Any:
        full = f"llvm.masked.{name}.v{self._widths[-1]}i64.p0"
        return cgutils.get_or_insert_function(self._module, ir.FunctionType(result, arguments), full)


def _write_tile(context: Any, kind: Any, a: Any, b: Any, c: Any, extent: Any) -> Any:
    """Run tile number ``kind`` on a (address, row, step), b (address, step), c (address, row) and
    extent (steps, tail, accumulate, ahead)."""
    groups = [cast(Any, types.UniTuple)(types.int64, size) for size in (3, 2, 2, 4)]

    def write(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values = [value for group in arguments[1:] for value in cgutils.unpack_tuple(builder, group)]
        after = builder.append_basic_block("after")
        switch = builder.switch(arguments[0], after)
        for number, height in enumerate(_HEIGHTS):
            for vectors in range(_PANEL // 8):
                for last, width in enumerate(_LAST_WIDTHS):
                    block = builder.append_basic_block()
                    switch.add_case(_I64(8 * number + 2 * vectors + last), block)
                    builder.position_at_end(block)
                    builder.call(_TileWriter(builder.module, height, (8,) * vectors + (width,)).function, values)
                    builder.branch(after)
        builder.position_at_end(after)
        return target.get_dummy_value()

    return types.void(types.int64, *groups), write


_tile: Callable[..., None] = intrinsic(_write_tile)


@compiled
def _padded(columns: int) -> int:
    """Words in a row of a panel of so many columns: whole vectors, or a half one at the end."""
    return (columns + 3) // 4 * 4


@compiled
def _pack_panel(b: Matrix, shape: tuple[int, int], out: Words) -> None:
    """A panel of ``shape`` (rows, columns up to 32), row after row."""
    depth, columns = shape
    address, row, column = b
    width = _padded(columns)
    source = words_at(address, (depth - 1) * row + (columns - 1) * column + 1)
    done = 0
    if column == 1:
        for p in range(depth):
            line, target = source[p * row : p * row + columns], out[p * width : p * width + columns]
            for j in range(columns):
                target[j] = line[j]
        done = columns
    elif row == 1:
        while done + 8 <= columns:
            _pack_eight(source[done * column :], column, depth, out[done:], width)
            done += 8
    for j in range(done, columns):
        for p in range(depth):
            out[p * width + j] = source[p * row + j * column]


@compiled
def _pack_eight(source: Words, column: int, depth: int, out: Words, width: int) -> None:
    """Eight columns of which each lies in one run."""
    c0, c1 = source[:depth], source[column : column + depth]
    c2, c3 = source[2 * column : 2 * column + depth], source[3 * column : 3 * column + depth]
    c4, c5 = source[4 * column : 4 * column + depth], source[5 * column : 5 * column + depth]
    c6, c7 = source[6 * column : 6 * column + depth], source[7 * column : 7 * column + depth]
    for p in range(depth):
        line = out[p * width : p * width + 8]
        line[0], line[1], line[2], line[3] = c0[p], c1[p], c2[p], c3[p]
        line[4], line[5], line[6], line[7] = c4[p], c5[p], c6[p], c7[p]


@compiled
def _pack_strip(a: Matrix, shape: tuple[int, int], out: Words) -> None:
    """``shape`` (rows up to 48, depth) of the left matrix, column after column, 48 words apart."""
    rows, depth = shape
    address, row, column = a
    source = words_at(address, (rows - 1) * row + (depth - 1) * column + 1)
    for p in range(depth):
        target = out[p * _STRIP : p * _STRIP + rows]
        if row == 1:
            line = source[p * column : p * column + rows]
            for i in range(rows):
                target[i] = line[i]
        else:
            for i in range(rows):
                target[i] = source[p * column + i * row]


@compiled
def _sweep(a: Matrix, panels: Words, c: Target, shape: tuple[int, int, int], accumulate: int) -> None:
    """All tiles of ``shape`` (rows, depth, columns): a strip of left rows by packed panels."""
    rows, depth, columns = shape
    address, row, step = a[0], 8 * a[1], 8 * a[2]
    i = 0
    while i < rows:
        number = 0 if rows - i >= 6 else (1 if rows - i >= 2 else 2)
        height = 6 if number == 0 else (2 if number == 1 else 1)
        for j in range(0, columns, _PANEL):
            width = min(_PANEL, columns - j)
            vectors = (width + 7) // 8 - 1
            tail = width - 8 * vectors
            kind = 8 * number + 2 * vectors + (1 if tail <= 4 else 0)
            # Two of the next rows a panel: the processor does not foresee them by itself.
            ahead = address + (height + 2 * (j // _PANEL % 3)) * row
            _tile(
                kind,
                (address, row, step),
                (address_of(panels) + 8 * j * depth, 8 * _padded(width)),
                (c[0] + 8 * (i * c[1] + j), 8 * c[1]),
                (depth, tail, accumulate, ahead),
            )
        address += height * row
        i += height


@compiled
def product(a: Matrix, b: Matrix, c: Target, shape: tuple[int, int, int], accumulate: int) -> None:
    """c = a @ b, or c += a @ b, modulo 2^64, for ``shape`` (rows, depth, columns), each at least 1."""
    rows, depth, columns = shape
    most = _share(depth, _DEPTH)
    wide = (_share(columns, max(_PANEL, _BLOCK // most)) + _PANEL - 1) // _PANEL * _PANEL
    room = np.empty(most * wide + 8, np.int64)
    panels = room[-address_of(room) % 64 // 8 :]
    direct = a[2] == 1 or depth == 1
    high = rows if direct else _STRIP
    strip = np.empty(1 if direct else most * _STRIP, np.int64)
    left = (address_of(strip), 1, _STRIP)
    for j in range(0, columns, wide):
        width = min(wide, columns - j)
        for p in range(0, depth, most):
            deep = min(most, depth - p)
            for q in range(0, width, _PANEL):
                corner = (b[0] + 8 * (p * b[1] + (j + q) * b[2]), b[1], b[2])
                _pack_panel(corner, (deep, min(_PANEL, width - q)), panels[q * deep :])
            for i in range(0, rows, high):
                count = min(high, rows - i)
                corner = (a[0] + 8 * (i * a[1] + p * a[2]), a[1], a[2])
                if direct:
                    left = corner
                else:
                    _pack_strip(corner, (count, deep), strip)
                target = (c[0] + 8 * (i * c[1] + j), c[1])
                _sweep(left, panels, target, (count, deep, width), 1 if p > 0 else accumulate)


@compiled
def _share(total: int, most: int) -> int:
    """The size of equal parts of at most about ``most``."""
    parts = (total + most - 1) // most
    return (total + parts - 1) // parts


@compiled_parallel
def products(jobs: Words) -> None:
    """Several products at once; a row of ``jobs`` [n, 12] has a, b, c, shape and accumulate of :func:`product`."""
    for index in numba.prange(jobs.shape[0]):
        job = jobs[index]
        a, b, c = (job[0], job[1], job[2]), (job[3], job[4], job[5]), (job[6], job[7])
        product(a, b, c, (job[8], job[9], job[10]), job[11])
