"""Secret order, chunk by chunk, both sides sealed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from common.errors import DiskFull
from common.ids import Party
from common.sharing.compact import combine
from common.sharing.manifest import Description
from common.sharing.share_chunk import ChunkExpectation, ChunkKind, open_chunk
from desktop_client.offline_plugin.split import ChunkSplitter, SealedChunk, secret_order
from tests.helpers.seeded import SeededRandom
from tests.unit.offline_plugin.pictures import KEYS, NODES

ABOUT = Description(
    "x", (400, 400, 1), 8, 16, ("0", "1", "2"), "alice", KEYS.owner.verify_key, "2026-01-31T12:00:00Z",
    bytes(16).hex(), "private", (), (), "", (KEYS.node_a, KEYS.node_b),
)  # fmt: skip
PER_CHUNK = ABOUT.layout.images_per_chunk


def images(count: int) -> np.ndarray[tuple[int, int, int, int], np.dtype[np.uint8]]:
    return np.random.default_rng(5).integers(0, 256, (count, 400, 400, 1), dtype=np.uint8)


def split(count: int, about: Description = ABOUT) -> list[SealedChunk]:
    chunks: list[SealedChunk] = []
    with ChunkSplitter(about, SeededRandom("split"), chunks.append) as splitter:
        for index, pixels in enumerate(images(count)):
            splitter.add(pixels, index % 3)
        splitter.finish()
    return chunks


@pytest.mark.parametrize("n", [0, 1, 2, 1000])
def test_secret_order_is_a_permutation(n: int) -> None:
    assert sorted(secret_order(n, SeededRandom()).tolist()) == list(range(n))


def test_secret_order_every_permutation_is_equally_likely() -> None:
    rng = SeededRandom("order")
    seen = Counter(tuple(secret_order(4, rng).tolist()) for _ in range(4800))
    assert set(seen) == set(permutations(range(4)))
    # 23 degrees of freedom: above 70 with probability 1e-6.
    assert sum((number - 200) ** 2 / 200 for number in seen.values()) < 70


def test_secret_order_tied_keys_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter([np.zeros(3, np.uint64), np.array([5, 1, 3], np.uint64)])
    monkeypatch.setattr("desktop_client.offline_plugin.split.prg.expand", lambda *args: next(draws))
    assert secret_order(3, SeededRandom()).tolist() == [1, 2, 0]


@pytest.mark.parametrize("count", [1, PER_CHUNK - 1, PER_CHUNK, PER_CHUNK + 1, 2 * PER_CHUNK + 3])
def test_splitter_gives_full_chunks_and_a_rest(count: int) -> None:
    chunks = split(count)
    full, rest = divmod(count, PER_CHUNK)
    assert [chunk.count for chunk in chunks] == [PER_CHUNK] * full + [rest] * bool(rest)


def test_splitter_chunks_open_at_their_node_and_combine() -> None:
    chunks = split(2 * PER_CHUNK + 1)
    values, labels, kinds = [], [], []
    for index, chunk in enumerate(chunks):
        sides = []
        for party, sealed in zip(Party, (chunk.a, chunk.b), strict=True):
            expect = ChunkExpectation(ABOUT.layout, bytes(16), party, index, chunk.count)
            kinds.append(expect.kind)
            sides.append(open_chunk(NODES[party], sealed, expect))
        values.append(combine(sides[0].pixels_share(), sides[1].pixels_share()))
        labels.append(combine(sides[0].labels_share(), sides[1].labels_share()))
    assert np.array_equal(np.concatenate(values), images(2 * PER_CHUNK + 1))
    assert np.concatenate(labels).argmax(axis=1).tolist() == [i % 3 for i in range(2 * PER_CHUNK + 1)]
    assert kinds == [ChunkKind.SEED, ChunkKind.DATA, ChunkKind.DATA, ChunkKind.SEED, ChunkKind.SEED, ChunkKind.DATA]


def test_splitter_equal_images_give_different_chunks() -> None:
    chunks: list[SealedChunk] = []
    with ChunkSplitter(ABOUT, SeededRandom(), chunks.append) as splitter:
        for _ in range(2 * PER_CHUNK):
            splitter.add(images(1)[0], 0)
        splitter.finish()
    opened = [
        open_chunk(NODES[1 - index], (chunk.b, chunk.a)[index],
                   ChunkExpectation(ABOUT.layout, bytes(16), Party(1 - index), index, chunk.count)).pixels_share()
        for index, chunk in enumerate(chunks)
    ]  # fmt: skip
    assert np.mean(opened[0] == opened[1]) < 0.001


def test_splitter_error_of_the_sink_comes_out() -> None:
    def full(chunk: SealedChunk) -> None:
        raise DiskFull()

    with pytest.raises(DiskFull), ChunkSplitter(ABOUT, SeededRandom(), full) as splitter:
        splitter.add(images(1)[0], 0)
        splitter.finish()
    with pytest.raises(DiskFull), ChunkSplitter(ABOUT, SeededRandom(), full) as splitter:
        for pixels in images(2 * PER_CHUNK):
            splitter.add(pixels, 0)


def test_splitter_unfinished_writes_no_partial_chunk() -> None:
    chunks: list[SealedChunk] = []
    with ChunkSplitter(ABOUT, SeededRandom(), chunks.append) as splitter:
        splitter.add(images(1)[0], 0)
    assert not chunks


def test_splitter_unknown_label_is_refused() -> None:
    with (
        pytest.raises(ValueError, match="class"),
        ChunkSplitter(replace(ABOUT, classes=("0",)), SeededRandom(), lambda chunk: None) as splitter,
    ):
        splitter.add(images(1)[0], 1)
        splitter.finish()
