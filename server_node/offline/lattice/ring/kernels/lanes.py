"""Arithmetic on eight words at a time, in LLVM's own language; factors have up to 52 bits (IFMA)."""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba.core import cgutils as numba_cgutils

from server_node.kernels.vector import detect

cgutils: Any = numba_cgutils

LANES: Final = 8
LIMB: Final = 52
I32, I64 = ir.IntType(32), ir.IntType(64)
VECTOR: Final = ir.VectorType(I64, LANES)
Order = tuple[int, ...]


def has_limb_products() -> bool:
    """Whether one instruction multiplies and adds eight numbers of 52 bits."""
    return detect.has("avx512ifma", "avx512f")


class LaneWriter:
    """Adds instructions to a builder; addresses are int64 values, places are counted in words."""

    def __init__(self, builder: Any) -> None:
        self.build = builder
        self.zero = ir.Constant(VECTOR, None)
        self.mask = self.same((1 << LIMB) - 1)

    def same(self, value: int) -> Any:
        """A known number in every lane."""
        return ir.Constant(VECTOR, [I64(value)] * LANES)

    def load(self, address: Any, place: int = 0) -> Any:
        """Eight words."""
        return self.build.load(self._at(address, place, VECTOR), align=8)

    def store(self, value: Any, address: Any, place: int = 0) -> None:
        """Overwrite eight words."""
        self.build.store(value, self._at(address, place, VECTOR), align=8)

    def spread(self, address: Any, place: int = 0) -> Any:
        """One word from memory in every lane."""
        return self.fill(self.build.load(self._at(address, place, I64), align=8))

    def fill(self, word: Any) -> Any:
        """A word in every lane."""
        none = ir.Constant(VECTOR, ir.Undefined)
        return self.pick(self.build.insert_element(none, word, I32(0)), none, (0,) * LANES)

    def pick(self, a: Any, b: Any, order: Order) -> Any:
        """The lanes of two vectors, 0 to 7 of the first and 8 to 15 of the second, in another order."""
        kind = ir.VectorType(I32, LANES)
        return self.build.shuffle_vector(a, b, ir.Constant(kind, [I32(lane) for lane in order]))

    def low(self, total: Any, a: Any, b: Any) -> Any:
        """total plus the lower 52 bits of a b."""
        return self._call("llvm.x86.avx512.vpmadd52l.uq.512", total, a, b)

    def high(self, total: Any, a: Any, b: Any) -> Any:
        """total plus what is above the lower 52 bits of a b."""
        return self._call("llvm.x86.avx512.vpmadd52h.uq.512", total, a, b)

    def once(self, value: Any, modulus: Any) -> Any:
        """``value`` below twice the modulus, reduced: of it and the wrapped difference the smaller one."""
        return self._call("llvm.umin.v8i64", value, self.build.sub(value, modulus))

    def multiply(self, value: Any, factor: Any, quotient: Any, negative: Any) -> Any:
        """value * factor modulo a prime, below twice the prime, for a value of 52 bits.

        ``quotient`` is floor(factor 2^52 / prime), ``negative`` 2^52 - prime. Shoup's multiplication.
        """
        guess = self.high(self.zero, value, quotient)
        rest = self.low(self.low(self.zero, value, factor), guess, negative)
        return self.build.and_(rest, self.mask)

    def _call(self, name: str, *arguments: Any) -> Any:
        kind = ir.FunctionType(VECTOR, [VECTOR] * len(arguments))
        return self.build.call(cgutils.get_or_insert_function(self.build.module, kind, name), arguments)

    def _at(self, address: Any, place: int, kind: Any) -> Any:
        return self.build.inttoptr(self.build.add(address, I64(8 * place)), kind.as_pointer())
