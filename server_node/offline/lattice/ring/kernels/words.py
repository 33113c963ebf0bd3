"""Operations on single words that compiled loops need and Python has no word for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from server_node.kernels.compiled import compiled

_I64, _I128 = ir.IntType(64), ir.IntType(128)


def _write_high(context: Any, a: Any, b: Any) -> Any:
    """The upper word of the product of two words."""

    def write(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, right = (builder.zext(value, _I128) for value in arguments)
        return builder.trunc(builder.lshr(builder.mul(left, right), _I128(64)), _I64)

    return types.uint64(types.uint64, types.uint64), write


def _write_ones(context: Any, a: Any) -> Any:
    """How many bits of a word are set."""

    def write(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), write


high: Callable[..., np.uint64] = intrinsic(_write_high)
ones: Callable[..., np.uint64] = intrinsic(_write_ones)


@compiled
def multiply(value: np.uint64, factor: np.uint64, quotient: np.uint64, prime: np.uint64) -> np.uint64:
    """value * factor modulo prime, below twice the prime, for any word; quotient is floor(factor 2^64 / prime).

    Shoup's multiplication; Harvey, "Faster arithmetic for number-theoretic transforms" (2014), section 2.
    """
    return value * factor - high(value, quotient) * prime


@compiled
def fold(value: np.uint64, offset: np.uint64) -> np.uint64:
    """A word modulo 2^50 - offset, below 2^50 + 2^36, for an offset below 2^22."""
    return (value >> np.uint64(50)) * offset + (value & np.uint64(0x3FFFFFFFFFFFF))


@compiled
def once(value: np.uint64, modulus: np.uint64) -> np.uint64:
    """``value`` below twice the modulus, reduced."""
    return value - modulus if value >= modulus else value
