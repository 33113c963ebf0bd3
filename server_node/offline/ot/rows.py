"""Rows of the extension, some thousand transfers at a time: they are made, corrected and turned while in the cache.

A run begins where the last one ended, in words of the streams of all leaves. On a processor with AES instructions the
streams of a tree are added up in registers; elsewhere they come from ``cryptography`` and are added up by numpy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from common.crypto.domains import OT_ROWS_V1
from common.crypto.prg import KEY_BYTES, Stream, derive_key
from server_node.kernels.compiled import compiled, sample
from server_node.kernels.vector import detect
from server_node.kernels.vector.cipher import ROUNDS
from server_node.kernels.vector.schedules import expand_keys
from server_node.kernels.vector.streams import GROUP_WORDS, tree_sums
from server_node.kernels.vector.transpose import WIDTH, transpose_rows
from server_node.offline.ot.trees import Leaves

Words = npt.NDArray[np.uint64]
ROWS: Final = 128
RUN_WORDS: Final = 256
"""Words of a row that are made at once; rows and keys of so many transfers take 256 KiB each."""
_UNIT: Final = GROUP_WORDS * WIDTH // math.gcd(GROUP_WORDS, WIDTH)


@dataclass(frozen=True)
class Run:
    """Rows [128 or more, width], those of tree i from k i on, and sums of all streams of each tree [trees, width].

    Both have a meaning for ``words`` words from ``first`` on, and until the next run is made.
    """

    rows: Words
    totals: Words
    first: int
    words: int

    def correct(self, holes: Words, corrections: Words, place: int) -> None:
        """The sender's rows: ``corrections`` [trees, size] from ``place`` on belong to the bits of the holes."""
        _correct(self.rows, self.first, holes, corrections, (place, self.words))

    def turn(self) -> Words:
        """Keys [64 * words, 2]."""
        keys = np.empty((64 * self.words, 2), np.uint64)
        transpose_rows(self.rows, self.first, keys)
        return keys


class Rows(Protocol):
    """Makes runs one after the other."""

    def make(self, words: int) -> Run:
        """The next words of all rows."""
        ...


@compiled
def _sums(schedules: Words, number: int, rows: Words, totals: Words) -> None:
    """Rows of all trees; the sum of all streams of a tree lies where the next tree begins, until that is written."""
    depth = ROWS // schedules.shape[0]
    for tree in range(schedules.shape[0]):
        tree_sums(schedules[tree], number, rows[tree * depth : (tree + 1) * depth + 1])
        totals[tree] = rows[(tree + 1) * depth]


@compiled
def _correct(rows: Words, first: int, holes: Words, corrections: Words, part: tuple[int, int]) -> None:
    place, words = part
    depth = ROWS // holes.shape[0]
    for tree in range(holes.shape[0]):
        correction = corrections[tree, place : place + words]
        for bit in range(depth):
            if holes[tree] >> np.uint64(bit) & np.uint64(1):
                row = rows[tree * depth + bit, first : first + words]
                for word in range(words):
                    row[word] ^= correction[word]


class CompiledRows:
    """By the instructions of the processor."""

    def __init__(self, keys: list[list[bytes]]) -> None:
        flat = np.frombuffer(b"".join(key for tree in keys for key in tree), np.uint64).reshape(-1, 2)
        self._schedules = expand_keys(flat).reshape(len(keys), len(keys[0]), ROUNDS + 1, 2)
        self._position = 0
        self._rows, self._totals = (np.empty((rows, 0), np.uint64) for rows in (ROWS + 1, len(keys)))

    def make(self, words: int) -> Run:
        """See :class:`Rows`."""
        first = self._position % 2
        width = -(-(first + words) // _UNIT) * _UNIT
        if width != self._rows.shape[1]:
            self._rows, self._totals = (np.empty((len(old), width), np.uint64) for old in (self._rows, self._totals))
        _sums(self._schedules, self._position // 2, self._rows, self._totals)
        self._position += words
        return Run(self._rows, self._totals, first, words)


class PortableRows:
    """By the package ``cryptography``."""

    def __init__(self, keys: list[list[bytes]]) -> None:
        self._streams = [[Stream(key) for key in tree] for tree in keys]

    def make(self, words: int) -> Run:
        """See :class:`Rows`."""
        width = -(-words // WIDTH) * WIDTH
        rows, totals = np.zeros((ROWS, width), np.uint64), np.empty((len(self._streams), width), np.uint64)
        depth = ROWS // len(self._streams)
        leaves = np.empty((1 << depth, words), np.uint64)
        for tree, streams in enumerate(self._streams):
            for leaf, stream in zip(leaves, streams, strict=True):
                stream.fill(leaf)
            _fold(leaves, rows[tree * depth : (tree + 1) * depth, :words])
            totals[tree, :words] = leaves[0]
        return Run(rows, totals, 0, words)


def whole_rows(leaves: Leaves) -> Rows:
    """Those of the end that knows every leaf."""
    return _made([[_row_key(leaf) for leaf in tree] for tree in leaves])


def rest_rows(leaves: Leaves, holes: Words) -> Rows:
    """Those of the other end: leaf x counts as x ^ hole, so that the missing one is number 0 and counts in no row."""
    pairs = zip(leaves, holes.tolist(), strict=True)
    return _made([[_row_key(tree[index ^ hole]) for index in range(len(tree))] for tree, hole in pairs])


def _made(keys: list[list[bytes]]) -> Rows:
    return CompiledRows(keys) if detect.has_aes() else PortableRows(keys)


def _row_key(leaf: bytes | None) -> bytes:
    """For a missing leaf, whose stream counts in no row, any key."""
    return bytes(KEY_BYTES) if leaf is None else derive_key(leaf, OT_ROWS_V1)


def _fold(leaves: Words, rows: Words) -> None:
    """rows[b] = xor of the leaves whose index has bit b; leaves[0] becomes the xor of all. Overwrites ``leaves``."""
    width = len(leaves)
    for bit in reversed(range(len(rows))):
        width //= 2
        np.bitwise_xor.reduce(leaves[width : 2 * width], axis=0, out=rows[bit])
        leaves[:width] ^= leaves[width : 2 * width]


@sample
def _smallest_run() -> None:
    holes = np.zeros(ROWS, np.uint64)
    run = _made([[bytes(KEY_BYTES)] * 2 for _ in holes]).make(1)
    run.correct(holes, run.totals, 0)
