"""Fractions of Q in 512-bit vectors with 52-bit products (IFMA); what they are is said in :mod:`.portable`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from numba.core import types
from numba.extending import intrinsic

from server_node.kernels.compiled import address_of, compiled
from server_node.offline.lattice.ring.kernels import portable
from server_node.offline.lattice.ring.kernels.lanes import I64, LANES, LaneWriter, cgutils

Words = npt.NDArray[np.uint64]

_LIMBS = 3


def _write_add_eight(context: Any, source: Any, factors: Any, target: Any, row: Any) -> Any:
    """Eight residues modulo each of some moduli, times the limbs of their factors, are added to three limbs.

    Arguments: address of the residues; address of the factors [count, 4] and count; address of the lowest limb; bytes
    from residues to those of the next modulus, and from a limb to the next one.
    """

    pair = cast(Any, types.UniTuple)(types.int64, 2)

    def write(target_context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, _, target, row = arguments
        factors, count = cgutils.unpack_tuple(builder, arguments[1])
        lanes = LaneWriter(builder)
        places = [target, builder.add(target, row), builder.add(target, builder.shl(row, I64(1)))]
        starts = [lanes.load(place) for place in places]
        entry, loop = builder.block, builder.append_basic_block("modulus")
        done = builder.append_basic_block("done")
        builder.branch(loop)
        builder.position_at_end(loop)
        phis = [builder.phi(start.type) for start in (source, factors, count, *starts)]
        value = lanes.load(phis[0])
        limbs = [lanes.spread(phis[1], limb) for limb in range(_LIMBS + 1)]
        totals = [
            lanes.low(lanes.high(phis[3 + limb], value, limbs[limb]), value, limbs[limb + 1]) for limb in range(_LIMBS)
        ]
        left = builder.sub(phis[2], I64(1))
        nexts = [builder.add(phis[0], row), builder.add(phis[1], I64(8 * (_LIMBS + 1))), left, *totals]
        for phi, start, following in zip(phis, (source, factors, count, *starts), nexts, strict=True):
            phi.add_incoming(start, entry)
            phi.add_incoming(following, loop)
        builder.cbranch(builder.icmp_signed(">", left, I64(0)), loop, done)
        builder.position_at_end(done)
        for total, place in zip(totals, places, strict=True):
            lanes.store(total, place)
        return target_context.get_dummy_value()

    return types.void(types.int64, pair, types.int64, types.int64), write


_add_eight: Callable[..., None] = intrinsic(_write_add_eight)


@compiled
def fractions(residues: Words, factors: Words, out: Words) -> None:
    """:func:`portable.fractions`: eight residues at a time, then the rest."""
    count, size = residues.shape
    whole = size // LANES * LANES
    source, target = address_of(residues), address_of(out)
    for at in range(0, whole, LANES):
        _add_eight(source + 8 * at, (address_of(factors), count), target + 8 * at, 8 * size)
    portable.add_fractions(residues, factors, whole, out)
