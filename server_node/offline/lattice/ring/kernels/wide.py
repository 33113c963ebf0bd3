"""Transforms in 512-bit vectors with 52-bit products (IFMA); what they compute is said in :mod:`.portable`.

Of the 13 levels a vector of columns takes up to four at a time in registers; the last ones (forward; first ones
backward) take place inside runs of 64 neighbours, the very last three between the lanes of two vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from numba.core import types
from numba.extending import intrinsic

from server_node.kernels.compiled import address_of, compiled
from server_node.offline.lattice.ring.kernels.lanes import I64, LANES, LaneWriter, cgutils

Words = npt.NDArray[np.uint64]
Step = Callable[[Any, Any, tuple[Any, Any]], tuple[Any, Any]]

QUOTIENT_BITS = 52
_FIRST, _SECOND = 3, 4
"""Levels that are done together before those inside a run."""
_RUN = 64
_LANE_LEVELS = 3
_ENTRY = 8 * 2 * LANES * _LANE_LEVELS
"""Bytes of the powers of two vectors of neighbours."""
_PAIR = cast(Any, types.UniTuple)(types.int64, 2)

# Where the upper and lower inputs of butterflies are in two vectors of neighbours, level by level, and the way back.
_SPLITS = (
    ((0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7, 12, 13, 14, 15)),
    ((0, 1, 8, 9, 4, 5, 12, 13), (2, 3, 10, 11, 6, 7, 14, 15)),
    ((0, 8, 2, 10, 4, 12, 6, 14), (1, 9, 3, 11, 5, 13, 7, 15)),
)
_NATURAL = ((0, 8, 1, 9, 2, 10, 3, 11), (4, 12, 5, 13, 6, 14, 7, 15))
_GATHERED = ((0, 2, 4, 6, 8, 10, 12, 14), (1, 3, 5, 7, 9, 11, 13, 15))


class _Butterflies:
    """Writes butterflies modulo one prime into a builder."""

    def __init__(self, builder: Any, prime: Any) -> None:
        self.lanes = LaneWriter(builder)
        self.build = builder
        self.prime = self.lanes.fill(prime)
        self.twice = builder.add(self.prime, self.prime)
        self.negative = builder.sub(self.lanes.same(1 << QUOTIENT_BITS), self.prime)

    def multiply(self, value: Any, power: tuple[Any, Any]) -> Any:
        return self.lanes.multiply(value, *power, self.negative)

    def forward(self, x: Any, y: Any, power: tuple[Any, Any]) -> tuple[Any, Any]:
        """x + power y and x - power y; all below 4 primes."""
        x, y = self.lanes.once(x, self.twice), self.multiply(y, power)
        return self.build.add(x, y), self.build.sub(self.build.add(x, self.twice), y)

    def backward(self, x: Any, y: Any, power: tuple[Any, Any]) -> tuple[Any, Any]:
        """x + y and power (x - y); all below 2 primes."""
        total, gap = self.build.add(x, y), self.build.sub(self.build.add(x, self.twice), y)
        return self.lanes.once(total, self.twice), self.multiply(gap, power)

    def reduced(self, value: Any) -> Any:
        """A value below 4 primes, below one."""
        return self.lanes.once(self.lanes.once(value, self.twice), self.prime)

    def scaled(self, x: Any, y: Any, table: Any) -> tuple[Any, Any]:
        """Factors of ``table`` [2, 2] times x + y and x - y, reduced."""
        total, gap = self.build.add(x, y), self.build.sub(self.build.add(x, self.twice), y)
        pair = (self.multiply(value, self.power(table, index)) for index, value in enumerate((total, gap)))
        first, second = (self.lanes.once(value, self.prime) for value in pair)
        return first, second

    def power(self, table: Any, index: int) -> tuple[Any, Any]:
        """Entry ``index`` of a table [n, 2]: a factor and its quotient."""
        return self.lanes.spread(table, 2 * index), self.lanes.spread(table, 2 * index + 1)

    def columns(self, values: list[Any], table: Any, index: Any, step: Step, until: int = 0) -> None:
        """All levels between ``values``, down to ``until`` blocks backward; the first block is entry ``index``."""
        count = len(values).bit_length() - 1
        levels = range(count)
        for level in levels if step == self.forward else reversed(levels[until:]):
            half = len(values) >> (level + 1)
            first = self.build.add(table, self.build.shl(index, I64(level + 4)))
            for block in range(1 << level):
                power = self.power(first, block)
                for upper in range(2 * half * block, 2 * half * block + half):
                    values[upper], values[upper + half] = step(values[upper], values[upper + half], power)

    def pairs_forward(self, a: Any, b: Any, table: Any) -> tuple[Any, Any]:
        """The three levels inside two vectors of neighbours; powers from ``table`` [3, 2, 8]."""
        pick = self.lanes.pick
        for level, (upper, lower) in enumerate(_SPLITS):
            a, b = self.forward(pick(a, b, upper), pick(a, b, lower), self._lane_power(table, level))
        return pick(a, b, _NATURAL[0]), pick(a, b, _NATURAL[1])

    def pairs_backward(self, a: Any, b: Any, table: Any) -> tuple[Any, Any]:
        """Undo :meth:`pairs_forward`: but for the natural order, taking apart and joining are the same exchange."""
        pick = self.lanes.pick
        a, b = pick(a, b, _GATHERED[0]), pick(a, b, _GATHERED[1])
        for level in reversed(range(_LANE_LEVELS)):
            a, b = self.backward(a, b, self._lane_power(table, level))
            a, b = pick(a, b, _SPLITS[level][0]), pick(a, b, _SPLITS[level][1])
        return a, b

    def _lane_power(self, table: Any, level: int) -> tuple[Any, Any]:
        return self.lanes.load(table, 2 * LANES * level), self.lanes.load(table, 2 * LANES * level + LANES)


def _write_forward_columns(context: Any, place: Any, levels: Any, power: Any, prime: Any) -> Any:
    """Levels forward of eight columns: ``place`` is the address of the first row and the words to the next, ``levels``
    how many (3 or 4), ``power`` the address of the table [n, 2] and the entry of the first level's block."""

    def write(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (data, step), (table, index) = (cgutils.unpack_tuple(builder, arguments[at]) for at in (0, 2))
        with builder.if_else(builder.icmp_signed("==", arguments[1], I64(_FIRST))) as branches:
            for branch, count in zip(branches, (_FIRST, _SECOND), strict=True):
                with branch:
                    flies = _Butterflies(builder, arguments[3])
                    places = _rows(builder, data, step, 1 << count)
                    values = [flies.lanes.load(place) for place in places]
                    flies.columns(values, table, index, flies.forward)
                    for value, place in zip(values, places, strict=True):
                        flies.lanes.store(value, place)
        return target.get_dummy_value()

    return types.void(_PAIR, types.int64, _PAIR, types.uint64), write


def _write_backward_columns(context: Any, place: Any, power: Any, prime: Any) -> Any:
    """Four levels backward of eight columns; arguments as forward."""

    def write(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (data, step), (table, index) = (cgutils.unpack_tuple(builder, arguments[at]) for at in (0, 1))
        flies = _Butterflies(builder, arguments[2])
        places = _rows(builder, data, step, 1 << _SECOND)
        values = [flies.lanes.load(place) for place in places]
        flies.columns(values, table, index, flies.backward)
        for value, place in zip(values, places, strict=True):
            flies.lanes.store(value, place)
        return target.get_dummy_value()

    return types.void(_PAIR, _PAIR, types.uint64), write


def _write_last_columns(context: Any, place: Any, table: Any, scale: Any, prime: Any) -> Any:
    """The last three levels backward of eight columns: the uppermost multiplies by ``scale`` [2, 2] and reduces."""

    def write(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data, step = cgutils.unpack_tuple(builder, arguments[0])
        flies = _Butterflies(builder, arguments[3])
        places = _rows(builder, data, step, 1 << _FIRST)
        values = [flies.lanes.load(place) for place in places]
        flies.columns(values, arguments[1], I64(1), flies.backward, 1)
        half = len(values) // 2
        for upper in range(half):
            pair = flies.scaled(values[upper], values[upper + half], arguments[2])
            for value, at in zip(pair, (upper, upper + half), strict=True):
                flies.lanes.store(value, places[at])
        return target.get_dummy_value()

    return types.void(_PAIR, types.int64, types.int64, types.uint64), write


def _write_forward_run(context: Any, data: Any, power: Any, lanes: Any, prime: Any) -> Any:
    """The last levels forward, in 64 neighbours: ``power`` as for columns, ``lanes`` [4, 3, 2, 8] of the run."""

    def write(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        flies = _Butterflies(builder, arguments[3])
        table, index = cgutils.unpack_tuple(builder, arguments[1])
        values = [flies.lanes.load(arguments[0], LANES * at) for at in range(_RUN // LANES)]
        flies.columns(values, table, index, flies.forward)
        for at in range(0, len(values), 2):
            entry = builder.add(arguments[2], I64(at // 2 * _ENTRY))
            for side, value in enumerate(flies.pairs_forward(values[at], values[at + 1], entry)):
                flies.lanes.store(flies.reduced(value), arguments[0], LANES * (at + side))
        return target.get_dummy_value()

    return types.void(types.int64, _PAIR, types.int64, types.uint64), write


def _write_backward_run(context: Any, data: Any, power: Any, lanes: Any, prime: Any) -> Any:
    """The first levels backward, in 64 neighbours; arguments as forward."""

    def write(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        flies = _Butterflies(builder, arguments[3])
        table, index = cgutils.unpack_tuple(builder, arguments[1])
        values: list[Any] = []
        for at in range(0, _RUN // LANES, 2):
            entry = builder.add(arguments[2], I64(at // 2 * _ENTRY))
            first, second = (flies.lanes.load(arguments[0], LANES * (at + side)) for side in range(2))
            values += flies.pairs_backward(first, second, entry)
        flies.columns(values, table, index, flies.backward)
        for at, value in enumerate(values):
            flies.lanes.store(value, arguments[0], LANES * at)
        return target.get_dummy_value()

    return types.void(types.int64, _PAIR, types.int64, types.uint64), write


def _rows(builder: Any, data: Any, step: Any, count: int) -> list[Any]:
    places = [data]
    while len(places) < count:
        places.append(builder.add(places[-1], builder.shl(step, I64(3))))
    return places


_forward_columns: Callable[..., None] = intrinsic(_write_forward_columns)
_backward_columns: Callable[..., None] = intrinsic(_write_backward_columns)
_last_columns: Callable[..., None] = intrinsic(_write_last_columns)
_forward_run: Callable[..., None] = intrinsic(_write_forward_run)
_backward_run: Callable[..., None] = intrinsic(_write_backward_run)


@compiled
def forward(rows: Words, powers: Words, lanes: Words, primes: Words) -> None:
    """Transform ``rows`` [r, primes, n], words below 4 primes, in place; values come out reduced.

    ``powers`` [primes, n, 2] and ``lanes`` [primes, n / 16, 3, 2, 8] as :func:`lane_powers` makes them.
    """
    size = rows.shape[2]
    wide, narrow = size >> _FIRST, size >> (_FIRST + _SECOND)
    for i in range(len(primes)):
        prime, table, inner = primes[i], address_of(powers[i]), address_of(lanes[i])
        for r in range(rows.shape[0]):
            data = address_of(rows[r, i])
            for column in range(0, wide, LANES):
                _forward_columns((data + 8 * column, wide), _FIRST, (table, 1), prime)
            for block in range(1 << _FIRST):
                for column in range(block * wide, block * wide + narrow, LANES):
                    _forward_columns((data + 8 * column, narrow), _SECOND, (table, (1 << _FIRST) + block), prime)
            runs = size // _RUN
            for run in range(runs):
                _forward_run(data + 8 * _RUN * run, (table, runs + run), inner + 4 * _ENTRY * run, prime)


@compiled
def backward(rows: Words, powers: Words, lanes: Words, scales: Words, primes: Words) -> None:
    """Undo :func:`forward` with the inverse powers; ``scales`` [primes, 2, 2]."""
    size = rows.shape[2]
    wide, narrow = size >> _FIRST, size >> (_FIRST + _SECOND)
    for i in range(len(primes)):
        prime, table, inner = primes[i], address_of(powers[i]), address_of(lanes[i])
        for r in range(rows.shape[0]):
            data = address_of(rows[r, i])
            runs = size // _RUN
            for run in range(runs):
                _backward_run(data + 8 * _RUN * run, (table, runs + run), inner + 4 * _ENTRY * run, prime)
            for block in range(1 << _FIRST):
                for column in range(block * wide, block * wide + narrow, LANES):
                    _backward_columns((data + 8 * column, narrow), (table, (1 << _FIRST) + block), prime)
            for column in range(0, wide, LANES):
                _last_columns((data + 8 * column, wide), table, address_of(scales[i]), prime)


def lane_powers(powers: Words) -> Words:
    """[n / 16, 3, 2, 8] from powers [n, 2]: what each lane multiplies by in the last three levels."""
    size = len(powers)
    spread = []
    for level in range(_LANE_LEVELS):
        blocks = size >> (_LANE_LEVELS - level)
        spread.append(np.repeat(powers[blocks : 2 * blocks], LANES >> (level + 1), axis=0).reshape(-1, LANES, 2))
    return np.ascontiguousarray(np.stack(spread, axis=1).transpose(0, 1, 3, 2))
