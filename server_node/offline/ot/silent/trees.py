"""Half trees on either path: with the processor's AES in compiled loops, or level by level with a library's.

All arguments are those of the compiled loops in ``kernels.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from server_node.kernels.vector import detect
from server_node.kernels.vector.aes import permute
from server_node.offline.ot.silent import kernels
from server_node.offline.ot.silent.kernels import Words

_LOW: Final = np.uint64(1)
GrowWhole = Callable[[Words, Words, Words, Words, Words], None]
GrowPunctured = Callable[[Words, Words, Words, Words], None]


def _level(schedule: Words, nodes: Words) -> Words:
    """Children of all nodes of a level."""
    turned = np.stack([nodes[:, 1], nodes[:, 0] ^ nodes[:, 1]], axis=1)
    left = np.empty_like(turned)
    permute(schedule, turned, left)
    left ^= turned
    return np.stack([left, nodes ^ left], axis=1).reshape(-1, 2)


def _grow_whole(schedules: Words, pads: Words, delta: Words, leaves: Words, sums: Words) -> None:
    for tree, schedule in enumerate(schedules):
        nodes = np.stack([pads[tree, 0], pads[tree, 0] ^ delta])
        for level in range(1, pads.shape[1]):
            nodes = _level(schedule, nodes)
            sums[tree, level - 1] = pads[tree, level] ^ np.bitwise_xor.reduce(nodes[::2], axis=0)
        nodes[:, 0] &= ~_LOW
        leaves[tree] = nodes


def _grow_punctured(schedules: Words, pads: Words, sums: Words, leaves: Words) -> None:
    sides = (pads[:, :, 0] & _LOW).astype(np.intp)
    for tree, schedule in enumerate(schedules):
        nodes = np.zeros((2, 2), np.uint64)
        path = 1 - int(sides[tree, 0])
        nodes[1 - path] = pads[tree, 0]
        for level in range(1, pads.shape[1]):
            nodes = _level(schedule, nodes)
            nodes[2 * path : 2 * path + 2] = 0
            side = int(sides[tree, level])
            known = np.bitwise_xor.reduce(nodes[side::2], axis=0)
            nodes[2 * path + side] = known ^ sums[tree, level - 1] ^ pads[tree, level]
            path = 2 * path + 1 - side
        # All leaves of the other side add up to delta, so these do to its leaf at the hole xor delta.
        hole = np.bitwise_xor.reduce(nodes, axis=0)
        nodes[:, 0] &= ~_LOW
        nodes[path] = hole
        nodes[path, 0] |= _LOW
        leaves[tree] = nodes


COMPILED: Final[tuple[GrowWhole, GrowPunctured]] = (kernels.grow_whole, kernels.grow_punctured)
PORTABLE: Final[tuple[GrowWhole, GrowPunctured]] = (_grow_whole, _grow_punctured)


def chosen() -> tuple[GrowWhole, GrowPunctured]:
    """Trees with delta and trees with a hole, on the path that suits the processor."""
    return COMPILED if detect.has_aes() else PORTABLE
