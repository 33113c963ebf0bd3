"""Rounds of the silent extension: a reserve of transfers becomes many more, as many as are asked for at a time.

Output i of a round is leaf i of its trees xor the ten blocks of the secret that row i of the code points at. Nothing
but the reserve and one block of leaves is kept; the trees are grown when their leaves are wanted.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

import numpy as np

from common.crypto.domains import SILENT_CODE_V1, SILENT_TREE_V1
from common.crypto.prg import Stream, derive_key
from server_node.kernels.vector import detect
from server_node.kernels.vector.schedules import expand_key, expand_keys
from server_node.offline.ot.silent import kernels
from server_node.offline.ot.silent.kernels import Words
from server_node.offline.ot.silent.parameters import LOCALITY, Parameters, ladder

_GROUP: Final = 1 << 13
"""Leaves that are grown at a time, so that they stay near the processor."""


class Code:
    """Rows of the local code of a round, in order; an even number of them at a time."""

    def __init__(self, key: bytes) -> None:
        self._schedule = expand_key(key)
        self._stream = Stream(key)
        self._row = 0
        self._is_compiled = detect.has_aes()

    def encode(self, secret: Words, out: Words) -> None:
        """Add the next rows of the code under ``secret`` [2^l, 2] to ``out``."""
        if self._is_compiled:
            kernels.encode_rows(secret, self._schedule, self._row, out)
            self._row += len(out)
            return
        indices = np.empty(len(out) * LOCALITY, np.uint32)
        self._stream.fill(indices)
        kernels.encode(secret, indices, out)


class Round(ABC):
    """One round of one end; outputs come in order, each once.

    Args:
        reserve: [parameters.reserve, 2] transfers that are used up: the secret, then a block for each level of a tree.
        session: public bytes of this direction; ``number`` is that of the round in it.
    """

    def __init__(self, parameters: Parameters, reserve: Words, session: bytes, number: int) -> None:
        context = number.to_bytes(4, "little")
        self._parameters = parameters
        self._secret = reserve[: parameters.secret]
        pads = reserve[parameters.secret : parameters.secret + parameters.trees * parameters.depth]
        self._pads = pads.reshape(parameters.trees, parameters.depth, 2)
        keys = Stream(derive_key(session, SILENT_TREE_V1, context)).words(parameters.trees, 2)
        self._schedules = expand_keys(keys)
        self._code = Code(derive_key(session, SILENT_CODE_V1, context))
        self._next_tree = 0
        self._rest = np.empty((0, 2), np.uint64)

    def draw(self, out: Words) -> None:
        """Fill ``out`` [m, 2] with the next outputs; there are ``parameters.outputs`` in all."""
        done = self._take_rest(out)
        whole = (len(out) - done) >> self._parameters.depth
        if whole:
            size = whole << self._parameters.depth
            self._make(out[done : done + size])
            done += size
        if done < len(out):
            self._rest = np.empty((self._parameters.block, 2), np.uint64)
            self._make(self._rest)
            self._take_rest(out[done:])

    def _take_rest(self, out: Words) -> int:
        count = min(len(out), len(self._rest))
        out[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def _make(self, out: Words) -> None:
        """The leaves of the next trees, and the code on top while they are at hand."""
        size = self.group << self._parameters.depth
        for first in range(0, len(out), size):
            piece = out[first : first + size]
            trees = len(piece) >> self._parameters.depth
            self._grow(slice(self._next_tree, self._next_tree + trees), piece.reshape(trees, -1, 2))
            self._next_tree += trees
            self._code.encode(self._secret, piece)

    @property
    def group(self) -> int:
        """Trees that are grown at a time."""
        return max(1, _GROUP >> self._parameters.depth)

    @abstractmethod
    def _grow(self, part: slice, leaves: Words) -> None:
        """Leaves [m, 2^depth, 2] of a range of trees."""


class Supply(ABC):
    """An end's store of transfers with random choices; it tells when the two ends have to talk."""

    def __init__(self, session: bytes, parameters: Parameters, first: Parameters | None = None) -> None:
        self._session = session
        self._ladder = ladder(parameters, first)
        self._number = -1
        self._round: Round | None = None
        self._kept = np.empty((0, 2), np.uint64)
        self._left = 0

    def is_ready(self, count: int) -> bool:
        """Whether so many transfers can be drawn without a word to the other end."""
        return len(self._kept) + self._left >= count

    def refill(self, count: int) -> None:
        """Go to the next rounds until so many are ready; what is left of a round is kept.

        *Rounds* one message from the party with delta for each round; at the start, two of the other one before.
        """
        while not self.is_ready(count):
            left = self._drawn(self._left)
            self._kept, self._left = np.concatenate([self._kept, left]), 0
            self._number += 1
            parameters = self._of(self._number)
            reserve = self._start(parameters.reserve) if self._round is None else self._drawn(parameters.reserve)
            self._round = self._open(parameters, reserve, self._number)
            self._left = parameters.outputs - self._of(self._number + 1).reserve

    def draw(self, out: Words) -> None:
        """Fill ``out`` [m, 2] with the next transfers.

        Raises ``ValueError`` if they are not ready: what a round has besides is the reserve of the next one.
        """
        if not self.is_ready(len(out)):
            raise ValueError("so many transfers are not ready")
        count = min(len(out), len(self._kept))
        out[:count], self._kept = self._kept[:count], self._kept[count:]
        if count < len(out) and self._round is not None:
            self._round.draw(out[count:])
            self._left -= len(out) - count

    def _drawn(self, count: int) -> Words:
        out = np.empty((count, 2), np.uint64)
        if self._round is not None:
            self._round.draw(out)
        return out

    def _of(self, number: int) -> Parameters:
        return self._ladder[min(number, len(self._ladder) - 1)]

    @abstractmethod
    def _start(self, count: int) -> Words:
        """The first transfers [count, 2], by another protocol."""

    @abstractmethod
    def _open(self, parameters: Parameters, reserve: Words, number: int) -> Round:
        """Begin a round: one message from the end with delta to the other."""
