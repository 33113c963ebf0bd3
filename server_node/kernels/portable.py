"""Ring products in plain loops, for processors without wide multiplication: tiles of 4 by 4 in registers."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from server_node.kernels.compiled import compiled, compiled_parallel, words_at

Words = npt.NDArray[np.int64]
Matrix = tuple[int, int, int]
"""Address, and how many words further the next row and the next column are."""

_DEPTH = 256
_SIDE = 4


@compiled
def _pack(source: Matrix, shape: tuple[int, int], out: Words) -> None:
    """``shape`` (depth, width) of words, ``source`` strided in that order, in groups of 4 of the width with zeros."""
    depth, width = shape
    view = words_at(source[0], (depth - 1) * source[1] + (width - 1) * source[2] + 1)
    for first in range(0, width, _SIDE):
        group = out[first * depth : (first + _SIDE) * depth]
        for lane in range(_SIDE):
            if first + lane < width:
                start = (first + lane) * source[2]
                for p in range(depth):
                    group[p * _SIDE + lane] = view[start + p * source[1]]
            else:
                for p in range(depth):
                    group[p * _SIDE + lane] = 0


@compiled
def _tile(left: Words, right: Words, depth: int, out: Words) -> None:
    """out[4 * i + j] = sum over p of left[4 * p + i] * right[4 * p + j]."""
    c00 = c01 = c02 = c03 = c10 = c11 = c12 = c13 = 0
    c20 = c21 = c22 = c23 = c30 = c31 = c32 = c33 = 0
    for p in range(depth):
        rows, columns = left[4 * p : 4 * p + 4], right[4 * p : 4 * p + 4]
        a0, a1, a2, a3 = rows[0], rows[1], rows[2], rows[3]
        b0, b1, b2, b3 = columns[0], columns[1], columns[2], columns[3]
        c00, c01, c02, c03 = c00 + a0 * b0, c01 + a0 * b1, c02 + a0 * b2, c03 + a0 * b3
        c10, c11, c12, c13 = c10 + a1 * b0, c11 + a1 * b1, c12 + a1 * b2, c13 + a1 * b3
        c20, c21, c22, c23 = c20 + a2 * b0, c21 + a2 * b1, c22 + a2 * b2, c23 + a2 * b3
        c30, c31, c32, c33 = c30 + a3 * b0, c31 + a3 * b1, c32 + a3 * b2, c33 + a3 * b3
    out[0], out[1], out[2], out[3] = c00, c01, c02, c03
    out[4], out[5], out[6], out[7] = c10, c11, c12, c13
    out[8], out[9], out[10], out[11] = c20, c21, c22, c23
    out[12], out[13], out[14], out[15] = c30, c31, c32, c33


@compiled
def product(a: Matrix, b: Matrix, c: tuple[int, int], shape: tuple[int, int, int], accumulate: int) -> None:
    """c = a @ b, or c += a @ b, modulo 2^64, for ``shape`` (rows, depth, columns), each at least 1.

    ``c`` is an address and the words to the next row; its columns lie side by side.
    """
    rows, depth, columns = shape
    most = min(depth, _DEPTH)
    rights = np.empty((columns + _SIDE) * most, np.int64)
    lefts = np.empty(_SIDE * most, np.int64)
    sums = np.empty(_SIDE * _SIDE, np.int64)
    target = words_at(c[0], (rows - 1) * c[1] + columns)
    for first in range(0, depth, most):
        deep = min(most, depth - first)
        add = accumulate if first == 0 else 1
        _pack((b[0] + 8 * first * b[1], b[1], b[2]), (deep, columns), rights)
        for i in range(0, rows, _SIDE):
            high = min(_SIDE, rows - i)
            _pack((a[0] + 8 * (i * a[1] + first * a[2]), a[2], a[1]), (deep, high), lefts)
            for j in range(0, columns, _SIDE):
                _tile(lefts, rights[j * deep :], deep, sums)
                for u in range(high):
                    for v in range(min(_SIDE, columns - j)):
                        place = (i + u) * c[1] + j + v
                        target[place] = sums[_SIDE * u + v] + (target[place] if add else 0)


@compiled_parallel
def products(jobs: Words) -> None:
    """Several products at once; a row of ``jobs`` [n, 12] has a, b, c, shape and accumulate of :func:`product`."""
    for index in numba.prange(jobs.shape[0]):
        job = jobs[index]
        a, b = (job[0], job[1], job[2]), (job[3], job[4], job[5])
        product(a, b, (job[6], job[7]), (job[8], job[9], job[10]), job[11])
