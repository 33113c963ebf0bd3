"""Compiled inner loops of a dealer of correlations.

Arrays are C-contiguous; sizes are checked by callers. A packed array holds numbers of ``width`` bytes without gaps and
eight spare bytes behind the last, because whole words are read and written. Compiled once per machine and cached.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from numba.core import types
from numba.extending import intrinsic

from server_node.kernels.compiled import compiled, sample

Words = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
SPARE = 8
"""Bytes behind the last number of a packed array."""


def _word_at(context: Any, builder: Any, array_type: Any, array: Any, offset: Any) -> Any:
    """Address of the word that begins at a byte of an array."""
    address = builder.gep(context.make_array(array_type)(context, builder, array).data, [offset])
    return builder.bitcast(address, context.get_value_type(types.uint64).as_pointer())


def _load_type(typing_context: Any, array: Any, offset: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_word_at(context, builder, signature.args[0], *args), align=1)

    return types.uint64(array, types.intp), generate


def _store_type(typing_context: Any, array: Any, offset: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(args[2], _word_at(context, builder, signature.args[0], *args[:2]), align=1)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.uint64), generate


_load = cast(Callable[[Bytes, int], np.uint64], intrinsic(_load_type))
"""The little-endian word that begins at any byte."""
_store = cast(Callable[[Bytes, int, np.uint64], None], intrinsic(_store_type))
"""Writes a little-endian word at any byte."""


@compiled
def and_rows(first: Words, second: Words, io: Words) -> None:
    """Private AND: io [1, n] ^= first & second, both [1, n] and each known to one party."""
    for i in range(io.shape[1]):
        io[0, i] ^= first[0, i] & second[0, i]


@compiled
def triple_rows(first: Words, second: Words, io: Words) -> None:
    """Bit triples: from the xor shares [3, n] of (a, b0, b1), io [2, n] ^= (a & b0, a & b1)."""
    for i in range(io.shape[1]):
        a = first[0, i] ^ second[0, i]
        io[0, i] ^= a & (first[1, i] ^ second[1, i])
        io[1, i] ^= a & (first[2, i] ^ second[2, i])


@compiled
def pair_rows(first: Words, second: Words, io: Words) -> None:
    """Private pairs: io [2, n] ^= p1 q1 ^ p2 q0 ^ p0 q2, p1 q0 ^ p0 q1 for p = first and q = second, both [3, n]."""
    for i in range(io.shape[1]):
        p0, p1, q0, q1 = first[0, i], first[1, i], second[0, i], second[1, i]
        io[0, i] ^= (p1 & q1) ^ (first[2, i] & q0) ^ (p0 & second[2, i])
        io[1, i] ^= (p1 & q0) ^ (p0 & q1)


@compiled
def subtract_packed(values: Words, packed: Bytes, width: int, out: Bytes) -> None:
    """out = values - packed mod 2^(8 width): ``values`` [n], packed and out [width * n + SPARE]."""
    for i in range(values.shape[0]):
        _store(out, i * width, values[i] - _load(packed, i * width))


@compiled
def spread_bits(bits: Words, out: Words) -> None:
    """out[i] = bit i of the packed ``bits``."""
    for i in range(out.shape[0]):
        out[i] = (bits[i >> 6] >> np.uint64(i & 63)) & np.uint64(1)


@compiled
def choose_packed(bits: Words, pad0: Bytes, pad1: Bytes, width: int, out: Bytes) -> None:
    """out[i] = pad1[i] where bit i is set, else pad0[i]; pads and out are packed numbers of ``width`` bytes."""
    for i in range((out.shape[0] - SPARE) // width):
        chosen = np.uint64(0) - ((bits[i >> 6] >> np.uint64(i & 63)) & np.uint64(1))
        zero = _load(pad0, i * width)
        _store(out, i * width, zero ^ ((zero ^ _load(pad1, i * width)) & chosen))


@compiled
def look_up_packed(index: Words, pads: Bytes, index_bits: int, width: int, out: Bytes) -> None:
    """out[i] = pads[i, index[i] mod 2^index_bits]; ``pads`` is packed [n, 2^index_bits], out packed [n]."""
    kept = np.uint64((1 << index_bits) - 1)
    for i in range(index.shape[0]):
        entry = (i << index_bits) + int(index[i] & kept)
        _store(out, i * width, _load(pads, entry * width))


@sample
def _warm() -> None:
    words, packed = np.zeros((3, 1), np.uint64), np.zeros(1 + SPARE, np.uint8)
    and_rows(words[:1], words[:1], words[:1])
    triple_rows(words, words, words[:2])
    pair_rows(words, words, words[:2])
    subtract_packed(words[0], packed, 1, packed)
    spread_bits(words[0], words[1])
    choose_packed(words[0], packed, packed, 1, packed)
    look_up_packed(words[0], packed, 0, 1, packed)
