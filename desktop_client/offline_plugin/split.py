"""From pixels to sealed chunks, one chunk in memory at a time.

The order of the images is secret: a folder per class would otherwise tell each server which images share a label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from common.crypto import domains, prg
from common.crypto.rng import RandomSource
from common.crypto.sealing import seal
from common.ids import Party
from common.sharing.compact import split_chunk
from common.sharing.manifest import Description
from common.sharing.share_chunk import ChunkExpectation, ChunkKind, write_chunk
from desktop_client.offline_plugin.encode import one_hot


@dataclass(frozen=True)
class SealedChunk:
    """One chunk of ``count`` images, sealed for A and for B."""

    count: int
    a: bytes
    b: bytes


def secret_order(n: int, rng: RandomSource) -> npt.NDArray[np.int64]:
    """A uniformly random permutation of ``0 .. n - 1``: the order of n random 64-bit keys that all differ."""
    while True:
        keys = prg.expand(rng.token(prg.SEED_BYTES), domains.SHUFFLE_V1, n, np.uint64)
        order = np.argsort(keys, kind="stable")
        ranked = keys[order]
        if not (ranked[1:] == ranked[:-1]).any():
            return order.astype(np.int64)


class ChunkSplitter:
    """Collects images until a chunk is full, then splits it, seals both sides and hands them to ``sink``."""

    def __init__(self, about: Description, rng: RandomSource, sink: Callable[[SealedChunk], None]) -> None:
        self._about, self._rng, self._sink = about, rng, sink
        layout = about.layout
        dtype = np.uint8 if about.bits == 8 else np.uint16
        self._pixels = np.empty((layout.images_per_chunk, *layout.shape), dtype)
        self._labels = np.empty(layout.images_per_chunk, np.int64)
        self._filled = 0
        self._index = 0

    def add(self, pixels: npt.NDArray[Any], label: int) -> None:
        """Take one image ``[h, w, c]`` and the index of its class."""
        self._pixels[self._filled] = pixels
        self._labels[self._filled] = label
        self._filled += 1
        if self._filled == len(self._labels):
            self.flush()

    def flush(self) -> None:
        """Split what is collected, even if the chunk is not full; call once after the last image."""
        if self._filled == 0:
            return
        count, layout = self._filled, self._about.layout
        labels = one_hot(self._labels[:count], layout.classes)
        seed, data = split_chunk(self._pixels[:count], labels, self._rng, layout.ring_bits)
        nonce = bytes.fromhex(self._about.nonce)
        sealed = []
        for party in Party:
            expect = ChunkExpectation(layout, nonce, party, self._index, count)
            plain = write_chunk(expect, seed if expect.kind is ChunkKind.SEED else data)
            sealed.append(seal(self._about.seal_keys[party], domains.CHUNK_SEAL_V1, plain))
        self._sink(SealedChunk(count, sealed[0], sealed[1]))
        self._filled = 0
        self._index += 1
