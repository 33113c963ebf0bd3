"""Sums of products of transformed polynomials: for every place of the transform a small product of matrices.

``out[i, j] = sum over k of left[i, k] * right[k, j]`` modulo each prime, place by place. Both factors are packed
first, so that a register tile finds all it needs of 32 places near by: these lie together, then left rows (or right
columns), then k. Sums are kept as low and high 52 bits and reduced once (IFMA); elsewhere as 128 bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils as numba_cgutils
from numba.core import types
from numba.extending import intrinsic

from server_node.kernels.compiled import compiled, sample
from server_node.kernels.vector import detect

Words = npt.NDArray[np.uint64]
cgutils: Any = numba_cgutils

LANES: Final = 8
MOST_TERMS: Final = 1024
"""More would overflow a sum of high halves."""
_HEIGHTS: Final = (4, 2, 1)
_WIDTHS: Final = (2, 1)
_LIMB: Final = 52
RUN: Final = 32
"""Places that are packed together."""
_VOID, _I64 = ir.VoidType(), ir.IntType(64)
_VECTOR: Final = ir.VectorType(_I64, LANES)


def has_limb_products() -> bool:
    """Whether one instruction multiplies and adds eight numbers of 52 bits (AVX-512 IFMA)."""
    return detect.has("avx512ifma", "avx512f")


def constants(primes: Sequence[int]) -> Words:
    """What sums are reduced with, [primes, 8]: the prime, 2^52 and 2^104 modulo it with their quotients for 2^52,
    2^64 with its quotient for 2^64, and 2^50."""
    rows = []
    for prime in primes:
        powers = [pow(2, _LIMB, prime), pow(2, 2 * _LIMB, prime)]
        quotients = [(power << _LIMB) // prime for power in powers]
        rows.append([prime, powers[0], quotients[0], powers[1], quotients[1]])
        shifted = pow(2, 64, prime)
        rows[-1] += [shifted, (shifted << 64) // prime, (1 << 50) % prime]
    return np.array(rows, np.uint64)


def pack(rows: Words, out: Words, first: tuple[int, int]) -> None:
    """Put transformed polynomials [outer, inner, primes, n] to their places in a panel.

    Args:
        out: [primes, n / 32, k, i, 32].
        first: the k of inner polynomial 0 and the i of outer polynomial 0.

    Raises ``ValueError`` for polynomials that have no place there.
    """
    outer, inner, *levels = rows.shape
    primes, blocks, terms, width, _ = out.shape
    if [primes, blocks * RUN] != levels or first[0] + inner > terms or first[1] + outer > width:
        raise ValueError("the polynomials do not fit the panel")
    _pack(rows, out, first[0], first[1])


def product(a: Words, b: Words, moduli: Words) -> Words:
    """Products of values [primes, n], place by place, reduced."""
    out = np.zeros_like(a)
    subtract_product(out, a, b, moduli)
    return np.where(out > 0, moduli[: len(a), :1] - out, out)


def subtract_product(target: Words, a: Words, b: Words, moduli: Words) -> None:
    """Take the products of values ``a`` and ``b`` [primes, n], place by place, from ``target``; all are reduced."""
    _subtract_product(target, a, b, moduli)


def multiply(left: Words, right: Words, moduli: Words, out: Words) -> None:
    """``out`` [i, j, primes, n] from packed factors [primes, n / 32, k, i, 32] and [primes, n / 32, k, j, 32].

    Entries are below their primes, of 50 bits, before and after; k is at most ``MOST_TERMS``. Raises ``ValueError``
    for arrays that do not fit.
    """
    primes, blocks, terms, rows, _ = left.shape
    if right.shape != (primes, blocks, terms, right.shape[3], RUN) or left.shape[4] != RUN or len(moduli) != primes:
        raise ValueError("the factors do not fit each other")
    if out.shape != (rows, right.shape[3], primes, blocks * RUN) or not 1 <= terms <= MOST_TERMS:
        raise ValueError("the product does not fit its factors")
    (_multiply_limbs if has_limb_products() else multiply_portable)(left, right, moduli, out)


class _TileWriter:
    """Writes the LLVM function of one tile: ``height`` left rows by ``width`` right columns of one vector of places.

    Its arguments are int64 addresses and steps in bytes: left, step of left; right, step of right; number of terms;
    constants of the prime (each eight times); target, row of the target, column of the target.
    """

    def __init__(self, module: Any, height: int, width: int) -> None:
        self._module, self._height, self._width = module, height, width
        self.function = ir.Function(module, ir.FunctionType(_VOID, [_I64] * 9), f"lattice_tile_{height}_{width}")
        self.function.linkage = "internal"
        self.function.attributes.add("noinline")
        self._build = ir.IRBuilder(self.function.append_basic_block("entry"))
        self._write()

    def _write(self) -> None:
        build = self._build
        left, left_step, right, right_step, terms, table, target, row, column = self.function.args
        entry, loop, done = build.block, build.append_basic_block("term"), build.append_basic_block("done")
        build.branch(loop)
        build.position_at_end(loop)
        places = [build.phi(_I64) for _ in range(3)]
        sums = [build.phi(_VECTOR) for _ in range(2 * self._height * self._width)]
        totals = self._step(places[0], places[1], sums)
        moves = [left_step, right_step, _I64(-1)]
        for phi, start, move in zip(places, (left, right, terms), moves, strict=True):
            phi.add_incoming(start, entry)
            phi.add_incoming(build.add(phi, move), loop)
        for phi, total in zip(sums, totals, strict=True):
            phi.add_incoming(ir.Constant(_VECTOR, None), entry)
            phi.add_incoming(total, loop)
        build.cbranch(build.icmp_signed(">", places[2], _I64(1)), loop, done)
        build.position_at_end(done)
        numbers = [self._load(table, index, LANES) for index in range(5)]
        index = 0
        for i in range(self._height):
            for j in range(self._width):
                value = self._reduce(totals[index], totals[index + 1], numbers)
                place = build.add(target, build.add(build.mul(row, _I64(i)), build.mul(column, _I64(j))))
                build.store(value, build.inttoptr(place, _VECTOR.as_pointer()), align=8)
                index += 2
        build.ret_void()

    def _step(self, left: Any, right: Any, sums: list[Any]) -> list[Any]:
        rights = [self._load(right, index) for index in range(self._width)]
        totals: list[Any] = []
        for i in range(self._height):
            factor = self._load(left, i)
            for other in rights:
                index = len(totals)
                totals.append(self._fused("l", sums[index], factor, other))
                totals.append(self._fused("h", sums[index + 1], factor, other))
        return totals

    def _reduce(self, low: Any, high: Any, numbers: list[Any]) -> Any:
        """low + 2^52 high, below the prime."""
        build = self._build
        prime = numbers[0]
        mask, shift = self._same((1 << _LIMB) - 1), self._same(_LIMB)
        high = build.add(high, build.lshr(low, shift))
        parts = [build.and_(low, mask)]
        for value, power, quotient in ((high, *numbers[1:3]), (build.lshr(high, shift), *numbers[3:5])):
            zero = ir.Constant(_VECTOR, None)
            guess = self._fused("h", zero, value, quotient)
            rest = build.sub(self._fused("l", zero, value, power), self._fused("l", zero, guess, prime))
            parts.append(build.and_(rest, mask))
        twice = build.add(prime, prime)
        total = build.add(self._less(parts[0], twice), build.add(parts[1], parts[2]))
        for bound in (build.add(twice, twice), twice, prime):
            total = self._less(total, bound)
        return total

    def _less(self, value: Any, bound: Any) -> Any:
        """The value, without the bound if it holds it."""
        build = self._build
        return build.select(build.icmp_unsigned("<", value, bound), value, build.sub(value, bound))

    def _fused(self, half: str, total: Any, a: Any, b: Any) -> Any:
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        name = f"llvm.x86.avx512.vpmadd52{half}.uq.512"
        return self._build.call(cgutils.get_or_insert_function(self._module, kind, name), [total, a, b])

    def _load(self, address: Any, index: int, step: int = RUN) -> Any:
        place = self._build.add(address, _I64(8 * step * index))
        return self._build.load(self._build.inttoptr(place, _VECTOR.as_pointer()), align=8)

    def _same(self, value: int) -> Any:
        return ir.Constant(_VECTOR, [_I64(value)] * LANES)


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
                switch.add_case(_I64(len(_WIDTHS) * number + other), block)
                builder.position_at_end(block)
                builder.call(_TileWriter(builder.module, height, width).function, values)
                builder.branch(after)
        builder.position_at_end(after)
        return target.get_dummy_value()

    return types.void(types.int64, *groups), write


_tile: Callable[..., None] = intrinsic(_write_tile)


def _write_wide(context: Any, a: Any, b: Any) -> Any:
    """The product of two 64-bit words as (low, high) word."""
    pair = cast(Any, types.UniTuple)(types.uint64, 2)
    wide = ir.IntType(128)

    def write(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, y = (builder.zext(value, wide) for value in arguments)
        product = builder.mul(x, y)
        halves = [builder.trunc(product, _I64), builder.trunc(builder.lshr(product, wide(64)), _I64)]
        return cgutils.pack_array(builder, halves)

    return pair(types.uint64, types.uint64), write


wide_product: Callable[..., tuple[Any, Any]] = intrinsic(_write_wide)


@compiled
def _pack(rows: Words, out: Words, first_inner: int, first_outer: int) -> None:
    outer, inner, primes, size = rows.shape
    for r in range(primes):
        for block in range(size // RUN):
            for k in range(inner):
                for i in range(outer):
                    source = rows[i, k, r, RUN * block : RUN * (block + 1)]
                    target = out[r, block, first_inner + k, first_outer + i]
                    for place in range(RUN):
                        target[place] = source[place]


@compiled
def _subtract_product(target: Words, a: Words, b: Words, moduli: Words) -> None:
    for r in range(target.shape[0]):
        prime, power, quotient = moduli[r, 0], moduli[r, 5], moduli[r, 6]
        row, left, right = target[r], a[r], b[r]
        for j in range(len(row)):
            low, high = wide_product(left[j], right[j])
            # high 2^64 by Shoup's multiplication, low by a fold at 2^50; both stay below four primes together.
            rest = high * power - wide_product(high, quotient)[1] * prime
            rest += (low >> np.uint64(50)) * moduli[r, 7] + (low & np.uint64(0x3FFFFFFFFFFFF))
            rest -= prime * np.uint64(2) if rest >= prime * np.uint64(2) else np.uint64(0)
            rest -= prime if rest >= prime else np.uint64(0)
            row[j] -= rest
            row[j] += prime if row[j] >> np.uint64(63) else np.uint64(0)


@compiled
def _multiply_limbs(left: Words, right: Words, moduli: Words, out: Words) -> None:
    primes, blocks, terms, rows, _ = left.shape
    columns = right.shape[3]
    table = np.empty((5, LANES), np.uint64)
    row, column = np.int64(out.strides[0]), np.int64(out.strides[1])
    for r in range(primes):
        for index in range(5):
            table[index] = moduli[r, index]
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
def multiply_portable(left: Words, right: Words, moduli: Words, out: Words) -> None:
    """:func:`multiply` for any processor."""
    primes, blocks, terms, rows, _ = left.shape
    for r in range(primes):
        prime, power = moduli[r, 0], moduli[r, 5]
        for v in range(blocks):
            for i in range(rows):
                for j in range(right.shape[3]):
                    target = out[i, j, r, RUN * v : RUN * (v + 1)]
                    for lane in range(RUN):
                        low, high = np.uint64(0), np.uint64(0)
                        for k in range(terms):
                            part, carry = wide_product(left[r, v, k, i, lane], right[r, v, k, j, lane])
                            low += part
                            high += carry + np.uint64(low < part)
                        target[lane] = _reduced(high, low, prime, power)


@compiled
def _reduced(high: Any, low: Any, prime: Any, power: Any) -> Any:
    """high 2^64 + low modulo the prime; ``power`` is 2^64 modulo it."""
    total = low % prime
    while high > np.uint64(0):
        part, high = wide_product(high, power)
        total += part % prime
    return total % prime


@sample
def _smallest_panels() -> None:
    moduli = constants([(1 << 50) - 27])
    rows = np.zeros((1, 1, 1, RUN), np.uint64)
    panel = np.zeros((1, 1, 1, 1, RUN), np.uint64)
    pack(rows, panel, (0, 0))
    subtract_product(rows[0, 0], rows[0, 0], rows[0, 0], moduli)
    multiply(panel, panel, moduli, np.empty((1, 1, 1, RUN), np.uint64))
