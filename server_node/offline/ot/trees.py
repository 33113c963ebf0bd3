"""All-but-one keys from a few transfers: the puncturable trees of SoftSpoken OT.

The holder knows all 2^k leaves of each tree; the other party knows all but the one its secret block points at.
Roy, "SoftSpoken OT" (CRYPTO 2022), section on (N-1)-of-N OT; Goldreich, Goldwasser, Micali trees.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from common.crypto.domains import OT_TREE_V1
from common.crypto.prg import KEY_BYTES
from common.crypto.rng import RandomSource
from common.net.channel import Channel
from server_node.offline.ot import base_ot

Leaves = list[list[bytes | None]]


def plant(channel: Channel, trees: int, depth: int, rng: RandomSource) -> Leaves:
    """Leaves [trees][2^depth] of the party that knows them all.

    *Bytes* base OTs for ``trees * depth`` plus 32 per inner choice. *Leaks* nothing.
    """
    pairs = base_ot.send(channel, trees * depth, rng)
    leaves: Leaves = []
    corrections = np.empty((trees, depth, 2, KEY_BYTES), np.uint8)
    for tree in range(trees):
        level = [rng.token(KEY_BYTES)]
        for floor in range(depth):
            level = [child for node in level for child in _children(node)]
            for side in range(2):
                total = _xor(level[side::2])
                pad = pairs[tree * depth + floor][side]
                corrections[tree, floor, side] = np.frombuffer(_xor([total, pad]), np.uint8)
        leaves.append(list(level))
    channel.send("ot-trees", corrections)
    return leaves


def graft(
    channel: Channel, missing: npt.NDArray[np.int64], depth: int, rng: RandomSource
) -> Leaves:
    """Leaves of the party that misses leaf ``missing[t]`` of tree t; that entry is None."""
    trees = len(missing)
    known_side = np.array(
        [1 - (int(missing[t]) >> (depth - 1 - floor) & 1) for t in range(trees) for floor in range(depth)], np.uint8
    )
    keys = base_ot.receive(channel, known_side, rng)
    corrections = channel.receive("ot-trees", np.empty((trees, depth, 2, KEY_BYTES), np.uint8))
    leaves: Leaves = []
    for tree in range(trees):
        level: list[bytes | None] = [None]
        for floor in range(depth):
            index = tree * depth + floor
            side = int(known_side[index])
            total = _xor([corrections[tree, floor, side].tobytes(), keys[index]])
            level = _grow(level, side, total)
        leaves.append(level)
    return leaves


def _grow(level: list[bytes | None], side: int, total: bytes) -> list[bytes | None]:
    """Next floor: children of known nodes, and the sibling of the missing child from the sum of its side."""
    below: list[bytes | None] = []
    for node in level:
        below.extend(_children(node) if node is not None else (None, None))
    hole = next(i for i, node in enumerate(level) if node is None) * 2 + side
    others = [node for i, node in enumerate(below) if i % 2 == side and i != hole and node is not None]
    below[hole] = _xor([total, *others])
    return below


def _children(node: bytes) -> tuple[bytes, bytes]:
    grown = hashlib.blake2b(OT_TREE_V1.encode(), key=node, digest_size=2 * KEY_BYTES).digest()
    return grown[:KEY_BYTES], grown[KEY_BYTES:]


def _xor(parts: list[bytes]) -> bytes:
    total = 0
    for part in parts:
        total ^= int.from_bytes(part, "little")
    return total.to_bytes(KEY_BYTES, "little")
