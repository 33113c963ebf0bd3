"""AES-128 in LLVM's own language: rounds over vectors of blocks that stay in registers.

A vector has four blocks where the processor has instructions for that (VAES) and one elsewhere (AES-NI). The writer
works on lists of vectors, so that the rounds of several are under way at once; FIPS 197.
"""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir

from server_node.kernels.vector.detect import has_vector_aes

I32, I64 = ir.IntType(32), ir.IntType(64)
BLOCK_BYTES: Final = 16
ROUNDS: Final = 10
LANES: Final = 4 if has_vector_aes() else 1
"""Blocks in a vector."""
_PAIR = ir.VectorType(I64, 2)


class CipherWriter:
    """Adds instructions to a builder; addresses are int64 values, a block is two int64, the lower half first."""

    def __init__(self, builder: Any, lanes: int = LANES) -> None:
        self.build, self.lanes = builder, lanes
        self.vector = ir.VectorType(I64, 2 * lanes)

    def constant(self, pairs: list[tuple[int, int]]) -> Any:
        """A vector of known blocks."""
        return ir.Constant(self.vector, [I64(half) for pair in pairs for half in pair])

    def load(self, address: Any, index: int = 0) -> Any:
        """Vector number ``index`` from an address."""
        return self.build.load(self._at(address, index, self.vector), align=8)

    def store(self, value: Any, address: Any, index: int = 0) -> None:
        """Vector number ``index`` from an address is overwritten."""
        self.build.store(value, self._at(address, index, self.vector), align=8)

    def block(self, address: Any, index: int = 0) -> Any:
        """Block number ``index`` from an address in every lane."""
        place = self._at(address, index, _PAIR)
        return self.spread(self.build.load(place, align=8))

    def spread(self, pair: Any) -> Any:
        """One block in every lane."""
        if self.lanes == 1:
            return pair
        order = ir.Constant(ir.VectorType(I32, 2 * self.lanes), [I32(half) for half in (0, 1)] * self.lanes)
        return self.build.shuffle_vector(pair, ir.Constant(_PAIR, ir.Undefined), order)

    def pair(self, low: Any, high: Any) -> Any:
        """The block of two int64 in every lane."""
        first = self.build.insert_element(ir.Constant(_PAIR, ir.Undefined), low, I32(0))
        return self.spread(self.build.insert_element(first, high, I32(1)))

    def counters(self, number: Any, vectors: int) -> list[Any]:
        """Blocks of counter mode from ``number`` on: it is the upper half, its bytes turned around."""
        name = f"llvm.bswap.v{self.vector.count}i64"
        kind = ir.FunctionType(self.vector, [self.vector])
        turn = self.build.module.globals.get(name) or ir.Function(self.build.module, kind, name)
        base = self.pair(I64(0), number)
        steps = [[(0, self.lanes * index + lane) for lane in range(self.lanes)] for index in range(vectors)]
        return [self.build.call(turn, [self.build.add(base, self.constant(step))]) for step in steps]

    def encrypt(self, schedule: Any, states: list[Any]) -> list[Any]:
        """AES of every state under the round keys [11, 2] at an address."""
        key = self.block(schedule)
        states = [self.build.xor(state, key) for state in states]
        for number in range(1, ROUNDS + 1):
            key = self.block(schedule, number)
            step = self._instruction("aesenc" if number < ROUNDS else "aesenclast")
            states = [self.build.call(step, [state, key]) for state in states]
        return states

    def interleave(self, even: Any, odd: Any) -> tuple[Any, Any]:
        """The blocks of two vectors in turn: the first half of them, and the second."""
        if self.lanes == 1:
            return even, odd
        size = 2 * self.lanes
        turns = [start + 2 * lane + half for lane in range(self.lanes) for start in (0, size) for half in (0, 1)]
        kind = ir.VectorType(I32, size)
        first, second = (ir.Constant(kind, [I32(place) for place in part]) for part in (turns[:size], turns[size:]))
        return self.build.shuffle_vector(even, odd, first), self.build.shuffle_vector(even, odd, second)

    def _instruction(self, name: str) -> Any:
        module = self.build.module
        full = f"llvm.x86.aesni.{name}" + (".512" if self.lanes > 1 else "")
        if full in module.globals:
            return module.globals[full]
        return ir.Function(module, ir.FunctionType(self.vector, [self.vector, self.vector]), full)

    def _at(self, address: Any, index: int, kind: Any) -> Any:
        size = BLOCK_BYTES * (kind.count // 2)
        return self.build.inttoptr(self.build.add(address, I64(size * index)), kind.as_pointer())
