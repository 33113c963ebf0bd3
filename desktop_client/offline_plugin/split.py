"""From pixels to sealed chunks, two chunks in memory at a time.

The order of the images is secret: a folder per class would otherwise tell each server which images share a label.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
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


def _buffer(about: Description) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    images = about.layout.images_per_chunk
    dtype = np.uint8 if about.bits == 8 else np.uint16
    return np.empty((images, *about.layout.shape), dtype), np.empty(images, np.int64)


class ChunkSplitter:
    """A context manager that collects images into chunks and, in one thread beside the caller's, splits and seals them.

    ``sink`` gets the chunks in order, in that thread; what it raises comes out of :meth:`add` or :meth:`finish`.
    """

    def __init__(self, about: Description, rng: RandomSource, sink: Callable[[SealedChunk], None]) -> None:
        self._about, self._rng, self._sink = about, rng, sink
        self._pool = ThreadPoolExecutor(1, "seal")
        self._running: deque[Future[None]] = deque()
        self._index = 0
        self._buffers = [_buffer(about) for _ in range(2)]
        self._renew()

    def __enter__(self) -> ChunkSplitter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def add(self, pixels: npt.NDArray[Any], label: int) -> None:
        """Take one image ``[h, w, c]`` and the index of its class."""
        self._pixels[self._filled] = pixels
        self._labels[self._filled] = label
        self._filled += 1
        if self._filled == len(self._labels):
            self._dispatch()

    def finish(self) -> None:
        """Split what is left over and wait until ``sink`` has everything; call once after the last image."""
        if self._filled:
            self._dispatch()
        while self._running:
            self._running.popleft().result()

    def _renew(self) -> None:
        self._pixels, self._labels = self._buffers[self._index % 2]
        self._filled = 0

    def _dispatch(self) -> None:
        # One chunk in work and one being collected, each in its own buffer: memory stays flat for any number of images.
        while self._running:
            self._running.popleft().result()
        pixels, labels = self._pixels[: self._filled], self._labels[: self._filled]
        self._running.append(self._pool.submit(self._process, self._index, pixels, labels))
        self._index += 1
        self._renew()

    def _process(self, index: int, pixels: npt.NDArray[Any], labels: npt.NDArray[np.int64]) -> None:
        about = self._about
        rows = one_hot(labels, about.layout.classes)
        seed, data = split_chunk(pixels, rows, self._rng, about.layout.ring_bits)
        sealed = []
        for party in Party:
            expect = ChunkExpectation(about.layout, bytes.fromhex(about.nonce), party, index, len(pixels))
            plain = write_chunk(expect, seed if expect.kind is ChunkKind.SEED else data)
            sealed.append(seal(about.seal_keys[party], domains.CHUNK_SEAL_V1, plain))
        self._sink(SealedChunk(len(pixels), sealed[0], sealed[1]))
